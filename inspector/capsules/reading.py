"""Reading opens a capsule, which may come from a stranger, and believes nothing without a check."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inspector.capsules.manifest import Manifest, from_json
from inspector.capsules.members import (
    ARRAYS,
    FIGURE,
    MANIFEST,
    VECTOR,
    BadCapsule,
    digest,
    unzipped,
)
from inspector.capsules.restoring import restored
from inspector.views.exhibit import Shown

__all__ = ["BadCapsule", "Capsule", "open_capsule"]


@dataclass(frozen=True, eq=False)
class Capsule:
    """A capsule that was opened; the digests of its members are those of its manifest.

    Attributes:
        manifest: what it says of itself. It is not signed: whoever made the file wrote it.
        exhibit: the figure's arrays, view, choices and provenance, to draw it again.
        figure: the stored figure, as plotly's JSON.
        vector: the stored vector figure, as SVG; None where there is none.
    """

    manifest: Manifest
    exhibit: Shown
    figure: dict[str, Any] = field(repr=False)
    vector: bytes | None = field(repr=False)


def open_capsule(path: str | Path) -> Capsule:
    """The capsule in a file.

    Raises:
        BadCapsule: the file is none, or cannot be opened safely, or its members are not those
            that its manifest was written for.
    """
    members = unzipped(Path(path))
    manifest = from_json(members[MANIFEST])
    _require_digests(manifest, members)
    return Capsule(
        manifest, restored(manifest, members[ARRAYS]), _figure(members), members.get(VECTOR)
    )


def _require_digests(manifest: Manifest, members: dict[str, bytes]) -> None:
    found = {name: digest(content) for name, content in members.items() if name != MANIFEST}
    for name in sorted({*found, *manifest.members}):
        if found.get(name) != manifest.members.get(name):
            raise BadCapsule(
                f"{name} is not the one that the manifest was written for: its SHA-256 is "
                f"{found.get(name, 'that of no file')[:16]}, expected "
                f"{manifest.members.get(name, 'none')[:16]}. The capsule was changed or damaged; "
                "get it again from where it was made."
            )


def _figure(members: dict[str, bytes]) -> dict[str, Any]:
    try:
        found = json.loads(members[FIGURE])
    except (ValueError, RecursionError) as error:
        raise BadCapsule(f"{FIGURE} is not JSON ({type(error).__name__}).") from error
    if not isinstance(found, dict):
        raise BadCapsule(f"Expected an object in {FIGURE}, got {type(found).__name__}.")
    return found
