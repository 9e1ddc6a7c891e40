"""DIA against its recurrence written with numpy, and the naming of a shared module's calls."""

import numpy as np
import pytest

from hooks import capture, stack


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def amplified(module, x):
    first, _, last = module.seq
    hidden = np.maximum(x @ first.weight.detach().numpy().T + first.bias.detach().numpy(), 0)
    return hidden @ last.weight.detach().numpy().T + last.bias.detach().numpy()


def test_gates_follow_the_recurrence_over_the_blocks_of_a_stage(build, batch):
    model = build("dia")
    tree = capture(model, batch, detail="full")["dia"]
    for stage, count in (("layer1", 3), ("layer2", 2)):
        cell = model.get_submodule(stage).lstm
        h = c = np.zeros((2, 8))
        for block in range(count):
            layer = tree[f"{stage}.ModuleList.{block}"]
            p = amplified(cell.w_ih[0], layer["pooled"].values) + amplified(cell.w_hh[0], h)
            i, f, g, o = sigmoid(p[:, :8]), sigmoid(p[:, 8:16]), np.tanh(p[:, 16:24]), p[:, 24:]
            c = f * c + i * g
            h = sigmoid(o) * sigmoid(c)
            expected = {"gate": h, "cell": c, "input_gate": i, "forget_gate": f, "candidate": g}
            expected["output_gate"] = sigmoid(o)
            for name, values in expected.items():
                np.testing.assert_allclose(layer[name].values, values, atol=1e-6)


def test_the_shared_cell_is_kept_once_per_block(build, batch):
    tree = capture(build("dia"), batch)["dia"]
    assert list(tree.children) == [
        *(f"layer1.ModuleList.{block}" for block in range(3)),
        *(f"layer2.ModuleList.{block}" for block in range(2)),
    ]
    gates = stack(tree, "layer1")["gate"]
    assert gates.dims == ("layer", "sample", "channel")
    assert len({values.tobytes() for values in gates.values}) == 3


@pytest.mark.parametrize("used", [(True, False, True), (False, True, True)])
def test_blocks_that_pass_the_cell_by_do_not_shift_the_names(build, batch, used):
    tree = capture(build("dia", used), batch)["dia"]
    expected = [f"layer1.ModuleList.{block}" for block, calls in enumerate(used) if calls]
    assert [name for name in tree.children if name.startswith("layer1")] == expected


def test_an_untrained_gate_sits_near_a_quarter(build, batch):
    gates = capture(build("dia"), batch)["dia"]["layer1.ModuleList.0"]["gate"]
    assert abs(gates.mean().item() - 0.25) < 0.05


def test_a_stage_may_be_the_whole_model(build, batch):
    stage = build("dia").layer1
    assert list(capture(stage, batch)["dia"].children) == [f"ModuleList.{n}" for n in range(3)]
