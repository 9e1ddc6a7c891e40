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
    "deit_mrlab_tiny_patch16_224": "deit_mrlab_tiny",
    "deit_mrlal_tiny_patch16_224": "deit_mrlal_tiny",
    "efficientnet_mrlal_b0": "history_efficientnet_mrla_b0",
    "ceit_mrlal_tiny": "history_ceit_mrla_tiny",
}
GOLDENS = MRLA | {
    "dia_resnet": "dia_resnet_20",
    "dia_preresnet": "dia_preresnet_20",
    "dia_wrn": "dia_wrn_16_4",
    "dia_resnext": "dia_resnext_20_8x32",
    "dia_resnet50": "ean_dia_resnet50_64",
    "share_se_resnet50": "ean_share_se_resnet50_64",
    "share_sge_resnet50": "ean_share_sge_resnet50_64",
    "eamlp_7": "eamlp_7_64",
    "eanet_r50": "eanet_r50_65",
}
"""One network of each kind, and the golden that fills it."""

QUICK = {
    "deit_mrlab_tiny_patch16_224": {"img_size": 32},
    "deit_mrlal_tiny_patch16_224": {"img_size": 32},
    "ceit_mrlal_tiny": {"img_size": 32},
    "dia_resnet": {"depth": 20},
    "dia_preresnet": {"depth": 20},
    "dia_wrn": {"depth": 16},
    "dia_resnext": {"depth": 20},
    "eamlp_7": {"img_size": 32},
}
"""Options that make a network quick to run."""


DEIT_BASE = "deit_mrlab_tiny_patch16_224"


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
    layer = "mla" if "history" in golden.meta["model"] else "mrla"
    weights = {f"{p}.mrla.{layer}.softmax": v for p, v in golden.under("attn/").items()}
    gates = {f"{p}.mrla.{layer}.sigmoid": v for p, v in golden.under("gate/").items()}
    attention = weights | gates
    logits, seen = watch(network, goldens.image(224), paths=[*pooled, *attention])
    assert far(logits, golden["logits"]) < TOLERANCE
    assert len(attention) == len(pooled) > 0
    for path, expected in attention.items():
        assert far(seen[path].reshape(expected.shape), expected) < TOLERANCE
    for path, expected in pooled.items():
        assert far(_pooled(seen[path]), expected) < TOLERANCE
    for path, expected in golden.under("cls/").items():
        assert far(_features(seen[path])[:, 0], expected) < TOLERANCE


def _features(output):
    """A block's output without the caches that may come with it."""
    return output[0] if isinstance(output, tuple) else output


def _pooled(output):
    """The mean over positions of a block's output: patches of a token sequence, places of a map."""
    features = _features(output)
    return features[:, 1:].mean(1) if features.ndim == 3 else features.mean((2, 3))


@pytest.mark.parametrize("pattern", ["*mrla*", "dia_*", "share_s*e_resnet50", "eamlp*", "eanet*"])
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


HEADS_OF_RESNET_CHAINS = [f"stages.{stage}.0" for stage in range(4)]
HEADS_OF_DEIT_CHAINS = ["blocks.0", "blocks.4", "blocks.8"]
PROJECTIONS = [f"W{projection}.weight" for projection in "qkv"]
LAST_BLOCK = {
    "deit_mrlab": [f"mrla.mrla.{leaf}" for leaf in PROJECTIONS],
    "deit_mrlal": [
        *("mrla.lambda_t", "mrla.normo.weight", "mrla.normo.bias"),
        *(f"mrla.mrla.{leaf}" for leaf in PROJECTIONS),
    ],
    "ceit_mrlal": [
        *("mrla.lambda_t", "mrla.mla.bn_v.weight", "mrla.mla.bn_v.bias"),
        *(f"mrla.mla.{leaf}" for leaf in PROJECTIONS),
        *(f"leff.conv{n}.{leaf}" for n in (1, 2, 3) for leaf in ("weight", "bias")),
        *(f"leff.bn{n}.{leaf}" for n in (1, 2, 3) for leaf in ("weight", "bias")),
    ],
}


def _without_gradient(name):
    """Parameters that cannot move the logits, by how the network was published."""
    if "eamlp" in name:
        return {"pos_embed"}
    still = set()
    if "mrlab" in name:  # nothing to choose from at the head of a chain
        heads = HEADS_OF_DEIT_CHAINS if "deit" in name else HEADS_OF_RESNET_CHAINS
        still |= {f"{block}.mrla.mrla.Wq.weight" for block in heads}
    if "deit" in name or "ceit" in name:  # the last block's patches are not read any more
        still |= {f"blocks.11.{leaf}" for leaf in LAST_BLOCK[name.partition("_tiny")[0]]}
    return still


