"""The tour and the stored inspection it shows: what the network gives now, and whose it is."""

from dataclasses import replace

import pytest
import xarray as xr

from inspector import shipped, stored, tour
from inspector.capsules import difference
from inspector.checkpoint_files import Folder
from inspector.gallery import GALLERY, find
from inspector.inspection import inspect_image
from inspector.ui.network import FIRST_MODEL
from inspector.zoo import load_model

FILE = Folder(shipped.FOLDER).file(f"{stored.NETWORK}.safetensors")
CAT = find(stored.PICTURE).load()


@pytest.fixture
def unread():
    """The file is read anew, and once more afterwards."""
    stored.inspection.cache_clear()
    yield
    stored.inspection.cache_clear()


def test_it_is_what_the_app_begins_with():
    assert (FIRST_MODEL, GALLERY[0].key) == (stored.NETWORK, stored.PICTURE)
    assert stored.stands_for(FIRST_MODEL, FILE, CAT)


@pytest.mark.parametrize(
    "other",
    [
        ("cifar_resnet56", FILE, CAT),
        (FIRST_MODEL, replace(FILE, sha256=CAT.sha256), CAT),
        (FIRST_MODEL, replace(FILE, name="mine.safetensors"), CAT),
        (FIRST_MODEL, FILE, replace(CAT, sha256=FILE.sha256)),
        (FIRST_MODEL, FILE, replace(CAT, name="mine.png")),
    ],
)
def test_it_stands_for_no_other_network_weights_or_picture(other):
    assert not stored.stands_for(*other)


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize("content", [None, b"", b"no netCDF"])
def test_an_app_without_it_goes_on_without(monkeypatch, tmp_path, content):
    monkeypatch.setattr(stored, "FILE", tmp_path / "capture.nc")
    if content is not None:
        stored.FILE.write_bytes(content)
    assert not stored.stands_for(FIRST_MODEL, FILE, CAT)


def test_it_is_small():
    assert stored.FILE.stat().st_size < 300_000


@pytest.mark.parametrize("step", tour.STEPS, ids=lambda step: step.title)
def test_what_a_step_frames_is_in_its_figure(step):
    panels = tour.shown(step.figure).computed.panels.values()
    for dim, label in step.framed.items():
        assert any(label in data[dim].values for data in panels if dim in data.dims)


@pytest.mark.parametrize("name", tour.FIGURES)
def test_a_figure_is_chosen_as_the_tour_declares(name):
    assert tour.FIGURES[name].choices.items() <= tour.shown(name).choices.items()


@pytest.mark.slow
def test_the_network_gives_what_is_stored():
    model = load_model(stored.NETWORK, device="cpu")
    seen = inspect_image(model, find(stored.PICTURE).load())
    for name in ("model", "weights", "weights_sha256", "preprocessing", "image_sha256"):
        assert stored.inspection().about[name] == seen.about[name]
    xr.testing.assert_allclose(_values(stored.inspection()), _values(seen), rtol=1e-3, atol=1e-4)
    for name in tour.FIGURES:
        found = difference(tour.shown(name), tour.made(name, seen))
        assert not found.unlike
        assert found.largest < 0.02  # p-values count draws of which some tie but for rounding


def _values(inspection):
    """Without attributes, of which some are measured in the pass."""
    return inspection.tree.map_over_datasets(lambda data: data.drop_attrs())
