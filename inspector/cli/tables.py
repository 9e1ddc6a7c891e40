"""A table is rows of words in aligned columns, for a terminal or a pipe."""

from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Returns rows as lines, columns two spaces apart.

    >>> print(aligned([("name", "size"), ("resnet50_mrlab", "26 M")]))
    name            size
    resnet50_mrlab  26 M
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)
