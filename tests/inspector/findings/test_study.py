"""Networks, their twins, and what they are shown."""

import xarray as xr

from inspector.findings.study import Sizes, Study, Subject
from inspector.zoo import load_model

SIZES = Sizes(twins=2, beside=3, few=4, few_beside=2)


def look(model, pixels):
    mean = pixels.float().mean(dim=(1, 2, 3)).numpy()
    weights = next(model.module.parameters()).sum().item()
    return {
        "mean": xr.DataArray(mean, dims="sample"),
        "weights": xr.full_like(xr.DataArray(mean, dims="sample"), weights),
    }


def study(pictures) -> Study:
    made = Study(pictures(5), SIZES)
    made.models["tiny"] = load_model("cifar_resnet56_se", blocks=1, device="cpu")
    return made


def test_the_trained_network_sees_all_images_and_its_twins_the_first(pictures):
    made, subject = study(pictures), Subject("tiny", look)
    assert made.seen(subject)["mean"].sizes["sample"] == 5
    first = made.first(subject)["mean"]
    for twin in made.twins(subject):
        xr.testing.assert_identical(twin["mean"], first)


def test_twins_have_weights_of_their_own(pictures):
    made, subject = study(pictures), Subject("tiny", look)
    every = [made.seen(subject), *made.twins(subject)]
    assert len({float(one["weights"][0]) for one in every}) == 3


def test_what_is_costly_is_shown_to_fewer(pictures):
    made, subject = study(pictures), Subject("tiny", look, costly=True)
    assert made.seen(subject)["mean"].sizes["sample"] == 4
    assert {one["mean"].sizes["sample"] for one in made.twins(subject)} == {2}


def test_what_was_seen_is_not_looked_at_again(pictures):
    made, subject = study(pictures), Subject("tiny", look)
    assert made.seen(subject) is made.seen(subject)
