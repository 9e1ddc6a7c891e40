"""The gallery's pictures: all there, all loadable without a download, and drawn by their script."""

import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inspector.gallery import GALLERY, Picture, find
from inspector.images import BadImage
from sample_images.render import PICTURES

ROOT = Path(__file__).parents[2]
DRAWN = [picture for picture in GALLERY if picture.package == "sample_images"]


def test_keys_are_unique_and_fit_in_an_address():
    keys = [picture.key for picture in GALLERY]
    assert len(set(keys)) == len(keys) == 22
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key) for key in keys)


def test_behind_the_first_come_the_drawings_of_the_script():
    assert [picture.key for picture in DRAWN] == list(PICTURES)
    assert list(GALLERY[1 : len(PICTURES) + 1]) == DRAWN


@pytest.mark.parametrize("picture", GALLERY, ids=lambda picture: picture.key)
def test_every_picture_loads_from_the_installation(picture):
    photo = picture.load()
    assert min(photo.image.size) >= 300
    assert max(photo.image.size) <= 1411
    assert picture.title
    assert picture.asks
    assert picture.credit


@pytest.mark.parametrize("key", PICTURES)
def test_the_files_are_what_the_script_renders(key):
    stored = np.asarray(Image.open(files("sample_images") / f"{key}.png"))
    np.testing.assert_array_equal(stored, np.asarray(PICTURES[key]().image()))


def test_the_drawings_are_small_and_documented():
    sizes = {p.key: (files(p.package) / p.file).stat().st_size for p in DRAWN}
    assert max(sizes.values()) < 300_000
    assert sum(sizes.values()) < 1_500_000
    table = (files("sample_images") / "SOURCES.md").read_text(encoding="utf-8")
    for picture in DRAWN:
        size = "x".join(map(str, picture.load().size))
        assert f"| `{picture.file}` | {size} |" in table


def test_blank_is_blank_and_the_small_object_small():
    blank = np.asarray(find("blank").load().image)
    assert np.ptp(blank) == 0
    meadow = np.asarray(find("small-object").load().image, dtype=int)
    unlike_its_row = np.abs(meadow - meadow[:, :1]).max(-1) > 12
    assert 0.004 < unlike_its_row.mean() < 0.01


def test_listing_the_gallery_imports_neither_skimage_nor_torch():
    code = "import sys, inspector.gallery; print({'skimage', 'torch', 'timm'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "set()"


def test_an_unknown_key_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match=r"got 'dog'\. Choose one of: cat, still-life, balloons"):
        find("dog")


@pytest.mark.parametrize(("package", "file"), [("skimage", "data/eagle.png"), ("nowhere", "a.png")])
def test_a_missing_file_is_named_with_a_way_out(package, file):
    lost = Picture("lost", "Lost", "", "", package, file)
    with pytest.raises(BadImage, match=f"{file} in the installed package {package}.*Install"):
        lost.load()
