"""A manifest is what a capsule says of itself: view, choices, origin, versions, and digests."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from inspector.capsules import surveys
from inspector.capsules.against import Against, against_of, from_entries, to_entries
from inspector.capsules.members import BadCapsule
from inspector.capsules.parts import Part, provenance, told
from inspector.comparison import ComparedExhibit
from inspector.provenance import Provenance, Surveyed
from inspector.views.exhibit import Shown

FORMAT = "attention-inspector capsule 1"
CODE = ("attention-inspector", "torch", "timm", "numpy", "xarray", "plotly", "kaleido")
"""Packages whose versions decide what is computed and drawn."""


@dataclass(frozen=True)
class Manifest:
    """What a capsule says of itself.

    Attributes:
        view: key of the view.
        title: what the figure is called.
        choices: of the view, by key.
        panels: titles of the panels, in order; with those of the verdicts they name the arrays.
        verdicts: titles of the panels that are held against a control.
        notes: sentences that stand beside the picture.
        provenance: where the arrays come from.
        link: the address that shows the figure in the app, without the host, or "".
        made: when the capsule was made, in UTC.
        versions: of the code that made it, by package.
        members: SHA-256 of each other member of the capsule, by name.
        without: members that could not be made, with the reason.
        against: of a comparison, what it says of A, all else being of B; else None.
    """

    view: str
    title: str
    choices: Mapping[str, Any]
    panels: tuple[str, ...]
    verdicts: tuple[str, ...]
    notes: tuple[str, ...]
    provenance: Provenance | Surveyed
    link: str = ""
    made: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)
    without: Mapping[str, str] = field(default_factory=dict)
    against: Against | None = None


def manifest_of(shown: Shown) -> Manifest:
    """The manifest of an exhibit, made now by the code at hand, which knows no members yet."""
    compared = shown.compared if isinstance(shown, ComparedExhibit) else None
    return Manifest(
        view=shown.view.key,
        title=shown.heading,
        choices=shown.choices,
        panels=tuple((compared.computed[0] if compared else shown.computed).panels),
        verdicts=tuple(shown.computed.verdicts),
        notes=shown.computed.notes,
        provenance=shown.provenance,
        link=shown.link,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=versions(),
        against=against_of(compared) if compared else None,
    )


def versions() -> dict[str, str]:
    """The versions of the code that is at hand, by package; what is not installed is left out."""
    return {name: found for name in CODE if (found := _version(name))}


def to_json(manifest: Manifest) -> bytes:
    """The manifest as indented JSON."""
    origin, view = manifest.provenance, {"key": manifest.view, "choices": dict(manifest.choices)}
    content = {
        "format": FORMAT,
        "made": manifest.made,
        "title": manifest.title,
        "view": view | {"chosen": origin.chosen},
        "panels": manifest.panels,
        "verdicts": manifest.verdicts,
        "notes": manifest.notes,
        **(surveys.to_entries(origin) if isinstance(origin, Surveyed) else told(origin)),
        **({"against": to_entries(manifest.against)} if manifest.against else {}),
        "link": manifest.link,
        "versions": manifest.versions,
        "members": manifest.members,
        "without": manifest.without,
    }
    return json.dumps(content, indent=1, ensure_ascii=False, default=_plain).encode()


def from_json(content: bytes) -> Manifest:
    """The manifest that `to_json` wrote.

    Raises:
        BadCapsule: the text is not of that form; the sentence names the part.
    """
    found = Part(_parsed(content), "manifest")
    if found.text("format") != FORMAT:
        raise BadCapsule(
            f"Expected the format '{FORMAT}', got {found.text('format')[:60]!r}. Open it with the "
            "version of attention-inspector that made it."
        )
    view = found.part("view")
    return Manifest(
        view=view.text("key"),
        title=found.text("title"),
        choices=view.values("choices"),
        panels=found.texts("panels"),
        verdicts=found.texts("verdicts"),
        notes=found.texts("notes"),
        provenance=_provenance(found, view.texts("chosen")),
        link=found.text("link"),
        made=found.text("made"),
        versions=found.named_texts("versions"),
        members=found.named_texts("members"),
        without=found.named_texts("without"),
        against=from_entries(found.part("against")) if found.has("against") else None,
    )


def _provenance(found: Part, chosen: tuple[str, ...]) -> Provenance | Surveyed:
    if found.has("surveys"):
        return surveys.from_entries(found, chosen)
    return provenance(found, chosen)


def _parsed(content: bytes) -> Any:
    try:
        found = json.loads(content)
        json.dumps(found, ensure_ascii=False).encode()  # half a character can be read, not written
    except (ValueError, RecursionError) as error:
        raise BadCapsule(
            f"The manifest is not JSON of whole characters ({type(error).__name__}). The capsule "
            "is damaged."
        ) from error
    return found


def _plain(value: Any) -> Any:
    """What JSON knows in place of numpy's numbers and arrays; other things in their own words."""
    return value.tolist() if isinstance(value, np.generic | np.ndarray) else str(value)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
