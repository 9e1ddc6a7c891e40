"""What a capsule of surveys says of them, in place of a network and its images."""

from typing import Any

from inspector.capsules.parts import Part
from inspector.provenance import Surveyed
from inspector.views.surveyed import about_of


def to_entries(origins: Surveyed) -> dict[str, Any]:
    """The entries of a manifest that say which surveys a figure is of, save what was chosen."""
    return {"surveys": [dict(about) for about in origins.about]}


def from_entries(part: Part, chosen: tuple[str, ...]) -> Surveyed:
    """What `to_entries` wrote, and what was chosen.

    Raises:
        BadCapsule: an entry is of another kind.
    """
    return Surveyed(tuple(about_of(about.own_values()) for about in part.parts("surveys")), chosen)
