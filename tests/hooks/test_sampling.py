"""A sample is spread over the whole of an axis, and says how large it is."""

import pytest
import torch

from hooks.sampling import images, places, tokens


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 14, 31, 56, 97])
def test_places_are_some_columns_in_the_middle_of_rows_that_are_spread(size):
    values = torch.arange(size * size).reshape(1, 1, size, size)
    taken = places(values).of(values)[0, 0]
    rows, columns = (taken[:, 0] // size).tolist(), (taken[0] % size).tolist()
    assert len(rows) == min(size, 2)
    assert rows[0] == 0
    assert rows[-1] >= size // 2
    assert len(columns) == min(size, 4)
    assert columns == list(range(columns[0], columns[-1] + 1))
    assert (size - 1) // 2 in columns


def test_no_head_and_no_slot_is_left_out():
    values = torch.rand(8, 3, 197, 64)
    assert tokens(values).of(values).shape == (8, 3, 16, 64)
    assert images(values).of(values).shape == (2, 3, 197, 64)
    assert torch.equal(tokens(values).of(values), values[:, :, ::13])


def test_how_many_are_compared_is_told():
    assert places(torch.rand(1, 1, 56, 28)).told == " (8 of 1568 places)"
    assert tokens(torch.rand(1, 1, 197, 4)).told == " (16 of 197 tokens)"
    assert images(torch.rand(2, 1, 197, 4)).told == ""


def test_an_axis_of_another_length_is_left_as_it_is():
    sample = places(torch.rand(2, 8, 16, 16))
    for size, taken in [((1, 1), (1, 1)), ((1, 16), (1, 4)), ((16, 12), (2, 12))]:
        assert sample.of(torch.rand(2, 8, *size)).shape[2:] == taken
