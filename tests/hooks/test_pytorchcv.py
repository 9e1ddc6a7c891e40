"""DIA in the naming of pytorchcv: a tiny network of it, and pytorchcv's own networks."""

import numpy as np
import pytest
import torch

from hooks import Where, capture, record, zeroed
from tests.hooks.amplified import AmplifiedNet

PYTORCHCV = ("diaresnet", "diapreresnet")


@pytest.fixture(params=["tiny", *PYTORCHCV])
def case(request):
    """A network with its input; pytorchcv's are built without their published weights."""
    torch.manual_seed(0)
    if request.param == "tiny":
        return AmplifiedNet().eval(), torch.randn(2, 8, 4, 4)
    networks = pytest.importorskip(
        f"pytorchcv.models.{request.param}_cifar",
        reason="pytorchcv is not installed: pip install -e '.[test]'",
    )
    build = getattr(networks, f"{request.param}20_cifar10")
    return build().eval(), torch.randn(2, 3, 32, 32)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def affine(layer, x):
    return x @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()


def amplified(amp, x):
    return affine(amp.fc2, np.maximum(affine(amp.fc1, x), 0))


def calls_of(model, path, batch):
    """Input and first output of each call of a submodule in one pass."""
    seen = []
    handle = model.get_submodule(path).register_forward_hook(
        lambda _, args, out: seen.append((args[0].detach().numpy(), out[0].detach().numpy()))
    )
    model(batch)
    handle.remove()
    return seen


def test_gates_follow_the_recurrence_over_the_units_of_a_stage(case):
    model, batch = case
    tree = capture(model, batch, detail="full")
    assert tree.attrs["verified_error"] <= 1e-5
    for name, stage in model.features.named_children():
        if not name.startswith("stage"):
            continue
        units = list(dict(stage.named_children()))
        cell = stage.unit1.attention.lstm
        calls = calls_of(model, f"features.{name}.unit1.attention", batch)
        h = c = np.zeros(calls[0][0].shape[:2])
        for unit, (branch, _) in zip(units, calls, strict=True):
            layer = tree["dia"][f"features.{name}.{unit}"]
            assert layer.attrs["chain"] == f"features.{name}"
            p = amplified(cell.x_amps[0], branch.mean((2, 3))) + amplified(cell.h_amps[0], h)
            i, f, g, o = np.split(p, 4, axis=1)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * sigmoid(c)
            for quantity, expected in {"gate": h, "cell": c, "forget_gate": sigmoid(f)}.items():
                np.testing.assert_allclose(layer[quantity].values, expected, atol=2e-6)


def test_the_gate_is_the_factor_on_the_branch(case):
    model, batch = case
    gates = capture(model, batch)["dia"]
    calls = calls_of(model, "features.stage1.unit1.attention", batch)
    for unit, (branch, gated) in enumerate(calls, 1):
        gate = gates[f"features.stage1.unit{unit}"]["gate"].values
        np.testing.assert_allclose(gated, branch * gate[..., None, None], rtol=1e-5, atol=1e-6)


def test_a_channel_without_gate_changes_the_answer(case):
    model, batch = case
    where = Where("dia", "features.stage1.unit2", "channel", 3)
    cut = record(model, batch, edits=[zeroed(where)])
    assert not torch.equal(cut.output, model(batch))
    layer = cut.tree["dia"]["features.stage1.unit2"]
    assert not layer["gate"].sel(channel=3).any()
    assert cut.tree.attrs["verified"] == 1
    assert layer.attrs["edited"] == 1


def test_every_unit_is_a_layer_of_its_stage():
    tree = capture(AmplifiedNet().eval(), torch.randn(1, 8, 4, 4))["dia"]
    expected = ["stage1.unit1", "stage1.unit2", "stage2.unit1"]
    assert list(tree.children) == [f"features.{name}" for name in expected]


def test_of_stacked_cells_the_last_is_the_gate():
    torch.manual_seed(0)
    model, batch = AmplifiedNet(stacked=2).eval(), torch.randn(2, 8, 4, 4)
    tree = capture(model, batch)
    assert tree.attrs["verified_error"] <= 1e-5
    for unit, (branch, gated) in enumerate(
        calls_of(model, "features.stage1.unit1.attention", batch)
    ):
        gate = tree["dia"][f"features.stage1.unit{unit + 1}"]["gate"].values
        np.testing.assert_allclose(gated, branch * gate[..., None, None], rtol=1e-5, atol=1e-6)
