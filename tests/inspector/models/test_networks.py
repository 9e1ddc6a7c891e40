"""Whole networks: published names, numbers of the authors' code, gradients, sizes."""

import fnmatch

import pytest
import timm
import torch

from inspector.cards import CARDS
from inspector.models.resnet import BaseBottleneck, LightBottleneck
from tests.golden import goldens
from tests.golden.goldens import far

TOLERANCE = 5e-6
MRLA = {
    "resnet50_mrlab": "resnet50_mrlab",
    "resnet50_mrlab_plain": "resnet50_mrlab22",
    "resnet50_mrlal": "resnet50_mrlal",
    "deit_mrlal_tiny_patch16_224": "deit_mrlal_tiny",
}
GOLDENS = MRLA | {"dia_resnet": "dia_resnet_20", "eamlp_7": "eamlp_7_64"}
"""One network of each kind, and the golden that fills it."""

QUICK = {
    "deit_mrlal_tiny_patch16_224": {"img_size": 32},
    "dia_resnet": {"depth": 20},
    "eamlp_7": {"img_size": 32},
}
"""Options that make a network quick to run."""


def small(name, **options):
    """A network that is quick to run."""
    return timm.create_model(name, **QUICK.get(name, {}), **options)


@pytest.fixture(scope="module", params=MRLA)
def case(request):
    """Golden and network of one name."""
    golden = goldens.load(MRLA[request.param])
    network = timm.create_model(request.param)
    network.load_state_dict(golden.state_dict())
    return golden, network.eval()


def test_published_names_in_published_order(case):
    golden, network = case
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    assert list(shapes.items()) == list(golden.shapes.items())


def test_against_the_authors_code(case, watch):
    golden, network = case
    pooled = golden.under("pooled/")
    weights = {f"{p}.mrla.mrla.softmax": v for p, v in golden.under("attn/").items()}
    gates = {f"{p}.mrla.mrla.sigmoid": v for p, v in golden.under("gate/").items()}
    attention = weights | gates
    logits, seen = watch(network, goldens.image(224), paths=[*pooled, *attention])
    assert far(logits, golden["logits"]) < TOLERANCE
    assert len(attention) == len(pooled) > 0
    for path, expected in attention.items():
        assert far(seen[path].reshape(expected.shape), expected) < TOLERANCE
    for path, expected in pooled.items():
        assert far(_pooled(seen[path]), expected) < TOLERANCE
    for path, expected in golden.under("cls/").items():
        assert far(seen[path][:, 0], expected) < TOLERANCE


def _pooled(output):
    """The mean over positions of a block's output: patches of a token sequence, places of a map."""
    features = output[0] if isinstance(output, tuple) else output
    return features[:, 1:].mean(1) if features.ndim == 3 else features.mean((2, 3))


@pytest.mark.parametrize("name", CARDS)
def test_parameter_counts(name):
    with torch.device("meta"):
        network = timm.create_model(name)
    assert sum(parameter.numel() for parameter in network.parameters()) == CARDS[name].parameters


@pytest.mark.parametrize("pattern", ["*mrla*", "dia_*", "eamlp*"])
def test_timm_lists_what_the_cards_name(pattern):
    ours = fnmatch.filter(CARDS, pattern)
    assert ours
    assert set(timm.list_models(pattern)) == set(ours)


@pytest.mark.parametrize("name", CARDS)
def test_timm_knows_the_data_settings(name):
    settings = timm.models.get_pretrained_cfg(name)
    card = CARDS[name]
    assert timm.data.resolve_data_config(pretrained_cfg=settings.to_dict()) == {
        "input_size": card.input_size,
        "mean": card.mean,
        "std": card.std,
        "interpolation": card.interpolation,
        "crop_pct": card.crop_pct,
        "crop_mode": "center",
    }
    assert not settings.has_weights


def _without_gradient(name):
    """Parameters that cannot move the logits, by how the network was published."""
    if "mrlab" in name:  # nothing to choose from at the head of a chain
        return {f"stages.{stage}.0.mrla.mrla.Wq.weight" for stage in range(4)}
    if "deit" in name:  # the last block's patches are not read any more
        leaves = ("lambda_t", "normo.weight", "normo.bias", *(f"mrla.W{x}.weight" for x in "qkv"))
        return {f"blocks.11.mrla.{leaf}" for leaf in leaves}
    return {"pos_embed"} if "eamlp" in name else set()


@pytest.mark.parametrize("name", GOLDENS)
def test_gradients_reach_every_parameter_that_can_move_the_logits(name):
    network = goldens.load(GOLDENS[name]).fill(small(name))
    network(goldens.image(64 if "resnet50" in name else 32)).square().sum().backward()
    still = {
        entry
        for entry, parameter in network.named_parameters()
        # of the key memory's bias, a constant over its softmax, only rounding is left
        if not entry.endswith("linear_0.bias")
        and (parameter.grad is None or not parameter.grad.abs().max() > 0)
    }
    assert still == _without_gradient(name)


@pytest.mark.parametrize("name", ["resnet50_mrlab", "resnet50_mrlal"])
def test_resnets_read_any_size(name):
    network = timm.create_model(name, num_classes=3).eval()
    with torch.no_grad():
        assert network(torch.zeros(1, 3, 33, 50)).shape == (1, 3)


@pytest.mark.parametrize("img_size", [(224, 192), 200])
def test_deits_read_squares_of_whole_patches(img_size):
    with pytest.raises(ValueError, match="square whose side is a multiple of 16 pixels"):
        timm.create_model("deit_mrlal_tiny_patch16_224", img_size=img_size)


def test_channel_wise_has_the_parameters_of_the_other():
    with torch.device("meta"):
        plain, channel_wise = (
            timm.create_model("resnet50_mrlab", channel_wise=flag) for flag in (False, True)
        )
    assert plain.state_dict().keys() == channel_wise.state_dict().keys()
    assert channel_wise.stages[0][0].mrla.mrla.heads == 256


@pytest.mark.parametrize("name", ["deit_mrlal_tiny_patch16_224", "eamlp_7"])
def test_drop_path_of_transformers_acts_in_training_only(name):
    plain, dropping = small(name).eval(), small(name, drop_path=0.9).eval()
    dropping.load_state_dict(plain.state_dict())
    images = goldens.image(32)
    with torch.no_grad():
        assert torch.equal(plain(images), dropping(images))
        assert not torch.allclose(plain(images), dropping.train()(images))


@pytest.mark.parametrize("block", [LightBottleneck, BaseBottleneck])
def test_drop_path_of_bottlenecks_drops_the_retrieval(block):
    x = goldens.feature("x", 2, 128, 4, 4)
    dropping = block(128, 32, 1, drop_path=1.0)
    branch, skip = dropping.branch_and_skip(x)
    out = dropping(x)
    assert torch.equal(out[0] if isinstance(out, tuple) else out, (branch + skip).relu())
