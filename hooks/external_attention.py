"""External attention: tokens attend to the slots of a learned memory that all images share.

Guo et al., "Beyond Self-attention: External Attention using Two Linear Layers", TPAMI 2022
(arXiv 2105.02358). With key memory ``M_k`` and value memory ``M_v`` of S slots, for token n:

    score[n, s] = <q[n], M_k[s]>
    soft[n, s] = softmax over *tokens* of score[:, s]           (where a slot looks)
    affinity[n, s] = soft[n, s] / (1e-9 + sum over slots of soft[n, :])   (which slots a token uses)
    out[n] = sum_s affinity[n, s] M_v[s]

The affinity has no module of its own: it is read, and edited, at the input of the value memory.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from hooks.mechanism import (
    Check,
    Mechanism,
    Past,
    Quantity,
    Reading,
    host_of,
    parent_of,
)
from hooks.modules import Modules
from hooks.points import Call, HookPoint, Site
from hooks.sampling import Sample, images, tokens
from hooks.tokens import fitted, placed

DIMS = ("sample", "head", "token", "slot")


@dataclass(frozen=True)
class Form:
    """One published layout: the child names, which two are the memories, and the axes between."""

    title: str
    names: frozenset[str]
    key: str
    value: str
    dims: tuple[str, ...]


FORMS = (
    Form(
        "multi-head block",
        frozenset({"trans_dims", "linear_0", "linear_1", "proj"}),
        "linear_0",
        "linear_1",
        DIMS,
    ),
    Form(
        "tokens-to-token",
        frozenset({"q_linear", "linear_0", "linear_1", "proj"}),
        "linear_0",
        "linear_1",
        ("sample", "token", "slot"),
    ),
    Form(
        # The second published style of the same module counts its memories from one.
        "tokens-to-token",
        frozenset({"q_linear", "linear_1", "linear_2", "proj"}),
        "linear_1",
        "linear_2",
        ("sample", "token", "slot"),
    ),
    Form(
        "segmentation head",
        frozenset({"conv1", "linear_0", "linear_1", "conv2"}),
        "linear_0",
        "linear_1",
        ("sample", "slot", "token"),
    ),
)


def find(modules: Modules) -> list[Site]:
    """Sites of all published layouts, in the order of the model's modules."""
    matches = [(path, form) for form in FORMS for path in _matches(modules, form)]
    sites = {path: _site(path, modules[path], form) for path, form in matches}
    return [sites[path] for path in modules if path in sites]


def read(call: Call, past: Sequence[Past], full: bool) -> Reading:
    """Affinities (sample, head, token, slot) and both memories of one layer."""
    form = call.site.context["form"]
    passed = {name: call.tensors[name] for name in ("query", "score", "affinity", "read_out")}
    seen = {name: _canonical(tensor, form.dims) for name, tensor in passed.items()}
    affinity = Quantity(seen["affinity"], DIMS, "affinity (doubly normalised)", "share of 1")
    return Reading(
        {"affinity": affinity, **_inside(seen["score"], full), **_memories(call.site)},
        tuple(_checks(call.site, seen)),
        notes={"token": _grid(call, affinity.values.shape[2])},
        variant=form.title,
    )


def _matches(modules: Modules, form: Form) -> Iterator[str]:
    for path, module in modules.having(form.names):
        slots = getattr(module, form.key).weight.shape[0]
        # The memories mirror each other; any other pair of layers with these names does not.
        if getattr(module, form.value).weight.shape[1] == slots:
            yield path


def _site(path: str, module: nn.Module, form: Form) -> Site:
    key, value = getattr(module, form.key), getattr(module, form.value)
    points = [
        HookPoint("affinity", value, "input", dims=form.dims),
        HookPoint("query", key, "input"),
        HookPoint("score", key),
        HookPoint("read_out", value),
    ]
    if form.title == "segmentation head":
        points.append(HookPoint("map", module.get_submodule("conv1")))
    context = {"form": form, "key": key, "value": value}
    host = host_of(path)
    return Site(path, module, tuple(points), (host,), parent_of(host), context=context)


def _canonical(values: Tensor, dims: tuple[str, ...]) -> Tensor:
    """Axes in the order of ``DIMS``; a single head where the layout has none."""
    if "head" not in dims:
        values, dims = values.unsqueeze(1), (dims[0], "head", *dims[1:])
    return values.permute([dims.index(dim) for dim in DIMS])


def _checks(site: Site, seen: Mapping[str, Tensor]) -> Iterator[Check]:
    """What both memories and both normalisations put out, for all heads and slots."""
    few = images(seen["affinity"])
    some = tokens(few.of(seen["affinity"]))
    told = f"{few.told}{some.told}"
    query, score, affinity, out = (some.of(few.of(tensor)) for tensor in seen.values())
    scored = _mapped(query, site.context["key"])
    yield Check(f"query x key memory{told}", scored, score, "score")
    soft = _over_tokens(few.of(seen["score"]), some)
    yield Check(
        f"softmax over tokens, then l1 over slots{told}", _over_slots(soft), affinity, "affinity"
    )
    read_out = _mapped(affinity, site.context["value"])
    yield Check(f"sum of affinity x value memory{told}", read_out, out, "read_out")


def _mapped(values: Tensor, memory: Any) -> Tensor:
    """What a memory, linear or convolutional, makes of the last axis."""
    return nn.functional.linear(values, memory.weight.flatten(1), memory.bias)


def _over_tokens(score: Tensor, some: Sample) -> Tensor:
    """The softmax over all tokens at some of them.

    To divide only where one looks takes half as long as `softmax`, except in half precision, where
    it would be rounded otherwise than the network's own.
    """
    if score.dtype in (torch.float16, torch.bfloat16):
        return some.of(score.softmax(dim=2))
    top = score.amax(dim=2, keepdim=True)
    return (some.of(score) - top).exp_() / (score - top).exp_().sum(dim=2, keepdim=True)


def _over_slots(soft: Tensor) -> Tensor:
    # 1e-9 belongs to the sum: a token that no slot looks at keeps a row sum below one.
    return soft / (1e-9 + soft.sum(dim=3, keepdim=True))


def _inside(score: Tensor, full: bool) -> dict[str, Quantity]:
    if not full:
        return {}
    soft = score.softmax(dim=2)
    return {
        "token_softmax": Quantity(soft, DIMS, "softmax over tokens", "share of 1"),
        "score": Quantity(score, DIMS, "raw score", "logit"),
    }


def _memories(site: Site) -> dict[str, Quantity]:
    """Both memories as (slot, feature); convolutions carry a kernel axis of length one."""
    key = site.context["key"].weight.flatten(1)
    value = site.context["value"].weight.flatten(1).T
    return {
        "memory_key": Quantity(key, ("slot", "feature"), "key memory", "weight"),
        "memory_value": Quantity(value, ("slot", "feature"), "value memory", "weight"),
    }


def _grid(call: Call, count: int) -> dict[str, int]:
    """Where tokens lie in the image: the head's map tells at once, elsewhere their number must."""
    if "map" in call.tensors:
        height, width = call.tensors["map"].shape[-2:]
        return placed(height, width, 0)
    return fitted(count, call.image_size)


MECHANISM = Mechanism(
    key="external_attention",
    title="external attention",
    looks_for="two memories linear_0 and linear_1 (or linear_1 and linear_2) beside trans_dims, "
    "q_linear or conv1",
    find=find,
    read=read,
    sums_to_one="slot",
)
