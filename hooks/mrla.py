"""MRLA (multi-head recurrent layer attention): a layer retrieves from the layers before it.

Fang et al., "Cross-Layer Retrospective Retrieving via Layer Attention", ICLR 2023
(arXiv 2302.03985). With d channels per head, query q, key k and value V of a layer:

* base: ``a_t = softmax over s <= t of (q_t . k_s / sqrt(d))`` and ``o_t = sum_s a_t[s] V_s``; the
  weights ``a_t`` over retrieved layers sum to 1, and the first of a chain is 1 by construction.
* light: ``g_t = sigmoid(q_t . k_t / sqrt(d))`` and ``o_t = g_t V_t + lambda_t p_t``, where the
  published code feeds the block's shortcut as ``p_t``. Nothing is normalised, and the decay
  ``lambda_t`` has a sign.

``detail="full"`` adds ``value_norm`` (sample, head), the Euclidean norm of a layer's own value over
a head's channels and places, and its ``key`` (sample, head, feature); of a light layer also what
``hooks.unrolling`` makes of its chain. As a weight is one number per head, ``weight`` times the
``value_norm`` of the retrieved layer is the norm of what is retrieved.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import isqrt

import torch
from torch import Tensor, nn

from hooks.errors import UnexpectedShape
from hooks.mechanism import (
    Later,
    Mechanism,
    Past,
    Quantity,
    Reading,
    block_of,
    parent_of,
)
from hooks.modules import Modules
from hooks.points import Call, HookPoint, Site
from hooks.retrieving import BaseProof, LightProof, spread
from hooks.sampling import places
from hooks.unrolling import remembered, unrolled

PROJECTIONS = ("Wq", "Wk", "Wv")


def find(modules: Modules) -> list[Site]:
    """Sites of both forms, base where the projections stand beside ``softmax``, else light."""
    return [*_base_sites(modules), *_light_sites(modules)]


def read(call: Call, past: Sequence[Past], full: bool) -> Reading:
    """The retrieval weights of a base layer, or the gate and decay of a light one."""
    if call.site.points[0].name == "weight":
        return _read_base(call, past, full)
    return _read_light(call, past, full)


# Base ---------------------------------------------------------------------------------------------


def _base_sites(modules: Modules) -> Iterator[Site]:
    for path, module in modules.having((*PROJECTIONS, "softmax")):
        weight = HookPoint(
            "weight",
            module.get_submodule("softmax"),
            dims=("sample", "head", "_", "retrieved_layer"),
        )
        points = (weight, *_projected(module), HookPoint("output", module))
        host = block_of(path.removesuffix(".mrla"))
        yield Site(path, module, points, (host,), parent_of(host))


def reads(call: Call) -> int:
    """How many layers before it a base layer retrieved from; of a light one this is not known."""
    weight = call.tensors.get("weight")
    return 0 if weight is None else weight.shape[-1] - 1


def _read_base(call: Call, past: Sequence[Past], full: bool) -> Reading:
    seen = call.tensors
    weight = seen["weight"].squeeze(2).clone()
    count = weight.shape[2]
    sample = places(seen["value"])
    # Copies of little: the whole values would be held until the chain ends.
    own = {
        "key": seen["key"].flatten(1).clone(),
        "value": sample.of(seen["value"]).clone(),
        "whole": _sized(seen["value"]),
    }
    retrieved = [*_before(call, past, own, count - 1), own]
    passed = {
        "query": seen["query"].flatten(1).clone(),
        "weight": weight,
        "output": sample.of(seen["output"]).clone(),
    }
    return Reading(
        {"weight": _weight(weight), **(_own(seen, weight.shape[1]) if full else {})},
        Later(
            BaseProof(sample.told),
            passed | _numbered("key", retrieved) | _numbered("value", retrieved),
        ),
        remember=own,
        begins_chain=count == 1,
        needs_all=True,
        variant="base",
    )


def _before(
    call: Call, past: Sequence[Past], own: Mapping[str, Tensor], count: int
) -> list[Mapping[str, Tensor]]:
    """What that many layers before a base layer left, those that it retrieves from."""
    alike = [entry.tensors for entry in past if _alike(entry.tensors, own)]
    if count > len(alike):
        raise UnexpectedShape(
            f"Layer '{call.layer}' retrieves from {count + 1} layers, itself included, but only "
            f"{len(alike)} MRLA layers of '{call.site.chain}' ran before it in this pass."
        )
    return alike[len(alike) - count :]


def _alike(earlier: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> bool:
    """Whether keys and values have the sizes of the layer's own, so that it can retrieve them."""
    return all(earlier[name].shape == tensor.shape for name, tensor in own.items())


def _sized(values: Tensor) -> Tensor:
    """A tensor of the same size that takes no room: samples of unequal maps may be of one size."""
    return values.new_empty(()).expand(values.shape)


def _weight(weight: Tensor) -> Quantity:
    dims = ("sample", "head", "retrieved_layer")
    return Quantity(weight, dims, "retrieval weight", "share of 1", settled=True)


