"""EANet against numbers of the authors' code, and the grids of both output strides."""

import pytest
import timm
import torch

from inspector.cards import CARDS
from tests.golden import goldens
from tests.golden.goldens import furthest

MODULE_TOLERANCE, LOGIT_TOLERANCE = 1e-5, 2e-5


@pytest.fixture(scope="module")
def golden():
    return goldens.load("eanet_r50_65")


@pytest.fixture(scope="module")
def network(golden):
    network = timm.create_model("eanet_r50")
    network.load_state_dict(golden.state_dict())
    return network.eval()


def test_published_names_in_published_order(network, golden):
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    assert list(shapes.items()) == list(golden.shapes.items())


def test_logits_and_attention(network, golden, watch):
    paths = ["fc2", "linu", "linu.linear_0"]
    logits, seen = watch(network, goldens.image(65), paths=paths)
    _, entering = watch(network, goldens.image(65), paths=["linu", "linu.linear_1"], entering=True)
    assert furthest(logits[:, :, ::4, ::4], golden["logits_sub"]) < LOGIT_TOLERANCE
    assert furthest(seen["fc2"], golden["logits_low"]) < LOGIT_TOLERANCE
    assert furthest(entering["linu"][:, ::8], golden["ea_in_sub"]) < LOGIT_TOLERANCE
    assert furthest(seen["linu"][:, ::8], golden["ea_out_sub"]) < LOGIT_TOLERANCE
    assert furthest(seen["linu.linear_0"], golden["raw"]) < LOGIT_TOLERANCE
    assert furthest(entering["linu.linear_1"], golden["attn"]) < MODULE_TOLERANCE


def test_logits_of_another_size(network, golden):
    with torch.no_grad():
        logits = network(goldens.image(65), size=tuple(golden.meta["out_size"]))
    assert furthest(logits[:, ::4], golden["logits_resized"]) < LOGIT_TOLERANCE


@pytest.mark.parametrize(
    ("output_stride", "strides", "dilations"),
    [
        (8, [1, 2, 1, 1], [[1] * 3, [1] * 4, [1, 2, 2, 2, 2, 2], [2, 8, 16]]),
        (16, [1, 2, 2, 1], [[1] * 3, [1] * 4, [1] * 6, [1, 4, 8]]),
    ],
)
def test_dilations_stand_in_for_strides(output_stride, strides, dilations):
    with torch.device("meta"):
        network = timm.create_model("eanet_r50", output_stride=output_stride)
    stages = network.extractor[4:]
    assert [stage[0].conv2.stride[0] for stage in stages] == strides
    assert [[block.conv2.dilation[0] for block in stage] for stage in stages] == dilations
    assert sum(p.numel() for p in network.parameters()) == CARDS["eanet_r50"].parameters


def test_output_stride_16_reads_any_size():
    network = timm.create_model("eanet_r50", output_stride=16, num_classes=4).eval()
    images = torch.zeros(1, 3, 50, 33)
    with torch.no_grad():
        assert network.forward_features(images).shape == (1, 256, 4, 3)
        assert network(images).shape == (1, 4, 50, 33)


def test_other_output_strides_are_refused():
    with pytest.raises(ValueError, match="output_stride of 8 or 16, got 32"):
        timm.create_model("eanet_r50", output_stride=32)


def test_memories_start_equal_and_are_independent():
    head = timm.create_model("eanet_r50").linu
    assert torch.equal(head.linear_0.weight.transpose(0, 1), head.linear_1.weight)
    assert head.linear_0.weight.data_ptr() != head.linear_1.weight.data_ptr()
