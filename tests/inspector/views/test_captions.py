"""Captions: the image that was drawn and no other, and what was done to it and the network."""

import hashlib

import pytest

from inspector.views import view_of


@pytest.mark.parametrize("place", [0, 1])
def test_the_chosen_image_alone_is_named(said, pair, place):
    seen = pair("dia_resnet")
    text = said("dia_gates", seen, image=str(place))
    assert f"image {place + 1} of 2: square.png (sha256 {seen.digests[place][:12]})" in text
    assert seen.preprocessing[place] in text
    assert seen.digests[1 - place][:12] not in text
    assert seen.preprocessing[1 - place] not in text


def test_images_of_one_name_are_told_apart(pair):
    control = view_of("dia_gates").controls(pair("dia_resnet"))[0]
    assert control.options == {"0": "1: square.png", "1": "2: square.png"}


@pytest.mark.parametrize("key", ["correlation", "mrla_decay"])
def test_a_view_over_images_counts_them_and_lists_their_digests(said, pair, key):
    seen = pair("resnet50_mrlal")
    first, second = (digest[:12] for digest in seen.digests)
    text = said(key, seen)
    assert f"2 images (sha256 {first}, {second}), each resized and cropped by its own size" in text


def test_of_many_images_all_digests_become_one(said, crowd):
    seen = crowd("dia_resnet")
    whole = hashlib.sha256(",".join(seen.digests).encode()).hexdigest()
    text = said("correlation", seen)
    assert f"41 images (sha256 {whole[:12]} of their digests joined by commas), " in text
    assert seen.digests[0][:12] not in text


def test_a_common_preprocessing_is_told_once(said, pair, changed):
    def same(tree):
        tree["inspection"]["preprocessing"].values[:] = "left as they were"

    text = said("correlation", changed(pair("dia_resnet"), same))
    assert text.count("left as they were") == 1


def test_a_capture_that_was_not_verified_is_told_loudly(said, inspected, changed):
    def fail(tree):
        tree.attrs |= {"verified": 0, "verified_error": 0.25}

    text = said("predictions", changed(inspected("dia_resnet"), fail))
    assert "capture NOT VERIFIED: largest error 2.5e-01" in text


def test_a_capture_of_values_that_are_not_numbers_is_told_in_words(said, inspected, changed):
    def fail(tree):
        tree.attrs |= {"verified": 0, "verified_error": float("inf")}

    text = said("predictions", changed(inspected("dia_resnet"), fail))
    assert "capture NOT VERIFIED: some values are not numbers" in text
    assert "inf" not in text.split("NOT VERIFIED")[1]


def test_interventions_are_told(said, inspected, changed):
    def edit(tree):
        tree.attrs["interventions"] = "zeroed channel 3 of layer1.ModuleList.0"

    text = said("dia_gates", changed(inspected("dia_resnet"), edit))
    assert "intervention: zeroed channel 3 of layer1.ModuleList.0" in text
