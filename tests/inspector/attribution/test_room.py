"""How many images go at once: as many as pay and fit, and never none."""

import torch
from torch import nn

from inspector.attribution import room
from inspector.attribution.graph import graph_of
from inspector.wrapping import wrap
from tests.inspector.attribution.planted import Looking, loaded

SIZE = (3, 16, 16)


class Squares(nn.Module):
    """Keeps its input for the way back of each square: 3 x 16 x 16 numbers of 4 bytes, thrice."""

    def forward(self, x):
        for _ in range(3):
            x = x**2
        return x.mean((2, 3))


def test_what_is_kept_for_the_way_back_is_known_beforehand():
    graph = graph_of(wrap(Squares(), size=16), SIZE)
    assert graph.memory == 3 * (3 * 16 * 16) * 4


def test_weights_are_there_anyway():
    graph = graph_of(wrap(nn.Sequential(nn.Flatten(), nn.Linear(768, 5)), size=16), SIZE)
    assert graph.memory == 0  # the way back through a linear layer needs its weight alone


def test_it_is_what_fits_and_at_most_what_pays(monkeypatch):
    model, each = wrap(Squares(), size=16), 3 * (3 * 16 * 16) * 4
    monkeypatch.setattr(room, "SHARE", 0.5)
    for free, expected in ((20 * each, 10), (10 * each + 1, 5), (each, 1), (0, 1)):
        monkeypatch.setattr(room, "free_bytes", lambda _device, free=free: free)
        assert room.chunk_of(model, SIZE) == expected
    monkeypatch.setattr(room, "free_bytes", lambda _: 1e15)
    monkeypatch.setattr(room, "USUAL", (7 * 16 * 16, 99))
    assert room.chunk_of(model, SIZE) == 7


def test_where_nobody_knows_it_is_what_usually_pays(monkeypatch):
    monkeypatch.setattr(room, "USUAL", (4 * 36, 99))
    assert room.chunk_of(loaded(Looking), (3, 6, 6)) == 4
    assert room.chunk_of(loaded(Looking), (3, 600, 600)) == 1


def test_free_memory_is_that_of_the_device(monkeypatch, tmp_path):
    told = tmp_path / "meminfo"
    told.write_text("MemTotal:  99 kB\nMemAvailable:  12 kB\n")
    monkeypatch.setattr(room, "_MEMORY", told)
    assert room.free_bytes(torch.device("cpu")) == 12 * 1024
    monkeypatch.setattr(room, "_MEMORY", tmp_path / "none")
    assert room.free_bytes(torch.device("cpu")) is None


def test_small_images_are_not_too_many(monkeypatch):
    monkeypatch.setattr(room, "USUAL", (1e9, 5))
    assert room.chunk_of(loaded(Looking), (3, 6, 6)) == 5
