"""The tour's stored figures: drawn again as they were stored, and what the network gives now."""

import pytest

from inspector import tour
from inspector.capsules import difference, differences, open_capsule
from inspector.gallery import find
from inspector.inspection import inspect_image
from inspector.zoo import load_model


@pytest.mark.parametrize("name", tour.FIGURES)
def test_a_stored_figure_is_drawn_as_it_was_stored(name):
    capsule = open_capsule(tour.FOLDER / f"{name}.zip")
    # its SVG may be of another browser
    assert [said for said in differences(capsule) if said.startswith("figure.json")] == []
    told = capsule.manifest
    assert told.view == tour.FIGURES[name].view
    assert told.provenance.about["model"] == tour.NETWORK
    assert tour.FIGURES[name].choices.items() <= told.choices.items()


def test_all_figures_are_small_and_of_one_capture():
    files = list(tour.FOLDER.iterdir())
    assert {file.stem for file in files} == set(tour.FIGURES)
    assert sum(file.stat().st_size for file in files) < 300_000
    origins = [tour.stored(name).provenance for name in tour.FIGURES]
    assert len({origin.about["weights_sha256"] for origin in origins}) == 1
    assert {origin.digests for origin in origins} == {(find(tour.PICTURE).load().sha256,)}


@pytest.mark.parametrize("step", tour.STEPS, ids=lambda step: step.title)
def test_what_a_step_frames_is_in_its_figure(step):
    panels = tour.stored(step.figure).computed.panels.values()
    for dim, label in step.framed.items():
        assert any(label in data[dim].values for data in panels if dim in data.dims)


@pytest.mark.slow
def test_the_network_gives_the_stored_arrays():
    model = load_model(tour.NETWORK, device="cpu")
    assert tour.stored("overview").provenance.about["weights_sha256"] == model.weights_sha256
    made = tour.made(inspect_image(model, find(tour.PICTURE).load()))
    for name, shown in made.items():
        found = difference(tour.stored(name), shown)
        assert not found.unlike
        assert found.largest < 1e-4