def _numbered(name: str, retrieved: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    return {f"{name}_{place}": tensors[name] for place, tensors in enumerate(retrieved)}


# Light --------------------------------------------------------------------------------------------


def _light_sites(modules: Modules) -> Iterator[Site]:
    for path, inner in modules.having((*PROJECTIONS, "sigmoid")):
        outer_path = path.rpartition(".")[0]
        outer = modules[outer_path]
        if isinstance(getattr(outer, "lambda_t", None), Tensor):
            yield _light_site(outer_path, outer, inner, modules)


def _light_site(path: str, outer: nn.Module, inner: nn.Module, modules: Modules) -> Site:
    host = block_of(path)
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
    # The decay of a map has two axes of length one behind its channels.
    tokens = getattr(outer.lambda_t, "ndim", 0) == 1
    dims = ("sample", "token", "channel") if tokens else ("sample", "channel", "y", "x")
    if hasattr(outer, "normo"):
        return HookPoint("shortcut", outer.get_submodule("normo"), dims=dims, named_only=True)
    return HookPoint("shortcut", outer, "input", 1, dims, named_only=True)


def _read_light(call: Call, past: Sequence[Past], full: bool) -> Reading:
    seen = call.tensors
    gate = seen["gate"].flatten(1).clone()
    decay = call.site.context["decay"].flatten().clone()
    begins = not past or _starts_over(call, past, decay)
    before = {} if begins else past[-1].tensors
    implied = _implied(call, gate, decay, before) if full else {}
    return Reading(
        {
            "gate": Quantity(gate, ("sample", "head"), "gate", "share of 1", settled=True),
            "decay": Quantity(decay, ("channel",), "decay", "factor, signed", settled=True),
            **(_own(seen, gate.shape[1]) if full else {}),
            **implied,
        },
        _light_proof(seen, gate, decay),
        remember={"decay": decay, **(remembered(call, implied) if full else {})},
        begins_chain=begins,
        variant="light",
    )


def _implied(
    call: Call, gate: Tensor, decay: Tensor, before: Mapping[str, Tensor]
) -> dict[str, Quantity]:
    per_channel = spread(gate, call.tensors["value"])[..., 0]
    return unrolled(call, per_channel, decay, before)


def _starts_over(call: Call, past: Sequence[Past], decay: Tensor) -> bool:
    """Whether a module ran before in this chain, or has other channels than the layer before it."""
    ran_before = any(entry.path == call.site.path for entry in past)
    return ran_before or past[-1].tensors["decay"].shape != decay.shape


def _light_proof(seen: Mapping[str, Tensor], gate: Tensor, decay: Tensor) -> Later:
    sample = places(seen["value"])
    projected = {name: seen[name].flatten(1).clone() for name in ("query", "key")}
    maps = {
        name: sample.of(as_map(seen[name], seen["value"])).clone()
        for name in ("value", "shortcut", "output")
    }
    return Later(LightProof(sample.told), {"gate": gate, "decay": decay, **projected, **maps})


# Both ---------------------------------------------------------------------------------------------


def _projected(module: nn.Module) -> tuple[HookPoint, HookPoint, HookPoint]:
    """Query, key and value; the DeiT form activates its value (``act_v``) before use."""
    value = "act_v" if hasattr(module, "act_v") else "Wv"
    return (
        HookPoint("query", module.get_submodule("Wq")),
        HookPoint("key", module.get_submodule("Wk")),
        HookPoint("value", module.get_submodule(value)),
    )


def _own(seen: Mapping[str, Tensor], heads: int) -> dict[str, Quantity]:
    """What a layer offers to be retrieved: its key, and how large its value is."""
    value = seen["value"].unflatten(1, (heads, -1))
    wide = torch.promote_types(value.dtype, torch.float32)  # squares of halves overflow
    norm = torch.linalg.vector_norm(value, dim=(2, 3, 4), dtype=wide)
    key = seen["key"].flatten(1).unflatten(1, (heads, -1))
    dims = ("sample", "head")
    return {
        "value_norm": Quantity(norm, dims, "norm of the value", "feature units"),
        "key": Quantity(key, (*dims, "feature"), "key", "feature units"),
    }


def as_map(values: Tensor, like: Tensor) -> Tensor:
    """Tokens (sample, token, channel) as a map (sample, channel, y, x), class token left out."""
    if values.dim() == 4:
        return values
    side = isqrt(values.shape[1] - 1)
    patches = values[:, values.shape[1] - side * side :]
    # A view: to copy all places takes longer than to compare the few that are looked at.
    return patches.transpose(1, 2).unflatten(2, like.shape[2:])


MECHANISM = Mechanism(
    key="mrla",
    title="MRLA retrieval",
    looks_for="Wq, Wk, Wv beside softmax (base), or beside sigmoid inside a module with lambda_t "
    "(light)",
    find=find,
    read=read,
    reads=reads,
    sums_to_one="retrieved_layer",
    spans=("nominal_weight", "exact_weight", "shortcut_weight"),
)
