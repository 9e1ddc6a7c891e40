"""Pictures of one colour each, so that a test can tell by its eyes which one it got."""

from __future__ import annotations

import io
import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.inspector.surveys.made import LABELS, Made, network, one_at_a_time, small

SIDE = 4


@pytest.fixture(scope="session")
def model():
    """The smallest network, of the classes that pictures of `LABELS` have."""
    return network(classes=LABELS)


@pytest.fixture(scope="module")
def one_thread():
    with one_at_a_time():
        yield


@pytest.fixture(scope="session")
def finished(model, tmp_path_factory):
    """A survey of 20 pictures of which two are damaged."""
    out = tmp_path_factory.mktemp("finished") / "out.zarr"
    with one_at_a_time():
        return small(model, Made(20, LABELS, damaged=(3, 17)), out)


def colour(number: int) -> tuple[int, int, int]:
    return (number, 255 - number, 7)


@pytest.fixture(scope="session")
def png():
    """Makes the file of the picture with a number."""

    def encoded(number: int) -> bytes:
        file = io.BytesIO()
        Image.new("RGB", (SIDE, SIDE), colour(number)).save(file, "PNG")
        return file.getvalue()

    return encoded


@pytest.fixture
def stack():
    """Makes pictures 0 to n - 1, uint8 (n, y, x, rgb)."""

    def stacked(count: int) -> np.ndarray:
        colours = np.array([colour(number) for number in range(count)], dtype=np.uint8)
        return np.tile(colours[:, None, None], (1, SIDE, SIDE, 1))

    return stacked


@pytest.fixture(scope="session")
def shown():
    """Tells the number of an item's picture, or in which words it is damaged."""

    def number(item) -> int | str:
        if hasattr(item.picture, "reason"):
            return item.picture.reason
        pixels = np.asarray(item.picture)
        assert pixels.shape == (SIDE, SIDE, 3)
        assert pixels.dtype == np.uint8
        first = int(pixels[0, 0, 0])
        assert (pixels == colour(first)).all()
        return first

    return number


@pytest.fixture(scope="session")
def write():
    """Writes bytes to a file and the folders above it."""

    def to(path: Path, content: bytes) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    return to


@pytest.fixture(scope="session")
def read():
    """All items of a source, cut into shards of a size, each read by a copy made of its pickle."""

    def items(source, size: int = 3):
        copy = pickle.loads(pickle.dumps(source))
        shards = [pickle.loads(pickle.dumps(shard)) for shard in source.shards(size)]
        assert [shard.number for shard in shards] == list(range(len(shards)))
        pieces = [list(copy.items(shard)) for shard in shards]
        assert [len(piece) for piece in pieces] == [shard.count for shard in shards]
        assert all(shard.count <= size for shard in shards)
        return [item for piece in pieces for item in piece]

    return items
