"""Every network takes and gives back the parameter names that its authors' code has.

The names of one network of each kind are published with the goldens; a deeper network of the kind
has more blocks, each named like the second of its stage.
"""

import json
from functools import cache
from pathlib import Path

import pytest
import timm
import torch

import inspector.models  # noqa: F401 - makes the names known to timm
from inspector.cards import CARDS
from inspector.training import RECIPES
from tests.golden import goldens

MEASURED = Path(__file__).parents[4] / "shared" / "reference"
DEEPER = {101: {3: 23}, 152: {2: 8, 3: 36}}
"""Blocks of the stages in which a ResNet differs from one of 50 layers, stages counted from 1."""


def deeper(depth, stage):
    return {stage.format(number, number - 1): count for number, count in DEEPER[depth].items()}


def cifar(stage, blocks):
    return {f"{stage}{number}.ModuleList": blocks for number in (1, 2, 3)}


KINDS = {
    "resnet50_mrlab": ("resnet50_mrlab", {}),
    "resnet101_mrlab": ("resnet50_mrlab", deeper(101, "stages.{1}")),
    "resnet152_mrlab": ("resnet50_mrlab", deeper(152, "stages.{1}")),
    "resnet50_mrlab_plain": ("resnet50_mrlab22", {}),
    "resnet50_mrlal": ("resnet50_mrlal", {}),
    "resnet101_mrlal": ("resnet50_mrlal", deeper(101, "layer{0}")),
    "resnet152_mrlal": ("resnet50_mrlal", deeper(152, "layer{0}")),
    **{
        f"deit_mrlab_{size}_patch16_224": ("deit_mrlab_tiny", {})
        for size in ("tiny", "small", "base")
    },
    **{
        f"deit_mrlal_{size}_patch16_224": ("deit_mrlal_tiny", {})
        for size in ("tiny", "small", "base")
    },
    "efficientnet_mrlal_b0": ("history_efficientnet_mrla_b0", {}),
    "efficientnet_mrlal_b1": (
        "history_efficientnet_mrla_b0",
        {f"blocks.{stage}": count for stage, count in enumerate((2, 3, 3, 4, 4, 5, 2))},
    ),
    "ceit_mrlal_tiny": ("history_ceit_mrla_tiny", {}),
    "ceit_mrlal_small": ("history_ceit_mrla_tiny", {}),
    "dia_resnet": ("dia_resnet_20", cifar("layer", 18)),
    "dia_preresnet": ("dia_preresnet_20", cifar("layer", 18)),
    "dia_wrn": ("dia_wrn_16_4", cifar("block", 8)),
    "dia_resnext": ("dia_resnext_20_8x32", cifar("stage_", 11)),
    "dia_resnet50": ("ean_dia_resnet50_64", {}),
    "share_se_resnet50": ("ean_share_se_resnet50_64", {}),
    "share_sge_resnet50": ("ean_share_sge_resnet50_64", {}),
    **{f"eamlp_{depth}": ("eamlp_7_64", {"blocks": depth}) for depth in (7, 10, 12, 14, 19, 24)},
    **{f"eamlp_t_{depth}": ("eamlp_7_64", {"blocks": depth}) for depth in (14, 19, 24)},
    "eanet_r50": ("eanet_r50_65", {}),
    "eanet_r101": ("eanet_r50_65", {"extractor.6": 23}),
    "eanet_r152": ("eanet_r50_65", {"extractor.5": 8, "extractor.6": 36}),
}
"""Golden of the kind, and how many blocks the stages have that differ, by name of the network."""

ALONE = {"blocks.0": "blocks.0.0", "blocks.6": "blocks.5.1"}
"""Blocks like which the second of a stage is named that has one block in the golden."""


def published(name):
    """Parameter names of a network in published order."""
    case, stages = KINDS[name]
    names = list(goldens.load(case).shapes)
    for stage, length in stages.items():
        _grow(names, stage, length)
    if name.startswith("eamlp_t_"):  # the second style of the stem counts its memories from one
        for old in ("linear_1", "linear_0"):
            new = f"linear_{int(old[-1]) + 1}"
            names = [n.replace(old, new) if "tokens_to_token" in n else n for n in names]
    return names


def _grow(names, stage, length):
    """Puts more blocks behind those of a stage."""
    own = [place for place, name in enumerate(names) if name.startswith(f"{stage}.")]
    present = len({names[place].removeprefix(f"{stage}.").split(".")[0] for place in own})
    model = f"{stage}.1." if present > 1 else f"{ALONE[stage]}."
    leaves = [name.removeprefix(model) for name in names if name.startswith(model)]
    names[own[-1] + 1 : own[-1] + 1] = [
        f"{stage}.{number}.{leaf}" for number in range(present, length) for leaf in leaves
    ]


def meta(name, **options):
    """A network without memory for its weights."""
    with torch.device("meta"):
        return timm.create_model(name, **options)


usual = cache(meta)


def size(network):
    return sum(parameter.numel() for parameter in network.parameters())


def test_every_network_is_tried_here():
    assert set(KINDS) == set(CARDS) - set(RECIPES)  # whose networks nobody else published


@pytest.mark.parametrize("name", KINDS)
def test_an_official_state_dict_loads_strictly_and_is_given_back(name):
    network = usual(name)
    own = network.state_dict()
    official = {key: own.get(key, torch.empty(0, device="meta")) for key in published(name)}
    network.load_state_dict(official, strict=True, assign=True)
    assert list(network.state_dict()) == list(official)


@pytest.mark.parametrize("name", KINDS)
def test_cards_tell_the_size(name):
    assert size(usual(name)) == CARDS[name].parameters


def counts():
    """Networks with options, what they are called in the measurements, and what was counted."""
    return json.loads((Path(goldens.__file__).parent / "parameters.json").read_text())


@pytest.mark.parametrize("entry", counts(), ids=lambda entry: entry["measured_as"])
def test_parameter_counts(entry):
    assert size(meta(entry["name"], **entry["options"])) == entry["parameters"]


@pytest.mark.shared
def test_counts_are_those_measured_on_the_authors_code():
    measured = {}
    for family in ("mrla", "dia_ea"):
        models = json.loads((MEASURED / family / "measured.json").read_text())["models"]
        measured |= {name: model["params"] for name, model in models.items()}
    assert {entry["measured_as"]: entry["parameters"] for entry in counts()} == {
        entry["measured_as"]: measured[entry["measured_as"]] for entry in counts()
    }
