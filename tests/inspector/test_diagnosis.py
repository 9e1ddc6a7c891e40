"""A file of the published kind of each family is recognised for what it is, layer by layer."""

import argparse
from dataclasses import replace

import pytest
import timm
import torch

from hooks import mrla
from inspector import diagnosis, likeness
from inspector.cards import CARDS
from inspector.diagnosis import diagnose
from inspector.training import RECIPES
from inspector.zoo import Request, load_model
from tests.golden import goldens


def data_parallel(state):
    return {"epoch": 3, "state_dict": {f"module.{key}": value for key, value in state.items()}}


def deit(state):
    return {"model": state, "args": argparse.Namespace(lr=1e-3, inner=argparse.Namespace(a=1))}


# Case of the goldens, name, layout of the file; then by hand from the papers: mechanism and
# variant, number of layers in each chain, and sizes of the last layer.
OFFICIAL = {
    "resnet50_mrlab": (
        *("resnet50_mrlab", data_parallel, "mrla", {"base"}),
        *([3, 4, 6, 3], {"head": 128, "channel": 2048}),
    ),
    "deit_mrlal_tiny": (
        *("deit_mrlal_tiny_patch16_224", deit, "mrla", {"light"}),
        *([12], {"head": 12, "channel": 192}),
    ),
    "dia_resnet_20": (
        *("dia_resnet", data_parallel, "dia", {""}),
        *([2, 2, 2], {"channel": 256}),
    ),
    "ean_share_se_resnet50_64": (
        *("share_se_resnet50", data_parallel, "gates", {"shared SE"}),
        *([3, 4, 6, 3], {"channel": 2048}),
    ),
    "ean_share_sge_resnet50_64": (
        *("share_sge_resnet50", data_parallel, "gates", {"shared SGE"}),
        *([3, 4, 6, 3], {"group": 64, "y": 7, "x": 7}),
    ),
    "eamlp_7_64": (
        *("eamlp_7", lambda s: {"state_dict_ema": s}, "external_attention", None),
        *([2, 7], {"head": 16, "token": 17, "slot": 64, "feature": 64}),
    ),
    "eanet_r50_65": (
        *("eanet_r50", lambda s: {"net": s, "step": 1}, "external_attention", None),
        *([1], {"head": 1, "token": 81, "slot": 64, "feature": 512}),
    ),
}


@pytest.fixture
def small_eanet(monkeypatch):
    """EANet takes images of any size; 65 pixels a side take a sixtieth of the time."""
    small = replace(CARDS["eanet_r50"], input_size=(3, 65, 65))
    monkeypatch.setitem(CARDS, "eanet_r50", small)


def saved(content, path):
    torch.save(content, path)
    return path


@pytest.mark.usefixtures("small_eanet")
@pytest.mark.parametrize("case", OFFICIAL)
def test_an_official_file_of_each_family(case, tmp_path):
    name, layout, mechanism, variants, chains, sizes = OFFICIAL[case]
    official = goldens.load(case).state_dict()
    found = diagnose(
        Request(name=name, checkpoint=saved(layout(official), tmp_path / "a.pth"), device="cpu")
    )
    assert found.failure == ""
    assert found.file.fitting == found.file.tensors == len(official)
    assert (found.file.missing, found.file.unexpected, found.file.share) == ((), (), 1.0)
    assert found.weights.trained
    assert found.check.verified
    assert found.check.verified_error <= 1e-5
    # A transformer's self-attention is captured beside its layer attention.
    layers = [layer for layer in found.layers if layer.mechanism != "self_attention"]
    assert {layer.mechanism for layer in layers} == {mechanism}
    assert variants is None or {layer.variant for layer in layers} == variants
    ran = [layer.chain for layer in layers]
    assert [ran.count(chain) for chain in dict.fromkeys(ran)] == chains
    assert layers[-1].sizes == sizes
    assert "inspector capture" in found.next[0]


def test_every_family_is_tried_here():
    tried = {CARDS[name].family for name, *_ in OFFICIAL.values()}
    assert tried == {card.family for name, card in CARDS.items() if name not in RECIPES}


@pytest.fixture
def few_networks(monkeypatch):
    """Compares with one network only, which saves seconds."""
    monkeypatch.setattr(likeness, "LISTED", {"dia_resnet": CARDS["dia_resnet"]})


