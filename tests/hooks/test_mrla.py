"""MRLA against the paper's formulas in numpy, from the inputs that each layer really received."""

import numpy as np
import pytest
import torch

from hooks import UnexpectedShape, capture, stack
from hooks.retrieved_maps import MAPS

HEADS, WIDTH = 2, 4


def pooled_projection(kernel, pooled):
    """A zero-padded cross-correlation over channels, one image at a time."""
    return np.stack([np.convolve(row, kernel[::-1], mode="same") for row in pooled])


def inputs_of(model, batch, part):
    """The first input of every module whose path ends in ``part``, in execution order."""
    seen, handles = {}, []
    for path, module in model.named_modules():
        if path.endswith(part):
            handles.append(
                module.register_forward_pre_hook(
                    lambda _, args, path=path: seen.update({path: args[0].detach().numpy()})
                )
            )
    model(batch)
    for handle in handles:
        handle.remove()
    return seen


def query_and_key(model, path, x):
    layer = model.get_submodule(path)
    pooled = x.astype(np.float64).mean((2, 3))
    kernels = [getattr(layer, name).weight.detach().numpy().ravel() for name in ("Wq", "Wk")]
    return [pooled_projection(kernel, pooled).reshape(-1, HEADS, WIDTH) for kernel in kernels]


def test_base_weights_are_the_softmax_over_earlier_layers_of_the_chain(build, batch):
    model = build("base")
    inputs = inputs_of(model, batch, "mrla.mrla")
    tree = capture(model, batch)["mrla"]
    for chain, length in (("stages.0", 3), ("stages.1", 2)):
        keys = []
        for place in range(length):
            path = f"{chain}.{place}.mrla.mrla"
            query, key = query_and_key(model, path, inputs[path])
            keys.append(key)
            score = np.stack([(query * key).sum(-1) for key in keys], -1) / np.sqrt(WIDTH)
            expected = np.exp(score) / np.exp(score).sum(-1, keepdims=True)
            got = tree[f"{chain}.{place}"]["weight"]
            np.testing.assert_allclose(got.values, expected, atol=1e-6)
            assert got["retrieved_layer"].values.tolist() == [
                f"{chain}.{earlier}" for earlier in range(place + 1)
            ]
            assert tree[f"{chain}.{place}"].attrs["chain"] == chain


def test_scores_are_as_exact_as_they_are_large_and_weights_as_their_differences(build, batch):
    model = build("base")
    path = "stages.0.2.mrla.mrla"
    with torch.no_grad():
        model.get_submodule(path).Wq.weight *= 1e4
    query, _ = query_and_key(model, path, (inputs := inputs_of(model, batch, "mrla.mrla"))[path])
    keys = [query_and_key(model, name, inputs[name])[1] for name in inputs if "stages.0" in name]
    largest = max(abs((query * key).sum(-1)).max() for key in keys) / np.sqrt(WIDTH)
    layer = capture(model, batch)["mrla"]["stages.0.2"]
    assert largest > 100
    assert layer.attrs["verified"]
    expected = np.finfo(np.float32).eps * largest
    assert 1e-5 < expected < 1e-2
    assert layer.attrs["verified_tolerance"] == pytest.approx(expected, rel=1e-3)


def test_large_scores_are_allowed_nothing_more_in_half_precision(build, batch):
    model = build("base").bfloat16()
    with torch.no_grad():
        model.get_submodule("stages.0.2.mrla.mrla").Wq.weight *= 1e4
    layer = capture(model, batch.bfloat16())["mrla"]["stages.0.2"]
    assert layer.attrs["verified_tolerance"] <= 4e-2


def test_light_gate_is_the_sigmoid_of_the_layers_own_product(build, batch):
    model = build("light")
    tree = capture(model, batch)["mrla"]
    for path, x in inputs_of(model, batch, "mrla.mrla").items():
        query, key = query_and_key(model, path, x)
        expected = 1 / (1 + np.exp(-(query * key).sum(-1) / np.sqrt(WIDTH)))
        layer = tree[path.removesuffix(".mrla.mrla")]
        np.testing.assert_allclose(layer["gate"].values, expected, atol=1e-6)
        decay = model.get_submodule(path.removesuffix(".mrla")).lambda_t
        assert layer["decay"].values.tolist() == decay.flatten().tolist()


