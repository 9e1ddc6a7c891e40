"""A side is one of two that are held against each other: A, then B."""

from collections.abc import Sequence

A, B = SIDES = ("A", "B")


def by_side(a: Sequence[str], b: Sequence[str]) -> list[str]:
    """Sentences of both once, then what only one says, behind its letter."""
    both = [line for line in a if line in b]
    alone = {
        side: [line for line in own if line not in both]
        for side, own in zip(SIDES, (a, b), strict=True)
    }
    told = [f"{side}: {line}" for side, found in alone.items() for line in found]
    return [f"A and B: {line}" for line in both] + told
