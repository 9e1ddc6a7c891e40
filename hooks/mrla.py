"""MRLA (multi-head recurrent layer attention): a layer retrieves from the layers before it.

Fang et al., "Cross-Layer Retrospective Retrieving via Layer Attention", ICLR 2023
(arXiv 2302.03985). With d channels per head, query q, key k and value V of a layer:

* base: ``a_t = softmax over s <= t of (q_t . k_s / sqrt(d))`` and ``o_t = sum_s a_t[s] V_s``; the
  weights ``a_t`` over retrieved layers sum to 1, and the first of a chain is 1 by construction.
* light: ``g_t = sigmoid(q_t . k_t / sqrt(d))`` and ``o_t = g_t V_t + lambda_t p_t``, where the
  published code feeds the block's shortcut as ``p_t``. Nothing is normalised, and the decay
  ``lambda_t`` has a sign.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import isqrt, sqrt

import torch
from torch import Tensor, nn

from hooks.errors import UnexpectedShape
from hooks.mechanism import Check, Mechanism, Past, Quantity, Reading, having, host_of, parent_of
from hooks.points import Call, HookPoint, Site

PROJECTIONS = frozenset({"Wq", "Wk", "Wv"})


def find(model: nn.Module) -> list[Site]:
    """Sites of both forms, base where the projections stand beside ``softmax``, else light."""
    return [*_base_sites(model), *_light_sites(model)]


def read(call: Call, past: Sequence[Past], full: bool) -> Reading:
    """The retrieval weights of a base layer, or the gate and decay of a light one."""
    if "weight" in call.tensors:
        return _read_base(call, past)
    return _read_light(call, past, full)


# Base ---------------------------------------------------------------------------------------------


def _base_sites(model: nn.Module) -> Iterator[Site]:
    for path, module in having(model, PROJECTIONS | {"softmax"}):
        weight = HookPoint(
            "weight",
            module.get_submodule("softmax"),
            dims=("sample", "head", "_", "retrieved_layer"),
        )
        points = (weight, *_projected(module), HookPoint("output", module))
        yield Site(path, module, points, (host_of(path),), parent_of(host_of(path)))


def _read_base(call: Call, past: Sequence[Past]) -> Reading:
    seen = call.tensors
    weight = seen["weight"].squeeze(2)
    count = weight.shape[2]
    if count > len(past) + 1:
        raise UnexpectedShape(
            f"Layer '{call.layer}' retrieves from {count} layers, itself included, but only "
            f"{len(past)} MRLA layers of '{call.site.chain}' ran before it in this pass."
        )
    earlier = [entry.tensors for entry in past[len(past) - count + 1 :]]
    return Reading(
        {"weight": _weight(weight)},
        (
            Check("softmax of q.k / sqrt(d)", _weights(seen, earlier, weight), weight, "weight"),
            Check("sum of weight x value", _retrieved(seen, earlier, weight), seen["output"]),
        ),
        remember={"key": seen["key"], "value": seen["value"]},
        begins_chain=count == 1,
        needs_all=True,
        variant="base",
    )


def _weight(weight: Tensor) -> Quantity:
    return Quantity(weight, ("sample", "head", "retrieved_layer"), "retrieval weight", "share of 1")


def _weights(seen: Mapping[str, Tensor], earlier: list, weight: Tensor) -> Tensor:
    """Softmax over retrieved layers of the scaled products, (sample, head, retrieved_layer)."""
    keys = [*(entry["key"] for entry in earlier), seen["key"]]
    heads = weight.shape[1]
    scores = [_scores(seen["query"], key, heads) for key in keys]
    return torch.stack(scores, dim=-1).softmax(dim=-1)


def _retrieved(seen: Mapping[str, Tensor], earlier: list, weight: Tensor) -> Tensor:
    """``o_t = sum_s a_t[s] V_s``, (sample, channel, y, x); one value at a time to save memory."""
    values = [*(entry["value"] for entry in earlier), seen["value"]]
    total = torch.zeros_like(values[0])
    for place, value in enumerate(values):
        total += _per_channel(weight[:, :, place], value) * value
    return total


# Light --------------------------------------------------------------------------------------------


def _light_sites(model: nn.Module) -> Iterator[Site]:
    modules = dict(model.named_modules())
    for path, inner in having(model, PROJECTIONS | {"sigmoid"}):
        outer_path = path.rpartition(".")[0]
        outer = modules[outer_path]
        if isinstance(getattr(outer, "lambda_t", None), Tensor):
            yield _light_site(outer_path, outer, inner, modules)


def _light_site(path: str, outer: nn.Module, inner: nn.Module, modules: Mapping) -> Site:
    host = host_of(path)
    norm = getattr(modules.get(host), "bn_mrla", None)
    gate = HookPoint("gate", inner.get_submodule("sigmoid"), dims=("sample", "head", "_", "_", "_"))
    points = (
        gate,
        *_projected(inner),
        HookPoint("feature", outer, "input", 0),
        _shortcut_point(outer),
        HookPoint("output", outer),
    )
    context = {"decay": outer.lambda_t, "norm": norm}
    return Site(path, outer, points, (host,), parent_of(host), context=context)


def _shortcut_point(outer: nn.Module) -> HookPoint:
    """``p_t``: what arrives as ``ot_1``; DeiT normalises it first, and that is what is decayed."""
    if hasattr(outer, "normo"):
        return HookPoint("shortcut", outer.get_submodule("normo"))
    return HookPoint("shortcut", outer, "input", 1)


def _read_light(call: Call, past: Sequence[Past], full: bool) -> Reading:
    seen = call.tensors
    gate = seen["gate"].flatten(1)
    decay = call.site.context["decay"].flatten()
    begins = not past or _starts_over(call, past)
    before = {} if begins else past[-1].tensors
    unrolled = _unrolled(call, gate, decay, before) if full else {}
    # The remembered block output is what proves the exact recursion at the next layer.
    remember = unrolled | _block_output(call) if full else {}
    return Reading(
        {
            "gate": Quantity(gate, ("sample", "head"), "gate", "share of 1"),
            "decay": Quantity(decay, ("channel",), "decay", "factor, signed"),
            **{name: _unrolled_quantity(name, values) for name, values in unrolled.items()},
        },
        _light_checks(seen, gate, decay),
        remember=remember,
        begins_chain=begins,
        variant="light",
    )


def _starts_over(call: Call, past: Sequence[Past]) -> bool:
    """Whether a module that ran before in this chain begins another pass through it."""
    ran_before = any(entry.path == call.site.path for entry in past)
    return ran_before and not _links(past[-1].tensors, call)


def _light_checks(seen: Mapping[str, Tensor], gate: Tensor, decay: Tensor) -> tuple[Check, Check]:
    expected = _scores(seen["query"], seen["key"], gate.shape[1]).sigmoid()
    value = seen["value"]
    out = _per_channel(gate, value) * value
    out = out + decay.view(-1, 1, 1) * _grid(seen["shortcut"], value)
    return (
        Check("sigmoid of q.k / sqrt(d)", expected, gate, "gate"),
        Check("gate x value + decay x shortcut", out, _grid(seen["output"], value)),
    )


def _unrolled(
    call: Call, gate: Tensor, decay: Tensor, before: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Weights over retrieved layers that the recurrence implies, (sample, channel, retrieved).

    ``nominal_weight`` takes ``o_t = g_t V_t + lambda_t o_(t-1)`` at its word. ``exact_weight``
    holds for the network itself and exists while every shortcut since the chain began is the output
    ``X + A o + B`` of the block before (A, B: gain and shift of the branch's BatchNorm): that is
    compared tensor with tensor, not assumed.
    """
    own = _per_channel(gate, call.tensors["value"])[:, :, 0]
    unrolled = {"nominal_weight": _append(before.get("nominal_weight"), decay, own)}
    gain = _gain(call)
    if gain is not None and (not before or _links(before, call)):
        carried = decay * before["gain"] if before else decay
        unrolled["exact_weight"] = _append(before.get("exact_weight"), carried, own)
    return unrolled


