"""Weights on the page: offered from the folder of the server and from this session's uploads."""

import io
import json
from hashlib import sha256

import pytest
import timm
import torch
from safetensors.torch import save_file

from inspector import shipped
from inspector.checkpoint_files import VARIABLE
from inspector.checkpoints import read_checkpoint
from inspector.ui import checkpoints
from inspector.ui.wording import plain


@pytest.fixture
def weights():
    """Makes the bytes of a checkpoint of the published DIA-ResNet, two layers in a block."""

    def save(seed):
        torch.manual_seed(seed)
        state = timm.create_model("dia_resnet", depth=20).state_dict()
        file = io.BytesIO()
        torch.save(state, file)
        return file.getvalue()

    return save


@pytest.fixture
def folder(tmp_path, monkeypatch, weights):
    """A folder of the server with one file in it."""
    (tmp_path / "lying.pth").write_bytes(weights(1))
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    checkpoints._folder.cache_clear()
    yield tmp_path
    checkpoints._folder.cache_clear()


@pytest.fixture(autouse=True)
def quickly(monkeypatch, tmp_path_factory):
    """Uploads are opened in this process: another one takes seconds to start."""

    def opened(data, name):
        path = tmp_path_factory.mktemp("given") / "given.pth"
        path.write_bytes(data)
        return read_checkpoint(path, name=name)

    monkeypatch.setattr("inspector.quarantine.opened", opened)


def upload(page, name, data):
    page.get_by_key("upload-weights").upload(name, data, "application/octet-stream").run()


def options(page):
    return [box.options for box in page.selectbox if box.label == "Weights"]


def said(page):
    """What the page says of the weights, below the sidebar's choices."""
    return next(text.value for text in page.sidebar.caption if text.value.startswith("Runs on"))


def linked(page):
    found = page.query_params["weights"]
    return found if isinstance(found, str) else found[0]


def test_where_there_are_none_nothing_is_to_be_chosen(page):
    shown = page(model="dia_resnet")
    assert options(shown) == []
    assert "random weights" in said(shown)


def test_a_file_of_the_folder_is_chosen_by_name_and_linked_by_content(page, folder):
    shown = page(model="dia_resnet")
    assert options(shown) == [["Random weights", "lying.pth"]]
    shown.get_by_key("weights").set_value("folder lying.pth").run()
    assert plain("with lying.pth") in said(shown)
    digest = sha256((folder / "lying.pth").read_bytes()).hexdigest()
    assert linked(shown) == f"{digest[:12]}-lying.pth"
    again = page(model="dia_resnet", weights=linked(shown))
    assert plain("with lying.pth") in said(again)


def test_a_file_of_that_name_with_other_content_is_not_taken_for_it(page, folder):
    shown = page(model="dia_resnet", weights=f"{'0' * 12}-lying.pth")
    assert plain("lying.pth") in shown.sidebar.info[0].value
    assert "random weights" in said(shown)


def test_an_upload_is_chosen_at_once_and_is_this_sessions_alone(page, weights):
    shown = page(model="dia_resnet")
    upload(shown, "../mine.pth", weights(2))
    assert options(shown) == [["Random weights", "mine.pth (yours)"]]
    assert plain("with mine.pth") in said(shown)
    other = page(model="dia_resnet", weights=linked(shown))
    assert options(other) == []
    assert plain("mine.pth") in other.sidebar.info[0].value
    assert "random weights" in said(other)


def test_who_has_the_file_that_a_link_asks_for_sees_what_it_shows(page, weights):
    digest = sha256(weights(2)).hexdigest()
    shown = page(model="dia_resnet", weights=f"{digest[:12]}-mine.pth")
    upload(shown, "another.pth", weights(3))
    assert "random weights" in said(shown)
    files = [("another.pth", weights(3), ""), ("renamed.pth", weights(2), "")]
    shown.get_by_key("upload-weights").set_value(files).run()
    assert plain("with renamed.pth") in said(shown)
    assert not shown.sidebar.info


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no weights", "evil.pth could not be read as a checkpoint"),
        (None, "does not fit this network"),
    ],
    ids=["no checkpoint", "another network"],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(page, content, words):
    file = io.BytesIO()
    torch.save({"w": torch.ones(2)}, file)
    shown = page(model="dia_resnet")
    upload(shown, "evil.pth", content or file.getvalue())
    assert not shown.exception
    assert any(plain(words) in error.value for error in shown.error)
    shown.get_by_key("weights").set_value("random").run()
    assert "random weights" in said(shown)


@pytest.fixture
def trained(tmp_path, monkeypatch):
    """A folder of shipped weights: of one network, at the end and after one epoch of two."""
    torch.manual_seed(4)
    state = timm.create_model("cifar_resnet56_se").state_dict()
    for stem in ("cifar_resnet56_se", "cifar_resnet56_se-1"):
        state["fc.bias"] += 1
        save_file(state, tmp_path / f"{stem}.safetensors")
    told = {"log": [{"epoch": 1}, {"epoch": 2}], "accuracy": 0.916, "data": "CIFAR-10"}
    (tmp_path / "cifar_resnet56_se.json").write_text(json.dumps(told))
    (tmp_path / "cifar_resnet56_se.md").write_text("# SE\n\n* **Right**: nearly all")
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    shipped.record_of.cache_clear()
    yield tmp_path
    shipped.record_of.cache_clear()


def test_a_network_that_ships_with_weights_has_them_at_once(page, trained):
    shown = page(model="cifar_resnet56_se")
    trained = "Trained (91.6 % right)"
    assert options(shown) == [[trained, "After 1 of 2 epochs", "Random weights"]]
    assert "* **Right**: nearly all" in {text.value.strip() for text in shown.markdown}
    assert plain("with cifar_resnet56_se.safetensors") in said(shown)
    assert "weights" not in shown.query_params


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("random", "random weights"),
        ("shipped cifar_resnet56_se-1.safetensors", "cifar_resnet56_se-1."),
    ],
)
def test_its_other_weights_are_one_choice_away_and_linked(page, trained, key, words):
    shown = page(model="cifar_resnet56_se")
    shown.get_by_key("weights").set_value(key).run()
    assert plain(words) in said(shown)
    again = page(model="cifar_resnet56_se", weights=linked(shown))
    assert plain(words) in said(again)


def test_random_weights_of_another_network_are_no_choice_for_this_one(page, trained):
    shown = page(model="dia_resnet")
    shown.get_by_key("model").set_value("cifar_resnet56_se").run()
    assert plain("with cifar_resnet56_se.safetensors") in said(shown)
