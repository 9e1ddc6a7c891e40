"""The small networks that ship: hosts alike, but for the attention."""

import pytest
import timm
import torch

import inspector.models  # noqa: F401 - makes the names known to timm
from hooks import capture
from inspector.cards import CARDS
from inspector.training import RECIPES

ATTENTION = {
    "cifar_resnet56_mrlab": ("mrla", 18),
    "cifar_resnet56_mrlal": ("mrla", 18),
    "cifar_resnet56_dia": ("dia", 18),
    "cifar_resnet56_se": ("gates", 18),
    "cifar_vit_external": ("external_attention", 6),
    "cifar_vit": ("self_attention", 6),
}
RESNETS = [name for name in RECIPES if "resnet" in name]


def built(name):
    torch.manual_seed(0)
    return timm.create_model(name).eval()


def convolutions(network):
    """Shapes of the weights of the host: all but depthwise ones and those of the gates."""
    return [
        (name, tuple(value.shape))
        for name, value in network.state_dict().items()
        if name.endswith(("conv1.weight", "conv2.weight", "conv3.weight"))
    ]


@pytest.mark.parametrize("name", RECIPES)
def test_cards_tell_the_size(name):
    counted = sum(parameter.numel() for parameter in built(name).parameters())
    assert counted == CARDS[name].parameters


def test_every_network_with_a_recipe_is_tried_here():
    assert set(RECIPES) == {*ATTENTION, "cifar_resnet56"}


@pytest.mark.parametrize("name", ATTENTION)
def test_every_layer_is_captured(name):
    mechanism, layers = ATTENTION[name]
    tree = capture(built(name), torch.randn(2, 3, 32, 32))
    assert list(tree.children) == [mechanism]
    assert len(tree[mechanism].children) == layers
    assert tree.attrs["verified_error"] <= 1e-5


@pytest.mark.parametrize("name", RESNETS)
def test_hosts_have_the_same_convolutions(name):
    plain, other = (
        [shape for _, shape in convolutions(built(network))] for network in ("cifar_resnet56", name)
    )
    assert plain == other
    assert len(plain) == 1 + 18 * 3


@pytest.mark.parametrize("name", RESNETS)
def test_hosts_begin_alike(name):
    norms = [value for key, value in built(name).state_dict().items() if key.endswith("bn3.weight")]
    assert len(norms) == 18
    assert all((value == 1).all() for value in norms)


@pytest.mark.parametrize("name", RESNETS)
def test_the_pool_is_global(name):
    network = built(name)
    with torch.no_grad():
        large, small = network(torch.randn(1, 3, 64, 48)), network(torch.randn(1, 3, 24, 24))
    assert large.shape == small.shape == (1, 10)


def test_transformers_differ_in_the_attention_alone():
    kinds = [
        {name: tuple(value.shape) for name, value in built(twin).state_dict().items()}
        for twin in ("cifar_vit", "cifar_vit_external")
    ]
    apart = set(kinds[0].items() ^ kinds[1].items())
    assert apart
    assert all(".attn." in name for name, _ in apart)


def test_a_token_sees_a_rim_of_three_pixels():
    stem = built("cifar_vit").patch_embed
    image = torch.randn(1, 3, 32, 32, requires_grad=True)
    stem(image)[0, 8 * 3 + 4].sum().backward()  # the patch in row 3, column 4
    seen = image.grad[0].abs().sum(0).nonzero()
    assert seen.amin(0).tolist() == [12 - 3, 16 - 3]
    assert seen.amax(0).tolist() == [12 + 3, 16 + 3]
