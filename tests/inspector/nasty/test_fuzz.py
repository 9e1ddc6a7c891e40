"""Damaged files by the thousand: each is read or refused in a sentence, quickly, in little room.

Some hundreds in the suite, always the same; FUZZ=5000 tries that many, and others each time.
"""

import io
import os
import resource
import struct
import time
import zlib

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import save

from inspector.checkpoints import read_checkpoint
from inspector.decoding import LONGEST_SIDE
from inspector.images import BadImage, read_image

# what Pillow and torch warn of is their own affair here: the app's server lets it pass too
pytestmark = pytest.mark.filterwarnings("ignore")

ASKED = int(os.environ.get("FUZZ", "0"))
SECONDS = 2
MEMORY = 400 * 2**20
"""What decoding may add to this process at its peak, as `inspector.decoding` promises."""
SIZES = (
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\x00\x00\x00\x00",
    b"\x00\x00\xff\xff",
    b"\x01\x00",
)
"""Numbers that lie about a length."""


def pictures():
    """A small valid picture of each format and of several kinds, as bytes by name."""
    shade = np.add.outer(np.arange(48) * 3, np.arange(64) * 2).astype(np.uint8)
    colour = Image.fromarray(np.stack([shade, shade.T[:48, :1] + shade, 255 - shade], 2))
    made = {
        "JPEG": colour,
        "JPEG grey": Image.fromarray(shade),
        "PNG": colour,
        "PNG palette": colour.quantize(16),
        "PNG 16": Image.fromarray(shade.astype(np.uint16) * 200),
        "WEBP": colour,
        "GIF": colour.quantize(32),
        "TIFF": colour,
        "TIFF CMYK": colour.convert("CMYK"),
        "BMP": colour,
    }
    return {name: encoded(image, name.partition(" ")[0]) for name, image in made.items()}


def encoded(image, kind):
    file = io.BytesIO()
    several = {"save_all": True, "append_images": [image.rotate(90)]} if kind == "GIF" else {}
    image.save(file, kind, **several)
    return file.getvalue()


def checkpoints():
    """A small valid file of weights in each layout, as bytes by name."""
    state = {"a.weight": torch.arange(12.0).reshape(3, 4), "a.bias": torch.ones(3).half()}
    found = {"safetensors": save(state)}
    for name, new in (("zip", True), ("legacy", False)):
        file = io.BytesIO()
        torch.save({"state_dict": state, "epoch": 3}, file, _use_new_zipfile_serialization=new)
        found[name] = file.getvalue()
    return found


PICTURES, CHECKPOINTS = pictures(), checkpoints()


def examples(kinds):
    """How many files of each kind are tried."""
    return settings(
        max_examples=-(-ASKED // len(kinds)) if ASKED else 300 // len(kinds),
        derandomize=not ASKED,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@st.composite
def damaged(draw, files, name):
    """One of the files with up to three kinds of damage, each at some place."""
    data = files[name]
    for _ in range(draw(st.integers(1, 3))):
        damage = draw(st.sampled_from([flipped, overwritten, cut, repeated, spliced]))
        data = damage(draw, data, files) or b"\0"
    return with_right_sums(data) if draw(st.booleans()) else data


def place(draw, data):
    """A place in the file; every third time one of its beginning, where its sizes stand."""
    return draw(st.integers(0, min(len(data), draw(st.sampled_from([64, 2**30, 2**30]))) - 1))


def flipped(draw, data, _files):
    at, changed = place(draw, data), bytearray(data)
    changed[at] ^= 1 << draw(st.integers(0, 7))
    return bytes(changed)


def overwritten(draw, data, _files):
    at = place(draw, data)
    new = draw(st.one_of(st.sampled_from(SIZES), st.binary(min_size=1, max_size=8)))
    return data[:at] + new + data[at + len(new) :]


def cut(draw, data, _files):
    at = place(draw, data)
    return data[:at] + data[at + draw(st.sampled_from([1, 7, 100, 2**30])) :]


def repeated(draw, data, _files):
    at, length = place(draw, data), draw(st.integers(1, 200))
    return data[:at] + data[at : at + length] * draw(st.integers(2, 60)) + data[at:]


def spliced(draw, data, files):
    other = files[draw(st.sampled_from(sorted(files)))]
    return data[: place(draw, data)] + other[place(draw, other) :]


def with_right_sums(data):
    """A PNG whose chunks have the sums that belong to them, so that damage gets past those."""
    if not data.startswith(b"\x89PNG"):
        return data
    found, at = data[:8], 8
    while at + 8 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        chunk = data[at + 4 : at + 8 + length]
        found += struct.pack(">I", length) + chunk + struct.pack(">I", zlib.crc32(chunk))
        at += 12 + length
    return found


@pytest.fixture(autouse=True)
def little_memory():
    """The peak of this process rises by no more than a picture may take."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    rise = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert rise * 1024 < MEMORY


def timed(read, refusal):
    """What the reader makes of a file; None where it refuses it."""
    start = time.perf_counter()
    try:
        return read()
    except refusal:
        return None
    finally:
        assert time.perf_counter() - start < SECONDS


@pytest.mark.parametrize("name", PICTURES)
def test_a_damaged_picture_is_read_or_refused(name):
    @examples(PICTURES)
    @given(damaged(PICTURES, name))
    def check(data):
        photo = timed(lambda: read_image(data), BadImage)
        if photo:
            assert (photo.image.mode, photo.image.info) == ("RGB", {})
            assert max(photo.image.size) <= LONGEST_SIDE

    check()


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_damaged_weights_are_read_or_refused(name, tmp_path):
    file = tmp_path / ("file.safetensors" if name == "safetensors" else "file.pth")

    @examples(CHECKPOINTS)
    @given(damaged(CHECKPOINTS, name))
    def check(data):
        file.write_bytes(data)
        found = timed(lambda: read_checkpoint(file), ValueError)
        if found:
            assert all(torch.isfinite(value).all() for value in found.state.values())

    check()
