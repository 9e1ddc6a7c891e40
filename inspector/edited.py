"""Edited is told in words what was changed in a pass, for captions and files."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hooks.edits import Edit

EVERY = "*"
"""What stands for every layer, or for every label, where an edit is made."""

NAMED_EDITS = 3
"""Interventions that are told one by one; of the others only the number."""


def told(edits: Sequence["Edit"]) -> str:
    """What was done on the way, in words; empty where nothing was."""
    told = [_intervention(edit) for edit in edits[:NAMED_EDITS]]
    more = len(edits) - len(told)
    return "; ".join(told) + (f" and {more} more" if more else "")


def _intervention(edit: "Edit") -> str:
    where = edit.where
    dim = where.dim.replace("_", " ")
    entry = f"every {dim}" if where.label == EVERY else f"{dim} {where.label}"
    whole = "every later layer" if where.dim == "retrieved_layer" else "every layer"
    owner = whole if where.layer == EVERY else where.layer
    how = f"{edit.how}:" if " " in edit.how else edit.how
    parts = [f"{how} {entry} of", f"{where.point} of" if where.point else "", owner]
    alone = ", ".join(f"{dim} {label} alone" for dim, label in where.within)
    done = " ".join(filter(None, parts)) + (f" ({alone})" if alone else "")
    return f"{done}, rest renormalised" if edit.renormalise else done
