"""Exhibits of small networks, capsules of them, and capsules tampered with."""

import hashlib
import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from inspector import renderer
from inspector.capsules import open_capsule, packed, packing
from inspector.export import ExportUnavailable, figure_bytes
from inspector.views import starts, view_of
from inspector.views.exhibit import exhibit


@pytest.fixture
def exhibited():
    """The exhibit of a view by key, with choices beside those it begins with."""

    def make(key, seen, **choices):
        view = view_of(key)
        chosen = starts(view, seen) | choices
        return exhibit(view, seen, view.compute(seen, chosen), chosen)

    return make


@pytest.fixture(scope="module", autouse=True)
def _browser_ends_with_the_tests():
    yield
    renderer.RENDERER.close()


@pytest.fixture
def opened(tmp_path):
    """What is shown, as it comes out of its capsule."""

    def write(shown):
        path = tmp_path / "packed.zip"
        path.write_bytes(packed(shown))
        return open_capsule(path)

    return write


@pytest.fixture
def pixels():
    """The pixels (y, x, rgb) of a figure."""

    def draw(figure):
        png = io.BytesIO(figure_bytes(figure, "png", scale=1))
        return np.asarray(Image.open(png).convert("RGB"))

    return draw


@pytest.fixture
def no_browser(monkeypatch):
    def refuse(*_arguments, **_options):
        raise ExportUnavailable("there is none on this machine")

    monkeypatch.setattr(packing, "figure_bytes", refuse)


@pytest.fixture
def gates(exhibited, inspected):
    return exhibited("dia_gates", inspected("dia_resnet"))


@pytest.fixture
def capsule(gates, no_browser, tmp_path):
    """A capsule without a vector figure, in a file."""
    path = tmp_path / "gates.zip"
    path.write_bytes(packed(gates))
    return path


@pytest.fixture
def changed(capsule):
    """The capsule with members changed, and with a manifest whose digests fit unless told not to.

    `manifest` is a function that changes the manifest's content.
    """

    def make(members=None, manifest=None, *, signed=True):
        content = read(capsule)
        told = json.loads(content["manifest.json"])
        content |= members or {}
        if signed:
            told["members"] = {
                name: hashlib.sha256(data).hexdigest()
                for name, data in content.items()
                if name != "manifest.json" and data is not None
            }
        if manifest:
            manifest(told)
        content["manifest.json"] = json.dumps(told).encode()
        with zipfile.ZipFile(capsule, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in content.items():
                if data is not None:
                    archive.writestr(name, data)
        return capsule

    return make


def read(path):
    """The members of a ZIP archive by name, in their order."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
