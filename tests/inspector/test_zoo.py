"""Every network opens by name, with weights of a known origin."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file

import inspector
from hooks import capture
from hooks.states import model_lock
from inspector import zoo
from inspector.cards import COMPARISONS
from inspector.checkpoints import digest
from inspector.zoo import CARDS, PartlyRandom, load_model
from tests.golden import goldens

ROUND_TRIP = (
    *("resnet50_mrlab", "resnet50_mrlal", "deit_mrlal_tiny_patch16_224", "dia_resnet", "eamlp_7"),
    *("efficientnet_mrlal_b0", "ceit_mrlal_tiny"),  # published under the old name of the layer
)


@pytest.mark.parametrize("name", ROUND_TRIP)
def test_weights_survive_a_file_of_the_published_kind(tmp_path, name):
    source = load_model(name, device="cpu", seed=1)
    state = {f"module.{key}": value for key, value in source.module.state_dict().items()}
    torch.save({"epoch": 3, "state_dict": state}, tmp_path / "mine.pth.tar")
    loaded = load_model(name, checkpoint=tmp_path / "mine.pth.tar", device="cpu")
    assert digest(loaded.module) == source.weights_sha256
    assert loaded.weights_label == "mine.pth.tar"
    assert loaded.weights.entry == "state_dict"
    assert loaded.trained
    assert not source.trained
    assert loaded.card == source.card == CARDS[name]


@pytest.mark.parametrize("name", [n for n in COMPARISONS if n != "vit_base_patch16_224"])
def test_the_card_of_a_comparison_is_what_timm_says_of_it(name):
    model = load_model(name, device="cpu")
    assert model.card == COMPARISONS[name]
    assert model.card.classifier in dict(model.module.named_modules())


@pytest.mark.parametrize("name", ["seresnet50", "ecaresnet50t", "cbamresnet50"])
def test_gates_of_random_weights_differ(name):
    """Timm's usual beginning is a zero in front of every gate, which makes it one half."""
    model = load_model(name, device="cpu")
    gates = capture(model.module, torch.rand(1, 3, 64, 64))["gates"]
    assert all(float(layer["gate"].std()) > 0 for layer in gates.children.values())


def test_the_later_name_of_the_layer_is_taken_for_the_published_one(tmp_path):
    source = load_model("efficientnet_mrlal_b0", device="cpu", seed=1)
    state = source.module.state_dict()
    renamed = {key.replace(".mrla.mla.", ".mrla.mrla."): value for key, value in state.items()}
    assert set(renamed) != set(state)
    torch.save(renamed, tmp_path / "mine.pth")
    loaded = load_model("efficientnet_mrlal_b0", checkpoint=tmp_path / "mine.pth", device="cpu")
    assert digest(loaded.module) == source.weights_sha256


def test_the_class_count_follows_the_file(tmp_path):
    source = load_model("dia_resnet", depth=11, num_classes=10)
    torch.save(source.module.state_dict(), tmp_path / "mine.pth")
    loaded = load_model("dia_resnet", depth=11, checkpoint=tmp_path / "mine.pth")
    assert loaded.module.num_classes == loaded.card.num_classes == 10
    assert zoo.class_names(loaded.card) is None


def test_a_file_of_another_depth_is_refused(tmp_path):
    source = load_model("dia_resnet", depth=11)
    torch.save(source.module.state_dict(), tmp_path / "mine.pth")
    with pytest.raises(ValueError, match=r"mine\.pth does not fit .* missing: layer1\.ModuleList"):
        load_model("dia_resnet", depth=20, checkpoint=tmp_path / "mine.pth")


@pytest.fixture
def saved(tmp_path):
    """Saves weights of a small network, changed by a function, and returns the path."""

    def save(change=dict, **options):
        options = {"depth": 11, "num_classes": 10} | options
        state = load_model("dia_resnet", device="cpu", **options).module.state_dict()
        torch.save(change(state), tmp_path / "mine.pth")
        return tmp_path / "mine.pth"

    return save