def by_definition(gates, factors):
    """``weight[s] = g_s * product of the factors after s``, one source layer at a time."""
    return np.stack(
        [gate * np.prod(factors[place + 1 :], axis=0) for place, gate in enumerate(gates)], -1
    )


def test_light_nominal_weight_multiplies_the_decays_after_the_source(build, batch):
    joined = stack(capture(build("light"), batch, detail="full")["mrla"], "layer1")
    gates = np.repeat(joined["gate"].values, WIDTH, axis=2)
    expected = by_definition(gates, joined["decay"].values[:, None])
    np.testing.assert_allclose(joined["nominal_weight"].values[-1], expected, rtol=1e-5)
    assert np.isnan(joined["nominal_weight"].values[0, ..., 1:]).all()


def test_light_exact_weights_rebuild_the_attention_output(build, batch):
    """The expansion of the recurrence: o_t = sum E V + sum P lambda (X + B) + P_1 lambda_1 p_1."""
    model = build("light").double()
    batch = batch.double()
    blocks = [f"layer1.{place}" for place in range(3)]
    features = inputs_of(model, batch, ".mrla")
    first = inputs_of(model, batch, "layer1.0")["layer1.0"]
    last = capture(model, batch, detail="full")["mrla"][blocks[-1]]["exact_weight"].values
    decay = [model.get_submodule(f"{b}.mrla").lambda_t.detach().numpy()[:, 0, 0] for b in blocks]
    norms = [model.get_submodule(f"{b}.bn_mrla") for b in blocks]
    gain = [(n.weight / (n.running_var + n.eps).sqrt()).detach().numpy() for n in norms]
    shift = [
        (n.bias.detach().numpy() - g * n.running_mean.numpy())
        for n, g in zip(norms, gain, strict=True)
    ]
    passed = [decay[2] * gain[1] * decay[1] * gain[0], decay[2] * gain[1], np.ones(8)]
    total = 0
    for place, block in enumerate(blocks):
        value = model.get_submodule(f"{block}.mrla.mrla.Wv")
        x = features[f"{block}.mrla"]
        v = value(torch.as_tensor(x)).detach().numpy()
        total = total + last[..., place][:, :, None, None] * v
        carried = first if place == 0 else features[f"{blocks[place - 1]}.mrla"]
        if place:
            carried = carried + shift[place - 1][:, None, None]
        total = total + (passed[place] * decay[place])[:, None, None] * carried
    seen = {}
    handle = model.get_submodule(f"{blocks[-1]}.mrla").register_forward_hook(
        lambda _m, _i, out: seen.update(out=out.detach().numpy())
    )
    model(batch)
    handle.remove()
    np.testing.assert_allclose(total, seen["out"], atol=1e-10)


def test_light_shortcut_weights_and_shifts_are_those_of_the_expansion(build, batch):
    model = build("light")
    joined = stack(capture(model, batch, detail="full")["mrla"], "layer1")
    norms = [model.layer1[place].bn_mrla for place in range(3)]
    gain, shift = [], []
    for norm in norms:
        weight, bias, mean, var = (
            t.detach().numpy().astype(float)
            for t in (norm.weight, norm.bias, norm.running_mean, norm.running_var)
        )
        gain.append(weight / np.sqrt(var + norm.eps))
        shift.append(bias - gain[-1] * mean)
    np.testing.assert_allclose(joined["shift"].values, shift, atol=1e-6)
    decay = joined["decay"].values.astype(float)
    expected = np.stack(
        [
            decay[0] * decay[1] * gain[0] * decay[2] * gain[1],
            decay[1] * decay[2] * gain[1],
            decay[2],
        ],
        -1,
    )
    np.testing.assert_allclose(joined["shortcut_weight"].values[-1], expected, rtol=1e-5)


