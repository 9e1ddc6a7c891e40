"""A sample is spread over the whole of an axis, and says how large it is."""

import numpy as np
import pytest
import torch

from hooks.sampling import images, places, tokens


@pytest.mark.parametrize("channels", [1, 6, 8, 12])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 14, 31, 56, 97])
def test_places_are_neighbours_of_a_row_of_each_channel_and_channels_take_turns(size, channels):
    shape = (2, channels, size, size + 1)
    values = np.arange(np.prod(shape)).reshape(shape)
    taken = places(torch.tensor(values)).of(torch.tensor(values)).numpy()
    assert taken.shape == (2, channels, 1, min(size + 1, 8))
    image, channel, row, column = np.unravel_index(taken, shape)
    assert (image[:, 0, 0, 0] == range(2)).all()
    assert (image == image[:, :1, :, :1]).all()
    assert (channel == np.arange(channels)[:, None, None]).all()
    assert (np.diff(column, axis=3) == 1).all()
    assert (size + 1) // 2 in column
    rows = np.unique(row).tolist()
    assert len(rows) == next(n for n in (4, 2, 1) if n <= size and channels % n == 0)
    assert (row == np.repeat(rows, channels // len(rows))[:, None, None]).all()
    if len(rows) > 1:
        assert rows[0] == 0
        assert rows[-1] > 2 * (size - 1) / 3
    elif size > 1:
        assert rows != [size - 1 - rows[0]]


def test_one_entry_stands_for_all_places_and_another_size_for_none():
    sample = places(torch.rand(2, 8, 16, 16))
    for size in [(1, 1), (1, 16), (16, 12)]:
        values = torch.rand(2, 8, *size)
        assert sample.of(values) is values


def test_no_head_and_no_slot_is_left_out():
    values = torch.rand(8, 3, 197, 64)
    assert tokens(values).of(values).shape == (8, 3, 16, 64)
    assert images(values).of(values).shape == (2, 3, 197, 64)
    assert torch.equal(tokens(values).of(values), values[:, :, ::13])


def test_how_many_are_compared_is_told():
    assert places(torch.rand(1, 1, 56, 28)).told == " (8 of 1568 places)"
    assert tokens(torch.rand(1, 1, 197, 4)).told == " (16 of 197 tokens)"
    assert images(torch.rand(2, 1, 197, 4)).told == ""