def test_depth_follows_the_file_and_an_entry_may_be_chosen(saved):
    file = saved(lambda state: {"model": state, "ema": zeros(state)})
    usual = load_model("dia_resnet", checkpoint=file)
    other = load_model("dia_resnet", checkpoint=file, entry="ema")
    assert usual.module.layer1.ModuleList[0].conv1.weight.any()
    assert not other.module.layer1.ModuleList[0].conv1.weight.any()
    assert (usual.weights.entry, other.weights.entry) == ("model", "ema")
    assert "read num_classes=10, depth=11 from mine.pth" in usual.weights.notes
    assert usual.weights.notes[0].startswith("took the entry model of mine.pth (choose ema")


def zeros(state):
    return {name: torch.zeros_like(value) for name, value in state.items()}


def test_a_head_of_another_class_count_stays_random_and_is_told(saved):
    file = saved()
    with pytest.warns(PartlyRandom, match=r"not learnt: the head \(fc\)"):
        model = load_model("dia_resnet", checkpoint=file, num_classes=7, seed=5)
    head = 256 * 7 + 7
    assert not model.trained
    assert model.weights.share == pytest.approx(1 - head / model.card.parameters)
    assert re.fullmatch(
        r"9\d\.\d % of parameters from mine\.pth, the rest random \(seed 5\)", model.weights_label
    )
    fresh = load_model("dia_resnet", depth=11, num_classes=7, seed=5).module
    assert torch.equal(model.module.fc.weight, fresh.fc.weight)
    assert not torch.equal(model.module.conv1.weight, fresh.conv1.weight)


def test_a_file_without_a_head(saved):
    file = saved(lambda s: {name: value for name, value in s.items() if "fc" not in name})
    with pytest.warns(PartlyRandom, match="the head"):
        assert load_model("dia_resnet", checkpoint=file).card.num_classes == 100


def test_a_part_is_loaded_without_a_warning_where_it_was_asked_for(saved):
    file = saved(lambda state: {"conv1.weight": state["conv1.weight"]})
    with pytest.raises(ValueError, match="does not fit"):
        load_model("dia_resnet", depth=11, checkpoint=file)
    model = load_model("dia_resnet", depth=11, checkpoint=file, strict=False)
    assert model.weights.share == pytest.approx(16 * 3 * 9 / model.card.parameters)
    assert not model.trained


@pytest.mark.parametrize("kind", ["pth", "safetensors"])
def test_loading_and_saving_gives_the_same_keys(tmp_path, kind):
    official = goldens.load("dia_wrn_16_4").state_dict()
    file = tmp_path / f"official.{kind}"
    save = save_file if kind == "safetensors" else torch.save
    save(official, file)
    model = load_model("dia_wrn", checkpoint=file)
    again = model.module.state_dict()
    assert list(again) == list(official)
    assert all(torch.equal(again[name], official[name]) for name in official)


def test_classes_are_named_by_the_user(saved):
    model = load_model("dia_resnet", checkpoint=saved(), classes="cifar-10")
    assert zoo.class_names(model.card)[8] == "ship"


@pytest.fixture
def folder(tmp_path):
    """A folder as timm saves it for the hub: settings, and weights that the test chooses."""

    def write(state):
        known = {"num_classes": 5, "classifier": "fc", "first_conv": "conv1.0"}
        settings = {"architecture": "resnet10t", "num_classes": 5, "pretrained_cfg": known}
        (tmp_path / "config.json").write_text(json.dumps(settings))
        torch.save(state, tmp_path / "pytorch_model.bin")
        return f"local-dir:{tmp_path}"

    return write


def test_weights_that_timm_fetches(folder):
    state = timm.create_model("resnet10t", num_classes=5).state_dict()
    name = folder(state)
    model = load_model(name, pretrained=True)
    assert model.trained
    assert model.weights.share == 1
    assert torch.equal(model.module.conv1[0].weight, state["conv1.0.weight"])
    with pytest.warns(PartlyRandom, match="the head"):
        other = load_model(name, pretrained=True, num_classes=7)
    assert not other.trained
    head = 512 * 7 + 7
    assert other.weights.share == pytest.approx(1 - head / other.card.parameters)
    assert other.weights.gaps == "not learnt: the head (fc)"
    assert "the rest random (seed 0)" in other.weights_label


