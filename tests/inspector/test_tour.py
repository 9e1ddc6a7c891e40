"""The tour and the stored inspection it shows: what the network gives now, and whose it is."""

import pytest
import xarray as xr

from inspector import shipped, stored, tour
from inspector.capsules import difference
from inspector.gallery import GALLERY, find
from inspector.inspection import inspect_image
from inspector.ui.network import FIRST_MODEL
from inspector.zoo import load_model

WEIGHTS = shipped.record_of(stored.NETWORK)["sha256"]
CAT = find(stored.PICTURE).load().sha256


def test_it_is_what_the_app_begins_with():
    assert (FIRST_MODEL, GALLERY[0].key) == (stored.NETWORK, stored.PICTURE)
    assert stored.stands_for(FIRST_MODEL, WEIGHTS, CAT)


@pytest.mark.parametrize(
    "other", [("cifar_resnet56", WEIGHTS, CAT), (FIRST_MODEL, CAT, CAT), (FIRST_MODEL, WEIGHTS, "")]
)
def test_it_stands_for_no_other_network_weights_or_picture(other):
    assert not stored.stands_for(*other)


def test_an_installation_without_it_goes_on_without(monkeypatch, tmp_path):
    monkeypatch.setattr(stored, "FILE", tmp_path / "capture.nc")
    assert not stored.stands_for(FIRST_MODEL, WEIGHTS, CAT)


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