@pytest.fixture
def dia(tmp_path):
    """A file of a DIA-ResNet of depth 11 with 10 classes."""
    state = load_model("dia_resnet", depth=11, num_classes=10, device="cpu").module.state_dict()
    return saved(state, tmp_path / "dia.pth")


def test_the_options_are_read_from_the_file_and_those_stated_are_not(dia):
    found = diagnose(Request(name="dia_resnet", checkpoint=dia, options={"num_classes": 10}))
    assert found.file.told == {"depth": 11}
    assert found.card.num_classes == 10
    assert "Its 10 classes have no names: give them with --classes FILE." in found.next
    named = diagnose(Request(name="dia_resnet", checkpoint=dia, classes="cifar-10"))
    assert not [entry for entry in named.unknowns if "classes" in entry.what]
    assert not [advice for advice in named.next if "--classes FILE" in advice]


def test_a_file_of_another_network_is_told_with_what_it_resembles(dia):
    found = diagnose(Request(name="dia_wrn", checkpoint=dia, options={"depth": 16}))
    assert not found.healthy
    assert (found.weights, found.check, found.layers) == (None, None, ())
    assert "dia.pth does not fit this network" in found.failure
    assert "block1.lstm.w_ih.0.seq.0.weight" in found.file.missing
    assert "layer1.lstm.w_ih.0.seq.0.weight" in found.file.unexpected
    first = found.likenesses[0]
    assert (first.name, first.fits, first.share, first.gaps) == ("dia_resnet", True, 1.0, "")
    assert dict(first.options) == {"num_classes": 10, "depth": 11}
    assert found.next == (
        f"Open it as dia_resnet: `inspector doctor dia_resnet --checkpoint {dia}`.",
    )


def test_what_asking_for_a_part_would_load_is_told(tmp_path, few_networks):
    state = {"conv1.weight": torch.ones(16, 3, 3, 3), "mine.weight": torch.ones(1)}
    request = Request(name="dia_resnet", checkpoint=saved(state, tmp_path / "a.pth"))
    found = diagnose(replace(request, options={"depth": 11}))
    assert not found.likenesses
    assert found.file.share == pytest.approx(16 * 3 * 9 / found.card.parameters)
    assert "`--partial` loads the 0.1 %" in found.next[-1]
    partly = diagnose(replace(request, options={"depth": 11}, strict=False))
    assert partly.healthy
    assert "left over: 1 tensors (mine.weight)" in partly.weights.gaps


def test_a_backbone_is_told_apart_from_a_trained_network(tmp_path):
    backbone = saved(timm.create_model("resnet50").state_dict(), tmp_path / "backbone.pth")
    found = diagnose(Request(name="resnet50_mrlal", checkpoint=backbone, device="cpu"))
    added = found.card.parameters - 25_557_032  # torchvision's ResNet-50
    assert found.healthy
    assert not found.weights.trained
    assert found.weights.gaps == "not learnt: all layer attention"
    assert found.weights.share == pytest.approx(1 - added / found.card.parameters)
    assert all("mrla" in name for name in found.file.missing)
    assert "figures of random attention show" in found.next[0]


def test_a_network_without_layer_attention():
    found = diagnose(Request(name="resnet10t"))
    assert "holds no layer attention" in found.failure
    assert "`inspector models`" in found.next[0]


def test_a_capture_that_does_not_prove_itself_is_no_health(monkeypatch):
    """A mechanism whose formula is wrong, as one of a network that was edited would be."""
    monkeypatch.setattr(diagnosis, "_captured", tampered(diagnosis._captured))
    found = diagnose(Request(name="dia_resnet", options={"depth": 11}))
    assert not found.healthy
    assert "is off by 5.0e-01" in found.failure
    assert "Draw no conclusions" in found.next[0]


def tampered(captured):
    def capture(model):
        image, tree = captured(model)
        tree.attrs |= {"verified": 0, "verified_error": 0.5}
        return image, tree

    return capture


def test_channels_of_mrla_are_those_of_its_values():
    network = timm.create_model("resnet50_mrlab")
    channels = diagnosis._channels(network)
    assert len(channels) == len(mrla.MECHANISM.sites(network)) == 16
    assert channels["stages.3.2"] == {"channel": 2048}