def test_timm_runs_nothing_of_a_file_either(folder, tmp_path):
    trace = tmp_path / "was-run"
    name = folder({"conv1.0.weight": torch.ones(1), "bomb": Runs(trace)})
    with pytest.raises(ValueError, match=r"could not be had .*pathlib"):
        load_model(name, pretrained=True)
    assert not trace.exists()


class Runs:
    """Unpickled by a careless reader, it creates a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_weights_that_the_hub_does_not_give():
    with pytest.raises(ValueError, match=r"of hf-hub:a/b could not be had .*Download the file"):
        load_model("hf-hub:a/b")


def test_random_weights_depend_on_the_seed_alone():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    first = load_model("dia_resnet", depth=11, seed=5)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(4)
    assert load_model("dia_resnet", depth=11, seed=5).weights == first.weights
    assert load_model("dia_resnet", depth=11, seed=6).weights_sha256 != first.weights_sha256
    assert first.weights_label == "random weights (seed 5)"


def test_a_loaded_model_is_ready_and_trainable():
    model = load_model("dia_resnet", depth=11, device="cpu")
    assert not model.module.training
    assert all(parameter.requires_grad for parameter in model.module.parameters())
    assert model.device == next(model.module.parameters()).device == torch.device("cpu")
    assert model.lock is model_lock(model.module)


def test_the_card_tells_what_was_built():
    model = load_model("eamlp_7", img_size=32, num_classes=5)
    assert model.card.input_size == (3, 32, 32)
    assert model.card.num_classes == 5
    assert model.card.label_set is None
    assert model.card.parameters == sum(p.numel() for p in model.module.parameters())


def test_networks_of_timm_have_a_card_too():
    model = load_model("resnet18.a1_in1k")
    assert (model.card.family, model.card.title) == ("timm", "resnet18.a1_in1k")
    assert (model.card.interpolation, model.card.crop_pct) == ("bicubic", 0.95)
    assert model.card.has_weights
    assert model.card.parameters == 11_689_512
    assert zoo.class_names(model.card)[1] == "goldfish"
    assert model.weights_label == "random weights (seed 0)"


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("resnet50_mrla", {}, "Did you mean resnet50_mrla.*`inspector models`"),
        ("../../etc", {}, "no model named '../../etc'"),
        ("resnet18.no_such_tag", {}, "Invalid pretrained tag"),
        ("dia_resnet", {"depht": 20}, "cannot be built with the options depht"),
        ("resnet50_mrlal", {"pretrained": True}, "No trained weights come with resnet50_mrlal"),
        ("dia_resnet", {"device": "tpu"}, "no device 'tpu' here"),
        ("resnet18", {"pretrained": True, "checkpoint": "a.pth"}, "either a checkpoint or pretr"),
        ("resnet18", {"checkpoint_path": "a.pth"}, "got checkpoint_path, .* file as checkpoint"),
        ("resnet18", {"pretrained_cfg_overlay": {"file": "a.pth"}}, "pretrained=True, got pretr"),
        ("dia_resnet", {"entry": "model"}, "Expected a checkpoint to take the entry 'model'"),
    ],
)
def test_what_cannot_be_opened(name, options, message):
    with pytest.raises(ValueError, match=message):
        load_model(name, **options)


def test_listing_waits_for_no_heavy_library():
    code = (
        "import sys, inspector, inspector.zoo as zoo; assert len(zoo.CARDS) > 5; "
        "print(sorted({'torch', 'timm', 'numpy'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[2]
    run = [sys.executable, "-c", code]
    assert subprocess.check_output(run, text=True, cwd=root).strip() == "[]"


def test_public_names():
    assert inspector.load_model is load_model
    assert inspector.LoadedModel is zoo.LoadedModel
    with pytest.raises(AttributeError, match="no attribute 'load_modle'"):
        inspector.load_modle  # noqa: B018 - the access is the test