def _append(earlier: Tensor | None, factor: Tensor, own: Tensor) -> Tensor:
    """The earlier layers' weights times this layer's factor, and its own weight behind them."""
    if earlier is None:
        return own
    return torch.cat([earlier * factor.view(1, -1, 1), own], dim=2)


def _gain(call: Call) -> Tensor | None:
    norm = call.site.context["norm"]
    if not isinstance(norm, nn.BatchNorm2d) or norm.running_var is None:
        return None
    scale = torch.ones_like(norm.running_var) if norm.weight is None else norm.weight
    return scale / torch.sqrt(norm.running_var + norm.eps)


def _block_output(call: Call) -> dict[str, Tensor]:
    """``y_t = X_t + BN(o_t)``, which is the next block's shortcut if nothing else intervenes."""
    gain = _gain(call)
    if gain is None:
        return {}
    normed = _batch_norm(call.site.context["norm"], call.tensors["output"])
    return {"gain": gain, "block_output": call.tensors["feature"] + normed}


def _batch_norm(norm: nn.BatchNorm2d, values: Tensor) -> Tensor:
    """Evaluation-mode BatchNorm without the module, whose hooks are not ours to trigger."""
    return nn.functional.batch_norm(
        values, norm.running_mean, norm.running_var, norm.weight, norm.bias, eps=norm.eps
    )


