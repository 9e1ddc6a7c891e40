"""A manifest is what a capsule says of itself: view, choices, origin, versions, and digests."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from inspector.capsules.members import BadCapsule
from inspector.provenance import Provenance
from inspector.views.exhibit import Exhibit

FORMAT = "attention-inspector capsule 1"
CODE = ("attention-inspector", "torch", "timm", "numpy", "xarray", "plotly", "kaleido")
"""Packages whose versions decide what is computed and drawn."""

_NUMBERS = int | float


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
    """

    view: str
    title: str
    choices: Mapping[str, Any]
    panels: tuple[str, ...]
    verdicts: tuple[str, ...]
    notes: tuple[str, ...]
    provenance: Provenance
    link: str = ""
    made: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)
    without: Mapping[str, str] = field(default_factory=dict)


def manifest_of(shown: Exhibit, members: Mapping[str, str], without: Mapping[str, str]) -> Manifest:
    """The manifest of an exhibit, made now by the code at hand."""
    return Manifest(
        view=shown.view.key,
        title=shown.heading,
        choices=shown.choices,
        panels=tuple(shown.computed.panels),
        verdicts=tuple(shown.computed.verdicts),
        notes=shown.computed.notes,
        provenance=shown.provenance,
        link=shown.link,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=versions(),
        members=members,
        without=without,
    )


def versions() -> dict[str, str]:
    """The versions of the code that is at hand, by package; what is not installed is left out."""
    return {name: found for name in CODE if (found := _version(name))}


def to_json(manifest: Manifest) -> bytes:
    """The manifest as indented JSON."""
    told, view = manifest.provenance, {"key": manifest.view, "choices": dict(manifest.choices)}
    content = {
        "format": FORMAT,
        "made": manifest.made,
        "title": manifest.title,
        "view": view | {"chosen": told.chosen},
        "panels": manifest.panels,
        "verdicts": manifest.verdicts,
        "notes": manifest.notes,
        "origin": {key: value for key, value in told.about.items() if value is not None},
        "images": [
            {"name": name, "sha256": sha256, "preprocessing": done}
            for name, sha256, done in zip(
                told.images, told.digests, told.preprocessing, strict=True
            )
        ],
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
    found = _Part(_parsed(content), "manifest")
    if found.text("format") != FORMAT:
        raise BadCapsule(
            f"Expected the format '{FORMAT}', got {found.text('format')[:60]!r}. Open it with the "
            "version of attention-inspector that made it."
        )
    view, images = found.part("view"), found.parts("images")
    told = Provenance(
        about=found.values("origin"),
        images=tuple(image.text("name") for image in images),
        digests=tuple(image.text("sha256") for image in images),
        preprocessing=tuple(image.text("preprocessing") for image in images),
        chosen=view.texts("chosen"),
    )
    return Manifest(
        view=view.text("key"),
        title=found.text("title"),
        choices=view.values("choices"),
        panels=found.texts("panels"),
        verdicts=found.texts("verdicts"),
        notes=found.texts("notes"),
        provenance=told,
        link=found.text("link"),
        made=found.text("made"),
        versions=found.named_texts("versions"),
        members=found.named_texts("members"),
        without=found.named_texts("without"),
    )


@dataclass(frozen=True)
class _Part:
    """A JSON object whose entries are asked for by name and kind."""

    content: Any
    name: str

    def text(self, key: str) -> str:
        return str(self._entry(key, "a text", lambda value: isinstance(value, str)))

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(self._entry(key, "a list of texts", _all_texts))

    def named_texts(self, key: str) -> dict[str, str]:
        return dict(self._entry(key, "texts by name", _named(lambda v: isinstance(v, str))))

    def values(self, key: str) -> dict[str, Any]:
        """Texts and numbers by name; lists of them become tuples."""
        found = self._entry(key, "texts and numbers by name", _named(_is_value))
        return {key: tuple(v) if isinstance(v, list) else v for key, v in found.items()}

    def part(self, key: str) -> "_Part":
        return _Part(self._entry(key, "an object", lambda v: isinstance(v, dict)), key)

    def parts(self, key: str) -> list["_Part"]:
        found = self._entry(key, "a list of objects", lambda v: isinstance(v, list))
        return [_Part(entry, key) for entry in found]

    def _entry(self, key: str, kind: str, fits: Callable[[Any], bool]) -> Any:
        value = self.content.get(key) if isinstance(self.content, dict) else None
        if value is None or not fits(value):
            raise BadCapsule(
                f"Expected {kind} as '{key}' in the {self.name} of a capsule, got "
                f"{type(value).__name__}. It was made by something else, or changed since."
            )
        return value


def _parsed(content: bytes) -> Any:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadCapsule(
            f"The manifest is not JSON ({type(error).__name__}). The capsule is damaged."
        ) from error
    return found


def _all_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(entry, str) for entry in value)


def _named(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and all(map(fits, value.values()))


def _is_value(value: Any) -> bool:
    one = isinstance(value, str | _NUMBERS)
    return one or (isinstance(value, list) and all(isinstance(v, str | _NUMBERS) for v in value))


def _plain(value: Any) -> Any:
    """What JSON knows in place of numpy's numbers and arrays; other things in their own words."""
    return value.tolist() if isinstance(value, np.generic | np.ndarray) else str(value)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
