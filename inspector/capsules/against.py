"""Against is what a capsule of a comparison says of A, beside what any capsule says, here of B."""

from dataclasses import dataclass
from typing import Any

from inspector.capsules.parts import Part, provenance, told
from inspector.comparison import Compared
from inspector.provenance import Provenance
from inspector.views.sides import SIDES


@dataclass(frozen=True)
class Against:
    """A, and what goes with the difference.

    Attributes:
        origin: where A comes from.
        notes: sentences that stand beside the picture of A, and of B.
        classes: whether the classes of both were compared.
        images: distinct ones of A and B in the mean difference; None where none was asked for.
        paired: whether those are the same in both.
        refused: why there is no mean difference, or "".
    """

    origin: Provenance
    notes: tuple[tuple[str, ...], tuple[str, ...]]
    classes: bool
    images: tuple[int, int] | None = None
    paired: bool = False
    refused: str = ""


def against_of(compared: Compared) -> Against:
    """What a capsule says of a comparison."""
    a, b = compared.computed
    here = compared.origins[0], (a.notes, b.notes), compared.classes is not None
    over = compared.over
    return Against(*here, over.counts, over.paired, over.refused) if over else Against(*here)


def to_entries(against: Against) -> dict[str, Any]:
    """The entries of a manifest's part."""
    return {
        **told(against.origin),
        "chosen": against.origin.chosen,
        "notes": {side: list(found) for side, found in zip(SIDES, against.notes, strict=True)},
        "classes": against.classes,
        "over": against.images or (),
        "paired": against.paired,
        "refused": against.refused,
    }


def from_entries(part: Part) -> Against:
    """What `to_entries` wrote.

    Raises:
        BadCapsule: an entry is of another kind.
    """
    a, b = (part.part("notes").texts(side) for side in SIDES)
    images = part.counts("over")
    return Against(
        provenance(part, part.texts("chosen")),
        (a, b),
        part.truth("classes"),
        (images[0], images[1]) if len(images) == len(SIDES) else None,
        part.truth("paired"),
        part.text("refused"),
    )
