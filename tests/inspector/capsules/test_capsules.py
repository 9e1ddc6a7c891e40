"""A capsule holds what was seen, draws it again to the pixel, and tells when it was changed."""

import dataclasses
import hashlib
import io
import json
import zipfile

import numpy as np
import plotly.io
import pytest
import xarray as xr
from PIL import Image

from inspector import Intervention, intervene
from inspector.capsules import (
    BadCapsule,
    NotTheSame,
    difference,
    differences,
    open_capsule,
    packed,
    redrawn,
    rerun,
)
from inspector.capsules.arrays import computed_from
from inspector.export import arrays_bytes, figure_bytes
from inspector.views import VIEWS, NothingToDraw, starts
from inspector.views.exhibit import exhibit
from inspector.views.intervention import effect
from inspector.views.view import Computed

NETWORKS = ("dia_resnet", "resnet50_mrlab", "resnet50_mrlal", "eamlp_7", "share_sge_resnet50")


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# --- what is stored ---------------------------------------------------------------------------


def assert_the_same(stored: Computed, seen: Computed):
    assert list(stored.panels) == list(seen.panels)
    assert list(stored.verdicts) == list(seen.verdicts)
    assert stored.notes == seen.notes
    for kept, made in ((stored.panels, seen.panels), (stored.verdicts, seen.verdicts)):
        for title, data in made.items():
            xr.testing.assert_identical(kept[title], data)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_view_is_drawn_alike_from_what_is_stored(name, inspected, exhibited):
    """Whatever a view computes and draws from survives its file: labels, attributes, types."""
    seen, tried = inspected(name), 0
    quick = [view for view in VIEWS if not view.costly and view.applies(seen) is None]
    for view in quick:
        try:
            shown = exhibited(view.key, seen)
        except NothingToDraw:
            continue
        made = shown.computed
        content = arrays_bytes(shown.arrays())
        stored = computed_from(content, tuple(made.panels), tuple(made.verdicts), made.notes)
        assert_the_same(stored, made)
        again = dataclasses.replace(shown, computed=stored)
        assert again.figure().to_json() == shown.figure().to_json(), view.key
        tried += 1
    assert tried > 1


@pytest.mark.parametrize("key", ["attribution", "intervention"])
def test_views_that_run_the_network_are_stored_too(key, inspected, exhibited):
    made = exhibited(key, inspected("dia_resnet")).computed
    stored = computed_from(
        arrays_bytes(made.tree()), tuple(made.panels), tuple(made.verdicts), made.notes
    )
    assert_the_same(stored, made)


def test_a_manifest_is_written_last_and_knows_the_digest_of_each_other_member(capsule):
    content = members(capsule)
    assert list(content) == ["arrays.nc", "figure.json", "manifest.json"]
    told = json.loads(content.pop("manifest.json"))
    assert told["members"] == {
        name: hashlib.sha256(data).hexdigest() for name, data in content.items()
    }
    assert "there is none on this machine" in told["without"]["figure.svg"]


def test_a_manifest_tells_network_images_choices_and_code(capsule, inspected):
    seen = inspected("dia_resnet")
    told = json.loads(members(capsule)["manifest.json"])
    assert told["view"]["key"] == "dia_gates"
    assert told["view"]["choices"]["quantity"] == "gate"
    assert told["origin"]["model"] == "dia_resnet"
    assert told["origin"]["weights_sha256"] == seen.model.weights_sha256
    assert (told["origin"]["trained"], told["origin"]["seed"]) == (0, 0)
    assert told["origin"]["options"] == "--option depth=20"
    assert told["images"][0]["sha256"] == seen.digests[0]
    assert told["images"][0]["preprocessing"] == seen.preprocessing[0]
    assert {"attention-inspector", "torch", "numpy", "plotly"} <= set(told["versions"])
    assert "/" not in told["images"][0]["name"]


def test_a_photo_s_metadata_does_not_travel(small, exhibited, no_browser):
    from inspector import inspect_image  # noqa: PLC0415

    file, exif = io.BytesIO(), Image.Exif()
    exif[0x010F] = "SECRET CAMERA"
    Image.new("RGB", (40, 40), "teal").save(file, "jpeg", exif=exif)
    assert b"SECRET" in file.getvalue()
    seen = inspect_image(small("dia_resnet"), file.getvalue())
    with zipfile.ZipFile(io.BytesIO(packed(exhibited("dia_gates", seen)))) as archive:
        assert not any(b"SECRET" in archive.read(name) for name in archive.namelist())


def test_the_same_exhibit_makes_the_same_members(gates, no_browser):
    first, second = (io.BytesIO(packed(gates)) for _ in range(2))
    with zipfile.ZipFile(first) as one, zipfile.ZipFile(second) as other:
        for name in ("arrays.nc", "figure.json"):
            assert one.read(name) == other.read(name)


# --- drawing it again -------------------------------------------------------------------------


def test_a_capsule_is_drawn_again_and_nothing_differs(capsule, gates):
    opened = open_capsule(capsule)
    assert_the_same(opened.exhibit.computed, gates.computed)
    assert opened.exhibit.said == gates.said
    assert redrawn(opened.exhibit).to_json() == gates.figure().to_json()
    assert differences(opened) == []


