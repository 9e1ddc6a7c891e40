"""A figure of surveys is packed, opened and drawn again without the surveys, and doubted as any."""

import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from inspector import survey
from inspector.bundles import zip_of
from inspector.capsules import (
    BadCapsule,
    NotTheSame,
    differences,
    open_capsule,
    packed,
    redrawn,
    rerun,
)
from inspector.capsules.members import digest
from inspector.provenance import Surveyed
from inspector.views.exhibit import Shown
from inspector.views.rendering import RANDOM_WEIGHTS
from inspector.views.surveyed import SURVEY_VIEWS, exhibited, starts, survey_view_of
from inspector.zoo import load_model
from tests.inspector.surveys.made import LABELS, Made, network

ONE = [view.key for view in SURVEY_VIEWS if view.of == 1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("surveys")


@pytest.fixture(scope="module")
def gates(folder):
    """Of DIA with 10 pictures of three classes, two of them damaged; in 4, parts are cut."""
    source = Made(10, LABELS, damaged=(3, 7))
    return survey(network(classes=LABELS), source, folder / "gates.zarr", effects=4)


@pytest.fixture(scope="module")
def others(folder):
    """Of the same network with 6 other pictures, without classes."""
    return survey(network(classes=LABELS), Made(6), folder / "others.zarr")


@pytest.fixture(scope="module")
def edges(folder):
    """Of MRLA-base with 3 pictures."""
    loaded = load_model("resnet50_mrlab", num_classes=3, device="cpu")
    small = replace(loaded, card=replace(loaded.card, input_size=(3, 32, 32)))
    return survey(small, Made(3), folder / "edges.zarr")


def shown_of(key, *surveys) -> Shown:
    view = survey_view_of(key)
    return exhibited(view, surveys, starts(view, surveys))


def assert_drawn_again(shown, capsule):
    again = capsule.exhibit
    assert list(again.computed.panels) == list(shown.computed.panels)
    for title, data in shown.computed.panels.items():
        xr.testing.assert_identical(again.computed.panels[title], data)
    assert (again.said, again.warning, again.heading) == (shown.said, shown.warning, shown.heading)
    assert (again.model, again.provenance) == (shown.model, shown.provenance)
    assert again.is_same(shown)
    assert redrawn(again).to_json() == shown.figure().to_json()
    assert differences(capsule) == []


@pytest.mark.parametrize("key", ONE)
def test_every_view_is_drawn_again_from_equal_arrays(key, gates, edges, opened, no_browser):
    held = edges if survey_view_of(key).applies([gates]) else gates
    shown = shown_of(key, held)
    assert_drawn_again(shown, opened(shown))


def test_a_difference_of_two_surveys_is_too(gates, others, opened, no_browser):
    shown = shown_of("survey_difference", gates, others).named("Mine")
    capsule = opened(shown.linked("?page=survey"))
    assert_drawn_again(shown, capsule)
    assert capsule.exhibit.link == "?page=survey"
    assert [about["images"] for about in capsule.manifest.provenance.about] == [8, 6]
    assert "A: 8 images of made, 2 damaged and skipped" in " ".join(capsule.exhibit.said)


def test_a_manifest_tells_of_the_survey(gates, no_browser):
    content = packed(shown_of("survey_means", gates))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        told = json.loads(archive.read("manifest.json"))
    (about,) = told["surveys"]
    assert not {"origin", "images"} & set(told)
    assert (about["images"], about["skipped"], about["source"]) == (8, 2, "made")
    assert about["weights_sha256"] == gates.about["weights_sha256"]
    assert about["listing_sha256"] == gates.about["listing_sha256"]


def test_a_warning_says_which_of_two_it_is_of(gates, others):
    shown = shown_of("survey_difference", gates, others)
    a, b = shown.provenance.about
    assert shown.warning == f"A and B: {RANDOM_WEIGHTS}"
    trained = replace(shown, provenance=Surveyed((a, {**b, "trained": 1})))
    assert trained.warning == f"A: {RANDOM_WEIGHTS}"
    assert replace(shown, provenance=Surveyed(({**a, "trained": 1},) * 2)).warning is None


def test_arrays_read_anew_are_the_same_and_others_are_not(gates, others):
    one = shown_of("survey_means", gates)
    assert one.is_same(shown_of("survey_means", gates))
    assert not one.is_same(shown_of("survey_means", others))
    assert not one.is_same(shown_of("survey_quantiles", gates))
    changed = shown_of("survey_means", gates)
    next(iter(changed.computed.panels.values()))["value"].values.flat[0] += 1e-3
    assert not one.is_same(changed)


def test_its_network_cannot_be_run_again_without_the_images(gates, opened, no_browser):
    capsule = opened(shown_of("survey_means", gates))
    with pytest.raises(NotTheSame, match="Make the survey again"):
        rerun(capsule.exhibit, None, [])


def lied(path, change):
    """The capsule with a changed manifest."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    told = json.loads(content["manifest.json"])
    change(told)
    assert told["members"]["arrays.nc"] == digest(content["arrays.nc"])
    content["manifest.json"] = json.dumps(told).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


@pytest.fixture
def capsule(gates, no_browser, tmp_path):
    """A capsule without a vector figure, in a file."""
    path = tmp_path / "survey.zip"
    path.write_bytes(packed(shown_of("survey_means", gates)))
    return path


@pytest.mark.parametrize(
    ("surveys", "reason"),
    [
        ("all", "Expected a list of objects as 'surveys' in the manifest"),
        ([3], "Expected texts and numbers by name in the surveys of a capsule, got int"),
        ([{"model": {"deep": 1}}], "Expected texts and numbers by name in the surveys"),
        ([], "Expected 1 as the number of surveys of the view survey_means, got 0"),
        ([{}, {}], "Expected 1 as the number of surveys of the view survey_means, got 2"),
    ],
)
def test_what_a_stranger_wrote_of_surveys_is_checked(surveys, reason, capsule):
    with pytest.raises(BadCapsule, match=reason):
        open_capsule(lied(capsule, lambda told: told.update(surveys=surveys)))


def test_a_view_of_images_is_none_of_surveys(capsule):
    with pytest.raises(BadCapsule, match="unknown view"):
        open_capsule(lied(capsule, lambda told: told["view"].update(key="dia_gates")))


def test_a_survey_that_tells_too_little_cannot_be_drawn(capsule):
    told_too_little = open_capsule(lied(capsule, lambda told: told.update(surveys=[{}])))
    with pytest.raises(BadCapsule, match="cannot be drawn as survey_means"):
        redrawn(told_too_little.exhibit)


def test_what_no_survey_tells_is_left_out(capsule):
    more = lied(capsule, lambda told: told["surveys"][0].update(CLASS="x", _NCProperties="y"))
    again = open_capsule(more).exhibit
    assert not {"CLASS", "_NCProperties"} & {*again.provenance.about[0], *again.arrays().attrs}
    packed(again)


@pytest.mark.parametrize("number", [10**30, -(10**30)])
def test_a_number_that_no_file_holds_is_refused(number, capsule):
    with pytest.raises(BadCapsule, match="Expected texts and numbers by name in the surveys"):
        open_capsule(lied(capsule, lambda told: told["surveys"][0].update(images=number)))


def test_a_lie_about_the_number_of_images_is_found(capsule):
    more = lied(capsule, lambda told: told["surveys"][0].update(images=28_000))
    (found,) = differences(open_capsule(more))
    assert found.startswith("figure.json: layout.annotations")


@pytest.mark.browser
def test_it_has_the_same_pixels_again_and_goes_into_a_bundle(gates, opened, pixels):
    shown = shown_of("survey_means", gates)
    capsule = opened(shown)
    first, again = (pixels(figure) for figure in (shown.figure(), redrawn(capsule.exhibit)))
    assert first.std() > 10
    np.testing.assert_array_equal(again, first)
    assert differences(capsule) == []
    with zipfile.ZipFile(io.BytesIO(zip_of([shown.named("Mine")]))) as archive:
        names = set(archive.namelist())
        page = archive.read("report.html").decode()
    assert {"01-survey_means-mine.svg", "01-survey_means-mine.capsule.zip", "report.html"} <= names
    assert "8 images of made" in page
