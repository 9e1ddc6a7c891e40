"""`inspector doctor` tells on one page what a network and a file are, and ends accordingly."""

import json

import pytest
import torch

from inspector import likeness
from inspector.cards import CARDS
from inspector.cli import main
from inspector.zoo import load_model

NETWORK = ("doctor", "dia_resnet", "--device", "cpu")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Files by name: two entries of a small network, and one of no network at all."""
    folder = tmp_path_factory.mktemp("files")
    state = load_model("dia_resnet", depth=20, num_classes=10, device="cpu").module.state_dict()
    both = {"model": state, "model_ema": {f"module.{key}": value for key, value in state.items()}}
    torch.save(both, folder / "two.pth")
    torch.save({"a.weight": torch.ones(1)}, folder / "alien.pth")
    (folder / "ten.txt").write_text("\n".join(f"class number {n}" for n in range(10)))
    return folder


@pytest.fixture(autouse=True)
def few_networks(monkeypatch):
    """A file that does not fit is compared with one network only, which saves seconds."""
    monkeypatch.setattr(likeness, "LISTED", {"dia_resnet": CARDS["dia_resnet"]})


@pytest.fixture
def doctor(capsys):
    """Runs the command; returns its status, its page with single spaces, and its messages."""

    def run(*words):
        status = main([*NETWORK, *map(str, words)])
        output = capsys.readouterr()
        page = [" ".join(line.split()) for line in output.out.splitlines()]
        return status, page, output.err

    return run


def test_the_page_of_a_file_that_fits(doctor, files):
    status, page, _ = doctor("--checkpoint", files / "two.pth", "--entry", "model_ema")
    assert status == 0
    assert page[:2] == ["network", "dia_resnet: DIA-ResNet, DIA, classification"]
    assert "read from its names and shapes: num_classes=10, depth=20" in page
    assert any(
        "entry model_ema (there is model too: --entry), 158 tensors" in line for line in page
    )
    assert "left out a wrapper's prefix (module. or _orig_mod.) of 158 names" in page
    assert "158 tensors fit, which is 100 % of the network's parameters" in page
    assert "every parameter comes from two.pth" in page
    row = "layer3.ModuleList.0 to layer3.ModuleList.1 (2) layer3 dia 256 channels"
    assert any(line.startswith(row) for line in page)
    assert any(line.startswith("capture of chelsea.png verified:") for line in page)
    assert any(line.startswith("meaning and order of the classes: taken") for line in page)
    command = f"inspector capture dia_resnet IMAGE --checkpoint {files / 'two.pth'}"
    assert f"Look at it: `{command} --entry model_ema -o OUT.nc`." in " ".join(page)
    assert any(f"`{command} --entry model_ema -o OUT.nc`." in line for line in page)  # unbroken
    assert "problem" not in page


def test_the_page_without_a_file(doctor):
    status, page, _ = doctor("--option", "depth=11")
    assert status == 0
    assert "random weights (seed 0)" in page
    assert "These weights are random: give trained ones with --checkpoint FILE." in page


def test_a_file_that_does_not_fit_ends_in_one_line(doctor, files):
    status, page, messages = doctor("--checkpoint", files / "alien.pth", "--option", "depth=11")
    assert status == 1
    assert "0 tensors fit, which is 0 % of the network's parameters" in page
    assert "layer*.ModuleList.*.conv1.weight (3 of this kind)" in page
    assert "layer1.lstm.w_ih.0.seq.0.weight" not in page
    assert "a.weight" in page
    assert any(line.startswith("No network here takes this file whole") for line in page)
    *_, last = messages.splitlines()
    assert last == "inspector: alien.pth does not fit this network (see next)"
    assert "Traceback" not in messages


def test_a_network_that_is_refused_gives_the_reason_once(capsys):
    assert main(["doctor", "xcit_nano_12_p16_224", "--device", "cpu"]) == 1
    output = capsys.readouterr()
    page = " ".join(output.out.split())
    assert "network xcit_nano_12_p16_224: a network of timm's, classification" in page
    assert page.count("query and key are channels, not tokens") == 1
    assert "`inspector.models.add_layer_attention`" in page
    assert "not told by any file" not in page
    last = "inspector: Xcit holds no attention that can be captured truthfully (see next)"
    assert output.err.splitlines()[-1] == last


def test_attention_that_is_refused_beside_what_is_captured_is_named(capsys):
    assert main(["doctor", "seresnet50", "--device", "cpu"]) == 0
    page = " ".join(capsys.readouterr().out.split())
    assert "NOT captured" not in page
    assert "or download timm's with --option pretrained=True" in page
    assert main(["doctor", "maxvit_pico_rw_256", "--device", "cpu"]) == 0
    page = " ".join(capsys.readouterr().out.split())
    assert "gates SE" in page
    assert "NOT captured, as it would not be read truthfully: self-attention AttentionCl" in page


def test_no_line_of_prose_is_wider_than_a_terminal(capsys, files):
    main([*NETWORK, "--checkpoint", str(files / "alien.pth"), "--option", "depth=11"])
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= 100 for line in lines if "`" not in line)


def test_json_holds_all_of_it(capsys, files):
    words = ["--checkpoint", str(files / "two.pth"), "--option", "depth=11", "--json"]
    assert main([*NETWORK, *words]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["healthy"] is False
    assert found["file"]["told"] == {"num_classes": 10}
    assert len(found["file"]["unexpected"]) > 8
    assert found["likenesses"][0]["name"] == "dia_resnet"
    assert found["likenesses"][0]["options"] == {"num_classes": 10, "depth": 20}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--checkpoint", "two.pth", "--entry", "swa"], "holds weights under model, model_ema"),
        (["--entry", "model"], "Expected a checkpoint to take the entry 'model' from"),
        (["--option", "entry=model"], "Expected --entry model, got --option entry=model"),
        (["--checkpoint", "two.pth", "--classes", "no.txt"], "there is no file 'no.txt'"),
        (["--checkpoint", "two.pth", "--classes", "cifar-100"], "cifar-100 has 100"),
        (["--checkpoint", "ten.txt"], "ten.txt could not be read as a checkpoint"),
        (["--checkpoint", "no.pth"], "There is no checkpoint file 'no.pth'"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(fails, files, monkeypatch, words, said):
    monkeypatch.chdir(files)
    assert said in fails(*NETWORK, *words)


def test_a_capture_takes_the_same_options_and_says_what_it_took(files, photo, capsys, tmp_path):
    words = ["--checkpoint", files / "two.pth", "--entry", "model", "--classes", files / "ten.txt"]
    out = tmp_path / "out.nc"
    status = main(["capture", "dia_resnet", photo, *map(str, words), "-o", str(out)])
    messages = capsys.readouterr().err
    assert status == 0
    assert "took the entry model of two.pth (choose model_ema as entry to have others)" in messages
    assert "read num_classes=10, depth=20 from two.pth" in messages
    assert "with two.pth; capture verified" in messages
