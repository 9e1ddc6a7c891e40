"""Panels must not lie on each other, nor lose the room for their labels."""

import itertools
import random

import pytest

from inspector.figures.sheet import MAX_WIDTH, Need, arrange, page, page_width


def needs(seed, count):
    pick = random.Random(seed)
    return [
        Need(
            *(pick.randint(20, 500) for _ in range(2)),
            *(pick.randint(0, 60) for _ in range(4)),
        )
        for _ in range(count)
    ]


def outer(box, need):
    """The box and the labels around it: left, top, right, bottom."""
    return (
        box.left - need.left,
        box.top - need.top,
        box.left + box.width + need.right,
        box.top + box.height + need.bottom,
    )


@pytest.mark.parametrize("columns", [None, 1, 3])
@pytest.mark.parametrize("seed", range(20))
def test_no_panel_covers_another_or_its_labels(seed, columns):
    asked = needs(seed, 1 + seed % 7)
    sheet = arrange(asked, columns)
    frames = [outer(box, need) for box, need in zip(sheet.boxes, asked, strict=True)]
    for a, b in itertools.combinations(frames, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


@pytest.mark.parametrize("seed", range(20))
def test_everything_lies_within_the_sheet_and_its_margins(seed):
    asked = needs(seed, 1 + seed % 7)
    sheet = arrange(asked)
    for box, need in zip(sheet.boxes, asked, strict=True):
        left, top, right, bottom = outer(box, need)
        assert left >= -sheet.left
        assert top >= -sheet.top
        assert right <= sheet.width
        assert bottom <= sheet.height + sheet.bottom
        assert 0 <= sheet.across(box)[0] < sheet.across(box)[1] <= 1
        assert 0 <= sheet.upward(box)[0] < sheet.upward(box)[1] <= 1


def test_rows_are_as_few_as_fit_and_evenly_filled():
    asked = [Need(200, 100)] * 6
    assert len(asked) * 200 > MAX_WIDTH
    tops = [box.top for box in arrange(asked).boxes]
    assert [len(list(row)) for _, row in itertools.groupby(tops)] == [3, 3]


def test_what_joins_stays_in_the_row_of_the_panel_before_it():
    asked = [Need(200, 100, joins=place % 2 == 1) for place in range(6)]
    tops = [box.top for box in arrange(asked).boxes]
    assert [len(list(row)) for _, row in itertools.groupby(tops)] == [4, 2]
    wide = [Need(500, 100, joins=place % 2 == 1) for place in range(4)]
    assert len({box.top for box in arrange(wide).boxes}) == 4
    assert len({box.top for box in arrange(asked, 1).boxes}) == 6


def test_a_narrower_page_takes_fewer_panels_in_a_row_and_is_left_again():
    asked = [Need(200, 100)] * 4
    usual = arrange(asked)
    with page(450):
        boxes = arrange(asked).boxes
    assert [box.top for box in boxes[:2]] == [0, 0]
    assert boxes[2].top > 0
    assert arrange(asked) == usual


def test_a_page_is_left_when_drawing_fails():
    with pytest.raises(ZeroDivisionError), page(300):
        page_width() / 0
    assert page_width() == MAX_WIDTH
