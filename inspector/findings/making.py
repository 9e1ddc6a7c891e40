"""Making the findings: each question is asked of the study, and the answers become one page."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import torch

from inspector.export import figure_bytes
from inspector.findings import (
    alike,
    attributions,
    integration,
    light,
    mass,
    pairs,
    pictures,
    retrieval,
    slots,
)
from inspector.findings.accuracies import accuracies
from inspector.findings.finding import Finding
from inspector.findings.page import Page, section
from inspector.findings.study import Study

FINDINGS: Mapping[str, Callable[[Study], Finding]] = {
    "pairs": pairs.finding,
    "retrieval": retrieval.finding,
    "light": light.finding,
    "mass": mass.finding,
    "alike": alike.finding,
    "integration": integration.finding,
    "slots": slots.finding,
    "attributions": attributions.finding,
    "pictures": pictures.finding,
}
"""Every question, in the order of the page."""


def make(
    study: Study,
    folder: Path,
    only: Iterable[str] = (),
    *,
    say: Callable[[str], None] = lambda _line: None,
) -> Path:
    """Writes ``findings.md`` and its figures; returns the page.

    Args:
        study: networks and images.
        folder: of the page; the figures lie below it, in ``pictures/findings``.
        only: keys of the findings to make; all if none is given.
        say: hears which finding is being made.

    Raises:
        ValueError: there is no finding of that name.
    """
    asked = tuple(only)
    wanted = asked or tuple(FINDINGS)
    if unknown := [key for key in wanted if key not in FINDINGS]:
        raise ValueError(f"No finding is called {unknown[0]!r}; there are: {', '.join(FINDINGS)}.")
    table = accuracies()
    found, sections = [], []
    for key in wanted:
        say(f"finding: {key}")
        found.append(one := FINDINGS[key](study))
        # Drawn at once: what keeps figures from being written is told after one finding, not all.
        sections.append(section(one, _drawn(folder, key, one)))
    page = Page(study, table, tuple(found), tuple(sections), asked)
    target = folder / "findings.md"
    target.write_text(page.text(str(torch.__version__)), encoding="utf-8")
    return target


def _drawn(folder: Path, key: str, finding: Finding) -> dict[str, str]:
    """Draws the figures of a finding; returns their files, from the page, by what they show."""
    pictures_of = folder / "pictures" / "findings"
    pictures_of.mkdir(parents=True, exist_ok=True)
    files: dict[str, str] = {}
    for place, (title, figure) in enumerate(finding.figures.items()):
        file = pictures_of / f"{key}{place or ''}.svg"
        file.write_bytes(figure_bytes(figure, "svg"))
        files[title] = file.relative_to(folder).as_posix()
    return files
