"""A table is rows of words in aligned columns, for a terminal or a pipe; around it stands prose."""

import re
import textwrap
from collections.abc import Sequence

_WIDTH = 96
_KEPT = "\N{NO-BREAK SPACE}"


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Returns rows as lines, columns two spaces apart.

    >>> print(aligned([("name", "size"), ("resnet50_mrlab", "26 M")]))
    name            size
    resnet50_mrlab  26 M
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def folded(line: str) -> str:
    """Returns a line of prose as lines of a terminal's width, the second and later ones indented.

    What stands in backticks is copied from there, so it is never broken.

    >>> print(folded("Look at it, " * 9 + "`with one command`."))
    Look at it, Look at it, Look at it, Look at it, Look at it, Look at it, Look at it, Look at it,
      Look at it, `with one command`.
    """
    whole = re.sub(r"`[^`]*`", lambda found: found[0].replace(" ", _KEPT), line)
    lines = textwrap.wrap(
        whole, _WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(lines).replace(_KEPT, " ")
