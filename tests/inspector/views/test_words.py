"""Words that several views share."""

import pytest

from inspector.views.words import counted, span


@pytest.mark.parametrize(("count", "said"), [(0, "0 edges"), (1, "1 edge"), (2, "2 edges")])
def test_one_thing_is_not_in_the_plural(count, said):
    assert counted(count, "edge") == said


@pytest.mark.parametrize(
    ("low", "high", "said"), [(0.25, 1, "0.25 to 1"), (1, 1.0001, "1"), (0.5, 2, "0.5 to 2")]
)
def test_a_range_is_one_number_where_three_digits_tell_no_difference(low, high, said):
    assert span(low, high) == said
