"""Alike are two pictures of the same things: what the data chose for either is shown for both.

The six slots of largest mass are other slots in another image, and a difference between slot 3 and
slot 28 would mean nothing.
"""

from collections.abc import Callable, Iterable

from inspector.inspection import Inspection
from inspector.views.view import Choices

OF_BOTH = "of_both"
"""Key of a choice that was made from two inspections, not by hand."""

SHOWS = "shows"
"""Attribute of values: the slot or class that they are of, where the data alone chose it."""


def in_both(
    key: str, chosen: Callable[[Inspection, Choices], Iterable[int]]
) -> Callable[[Inspection, Inspection, Choices], Choices]:
    """An ``alike``: what either inspection would show by itself, if nothing was chosen by hand.

    Args:
        key: of the choice that holds the numbers of what is shown.
        chosen: the numbers that one inspection would show.
    """

    def alike(first: Inspection, second: Inspection, choices: Choices) -> Choices:
        if choices.get(key):
            return choices
        found = {number for seen in (first, second) for number in chosen(seen, choices)}
        return {**choices, key: tuple(map(str, sorted(found))), OF_BOTH: True}

    return alike
