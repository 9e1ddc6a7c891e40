"""A captured file holds what the network did, or is not there."""

import numpy as np
import pytest
import torch
import xarray as xr

from inspector.images import prepare, read_image
from inspector.zoo import load_model


def test_a_captured_file_holds_what_the_network_did(captured, photo):
    model = load_model("dia_resnet", depth=11, seed=3, device="cpu")
    with torch.no_grad():
        expected = model.module(prepare(read_image(photo), model.card).tensor).numpy()
    tree = xr.load_datatree(captured, engine="h5netcdf")
    np.testing.assert_array_equal(tree["inspection"]["logits"].values, expected)
    assert set(tree["dia"].children) == {f"layer{stage}.ModuleList.0" for stage in (1, 2, 3)}
    assert tree["dia"]["layer1.ModuleList.0"]["gate"].dims == ("sample", "channel")
    assert tree.attrs["model"] == "dia_resnet"
    assert tree.attrs["weights"] == "random weights (seed 3)"


def test_detail_decides_what_is_kept(capture, photo, tmp_path):
    brief = tmp_path / "brief.nc"
    assert capture(photo, photo, "-o", brief, "--detail", "summary") == 0
    layer = xr.load_datatree(brief, engine="h5netcdf")["dia"]["layer1.ModuleList.0"]
    assert set(layer.data_vars) == {"gate"}
    assert layer.sizes["sample"] == 2


def test_capture_says_what_it_does_on_standard_error(capture, photo, tmp_path, capsys):
    assert capture(photo, "-o", tmp_path / "out.nc") == 0
    output = capsys.readouterr()
    assert output.out == ""
    assert "photo.png: " in output.err
    assert "random weights (seed 0)" in output.err
    assert "capture verified" in output.err


def test_an_output_is_replaced_only_by_force(fails, capture, photo, tmp_path):
    out = tmp_path / "out.nc"
    out.write_bytes(b"mine")
    # The network does not exist: it is not even looked for while the output cannot be written.
    assert "exists already" in fails("capture", "no_such_network", photo, "-o", out)
    assert out.read_bytes() == b"mine"
    assert capture(photo, "-o", out, "--force") == 0
    assert out.read_bytes() != b"mine"
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["no_such_network"], "There is no model named 'no_such_network'"),
        (["dia_resnet", "--option", "depth=12"], "got depth=12"),
        (["dia_resnet", "--option", "width=12"], "width"),
        (["dia_resnet", "--option", "depth"], "Expected --option KEY=VALUE, got 'depth'."),
        (["dia_resnet", "--option", "seed=1"], "Expected --seed 1, got --option seed=1."),
        (["dia_resnet", "--device", "abacus"], "There is no device 'abacus' here"),
        (["dia_resnet", "--checkpoint", "no.pth"], "There is no checkpoint file 'no.pth'"),
        (["resnet10t"], "holds no layer attention"),
    ],
)
def test_a_capture_that_cannot_be_done_says_why_and_leaves_nothing(
    fails, photo, tmp_path, words, said
):
    assert said in fails("capture", *words, photo, "-o", tmp_path / "out.nc")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"GIF89a", "Expected a picture"), (None, "found none at"), (b"", "empty")],
)
def test_a_bad_image_is_refused_before_the_network_is_loaded(fails, tmp_path, content, said):
    image = tmp_path / "image.png"
    if content is not None:
        image.write_bytes(content)
    words = ("capture", "no_such_network", image, "-o", tmp_path / "out.nc")
    assert said in fails(*words)
    assert not (tmp_path / "out.nc").exists()
