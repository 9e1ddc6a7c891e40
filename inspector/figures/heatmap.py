"""A heat map is a grid of coloured cells, one panel per table, all on one scale by default."""

from collections.abc import Hashable

from inspector.figures import axes, frame
from inspector.figures.colourbar import Scales
from inspector.figures.figure import Figure
from inspector.figures.sheet import Need, on_page
from inspector.figures.table import Panels, Table, tables
from inspector.figures.theme import Scale

_LARGEST_CELL = 36
_SMALLEST_CELL = 9
_WIDEST = 720
_TALLEST = 640


def heatmap(
    panels: Panels,
    *,
    x: Hashable,
    y: Hashable,
    scale: Scales | None = None,
    absent: str = "not applicable",
    columns: int | None = None,
) -> Figure:
    """Cells coloured by value, `y` downward in the order of its labels, `x` to the right.

    Args:
        panels: one labelled array, or several by title; a `Panel` adds hover lines and marks.
        x: dim drawn from left to right.
        y: dim drawn from top to bottom.
        scale: shared by all panels (by default just wide enough for all of them), or one per
            panel title, which the panels then say.
        absent: why NaN cells do not apply; they stay grey and say so. A `Panel` tells which do
            apply but are undefined.
        columns: panels per row; as many as fit by default.

    Returns:
        A figure whose cells state their exact value under the pointer. Values beyond the scale are
        marked. Labels lose the path they share, which goes into the panel's title.

    Raises:
        ValueError: no panel, an axis missing or left over, repeated labels.
    """
    drawn = tables(panels, x=x, y=y, figure="heatmap")
    scales = scale or Scale.of([table.values for table in drawn], drawn[0].quantity)
    plans = [_plan(table, scales) for table in drawn]
    return frame.maps(plans, scales, absent, columns).figure()


def _plan(table: Table, scales: Scales) -> frame.Plan:
    """Room and axes of one panel; a square table gets square cells."""
    rows, columns = table.values.shape
    width = _side(columns, on_page(_WIDEST))
    height = _side(rows, _TALLEST, 340 if columns <= 40 else 200)
    prefix = axes.shared_prefix(table.rows, table.columns)
    x, bottom = axes.across(table.columns, prefix, width)
    y, left = axes.down(table.rows, prefix, height)
    if rows == columns:
        y["scaleratio"] = 1
    title = frame.panel_title(table, axes.panel_name(table.name, prefix), scales)
    need = Need(width, height, left=left, bottom=bottom, joins=table.joins)
    return frame.Plan(title, need, (x, y), table, min(width / columns, height / rows))


def _side(count: int, most: int, usual: int = 340) -> int:
    """Pixels for `count` cells: of a size that can be read, within a size that can be shown."""
    cell = min(max(usual / count, _SMALLEST_CELL), _LARGEST_CELL, most / count)
    return round((int(cell) if cell >= _SMALLEST_CELL / 2 else cell) * count)
