"""Wrapping: a module of one's own is inspected like one of the zoo; what is none is refused."""

import numpy as np
import pytest
import torch
from torch import nn

import inspector
from inspector.images import prepare
from tests.hooks.amplified import AmplifiedNet


class Own(nn.Module):
    """A host that the zoo does not know, around a network of pytorchcv's naming."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.stem, self.net = nn.Conv2d(3, 8, 4, stride=4), AmplifiedNet()

    def forward(self, x):
        return self.net(self.stem(x))


def test_a_module_of_ones_own_is_inspected(picture):
    module = Own()
    model = inspector.wrap(module, size=(32, 40), mean=(0.1, 0.2, 0.3), std=(0.5, 0.4, 0.3))
    seen = inspector.inspect_image(model, picture)
    assert seen.about["verified_error"] <= 1e-5
    assert (seen.about["model"], seen.about["trained"]) == ("Own", 0)
    assert next(iter(seen.attention["dia"].children)) == "net.features.stage1.unit1"
    pixels = seen.pixels.isel(sample=0).values / 255
    assert pixels.shape == (32, 40, 3)
    batch = (pixels - np.array([0.1, 0.2, 0.3])) / np.array([0.5, 0.4, 0.3])
    with torch.no_grad():
        expected = module(torch.from_numpy(batch).float().permute(2, 0, 1)[None])
    np.testing.assert_allclose(seen.logits.values, expected.numpy(), atol=1e-5)
    assert seen.logits["class"].values.tolist() == [f"class {place}" for place in range(4)]


def test_what_the_user_knows_of_it_is_told(picture):
    net = nn.Sequential(Own(), nn.Linear(4, 100))
    model = inspector.wrap(net, size=32, classes="cifar-100", weights="mine.pth", name="mine")
    seen = inspector.inspect_image(model, picture)
    assert (seen.about["model"], seen.about["weights"], seen.about["trained"]) == (
        "mine",
        "mine.pth",
        1,
    )
    assert seen.logits["class"].values[0] == "apple"
    assert prepare(picture, model.card).tensor.shape == (1, 3, 32, 32)


def test_a_map_of_logits_is_a_segmentation():
    assert inspector.wrap(nn.Conv2d(3, 5, 1), size=8).card.kind == "segmentation"


class Tupled(Own):
    def forward(self, x):
        return super().forward(x), x


@pytest.mark.parametrize(
    ("module", "options", "message"),
    [
        (Tupled(), {}, r"return logits \(sample, class\).* got tuple.* hooks.capture"),
        (nn.Flatten(0), {}, r"got \(3072,\)"),
        (Own(), {"classes": "cifar-100"}, "Expected 4 class names.* cifar-100 has 100"),
    ],
)
def test_what_does_not_fit_is_refused(module, options, message):
    with pytest.raises(ValueError, match=message):
        inspector.wrap(module, size=32, **options)
