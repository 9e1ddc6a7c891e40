"""A sample is spread over the whole of an axis, and says how large it is."""

import pytest
import torch

from hooks.sampling import images, places, tokens


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 14, 31, 56, 97])
def test_places_lie_side_by_side_in_a_row_that_is_another_upside_down(size):
    values = torch.arange(size * size).reshape(1, 1, size, size)
    [taken] = places(values).of(values)[0, 0].tolist()
    row, columns = taken[0] // size, [place % size for place in taken]
    assert taken == list(range(taken[0], taken[0] + min(size, 8)))
    assert (size - 1) // 2 in columns
    assert len(columns) == min(size, 8)
    assert size == 1 or row != size - 1 - row


def test_no_head_and_no_slot_is_left_out():
    values = torch.rand(8, 3, 197, 64)
    assert tokens(values).of(values).shape == (8, 3, 16, 64)
    assert images(values).of(values).shape == (2, 3, 197, 64)
    assert torch.equal(tokens(values).of(values), values[:, :, ::13])


def test_how_many_are_compared_is_told():
    assert places(torch.rand(1, 1, 56, 28)).told == " (8 of 1568 places)"
    assert tokens(torch.rand(1, 1, 197, 4)).told == " (16 of 197 tokens)"
    assert images(torch.rand(2, 1, 197, 4)).told == ""
