"""What a camera wrote into a picture, as its place and owner, is in nothing that is made of it."""

import base64
import io
import re
from zipfile import ZipFile

import numpy as np
import pytest
import xarray as xr
from PIL import ExifTags, Image

from inspector import renderer
from inspector.capsules import packed
from inspector.export import arrays_bytes, figure_bytes
from inspector.images import read_image
from inspector.inspection import inspect_image
from inspector.ui import absent, pictures
from inspector.views import starts, view_of
from inspector.views.exhibit import exhibit

SECRETS = ("Xq-Camera-7", "Xq-Owner", "Xq-Place", "Xq-Comment", "Xq-Profile")


@pytest.fixture(scope="module", autouse=True)
def _browser_ends_with_the_tests():
    yield
    renderer.RENDERER.close()


@pytest.fixture(scope="module")
def photograph():
    """The bytes of a JPEG with place, camera, owner, a comment and a colour profile."""
    exif = Image.Exif()
    exif[ExifTags.Base.Model], exif[ExifTags.Base.Artist] = SECRETS[:2]
    place = {
        ExifTags.GPS.GPSLatitude: (41.0, 53.0, 30.0),
        ExifTags.GPS.GPSAreaInformation: SECRETS[2],
    }
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(place)
    shade = np.add.outer(np.arange(96), np.arange(128)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(shade).convert("RGB").save(
        file, "JPEG", exif=exif, comment=SECRETS[3], icc_profile=SECRETS[4].encode() * 20
    )
    return file.getvalue()


@pytest.fixture(scope="module")
def drawn(photograph, small):
    """A figure with the picture in it and what it was drawn from, and the inspection."""
    view = view_of("external_slots")
    seen = inspect_image(small("eamlp_7"), read_image(photograph, name="holiday.jpg"))
    choices = starts(view, seen)
    computed = view.compute(seen, choices)
    return exhibit(view, seen, computed, choices), seen


def told_by(content):
    """Which of the secrets some bytes hold, also in pictures that they hold as text."""
    whole = [content, *map(base64.b64decode, _embedded(content))]
    secrets = [*(secret.encode() for secret in SECRETS), b"Exif\0\0"]
    return [secret for secret in secrets if any(secret in part for part in whole)]


def _embedded(content):
    return re.findall(rb";base64,((?:[A-Za-z0-9+/]{4})+)", content)  # without its last few bytes


def test_the_photograph_has_them_all(photograph):
    assert len(told_by(photograph)) == len(SECRETS) + 1


def test_pictures_in_a_page_are_looked_into(photograph):
    page = b'<img src="data:image/jpeg;base64,' + base64.b64encode(photograph) + b'">'
    assert len(told_by(page)) == len(SECRETS) + 1


def test_a_page_tells_none(drawn):
    shown, _ = drawn
    page = figure_bytes(shown.figure(), "html")
    assert b"holiday.jpg" in page
    assert b";base64," in page
    assert told_by(page) == []


@pytest.mark.browser
@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_a_drawing_tells_none(drawn, kind):
    shown, _ = drawn
    assert told_by(figure_bytes(shown.figure(), kind)) == []


def test_a_capsule_tells_none(drawn):
    shown, _ = drawn
    with ZipFile(io.BytesIO(packed(shown))) as capsule:
        parts = {name: capsule.read(name) for name in capsule.namelist()}
    assert any(b"holiday.jpg" in part for part in parts.values())
    assert {name: told_by(part) for name, part in parts.items() if told_by(part)} == {}


def test_arrays_tell_none(drawn):
    shown, seen = drawn
    for content in (arrays_bytes(shown.arrays()), arrays_bytes(seen.tree)):
        assert told_by(content) == []
        read = xr.load_datatree(io.BytesIO(content), engine="h5netcdf")
        assert told_by(repr([(node.attrs, node.coords) for node in read.subtree]).encode()) == []


def test_the_page_and_its_links_tell_none(photograph):
    photo = read_image(photograph, name="holiday.jpg")
    assert told_by(pictures._label("your own picture", photo).encode()) == []
    assert absent.text_of(photo.sha256, photo.name).endswith("-holiday.jpg")
