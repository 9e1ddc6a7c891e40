"""What lacks decides: nothing, whole parts that are told of, or a refusal."""

import copy

import pytest
import timm
import torch
import torchvision
from torch import nn

import inspector.models  # noqa: F401 - makes our names known to timm
from inspector.checkpoints import Checkpoint, digest
from inspector.fits import compare, load_into, percent


class Host(nn.Module):
    """10 parameters of a backbone, 4 of attention, 6 of a head; the sizes are counted by hand."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Linear(4, 2)
        self.mrla = nn.Linear(1, 2)
        self.fc = nn.Linear(2, 2)


@pytest.fixture
def state():
    torch.manual_seed(7)
    return Host().state_dict()


def without(state, *parts):
    return {name: value for name, value in state.items() if not name.startswith(parts)}


def file(state):
    return Checkpoint("mine.pth", "0" * 16, None, (), dict(state))


def test_everything_is_there(state):
    fit = compare(state, Host(), ["fc"])
    assert (fit.share, fit.gaps, fit.is_clear, fit.lacking) == (1.0, "", True, ())


@pytest.mark.parametrize(
    ("lost", "share", "gaps"),
    [
        (["mrla"], 16 / 20, "not learnt: all layer attention"),
        (["fc"], 14 / 20, "not learnt: the head (fc)"),
        (["mrla", "fc"], 10 / 20, "not learnt: all layer attention, the head (fc)"),
    ],
)
def test_whole_parts_may_lack_and_are_told(state, lost, share, gaps):
    network = Host()
    before = copy.deepcopy(network.state_dict())
    fit = load_into(network, file(without(state, *lost)), heads=["fc"])
    assert fit.share == pytest.approx(share)
    assert fit.gaps == gaps
    for name, value in network.state_dict().items():
        assert torch.equal(value, (before if name.startswith(tuple(lost)) else state)[name])


def test_a_head_of_other_classes_stays_random(state):
    state |= {"fc.weight": torch.zeros(9, 2), "fc.bias": torch.zeros(9)}
    fit = load_into(Host(), file(state), heads=["fc"])
    assert fit.gaps == "not learnt: the head (fc)"
    assert fit.reshaped["fc.weight"] == "9x2 in the file, 2x2 in the network"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (lambda s: without(s, "conv.bias"), "1 missing: conv.bias"),
        (lambda s: without(s, "mrla.bias"), "1 missing: mrla.bias"),  # a part of the attention
        (lambda s: s | {"se.weight": torch.ones(1)}, "1 unexpected: se.weight"),
        (lambda s: s | {"conv.bias": torch.ones(3)}, "1 of another shape: conv.bias (3 in"),
    ],
)
def test_other_gaps_are_refused_unless_asked_for(state, changed, said):
    network, other = Host(), file(changed(state))
    before = digest(network)
    with pytest.raises(ValueError, match="does not fit this network") as caught:
        load_into(network, other, heads=["fc"])
    assert said in str(caught.value)
    assert "strict=False (--partial)" in str(caught.value)
    assert digest(network) == before
    assert load_into(network, other, heads=["fc"], strict=False).gaps


def test_the_rest_is_named_where_a_gap_was_asked_for(state):
    state = without(state, "conv.bias") | {"se.weight": torch.ones(1)}
    fit = load_into(Host(), file(state), strict=False)
    assert fit.gaps == "not learnt: 1 tensors (conv.bias); left over: 1 tensors (se.weight)"


def test_a_file_of_which_nothing_fits_is_refused_in_any_case():
    with pytest.raises(ValueError, match="6 missing") as caught:
        load_into(Host(), file({"other": torch.ones(1)}), strict=False)
    assert "--partial" not in str(caught.value)


def test_a_share_is_never_rounded_up():
    assert percent(181_420 / 181_421) == "99.9 %"
    assert percent(0) == "0 %"


def seasoned(network):
    """A network in evaluation mode whose norms have something to do."""
    torch.manual_seed(0)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.0)
            nn.init.normal_(module.bias, std=0.1)
            nn.init.normal_(module.running_mean, std=0.1)
            nn.init.uniform_(module.running_var, 1, 2)
    return network.eval()


@pytest.mark.parametrize(
    ("backbone", "name"),
    [
        (torchvision.models.resnet50, "resnet50_mrlal"),
        (lambda: timm.create_model("resnet50"), "resnet50_mrlab_plain"),
        (lambda: timm.create_model("resnet50c"), "resnet50_mrlab"),  # a deep stem, likewise
    ],
    ids=["torchvision, light", "timm, base with a plain stem", "timm, base"],
)
def test_a_backbone_computes_in_its_host_what_it_computed_alone(backbone, name):
    """With an attention that adds zero: so each weight found its place, and its stride."""
    trained, host = seasoned(backbone()), timm.create_model(name, num_classes=1000).eval()
    fit = load_into(host, file(trained.state_dict()), heads=["fc"])
    assert fit.gaps == "not learnt: all layer attention"
    for path, module in host.named_modules():
        if path.endswith(".bn_mrla"):
            nn.init.zeros_(module.weight)
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(host(image), trained(image))
