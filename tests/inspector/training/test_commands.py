"""The commands `train` and `evaluate`, on a recipe cut short and a handful of images."""

import json
from dataclasses import replace

import pytest
from safetensors.torch import load_file, save_file

import inspector.shipped
from inspector import load_model
from inspector.cards import CARDS
from inspector.cli import main
from inspector.training.record import Score

NAME = "cifar_resnet56"


@pytest.fixture
def trained(recipe, pack, tmp_path, monkeypatch):
    """A folder where the command trained a network of the usual depth for an epoch."""
    short = replace(recipe, options={}, epochs=1, warmup=0)
    monkeypatch.setattr("inspector.cli.training.RECIPES", {NAME: short})
    status = main(["train", NAME, "--data", str(pack), "-o", str(tmp_path), "--device", "cpu"])
    assert status == 0
    return tmp_path


@pytest.fixture
def shipped(trained, monkeypatch):
    """The same as if the toolkit came with it."""
    monkeypatch.setattr(inspector.shipped, "FOLDER", trained)
    inspector.shipped.record_of.cache_clear()
    yield trained
    inspector.shipped.record_of.cache_clear()


def _evaluated(capsys, pack, *words):
    status = main(["evaluate", NAME, "--data", str(pack), "--json", "--device", "cpu", *words])
    return status, json.loads(capsys.readouterr().out)


def test_training_ends_with_a_record_of_the_file_as_it_is_read_again(trained, pack, test_images):
    told = json.loads((trained / f"{NAME}.json").read_text())
    module = load_model(NAME, checkpoint=trained / f"{NAME}.safetensors", device="cpu").module
    card = CARDS[NAME]
    right = 0
    for pixels, label in zip(test_images.pixels, test_images.labels, strict=True):
        mean, std = (
            pixels.new_tensor(values, dtype=float)[:, None, None]
            for values in (card.mean, card.std)
        )
        image = ((pixels / 255 - mean) / std)[None].float()
        right += int(module(image).argmax() == label)
    assert (told["right"], told["images"]) == (right, 30)
    assert told["network"] == NAME
    assert [line["epoch"] for line in told["log"]] == [1]


def test_what_cannot_be_compiled_is_refused_before_anything_is_read(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CXX", "no-such-compiler")
    monkeypatch.setenv("PATH", str(tmp_path))
    words = ["--data", "nowhere.npz", "-o", str(tmp_path / "out"), "--compile"]
    assert main(["train", NAME, *words]) != 0
    told = capsys.readouterr().err
    assert "Expected a C++ compiler" in told
    assert "leave --compile out" in told
    assert not (tmp_path / "out").exists()


def test_a_shipped_network_opens_trained_and_its_twin_does_not(shipped):
    assert load_model(NAME, device="cpu").trained
    assert load_model(NAME, device="cpu", pretrained=True).trained
    assert not load_model(NAME, device="cpu", pretrained=False).trained
    assert not load_model(NAME, device="cpu", blocks=1).trained


def test_what_is_shipped_is_listed(shipped, capsys):
    capsys.readouterr()
    right = json.loads((shipped / f"{NAME}.json").read_text())["right"]
    assert main(["models"]) == 0
    (line,) = (row for row in capsys.readouterr().out.splitlines() if row.split()[0] == NAME)
    assert line.endswith(f"here, {right / 0.3:.1f} % of CIFAR-10's test images")
    assert main(["models", "--json"]) == 0
    entries = {entry["name"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert entries[NAME]["trained_weights"]
    assert entries[NAME]["shipped"]["accuracy"] == right / 30
    assert entries["dia_resnet"]["shipped"] is None


def test_a_model_card_lies_beside_the_weights(shipped):
    told = json.loads((shipped / f"{NAME}.json").read_text())
    card = inspector.shipped.card_of(NAME)
    assert card.startswith("# CIFAR ResNet-56\n")
    assert f"**Right**: {Score(told['right'], 30)} of the test set of CIFAR-10\n" in card
    assert "**Parameters**: 591,322\n" in card
    assert f"**File**: sha256 {told['sha256']}," in card
    assert "**Trained**: on 64 training images of CIFAR-10 and nothing else (sha256 " in card
    assert "1 epochs from seed 0, in 0.0 hours (CPU, " in card


def test_the_evaluation_is_that_of_the_record(shipped, pack, capsys):
    capsys.readouterr()
    status, told = _evaluated(capsys, pack)
    assert status == 0
    assert told["accuracy"] == told["recorded"] == told["right"] / 30
    low, high = told["interval"]
    assert low < told["accuracy"] < high or told["accuracy"] in {0, 1}


def test_another_number_than_the_record_tells_is_a_failure(shipped, pack, capsys):
    path = shipped / f"{NAME}.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | {"right": record["right"] + 1}))
    capsys.readouterr()
    assert main(["evaluate", NAME, "--data", str(pack), "--device", "cpu"]) == 1
    assert str(Score(record["right"] + 1, 30)) in capsys.readouterr().err


def test_weights_that_were_changed_since_are_refused_and_a_file_of_the_users_is_not(
    shipped, pack, capsys
):
    path = shipped / f"{NAME}.safetensors"
    state = load_file(path)
    save_file(state | {"fc.bias": -state["fc.bias"]}, path)
    capsys.readouterr()
    assert main(["evaluate", NAME, "--data", str(pack), "--device", "cpu"]) == 1
    assert "whose accuracy nobody measured" in capsys.readouterr().err
    status, told = _evaluated(capsys, pack, "--checkpoint", str(path))
    assert (status, told["recorded"]) == (0, None)


def test_random_weights_have_no_record(shipped, pack, capsys):
    capsys.readouterr()
    status, told = _evaluated(capsys, pack, "--option", "pretrained=False")
    assert (status, told["recorded"]) == (0, None)
    assert told["weights"] == "random weights (seed 0)"


def test_a_network_of_other_classes_is_refused(pack, capsys):
    words = [
        "evaluate",
        "dia_resnet",
        "--option",
        "depth=11",
        "--data",
        str(pack),
        "--device",
        "cpu",
    ]
    assert main(words) == 1
    assert "ten classes of CIFAR-10; dia_resnet has 100 classes" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["cifar_resnet57"],
            "There is no recipe named 'cifar_resnet57'; there are: cifar_resnet56,",
        ),
        ([NAME, "--epochs", "2"], "Expected more epochs than the 2 of the warm-up."),
    ],
)
def test_what_cannot_be_trained_is_refused(words, told, pack, tmp_path, capsys):
    assert main(["train", *words, "--data", str(pack), "-o", str(tmp_path)]) == 1
    assert told in capsys.readouterr().err