@pytest.mark.parametrize(("family", "chain"), [("base", "stages.0"), ("light", "layer1")])
def test_key_and_norm_of_the_value_are_the_layers_own(build, batch, family, chain):
    model = build(family)
    tree = capture(model, batch, detail="full")["mrla"]
    inputs = inputs_of(model, batch, f"{chain}.2.mrla.mrla")
    ((path, x),) = inputs.items()
    _, key = query_and_key(model, path, x)
    np.testing.assert_allclose(tree[f"{chain}.2"]["key"].values, key, atol=1e-6)
    value = model.get_submodule(f"{path}.Wv")(torch.as_tensor(x)).detach().numpy()
    squares = (value.astype(float) ** 2).sum((2, 3)).reshape(-1, HEADS, WIDTH).sum(-1)
    np.testing.assert_allclose(tree[f"{chain}.2"]["value_norm"].values, squares**0.5, rtol=1e-6)
    assert "key" not in capture(model, batch)["mrla"][f"{chain}.2"]


@pytest.mark.parametrize("family", ["base", "light"])
def test_maps_are_the_tensors_that_passed(build, batch, family):
    model, seen = build(family), {}
    layer = "stages.0.1" if family == "base" else "layer1.1"
    outer = model.get_submodule(f"{layer}.mrla" + (".mrla" if family == "base" else ""))
    modules = {"value": model.get_submodule(f"{layer}.mrla.mrla.Wv"), "output": outer}
    handles = [
        module.register_forward_hook(
            lambda _m, args, out, name=name: seen.update({name: out, f"{name}_in": args})
        )
        for name, module in modules.items()
    ]
    tree = capture(model, batch, mechanisms=[MAPS], layers=[layer])["mrla"]
    for handle in handles:
        handle.remove()
    output = seen["output"][0] if family == "base" else seen["output"]
    expected = {"value_map": seen["value"], "output_map": output}
    if family == "light":
        expected |= dict(zip(("feature_map", "shortcut_map"), seen["output_in"], strict=True))
    maps = {name: data for name, data in tree[layer].data_vars.items() if name.endswith("_map")}
    assert maps.keys() == expected.keys()
    for name, data in maps.items():
        assert data.dims == ("sample", "channel", "y", "x")
        np.testing.assert_array_equal(data.values, expected[name].detach().numpy())


class Shifted(torch.nn.Module):
    def forward(self, x):
        return x + 1e-3


@pytest.mark.parametrize("between", [torch.nn.Tanh, Shifted])
def test_light_exact_weight_ends_where_something_comes_between(build, batch, between):
    """A block whose shortcut is not the block output before it breaks the exact recursion."""
    model = build("light")
    model.layer1.insert(2, between())
    tree = capture(model, batch, detail="full")["mrla"]
    assert "exact_weight" in tree["layer1.1"]
    assert not {"exact_weight", "shortcut_weight", "shift"} & set(tree["layer1.3"].data_vars)
    assert "nominal_weight" in tree["layer1.3"]


def test_two_chains_of_one_container_get_names_of_their_own(build, batch):
    model = build("base")
    model.stages = torch.nn.ModuleList([model.stages[0]])

    def forward(x):
        blocks = iter(model.stages[0])
        for length in (2, 1):
            keys, values = [], []
            for _ in range(length):
                x, keys, values = next(blocks)(x, keys, values)
        return x

    model.forward = forward
    tree = capture(model, batch)["mrla"]
    assert [layer.attrs["chain"] for layer in tree.children.values()] == [
        "stages.0.0-1",
        "stages.0.0-1",
        "stages.0.2",
    ]


def test_more_keys_than_layers_is_refused(build, batch):
    model = build("base")
    block = model.stages[0][0]
    stray = [torch.randn(2, 8)], [torch.randn(2, 8, 4, 4)]
    model.forward = lambda x: block(x, *stray)[0]
    with pytest.raises(
        UnexpectedShape, match=r"retrieves from 2 layers.* only 0 MRLA layers of 'stages.0' ran"
    ):
        capture(model, batch)
