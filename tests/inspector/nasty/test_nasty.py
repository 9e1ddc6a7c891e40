"""The hostile and odd uploads of the shared data folder, each with its expected outcome."""

import json
import time
from pathlib import Path

import numpy as np
import pytest

from inspector.images import BadImage, read_image

NASTY = Path(__file__).parents[3].parent / "shared" / "data" / "nasty"
TABLE = NASTY / "expected.json"
CASES = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else []
UPRIGHT_CATS = [f"exif_{key}.jpg" for key in (2, 3, 5, 7, 8, "bad", "gps", "html")]

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not CASES, reason="needs ../shared/data/nasty"),
]


def outcome(file):
    try:
        photo = read_image(NASTY / file)
    except BadImage as error:
        return "reject", str(error)
    assert photo.image.mode == "RGB"
    assert photo.image.info == {}
    return "accept", photo.image.tobytes()


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: case["file"].encode("ascii", "replace").decode()
)
def test_each_file_has_its_expected_outcome_twice(case):
    start = time.perf_counter()
    first = outcome(case["file"])
    assert time.perf_counter() - start < 2
    assert case["expect"] in ("either", first[0]), first
    assert outcome(case["file"]) == first


@pytest.mark.parametrize("file", [*UPRIGHT_CATS, "cmyk.jpg", "progressive.jpg", "bad_icc.jpg"])
def test_one_cat_looks_the_same_in_every_encoding(file):
    expected = np.asarray(read_image(NASTY / "exif_1.jpg").image, dtype=int)
    seen = np.asarray(read_image(NASTY / file).image, dtype=int)
    assert expected.shape == (150, 226, 3)
    assert np.abs(seen - expected).mean() < 4  # JPEG was compressed anew after turning


def test_sixteen_bit_grey_equals_eight_bit_grey():
    eight, sixteen = (read_image(NASTY / f"gray{bits}.png").image for bits in (8, 16))
    assert np.abs(np.asarray(eight, dtype=int) - np.asarray(sixteen)).max() <= 1


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("truncated.jpg", "incomplete"),
        ("truncated.png", "incomplete"),
        ("zero_bytes.png", "file is empty"),
        ("bomb_30000x30000_1bit.png", "megapixels"),
        ("huge_header.bmp", "megapixels"),
        ("zip_bomb.png", "ZIP archive"),
        ("svg_named.png", "SVG"),
        ("one_pixel.png", "at least 2 pixels"),
        ("tall_8x20000.png", "8x20000. Crop it first"),
        ("favicon.ico", "Windows icon"),
    ],
)
def test_a_refusal_says_why(file, words):
    with pytest.raises(BadImage, match=words):
        read_image(NASTY / file)


@pytest.mark.parametrize(
    ("file", "note"),
    [
        ("wrong_extension.png", "named .png, but the content is JPEG"),
        ("many_frames.gif", "several frames or pages: only the first is used"),
        ("gray_alpha.png", "transparent parts laid on white"),
        ("exif_8.jpg", "turned upright as its EXIF tag says"),
    ],
)
def test_a_change_is_told(file, note):
    assert note in read_image(NASTY / file).notes
