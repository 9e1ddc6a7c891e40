"""What is captured, against numbers of the authors' own code: attention, gates, affinities."""

import pytest
import torch
import xarray as xr
from timm import create_model
from torch import nn

import inspector.models  # noqa: F401 - registers the networks with timm
from hooks import capture, chains
from hooks.retrieved_maps import MAPS
from inspector.measures import decomposed, output_terms
from inspector.models.eamlp import STEM_STYLES, TokenBlock
from inspector.models.external_attention import SpatialExternalAttention
from inspector.models.resnet import LightBottleneck
from tests.golden import goldens

MRLA_TOLERANCE, OTHER_TOLERANCE = 5e-6, 1e-5


def captured(case, name, size, **options):
    golden = goldens.load(case)
    network = golden.fill(create_model(name, **options))
    return golden, capture(network, goldens.image(size), detail="full")


def light_stage(golden):
    """Four bottlenecks of which the first halves the map, as the golden was made."""
    blocks = [LightBottleneck(48, 16, 2), *(LightBottleneck(64, 16, 1) for _ in range(3))]
    return nn.Sequential(
        *(golden.fill(block, f"light_stage.t{step}.") for step, block in enumerate(blocks, 1))
    )


def distance(array, golden):
    return goldens.furthest(torch.from_numpy(array.values), golden)


@pytest.mark.parametrize(
    ("case", "name"),
    [
        ("resnet50_mrlab", "resnet50_mrlab"),
        ("resnet50_mrlab22", "resnet50_mrlab_plain"),
        ("deit_mrlab_tiny", "deit_mrlab_tiny_patch16_224"),
    ],
)
def test_mrla_base_weights(case, name):
    golden, tree = captured(case, name, goldens.load(case).meta["size"])
    expected = golden.under("attn/")
    assert set(expected) == set(tree["mrla"].children)
    for block, weight in expected.items():
        assert distance(tree["mrla"][block]["weight"], weight) < MRLA_TOLERANCE
    assert tree.attrs["verified"] == 1


def test_deit_base_has_three_chains_of_four():
    tree = capture(create_model("deit_mrlab_tiny_patch16_224", img_size=32), goldens.image(32))
    assert chains(tree["mrla"]) == {
        f"blocks.{first}-{first + 3}": [f"blocks.{first + place}" for place in range(4)]
        for first in (0, 4, 8)
    }


@pytest.mark.parametrize(
    ("case", "name"),
    [
        ("resnet50_mrlal", "resnet50_mrlal"),
        ("deit_mrlal_tiny", "deit_mrlal_tiny_patch16_224"),
        ("history_efficientnet_mrla_b0", "efficientnet_mrlal_b0"),
        ("history_ceit_mrla_tiny", "ceit_mrlal_tiny"),
    ],
)
def test_mrla_light_gates_and_decays(case, name):
    golden, tree = captured(case, name, goldens.load(case).meta["size"])
    gates, decays = golden.under("gate/"), golden.under("lambda/")
    assert set(gates) == set(decays) == set(tree["mrla"].children)
    for block, gate in gates.items():
        layer = tree["mrla"][block]
        assert distance(layer["gate"], gate) < MRLA_TOLERANCE
        assert distance(layer["decay"], decays[block]) == 0
    assert tree.attrs["verified"] == 1


def test_efficientnet_has_a_chain_per_stage_and_exact_weights():
    network = create_model("efficientnet_mrlal_b1").eval()
    tree = capture(network, goldens.image(64), mechanisms=["mrla"], detail="full")["mrla"]
    assert {chain: len(layers) for chain, layers in chains(tree).items()} == {
        "blocks.1": 2,
        "blocks.2": 2,
        "blocks.3": 3,
        "blocks.4": 3,
        "blocks.5": 4,
        "blocks.6": 1,
    }
    assert all("exact_weight" in layer for layer in tree.children.values())


def test_mrla_light_unrolled_weights():
    golden = goldens.load("layer_light_stage")
    x = goldens.feature("light_stage.x", 2, 48, 12, 10, relu=True)
    tree = capture(light_stage(golden), x, detail="full")["mrla"]
    for step, layer in enumerate(tree.children.values()):
        for name in ("nominal", "exact"):
            # stored as (sample, layer, retrieved layer, channel)
            expected = golden[f"weights_{name}"][:, step, : step + 1].transpose(1, 2)
            assert distance(layer[f"{name}_weight"], expected) < MRLA_TOLERANCE


def test_mrla_light_terms_add_up_to_the_published_output():
    golden = goldens.load("layer_light_stage")
    x = goldens.feature("light_stage.x", 2, 48, 12, 10, relu=True)
    tree = capture(light_stage(golden), x, mechanisms=[MAPS], detail="full")["mrla"]
    layers = {name: node.to_dataset().isel(sample=1) for name, node in tree.children.items()}
    for step, name in enumerate(layers, 1):
        whole = xr.DataArray(golden[f"o/{step}"][1].numpy(), dims=("channel", "y", "x"))
        found = decomposed(output_terms(layers, name), whole)
        assert found.sizes["term"] == 3 * step - 1
        assert found.attrs["residual"] < MRLA_TOLERANCE
        assert abs(float(found["share"].sum()) - 1) < MRLA_TOLERANCE


