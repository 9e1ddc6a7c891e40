"""A finding is one measured figure beside its limit; a report keeps all with their conditions."""

from __future__ import annotations

import datetime
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"


@dataclass(frozen=True)
class Finding:
    """One measured figure.

    Attributes:
        what: was measured.
        value: what was found.
        unit: of both.
        limit: what it may be at most.
        remark: what the figure rests on.
    """

    what: str
    value: float
    unit: str
    limit: float
    remark: str = ""

    @property
    def holds(self) -> bool:
        """Whether the limit is kept."""
        return self.value <= self.limit

    def line(self) -> str:
        """Returns the finding as one row of a table."""
        verdict = "yes" if self.holds else "NO"
        told = f"{self.value:.4g} {self.unit}", f"{self.limit:.4g} {self.unit}"
        return f"| {self.what} | {told[0]} | {told[1]} | {verdict} | {self.remark} |"


HEAD = "| what | found | at most | holds | remark |\n| --- | --- | --- | --- | --- |"


def save(findings: Sequence[Finding], name: str = "soak-cpu") -> Path:
    """Writes the findings as Markdown and JSON beside the benchmarks; returns the JSON's path."""
    conditions = {
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "load before": os.getloadavg()[2],
        "python": platform.python_version(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
    kept = {"about": ABOUT, "conditions": conditions, "rows": [asdict(one) for one in findings]}
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(kept, indent=1) + "\n")
    told = ", ".join(f"{key}: {value}" for key, value in conditions.items())
    rows = (one.line() for one in findings)
    page = "\n".join([f"# {ABOUT}", "", f"{told}.", "", HEAD, *rows])
    path.with_suffix(".md").write_text(f"{page}\n")
    return path


ABOUT = "What the app takes: many sessions at once, clicks, a new picture, a cold start"
