"""Rows together: those of several panels as one, where what is said of each takes the same work."""

from collections.abc import Hashable, Iterator, Mapping

from inspector.measures.rows import Rows

Panels = Mapping[str, Rows]
"""Rows by the title of the panel that shows them."""

Places = dict[str, dict[str, slice]]
"""Which of some rows a panel shows, by its title: a part of a dim; all of them where none is
named."""


def together(panels: Panels) -> Iterator[tuple[Rows, Places]]:
    """The rows of all panels, those of the same weights as one if a single dim tells them apart.

    Args:
        panels: in the order in which they are shown.

    Returns:
        Rows, and the panels that show them; each panel once.
    """
    alike: dict[Hashable, dict[str, Rows]] = {}
    for title, rows in panels.items():
        key = id(rows.weight), rows.over, rows.average, tuple(rows.drawn)
        alike.setdefault(key, {})[title] = rows
    for parts in alike.values():
        dim = _dim_apart(parts)
        yield from [_joined(parts, dim)] if dim else map(_alone, parts.values(), parts)


def _dim_apart(parts: Panels) -> str | None:
    """The one dim along which each panel draws labels of its own; None if there is no such dim."""
    first, *others = (rows.drawn for rows in parts.values())
    dims = [dim for dim in first if any(list(one[dim]) != list(first[dim]) for one in others)]
    if len(dims) != 1:
        return None
    labels = _labels(parts, dims[0])
    return dims[0] if len(set(labels)) == len(labels) else None


def _alone(rows: Rows, title: str) -> tuple[Rows, Places]:
    return rows, {title: {}}


def _joined(parts: Panels, dim: str) -> tuple[Rows, Places]:
    first = next(iter(parts.values()))
    places: Places = {}
    end = 0
    for title, rows in parts.items():
        start, end = end, end + len(rows.drawn[dim])
        places[title] = {dim: slice(start, end)}
    return first.showing({**first.drawn, dim: _labels(parts, dim)}, first.average), places


def _labels(parts: Panels, dim: str) -> list[Hashable]:
    """The labels that all panels draw along a dim, one panel after the other."""
    return [label for rows in parts.values() for label in rows.drawn[dim]]
