"""Networks, their twins, and what they are shown."""

import torch
import xarray as xr

from inspector.findings.study import Sizes, Study, Subject
from inspector.training.evaluation import normalised
from inspector.twins import twin
from inspector.zoo import load_model

SIZES = Sizes(twins=2, beside=3, few=4, few_beside=2, settling=2)


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
    for other in made.twins(subject):
        xr.testing.assert_identical(other["mean"], first)


def test_twins_have_weights_of_their_own(pictures):
    made, subject = study(pictures), Subject("tiny", look)
    every = [made.seen(subject), *made.twins(subject)]
    assert len({float(one["weights"][0]) for one in every}) == 3


def first_means(made: Study) -> list[torch.Tensor]:
    """What the first batch norm of each twin has for mean."""
    means = []

    def remembering(model, pixels):
        means.append(model.module.bn1.running_mean)
        return look(model, pixels)

    list(made.twins(Subject("tiny", remembering)))
    return means


def test_batch_norms_of_twins_know_the_last_images(pictures):
    made = study(pictures)
    model = made.models["tiny"]
    model.module.bn1.running_mean.fill_(0.5)  # as if trained
    last = normalised(made.images.pixels[-2:], model.card.mean, model.card.std)
    expected = twin(model, 0).module.conv1(last).mean((0, 2, 3))
    torch.testing.assert_close(first_means(made)[0], expected)


def test_twins_of_a_network_that_knows_no_images_know_none(pictures):
    assert not first_means(study(pictures))[0].any()


def test_what_is_costly_is_shown_to_fewer(pictures):
    made, subject = study(pictures), Subject("tiny", look, costly=True)
    assert made.seen(subject)["mean"].sizes["sample"] == 4
    assert {one["mean"].sizes["sample"] for one in made.twins(subject)} == {2}


def test_what_was_seen_is_not_looked_at_again(pictures):
    made, subject = study(pictures), Subject("tiny", look)
    assert made.seen(subject) is made.seen(subject)
