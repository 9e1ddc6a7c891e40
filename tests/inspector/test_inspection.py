"""Inspections: one pass with everything in it, on disk and back, provenance complete."""

import numpy as np
import pytest
import torch

from hooks import Where, averaged, capture, zeroed
from hooks.states import unfused
from inspector.devices import OutOfMemory
from inspector.images import BadImage, prepare
from inspector.inspection import SEEN, Inspection, NotNumbers, inspect_image, load_inspection


def test_logits_are_those_of_the_plain_model(inspected, small, picture, name):
    model = small(name)
    # A fused kernel is off where every weight is read: it would differ, by rounding alone.
    with torch.no_grad(), unfused(model.module.modules()):
        expected = model.module(prepare(picture, model.card).tensor)
    assert np.array_equal(inspected(name).logits.values, expected.numpy())


def test_attention_is_that_of_capture(inspected, small, picture, name):
    model = small(name)
    tree = capture(model.module, prepare(picture, model.card).tensor, detail="full")
    for mechanism, node in tree.children.items():
        for layer, expected in node.children.items():
            assert inspected(name).attention[mechanism][layer].dataset.equals(expected.dataset)


def test_shipped_models_are_verified_to_the_promised_error(inspected, name):
    assert inspected(name).about["verified_error"] <= 1e-5
    assert inspected(name).about["verified"] == 1


def test_pixels_are_what_the_model_saw(inspected, small, picture, name):
    seen = prepare(picture, small(name).card)
    got = inspected(name).pixels.isel(sample=0).values.astype(np.float32) / np.float32(255)
    assert np.array_equal(got, seen.pixels)


def test_pixels_keep_the_order_red_green_blue(inspected, picture):
    """The means of the picture's channels differ by far more than a resize moves them."""
    got = inspected("dia_resnet").pixels.isel(sample=0).mean(("y", "x")).values
    real = np.asarray(picture.image, float).mean((0, 1))
    assert got.argsort().tolist() == real.argsort().tolist()
    assert np.abs(got - real).max() < 30


def test_attention_holds_the_mechanisms_alone(inspected):
    seen = inspected("dia_resnet")
    assert list(seen.attention.children) == ["dia"]
    assert seen.attention.attrs == seen.tree.attrs
    gate = seen.attention["dia"]["layer1.ModuleList.0"]["gate"]
    assert np.shares_memory(gate.values, seen.tree["dia"]["layer1.ModuleList.0"]["gate"].values)
    assert SEEN in seen.tree.children


def test_provenance_is_complete(inspected, picture):
    about = inspected("dia_resnet").about
    assert about["model"] == "dia_resnet"
    assert about["weights"] == "random weights (seed 0)"
    assert (about["trained"], about["weights_share"], about["weights_gaps"]) == (0, 0.0, "")
    assert about["images"] == picture.name
    assert about["image_sha256"] == picture.sha256[:12]
    assert "32x32" in about["preprocessing"]
    assert len(about["weights_sha256"]) >= 12


def test_classes_are_named_and_probabilities_sum_to_one(inspected):
    everything = inspected("dia_resnet").top_classes(count=100)
    assert abs(float(everything.sum()) - 1) < 1e-6
    assert (np.diff(everything.values) <= 0).all()
    logits = inspected("dia_resnet").logits.isel(sample=0).values.astype(float)
    expected = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(everything.values[0], expected.max(), rtol=1e-9)
    assert everything["class"].values[0] == inspected("dia_resnet").logits["class"][logits.argmax()]


def test_a_segmentation_has_logits_at_each_pixel_that_the_model_saw(pair):
    seen = pair("eanet_r50")
    assert seen.kind == "segmentation"
    assert seen.logits.dims == ("sample", "class", "y", "x")
    assert seen.logits.shape == (2, 21, *seen.pixels.shape[1:3])
    for dim in ("y", "x"):
        assert seen.logits[dim].values.tolist() == list(range(seen.pixels.sizes[dim]))
        assert seen.logits[dim].attrs["units"] == "pixel"
    assert seen.logits["class"].values[[0, 15]].tolist() == ["background", "person"]
    assert pair("dia_resnet").kind == "classification"


