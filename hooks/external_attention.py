"""External attention: tokens attend to the slots of a learned memory that all images share.

Guo et al., "Beyond Self-attention: External Attention using Two Linear Layers", TPAMI 2022
(arXiv 2105.02358). With key memory ``M_k`` and value memory ``M_v`` of S slots, for token n:

    score[n, s] = <q[n], M_k[s]>
    soft[n, s] = softmax over *tokens* of score[:, s]           (where a slot looks)
    affinity[n, s] = soft[n, s] / (1e-9 + sum over slots of soft[n, :])   (which slots a token uses)
    out[n] = sum_s affinity[n, s] M_v[s]

The affinity has no module of its own: it is read, and edited, at the input of the value memory.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from hooks.mechanism import Check, Mechanism, Past, Quantity, Reading, having, host_of, parent_of
from hooks.points import Call, HookPoint, Site
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


def find(model: nn.Module) -> list[Site]:
    """Sites of all published layouts, in the order of the model's modules."""
    sites = [_site(path, module, form) for form in FORMS for path, module in _matches(model, form)]
    order = {path: place for place, (path, _) in enumerate(model.named_modules())}
    return sorted(sites, key=lambda site: order[site.path])


def read(call: Call, past: Sequence[Past], full: bool) -> Reading:
    """Affinities (sample, head, token, slot) and both memories of one layer."""
    form, seen = call.site.context["form"], call.tensors
    score, affinity = (_canonical(seen[name], form.dims) for name in ("score", "affinity"))
    soft = score.softmax(dim=2)
    memories = _memories(call.site)
    return Reading(
        {
            "affinity": Quantity(affinity, DIMS, "affinity (doubly normalised)", "share of 1"),
            **_inside(score, soft, full),
            **memories,
        },
        (
            _scored(call),
            Check(
                "softmax over tokens, then l1 over slots", _over_slots(soft), affinity, "affinity"
            ),
            _read_out(call, affinity, memories["memory_value"].values),
        ),
        notes={"token": _grid(call, affinity.shape[2])},
        variant=form.title,
    )


def _matches(model: nn.Module, form: Form) -> Iterator[tuple[str, nn.Module]]:
    for path, module in having(model, form.names):
        slots = getattr(module, form.key).weight.shape[0]
        # The memories mirror each other; any other pair of layers with these names does not.
        if getattr(module, form.value).weight.shape[1] == slots:
            yield path, module


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


def _over_slots(soft: Tensor) -> Tensor:
    # 1e-9 belongs to the sum: a token that no slot looks at keeps a row sum below one.
    return soft / (1e-9 + soft.sum(dim=3, keepdim=True))


def _inside(score: Tensor, soft: Tensor, full: bool) -> dict[str, Quantity]:
    if not full:
        return {}
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


def _read_out(call: Call, affinity: Tensor, memory: Tensor) -> Check:
    """``sum_s affinity[n, s] M_v[s]`` against what the value memory returned."""
    form, bias = call.site.context["form"], call.site.context["value"].bias
    out = affinity @ memory.to(affinity.dtype)
    if bias is not None:
        out = out + bias
    real = _canonical(call.tensors["read_out"], form.dims)
    return Check("sum of affinity x value memory", out, real, "read_out")


def _scored(call: Call) -> Check:
    """``<q[n], M_k[s]>`` with the stored memory, against what the key memory returned."""
    form, key = call.site.context["form"], call.site.context["key"]
    query = call.tensors["query"]
    if form.dims[-1] == "token":
        query = query.transpose(1, 2)
    score = query @ key.weight.flatten(1).T.to(query.dtype)
    if key.bias is not None:
        score = score + key.bias
    if form.dims[-1] == "token":
        score = score.transpose(1, 2)
    return Check("query x key memory", score, call.tensors["score"], "score")


def _grid(call: Call, tokens: int) -> dict[str, int]:
    """Where tokens lie in the image: the head's map tells at once, elsewhere their number must."""
    if "map" in call.tensors:
        height, width = call.tensors["map"].shape[-2:]
        return placed(height, width, 0)
    return fitted(tokens, call.image_size)


MECHANISM = Mechanism(
    key="external_attention",
    title="external attention",
    looks_for="two memories linear_0 and linear_1 (or linear_1 and linear_2) beside trans_dims, "
    "q_linear or conv1",
    find=find,
    read=read,
    sums_to_one="slot",
)