@pytest.mark.parametrize("name", GOLDENS)
def test_gradients_reach_every_parameter_that_can_move_the_logits(name):
    golden = goldens.load(GOLDENS[name])
    network = golden.fill(small(name, **_classes(golden)))
    network(goldens.image(32 if name in QUICK else 64)).square().sum().backward()
    still = {
        entry
        for entry, parameter in network.named_parameters()
        # of the key memory's bias, a constant over its softmax, only rounding is left
        if not entry.endswith("linear_0.bias")
        and (parameter.grad is None or not parameter.grad.abs().max() > 0)
    }
    assert still == _without_gradient(name)


def _classes(golden):
    """The class count of a golden, where it is not that of the published network."""
    return {"num_classes": 50} if golden.shapes.get("last_linear.bias") == (50,) else {}


@pytest.mark.parametrize("name", ["resnet50_mrlab", "resnet50_mrlal", "efficientnet_mrlal_b0"])
def test_convolutional_networks_read_any_size(name):
    network = timm.create_model(name, num_classes=3).eval()
    with torch.no_grad():
        assert network(torch.zeros(1, 3, 33, 50)).shape == (1, 3)


@pytest.mark.parametrize("img_size", [(224, 192), 200])
@pytest.mark.parametrize(
    "name", ["deit_mrlab_tiny_patch16_224", "deit_mrlal_tiny_patch16_224", "ceit_mrlal_tiny"]
)
def test_transformers_read_squares_of_whole_patches(name, img_size):
    with pytest.raises(ValueError, match="square whose side is a multiple of 16 pixels"):
        timm.create_model(name, img_size=img_size)


def test_ceit_refuses_other_sizes_than_the_one_it_was_built_for():
    network = small("ceit_mrlal_tiny")
    with pytest.raises(ValueError, match="built for images of 32 x 32 pixels, got 32 x 48"):
        network(torch.zeros(1, 3, 32, 48))


def test_deit_base_drops_every_block_alike():
    """The published rate, not a schedule that grows with the depth."""
    published, chosen = small(DEIT_BASE), small(DEIT_BASE, drop_path=0.3)
    rates = [[block.drop_path1.drop_prob for block in net.blocks] for net in (published, chosen)]
    assert rates == [[0.1] * 12, [0.3] * 12]


def test_gates_on_the_branch_stand_in_published_order():
    with torch.device("meta"):
        network = timm.create_model("resnet50_mrlab", se=True, eca=(3, 5, 7, 9))
    leaves = list(network.stages[2][1].state_dict())
    after = leaves[leaves.index("bn3.num_batches_tracked") + 1 : leaves.index("bn_mrla.weight")]
    assert after[:3] == ["se.fc.0.weight", "se.fc.2.weight", "eca.conv.weight"]
    assert [stage[0].eca.conv.kernel_size for stage in network.stages] == [(3,), (5,), (7,), (9,)]


@pytest.mark.parametrize("name", ["resnet50_mrlab", "resnet50_mrlal"])
@pytest.mark.parametrize("eca", [(3, 5, 7), (3, 5, 6, 7), (3, 5, 0, 7)])
def test_eca_needs_an_odd_kernel_per_stage(name, eca):
    with pytest.raises(ValueError, match="four odd kernel lengths"):
        timm.create_model(name, eca=eca)


@pytest.mark.parametrize("block", [LightBottleneck, BaseBottleneck])
def test_gates_act_on_the_branch_before_the_addition(block):
    x = goldens.feature("x", 2, 128, 4, 4)
    plain, gated = block(128, 32, 1).eval(), block(128, 32, 1, se=True, eca=3).eval()
    torch.nn.init.ones_(plain.bn3.weight)
    gated.load_state_dict(plain.state_dict(), strict=False)
    branch, skip = plain.branch_and_skip(x)
    found, same = gated.branch_and_skip(x)
    assert torch.equal(skip, same)
    assert torch.equal(found, gated.eca(gated.se(branch)))


def test_channel_wise_has_the_parameters_of_the_other():
    with torch.device("meta"):
        plain, channel_wise = (
            timm.create_model("resnet50_mrlab", channel_wise=flag) for flag in (False, True)
        )
    assert plain.state_dict().keys() == channel_wise.state_dict().keys()
    assert channel_wise.stages[0][0].mrla.mrla.heads == 256


@pytest.mark.parametrize(
    "name", [DEIT_BASE, "deit_mrlal_tiny_patch16_224", "ceit_mrlal_tiny", "eamlp_7"]
)
def test_drop_path_of_transformers_acts_in_training_only(name):
    plain, dropping = small(name, drop_path=0.0).eval(), small(name, drop_path=0.9).eval()
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