def _links(before: Mapping[str, Tensor], call: Call) -> bool:
    expected, real = before.get("block_output"), call.tensors["shortcut"]
    if "exact_weight" not in before or expected is None or expected.shape != real.shape:
        return False
    return bool((expected - real).abs().max() <= 1e-5 * real.abs().max().clamp(min=1))


def _unrolled_quantity(name: str, values: Tensor) -> Quantity:
    title = name.replace("_", " unrolled ")
    return Quantity(values, ("sample", "channel", "retrieved_layer"), title, "factor, signed")


# Both ---------------------------------------------------------------------------------------------


def _projected(module: nn.Module) -> tuple[HookPoint, HookPoint, HookPoint]:
    """Query, key and value; the DeiT form activates its value (``act_v``) before use."""
    value = "act_v" if hasattr(module, "act_v") else "Wv"
    return (
        HookPoint("query", module.get_submodule("Wq")),
        HookPoint("key", module.get_submodule("Wk")),
        HookPoint("value", module.get_submodule(value)),
    )


def _scores(query: Tensor, key: Tensor, heads: int) -> Tensor:
    """``q . k / sqrt(d)`` per head, (sample, head), from two (sample, 1, channel) projections."""
    products = (query * key).flatten(1).unflatten(1, (heads, -1))
    return products.sum(dim=2) / sqrt(products.shape[2])


def _per_channel(per_head: Tensor, value: Tensor) -> Tensor:
    """Heads are contiguous channel groups: (sample, head) to (sample, channel, 1, 1)."""
    spread = per_head.repeat_interleave(value.shape[1] // per_head.shape[1], dim=1)
    return spread[:, :, None, None]


def _grid(values: Tensor, like: Tensor) -> Tensor:
    """Tokens (sample, token, channel) as a map (sample, channel, y, x), class token left out."""
    if values.dim() == 4:
        return values
    side = isqrt(values.shape[1] - 1)
    patches = values[:, values.shape[1] - side * side :]
    return patches.transpose(1, 2).reshape(like.shape)


MECHANISM = Mechanism(
    key="mrla",
    title="MRLA retrieval",
    looks_for="Wq, Wk, Wv beside softmax (base), or beside sigmoid inside a module with lambda_t "
    "(light)",
    find=find,
    read=read,
    sums_to_one="retrieved_layer",
    spans=("nominal_weight", "exact_weight"),
)
