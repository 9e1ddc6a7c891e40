"""An analysis runs the network again, and is kept as arrays, as a figure, or as both."""

import numpy as np
import pytest
import torch
import xarray as xr

from inspector.cli import main
from inspector.cli.messages import Meter
from inspector.images import prepare, read_image
from inspector.zoo import load_model

NETWORK = ("dia_resnet", "--option", "depth=11", "--device", "cpu")


@pytest.fixture
def analyse(photo):
    """Runs `inspector analyse` with a small network; returns the exit status."""

    def run(*words):
        return main(["analyse", *NETWORK, photo, *map(str, words)])

    return run


def gradient(photo, target):
    """The gradient of a logit towards the image, summed over its colours."""
    model = load_model("dia_resnet", depth=11, device="cpu")
    batch = prepare(read_image(photo), model.card).tensor.requires_grad_()
    model.module(batch)[0, target].backward()
    return batch.grad.sum(1)[0].numpy()


def likeliest(photo):
    model = load_model("dia_resnet", depth=11, device="cpu")
    with torch.no_grad():
        return int(model.module(prepare(read_image(photo), model.card).tensor).argmax())


def test_arrays_and_figure_are_written_at_once(analyse, photo, tmp_path, capsys):
    arrays, page = tmp_path / "out.nc", tmp_path / "out.html"
    words = ["--view", "attribution", "--set", "method=saliency", "-o", arrays, "-o", page]
    assert analyse(*words) == 0
    assert capsys.readouterr().out == ""
    assert "Saliency" in page.read_text()
    tree = xr.load_datatree(arrays, engine="h5netcdf")
    assert tree.attrs["weights"] == "random weights (seed 0)"
    (values,) = (node["attribution"] for node in tree.children.values() if "attribution" in node)
    expected = gradient(photo, likeliest(photo))
    np.testing.assert_allclose(values, expected, atol=1e-4 * abs(expected).max())


def test_without_an_output_the_views_and_their_choices_are_listed(analyse, capsys):
    assert analyse() == 0
    here, others = capsys.readouterr().out.split("not of these images:")
    assert "attribution" in here
    assert "mrla_retrieval" in others
    assert analyse("--view", "attribution") == 0
    assert "saliency" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "out.nc"], "Expected --view KEY as well."),
        (["--view", "mrla_retrieval", "-o", "out.nc"], "Needs an MRLA-base network"),
        (["--view", "nothing", "-o", "out.nc"], "No view is called 'nothing'"),
        (["--view", "attribution", "-o", "out.csv"], "Expected an output ending in .nc"),
        (["--view", "attribution", "--set", "method=guess", "-o", "out.nc"], "got 'guess'"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_no_file(words, said, fails, photo, tmp_path):
    words = [tmp_path / word if word.startswith("out.") else word for word in words]
    assert said in fails("analyse", *NETWORK, photo, *words)
    assert not list(tmp_path.iterdir())


def test_a_meter_speaks_only_now_and_then(capsys):
    quiet, eager = Meter(), Meter(pause=0)
    quiet(1, 4, "edges")
    eager(3, 4, "edges")
    assert capsys.readouterr().err == "3 of 4 edges\n"
