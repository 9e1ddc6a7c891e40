"""A sheet is the page of a figure: how large it is, and where on it each panel lies."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from math import ceil

MAX_WIDTH = 940
"""Widest row of panels in pixels: what a page of a paper or of the app can show."""

_WIDTH = ContextVar("width of the page", default=MAX_WIDTH)

GUTTER = 14
"""Pixels between neighbouring panels, beyond what their labels need."""


@dataclass(frozen=True)
class Need:
    """The room a panel asks for, in pixels: its drawing area and the labels around it.

    One that `joins` stands in the row of the panel before it, if both fit into one.
    """

    width: int
    height: int
    left: int = 0
    right: int = 0
    top: int = 0
    bottom: int = 0
    joins: bool = False


@dataclass(frozen=True)
class Box:
    """Where a drawing area lies: pixels from the upper left corner of the area of all panels."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True)
class Sheet:
    """The boxes of all panels, in an area of `width` by `height` pixels inside the margins."""

    boxes: tuple[Box, ...]
    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int

    def across(self, box: Box) -> list[float]:
        """Left and right edge of `box` as shares of the area's width."""
        return [box.left / self.width, (box.left + box.width) / self.width]

    def upward(self, box: Box) -> list[float]:
        """Lower and upper edge of `box` as shares of the area's height, counted from below."""
        return [1 - (box.top + box.height) / self.height, 1 - box.top / self.height]


@contextmanager
def page(width: int) -> Iterator[None]:
    """Figures drawn inside the block are laid out for a page of so many pixels, as far as they can.

    A view does not know what its figure is drawn for, so it cannot pass the width on.
    """
    before = _WIDTH.set(min(width, MAX_WIDTH))
    try:
        yield
    finally:
        _WIDTH.reset(before)


def page_width() -> int:
    """Pixels of the widest row of panels that the page has room for."""
    return _WIDTH.get()


def on_page(pixels: int) -> int:
    """What takes so many pixels on the usual page, on the page at hand."""
    return round(pixels * page_width() / MAX_WIDTH)


def arrange(needs: Sequence[Need], columns: int | None = None, *, bar: int = 0) -> Sheet:
    """Panels side by side in reading order.

    Args:
        needs: room of each panel.
        columns: panels per row; as many as fit where it is None.
        bar: pixels to keep free on the right for a colour bar.
    """
    rows = _rows(needs, columns)
    left = max(row[0].left for row in rows)
    boxes: list[Box] = []
    top = 0
    for number, row in enumerate(rows):
        top += max(need.top for need in row) if number else 0
        boxes += _row_of_boxes(row, top)
        top += max(need.height for need in row) + max(need.bottom for need in row) + GUTTER
    last = max(need.bottom for need in rows[-1])
    ends = [box.left + box.width + need.right for box, need in zip(boxes, needs, strict=True)]
    return Sheet(
        boxes=tuple(boxes),
        width=max(ends),
        height=top - GUTTER - last,
        left=left,
        right=bar,
        top=max(need.top for need in rows[0]),
        bottom=last,
    )


def _rows(needs: Sequence[Need], columns: int | None) -> list[list[Need]]:
    """Rows of at most `columns` panels; without it as few rows as possible, evenly filled."""
    if columns is not None:
        return _fill(needs, columns)
    fewest = len(_fill(needs, len(needs)))
    tried = (_fill(needs, count) for count in range(ceil(len(needs) / fewest), len(needs) + 1))
    return next(rows for rows in tried if len(rows) == fewest)


def _fill(needs: Sequence[Need], columns: int) -> list[list[Need]]:
    rows: list[list[Need]] = [[]]
    for group in _groups(needs, columns):
        wider = [*rows[-1], *group]
        full = len(wider) > columns or _extent(wider) > page_width()
        if rows[-1] and full:
            rows.append([])
        rows[-1] += group
    return rows


def _groups(needs: Sequence[Need], columns: int) -> list[list[Need]]:
    """Panels that stay together."""
    groups: list[list[Need]] = []
    for need in needs:
        wider = [*groups[-1], need] if groups and need.joins else []
        if wider and len(wider) <= columns and _extent(wider) <= page_width():
            groups[-1] = wider
        else:
            groups.append([need])
    return groups


def _extent(row: Sequence[Need]) -> int:
    return sum(need.left + need.width + need.right + GUTTER for need in row) - GUTTER


def _row_of_boxes(row: Sequence[Need], top: int) -> list[Box]:
    """Boxes of one row; the labels of its first panel lie in the sheet's left margin."""
    boxes, edge = [], -row[0].left
    for need in row:
        boxes.append(Box(edge + need.left, top, need.width, need.height))
        edge += need.left + need.width + need.right + GUTTER
    return boxes