@pytest.mark.parametrize(
    ("case", "name", "depth", "stages"),
    [
        ("dia_resnet_20", "dia_resnet", 20, "layer"),
        ("dia_preresnet_20", "dia_preresnet", 20, "layer"),
        ("dia_wrn_16_4", "dia_wrn", 16, "block"),
        ("dia_resnext_20_8x32", "dia_resnext", 20, "stage_"),
    ],
)
def test_dia_gates_and_cells(case, name, depth, stages):
    golden, tree = captured(case, name, 32, depth=depth)
    stored = {"input_gate": "i", "forget_gate": "f", "candidate": "g", "output_gate": "o"}
    stored |= {"gate": "gate", "cell": "cell", "pooled": "gap"}
    assert len(tree["dia"].children) == 6
    for stage in (1, 2, 3):
        for block in (0, 1):
            layer = tree["dia"][f"{stages}{stage}.ModuleList.{block}"]
            for ours, theirs in stored.items():
                expected = golden[f"s{stage}.b{block}.{theirs}"]
                assert distance(layer[ours], expected) < OTHER_TOLERANCE


def used_blocks(scheme):
    """The layers that use what their stage shares, by stage, counted from 1."""
    return {
        stage: [
            f"layer{stage}.ModuleList.{block}"
            for block, digit in enumerate(f"{code:0{count}b}")
            if digit == "1"
        ]
        for stage, (code, count) in enumerate(zip(scheme, (3, 4, 6, 3), strict=True), 1)
    }


@pytest.mark.parametrize("number", [0, 1])
def test_dia_gates_of_a_connection_scheme(number):
    golden = goldens.load("ean_dia_resnet50_64")
    scheme = golden.meta["configs"][number]
    network = golden.fill(create_model("dia_resnet50", num_classes=50, scheme=scheme))
    tree = capture(network, goldens.image(64))["dia"]
    assert chains(tree) == {f"layer{stage}": names for stage, names in used_blocks(scheme).items()}
    for stage, names in used_blocks(scheme).items():
        for place, name in enumerate(names):
            expected = golden[f"cfg{number}.s{stage}.b{place}.gate"]
            assert distance(tree[name]["gate"], expected) < OTHER_TOLERANCE


@pytest.mark.parametrize(
    ("name", "quantity", "number"),
    [
        ("share_se_resnet50", "gate", 0),
        ("share_se_resnet50", "gate", 1),
        ("share_sge_resnet50", "spatial_gate", 0),
    ],
)
def test_gates_that_a_stage_shares(name, quantity, number):
    golden = goldens.load(f"ean_{name}_64")
    scheme = golden.meta["configs"][number]
    network = golden.fill(create_model(name, num_classes=50, scheme=scheme))
    tree = capture(network, goldens.image(64))
    used = used_blocks(scheme)
    assert chains(tree["gates"]) == {f"layer{stage}": names for stage, names in used.items()}
    for stage, names in used.items():
        for place, block in enumerate(names):
            gate = tree["gates"][block][quantity]
            kept = gate.isel(group=slice(None, None, 8)) if "group" in gate.dims else gate
            expected = golden[f"cfg{number}.s{stage}.u{place}.gate"]
            assert distance(kept, expected) < OTHER_TOLERANCE
    assert tree.attrs["verified"] == 1


def test_external_attention_of_a_segmentation_network():
    golden, tree = captured("eanet_r50_65", "eanet_r50", 65)
    layer = tree["external_attention"]["linu"]
    for ours, theirs in {"token_softmax": "softmax", "affinity": "attn"}.items():
        expected = golden[theirs].transpose(1, 2)[:, None]
        assert distance(layer[ours], expected) < OTHER_TOLERANCE
    assert (layer["token"].attrs["grid_height"], layer["token"].attrs["grid_width"]) == (9, 9)
    assert tree.attrs["verified"] == 1


@pytest.mark.parametrize("size", [64, 224])
def test_external_attention_of_a_whole_network(size):
    golden, tree = captured(f"eamlp_7_{size}", "eamlp_7", size, img_size=size)
    heads, tokens = golden["heads_kept"].tolist(), golden["tokens_kept"].tolist()
    for block in ("blocks.0", "blocks.6"):
        layer = tree["external_attention"][block]
        final = layer["affinity"].isel(sample=[0], head=heads, token=tokens)
        assert distance(final, golden[f"{block}.attn"]) < OTHER_TOLERANCE
        mass = layer["affinity"].sum("token")
        assert distance(mass, golden[f"{block}.slot_mass"]) < OTHER_TOLERANCE


def test_external_attention_of_the_segmentation_head():
    golden = goldens.load("ea_single_head")
    module = SpatialExternalAttention(48)
    module.load_state_dict(golden.state_dict())
    tree = capture(module.eval(), goldens.feature("ea", 2, 48, 6, 5), detail="full")
    layer = tree["external_attention"]["model"]
    for ours, theirs in {"score": "raw", "token_softmax": "softmax", "affinity": "attn"}.items():
        expected = golden[theirs].transpose(1, 2)[:, None]
        assert distance(layer[ours], expected) < OTHER_TOLERANCE
    assert layer["token"].attrs["grid_height"] == 6


@pytest.mark.parametrize("style", STEM_STYLES)
def test_external_attention_of_both_tokens_to_token_styles(style):
    golden = goldens.load(f"ea_t2t_{style}")
    block = TokenBlock(27, 16, **STEM_STYLES[style])
    block.load_state_dict(golden.state_dict())
    tree = capture(block.eval(), goldens.tokens("t2t", 2, 25, 27), detail="full")
    (layer,) = tree["external_attention"].children.values()
    for ours, theirs in {"score": "raw", "token_softmax": "softmax", "affinity": "attn"}.items():
        assert distance(layer[ours], golden[theirs][:, None]) < OTHER_TOLERANCE
