"""Every network opens by name, with weights of a known origin."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

import inspector
from hooks.states import model_lock
from inspector import zoo
from inspector.checkpoints import digest
from inspector.zoo import CARDS, load_model

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
