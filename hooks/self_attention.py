"""Self-attention: tokens of an image attend to each other, as in a vision transformer.

Vaswani et al., NeurIPS 2017 (arXiv 1706.03762); Dosovitskiy et al., "An Image is Worth 16x16
Words", ICLR 2021 (arXiv 2010.11929), as timm has it. Per head of width d, for query token n:

    weight[n, :] = softmax over keys of (q[n] . k / sqrt(d))
    mixed[n] = sum_m weight[n, m] v[m]

A fused kernel returns ``mixed`` and never forms the weights. A summary takes the class tokens' rows
alone and recomputes them from q and k; what asks for all rows, or edits them, has the network
compute step by step. Either way the weights are proven by ``mixed``, at some rows if they are many.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager

import torch
from torch import Tensor, nn

from hooks.errors import UnexpectedShape
from hooks.mechanism import (
    Check,
    Mechanism,
    Past,
    Quantity,
    Reading,
    has,
    host_of,
    parent_of,
)
from hooks.modules import Modules
from hooks.points import Call, HookPoint, Site
from hooks.sampling import images, queries
from hooks.states import unfused
from hooks.tokens import declared, declaring, fitted
from hooks.unreadable import NOT_KNOWN, against_class, against_host

DIMS = ("sample", "head", "query", "key")
ADMITTED = frozenset({"Attention"})
PROJECTIONS = ("qkv", "proj")
PARTS = ("qkv", "q_norm", "k_norm", "attn_drop", "norm", "proj")
SIDE_BY_SIDE = frozenset({"ParallelThingsBlock"})


def find(modules: Modules) -> list[Site]:
    """Sites of timm's attention, by class and children, where tokens are those of an image."""
    return [
        _site(path, module, modules)
        for path, module in modules.having(PARTS)
        if not _against(path, modules)
    ]


def refuse(modules: Modules) -> dict[str, str]:
    """The reason against every other self-attention, by module path."""
    kinds = {type(module) for module in modules.values()}
    reasons = {kind: reason for kind in kinds if (reason := against_class(kind))}
    named = {
        path: reasons[kind] for path, module in modules.items() if (kind := type(module)) in reasons
    }
    alike = {path: _against(path, modules) for path, _ in modules.having(PROJECTIONS)}
    return named | {path: reason for path, reason in alike.items() if reason}


def prepare(sites: Sequence[Site]) -> AbstractContextManager[None]:
    """Weights that pass through a module: the fused kernel has none to read or to edit."""
    return unfused(site.module for site in sites)


def read(call: Call, past: Sequence[Past], full: bool) -> Reading:
    """The weights (sample, head, query, key); of class tokens alone unless ``full``.

    Where a network has no class token, or it is unknown, all queries are kept.

    Raises:
        UnexpectedShape: what passed the norms is not (sample, head, token, feature).
    """
    place = _place(call)
    rows = None if full else place.get("class_tokens") or None
    weight = _weight(call, rows)
    settled = rows is None
    return Reading(
        {"weight": Quantity(weight, DIMS, "attention weight", "share of 1", settled=settled)},
        (_mixed(call, weight),),
        begins_chain=not past or any(entry.path == call.site.path for entry in past),
        notes={"query": place, "key": place},
        variant="gated" if getattr(call.site.module, "gate", None) is not None else "plain",
    )


def _against(path: str, modules: Modules) -> str | None:
    """The reason against a module with the projections of self-attention; None if it is read."""
    module = modules[path]
    admitted = any(kind.__name__ in ADMITTED for kind in type(module).__mro__)
    known = None if admitted and has(module, PARTS) else NOT_KNOWN
    return against_class(type(module)) or against_host(path, modules) or known


def _site(path: str, module: nn.Module, modules: Modules) -> Site:
    part = module.get_submodule
    points = (
        HookPoint("weight", part("attn_drop"), dims=DIMS),
        HookPoint("query", part("q_norm")),
        HookPoint("key", part("k_norm")),
        HookPoint("projected", part("qkv")),
        HookPoint("mixed", part("norm"), "input"),
    )
    host = host_of(path)
    context = {"network": declaring(path, modules), "scale": module.scale}
    return Site(path, module, points, (host,), _chain(host, modules), context=context)


def _chain(host: str, modules: Modules) -> str:
    """What a block belongs to; branches that run side by side follow nobody."""
    container = parent_of(host)
    around = parent_of(container)
    beside = around != "model" and type(modules[around]).__name__ in SIDE_BY_SIDE
    return host if beside else container


def _place(call: Call) -> dict[str, int]:
    """Where the tokens lie, if that is certain: as declared, else judged by their number."""
    query, network = call.tensors["query"], call.site.context["network"]
    if query.dim() != 4:
        raise UnexpectedShape(
            f"The query of layer '{call.layer}' should be (sample, head, token, feature); it has "
            f"shape {tuple(query.shape)}. Leave this mechanism out: "
            "capture(model, batch, mechanisms=[...])."
        )
    if network is None:
        return fitted(query.shape[2], call.image_size)
    return declared(network, query.shape[2], call.image_size)


def _weight(call: Call, rows: int | None) -> Tensor:
    """The first rows of the weights: the network's own where they exist, else from q and k."""
    seen = call.tensors
    if "weight" in seen:
        return seen["weight"][:, :, :rows]
    query = _wide(seen["query"][:, :, :rows]) * call.site.context["scale"]
    key = _wide(seen["key"])
    # The keys lie spread over memory; for a single query, to gather them would take longest.
    scores = (key * query).sum(dim=3).unsqueeze(2) if rows == 1 else query @ key.mT
    return scores.softmax(dim=3)


def _mixed(call: Call, weight: Tensor) -> Check:
    """``sum_m weight[n, m] v[m]`` against what the network mixed, for some images and rows."""
    _, heads, rows, tokens = weight.shape
    few, some = images(weight), queries(rows)
    projected, real = (images(t).of(t) for t in (call.tensors["projected"], call.tensors["mixed"]))
    value = projected.chunk(3, dim=2)[2].unflatten(2, (heads, -1)).transpose(1, 2)
    mixed = _wide(some.of(few.of(weight))) @ _wide(value)
    what = f"sum of weight x value{few.told} ({mixed.shape[2]} of {tokens} queries)"
    return Check(what, mixed.transpose(1, 2).flatten(2), some.of(real[:, :rows]), "mixed")


def _wide(values: Tensor) -> Tensor:
    """At least single precision: a fused kernel does not round between its steps either."""
    return values if values.dtype in (torch.float32, torch.float64) else values.float()


MECHANISM = Mechanism(
    key="self_attention",
    title="self-attention",
    looks_for="qkv, q_norm, k_norm, attn_drop, norm and proj, in a class called Attention (timm's)",
    find=find,
    read=read,
    sums_to_one="key",
    prepare=prepare,
    refuse=refuse,
)