def test_one_changed_number_is_found(changed, gates):
    panels = dict(gates.computed.panels)
    values = panels["layer2"].copy(deep=True)
    name = next(iter(values.data_vars))
    values[name].values[..., 0] += np.float32(0.125)
    tree = Computed(panels | {"layer2": values}).tree()
    (found, *_) = differences(open_capsule(changed({"arrays.nc": arrays_bytes(tree)})))
    assert found.startswith("figure.json: data[")
    assert "is stored as" in found


def test_a_lie_about_the_weights_is_found_unless_the_figure_lies_as_well(changed):
    def trained(told):
        told["origin"]["trained"] = 1

    found = " ".join(differences(open_capsule(changed(manifest=trained))))
    assert "figure.json: layout" in found


@pytest.mark.browser
def test_the_redrawn_figure_has_the_pixels_of_the_stored_and_of_the_first_one(
    gates, opened, pixels
):
    capsule = opened(gates)
    stored = plotly.io.from_json(json.dumps(capsule.figure))
    figures = (gates.figure(), stored, redrawn(capsule.exhibit))
    first, *others = (pixels(figure) for figure in figures)
    assert first.std() > 10
    for other in others:
        np.testing.assert_array_equal(other, first)
    assert differences(capsule) == []


@pytest.mark.browser
def test_a_vector_figure_of_something_else_is_found(changed, gates):
    svg = figure_bytes(gates.figure(), "svg")
    assert differences(open_capsule(changed({"figure.svg": svg}))) == []
    other = svg.replace(b"RANDOM WEIGHTS", b"TRAINED")
    (found,) = differences(open_capsule(changed({"figure.svg": other})))
    assert found.startswith("figure.svg: 1 of ")


# --- running it again -------------------------------------------------------------------------


def test_the_network_gives_the_same_arrays_again(capsule, small, picture):
    stored = open_capsule(capsule).exhibit
    found = difference(stored, rerun(stored, small("dia_resnet"), [picture]))
    assert found.identical
    assert found.largest == 0


def test_an_intervention_is_made_again(small, picture, exhibited, no_browser, opened):
    model = small("dia_resnet")
    cut = Intervention("dia", "layer3.ModuleList.1", "channel", 3)
    stored = opened(exhibited("dia_gates", intervene(model, picture, cut).after)).exhibit
    assert "intervention: " in " ".join(stored.said)
    assert difference(stored, rerun(stored, model, [picture])).identical


def effect_of_a_cut(model, picture):
    """The exhibit of what a cut channel does to the classes."""
    done = intervene(model, picture, Intervention("dia", "layer3.ModuleList.1", "channel", 3))
    view = effect(done.before)
    chosen = starts(view, done.after)
    return exhibit(view, done.after, view.compute(done.after, chosen), chosen)


def test_what_an_intervention_did_is_drawn_and_run_again(small, picture, no_browser, opened):
    model = small("dia_resnet")
    shown = effect_of_a_cut(model, picture)
    capsule = opened(shown)
    assert differences(capsule) == []
    assert capsule.exhibit.said == shown.said
    assert redrawn(capsule.exhibit).to_json() == shown.figure().to_json()
    assert difference(capsule.exhibit, rerun(capsule.exhibit, model, [picture])).identical


def test_the_largest_difference_and_its_place_are_told(gates):
    panels = {title: data.copy(deep=True) for title, data in gates.computed.panels.items()}
    name = next(iter(panels["layer3"].data_vars))
    panels["layer3"][name].values.flat[5] += np.float32(0.25)
    other = dataclasses.replace(gates, computed=Computed(panels))
    found = difference(gates, other)
    assert found.largest == pytest.approx(0.25)
    assert found.where == f"/layer3 {name}"
    assert not found.identical
    fewer = dataclasses.replace(gates, computed=Computed({"layer3": panels["layer3"]}))
    assert any(name.startswith("/layer1") for name in difference(gates, fewer).unlike)


def test_other_weights_and_other_images_are_refused(capsule, small, picture, pictures):
    from inspector import twin  # noqa: PLC0415

    stored = open_capsule(capsule).exhibit
    model = small("dia_resnet")
    with pytest.raises(NotTheSame, match=r"weights are not those .* --option depth=20 --seed 0"):
        rerun(stored, twin(model, 1), [picture])
    with pytest.raises(NotTheSame, match=r"images are not those .* expected square.png"):
        rerun(stored, model, [pictures[1]])


def test_a_choice_that_is_none_is_refused_when_it_is_run_again(small, picture, opened, no_browser):
    model = small("dia_resnet")
    stored = opened(effect_of_a_cut(model, picture)).exhibit
    other = dataclasses.replace(stored, choices={**stored.choices, "shown": "z"})
    with pytest.raises(BadCapsule, match="choices of the capsule do not fit the view effect"):
        rerun(other, model, [picture])


def test_choices_of_another_version_are_refused(changed, small, picture):
    def other(told):
        told["view"]["choices"] = {"quantity": "nothing"}

    opened = open_capsule(changed(manifest=other))
    with pytest.raises(BadCapsule, match="cannot be drawn as dia_gates"):
        redrawn(opened.exhibit)
    with pytest.raises(BadCapsule, match="choices of the capsule do not fit"):
        rerun(opened.exhibit, small("dia_resnet"), [picture])