def test_the_top_classes_of_a_segmentation_are_those_of_most_pixels(pair):
    seen = pair("eanet_r50")
    pixels = seen.logits.values[1].argmax(axis=0).ravel().tolist()
    most = sorted(range(21), key=lambda place: -pixels.count(place))[:3]
    top = seen.top_classes(1, 3)
    assert top["class"].values.tolist() == seen.logits["class"].values[most].tolist()
    np.testing.assert_allclose(top.values, [pixels.count(i) / len(pixels) for i in most])
    assert top.attrs["long_name"] == "share of pixels"


def test_several_images_are_one_batch_each_with_its_own_origin(pair, small, pictures):
    both = pair("dia_resnet")
    assert both.images == tuple(photo.name for photo in pictures)
    assert both.digests == tuple(photo.sha256 for photo in pictures)
    inputs = [prepare(photo, small("dia_resnet").card) for photo in pictures]
    assert both.preprocessing == tuple(entry.description for entry in inputs)
    assert both.preprocessing[0] != both.preprocessing[1]
    with torch.no_grad():
        alone = [small("dia_resnet").module(entry.tensor)[0].numpy() for entry in inputs]
    np.testing.assert_allclose(both.logits.values, alone, atol=1e-5)
    assert not np.allclose(*alone, atol=1e-3)


def test_nothing_to_inspect_is_a_sentence(small):
    with pytest.raises(ValueError, match="at least one image, got an empty list"):
        inspect_image(small("dia_resnet"), [])


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_logits_that_are_no_numbers_give_no_probabilities(pair, wrong):
    tree = pair("dia_resnet").tree.copy(deep=True)
    tree[SEEN]["logits"].values[1, 7] = wrong
    broken = Inspection(tree)
    assert broken.top_classes(0).sum() > 0
    with pytest.raises(NotNumbers, match=r"not numbers .* for 1 of 100 logits"):
        broken.top_classes(1)


def test_a_file_holds_everything_needed_to_draw(inspected, name, tmp_path):
    saved = inspected(name).save(tmp_path / "out.nc")
    back = load_inspection(saved)
    assert back.tree.equals(inspected(name).tree)
    assert back.about["weights"] == inspected(name).about["weights"]
    assert back.mechanisms == inspected(name).mechanisms
    assert back.model is None


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "found none at"), (b"no file of this kind", "is not a netCDF file")],
)
def test_other_files_are_refused(tmp_path, content, message):
    path = tmp_path / "other.nc"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        load_inspection(path)


def test_a_bare_capture_is_no_inspection(inspected, tmp_path):
    tree = inspected("dia_resnet").tree.copy()
    del tree[SEEN]
    tree.to_netcdf(tmp_path / "bare.nc", engine="h5netcdf")
    with pytest.raises(ValueError, match="holds no inspection"):
        load_inspection(tmp_path / "bare.nc")


def test_an_intervention_changes_the_logits_and_is_said(inspected, small, picture):
    where = Where("dia", "layer1.ModuleList.0", "channel", 3)
    cut = inspect_image(small("dia_resnet"), picture, edits=[zeroed(where)])
    assert not np.array_equal(cut.logits.values, inspected("dia_resnet").logits.values)
    assert cut.about["interventions"] == "zeroed channel 3 of layer1.ModuleList.0"


def test_interventions_are_sentences_and_beyond_three_a_number(small, picture):
    wheres = [Where("mrla", "stages.2.5", "retrieved_layer", f"stages.2.{i}") for i in range(5)]
    edits = [zeroed(wheres[0], renormalise=True), *map(averaged, wheres[1:])]
    said = inspect_image(small("resnet50_mrlab"), picture, edits=edits).about["interventions"]
    assert said == (
        "zeroed retrieved layer stages.2.0 of stages.2.5, rest renormalised; "
        "averaged over the batch: retrieved layer stages.2.1 of stages.2.5; "
        "averaged over the batch: retrieved layer stages.2.2 of stages.2.5 and 2 more"
    )


def test_what_is_no_image_is_a_sentence(small):
    with pytest.raises(BadImage, match="empty"):
        inspect_image(small("dia_resnet"), b"")


def test_out_of_memory_is_a_sentence_and_the_model_lives_on(small, picture, monkeypatch):
    model = small("dia_resnet")
    before = inspect_image(model, picture).logits

    def full(*_args):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    with monkeypatch.context() as patched:
        patched.setattr(model.module, "forward", full)
        with pytest.raises(OutOfMemory):
            inspect_image(model, picture)
    assert before.equals(inspect_image(model, picture).logits)
