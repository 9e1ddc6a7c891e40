"""A gate is a factor that features put on themselves: per channel, per place, or both.

``out = features x gate``, where the gate is some function of the features with values from 0 to 1:

* SE (Hu et al., CVPR 2018), ECA (Wang et al., CVPR 2020): one factor per channel;
* CBAM (Woo et al., ECCV 2018): one per channel, then one per place;
* SGE (Li et al., arXiv 1905.09646): one per channel group and place.

A stage may share one such module among its blocks (Huang et al., arXiv 2210.16101). Whatever the
gate is made of, the product is what proves it: each capture multiplies and compares, for every
channel and every place of a gate, though not every pair of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

from torch import Tensor, nn

from hooks.errors import UnexpectedShape
from hooks.mechanism import (
    Check,
    Later,
    Mechanism,
    Past,
    Quantity,
    Reading,
    block_of,
    blocks_beside,
    has,
    parent_of,
)
from hooks.modules import Modules
from hooks.points import Call, HookPoint, Site
from hooks.sampling import places

CHANNEL_MAP = ("sample", "channel", "_", "_")
PLACE_MAP = ("sample", "group", "y", "x")


def _part(module: Any, path: str) -> Any:
    return reduce(lambda part, name: getattr(part, name, None), path.split("."), module)


def _has_group_scale(module: nn.Module) -> bool:
    """Whether a module itself has weight and bias of one number per group, [1, group, 1, 1]."""
    scales = [getattr(module, name, None) for name in ("weight", "bias")]
    return all(isinstance(s, Tensor) and s.dim() == 4 and s.shape[1] == s.numel() for s in scales)


@dataclass(frozen=True)
class Form:
    """One published layout.

    Attributes:
        title: name of the gate.
        parts: submodules that must be there, and what they are.
        channels: submodule that puts out the factor per channel, if there is one.
        places: submodule that puts out the factor per place, if there is one.
        dims: of the factor per channel, as that submodule puts it out.
        also: what else must hold of the module.
    """

    title: str
    parts: Mapping[str, type[nn.Module]]
    channels: str = ""
    places: str = ""
    dims: tuple[str, ...] = CHANNEL_MAP
    also: Callable[[nn.Module], bool] = lambda _: True

    def fits(self, module: nn.Module) -> bool:
        """Whether a module has this layout."""
        if not has(module, self.names):
            return False
        parts = ((_part(module, path), kind) for path, kind in self.parts.items())
        return all(isinstance(part, kind) for part, kind in parts) and self.also(module)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Direct children that must be there."""
        return tuple(path.partition(".")[0] for path in self.parts)

    @property
    def gates(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        """Submodule and dims of each factor, by the name of its quantity."""
        both = {"gate": (self.channels, self.dims), "spatial_gate": (self.places, PLACE_MAP)}
        return {name: (path, dims) for name, (path, dims) in both.items() if path}


FORMS = (
    Form(
        "CBAM",
        {"channel.gate": nn.Module, "spatial.gate": nn.Module},
        channels="channel.gate",
        places="spatial.gate",
    ),
    Form("SE", {"fc1": nn.Conv2d, "fc2": nn.Conv2d, "gate": nn.Module}, channels="gate"),
    Form("SE", {"fc1": nn.Conv2d, "fc2": nn.Conv2d, "sigmoid": nn.Module}, channels="sigmoid"),
    Form(
        "SE",
        {"conv_reduce": nn.Conv2d, "conv_expand": nn.Conv2d, "gate": nn.Module},
        channels="gate",
    ),
    Form(
        "SE",
        {"avg_pool": nn.Module, "fc": nn.Sequential, "fc.3": nn.Sigmoid},
        channels="fc",
        dims=("sample", "channel"),
    ),
    Form(
        "ECA",
        {"conv": nn.Conv1d, "gate": nn.Module},
        channels="gate",
        dims=("sample", "_", "channel"),
    ),
    Form("ECA", {"conv": nn.Conv1d, "sigmoid": nn.Module}, channels="sigmoid"),
    Form("SGE", {"sig": nn.Module}, places="sig", also=_has_group_scale),
)
NAMES = frozenset(name for form in FORMS for name in form.names)


def find(modules: Modules) -> list[Site]:
    """Sites of all layouts, in the order of the model's modules; a gate inside a gate is a part."""
    sites: list[Site] = []
    for path, module in modules.holders:
        if module._modules.keys().isdisjoint(NAMES):
            continue  # what most modules are
        form = next((form for form in FORMS if form.fits(module)), None)
        if form is not None and not (sites and _inside(path, sites[-1].path)):
            sites.append(_site(path, module, form, modules))
    return sites


def read(call: Call, past: Sequence[Past], full: bool) -> Reading:
    """The factors of one gate: ``gate`` (sample, channel), ``spatial_gate`` (sample, group, y, x).

    Raises:
        UnexpectedShape: the features are no map, or a factor was not put out by a module.
    """
    _require_map(call)
    factors = {name: _factor(name, call) for name in call.site.context["form"].gates}
    return Reading(
        {name: _quantity(name, factor) for name, factor in factors.items()},
        _proof(call, factors),
        begins_chain=not past,
        variant=call.site.context["title"],
    )


Part = Callable[[Tensor], Tensor]
"""What is looked at of a tensor (sample, channel, y, x)."""


def _proof(call: Call, factors: Mapping[str, Tensor]) -> tuple[Check, ...] | Later:
    """The product for every channel at some places and, where places differ, at every place.

    All of it would cost as much as the gate itself, and prove no more of the factors.
    """
    seen = {name: call.tensors[name] for name in ("features", "output")} | dict(factors)
    looked_at = _looked_at(seen["features"], factors.get("spatial_gate"))
    parts = {f"{n}{told}": part(seen[n]) for told, part in looked_at.items() for n in seen}
    proof = _Proof(tuple(looked_at), tuple(factors))
    if "spatial_gate" in factors:  # all places are too many to be held until the pass is over
        return proof(**parts)
    return Later(proof, {name: part.clone() for name, part in parts.items()})


def _looked_at(features: Tensor, per_place: Tensor | None) -> dict[str, Part]:
    """The parts that are compared, by what is told of each."""
    sample = places(features)
    if per_place is None:
        return {sample.told: sample.of}
    groups, channels = per_place.shape[1], features.shape[1]
    some = f" ({groups} of {channels} channels)"
    return {sample.told: sample.of, some: lambda t: t[:, :: t.shape[1] // groups]}


@dataclass(frozen=True)
class _Proof:
    """Makes the checks of gates of which the same parts are looked at.

    Attributes:
        looked_at: the parts, in words.
        factors: names of the factors.
    """

    looked_at: tuple[str, ...]
    factors: tuple[str, ...]

    def __call__(self, **parts: Tensor) -> tuple[Check, ...]:
        """One product for each part.

        Args:
            parts: (..., channel, y, x) of the features, the output and each factor, by the name of
                the tensor and that of the part.
        """
        return tuple(
            Check(f"features x gate{part}", self._product(part, parts), parts[f"output{part}"])
            for part in self.looked_at
        )

    def _product(self, part: str, parts: Mapping[str, Tensor]) -> Tensor:
        product = parts[f"features{part}"]
        for factor in (parts[f"{name}{part}"] for name in self.factors):
            groups = product.unflatten(-3, (factor.shape[-3], -1))
            product = (groups * factor.unsqueeze(-3)).flatten(-4, -3)
        return product


def _site(path: str, module: nn.Module, form: Form, modules: Modules) -> Site:
    points = (
        *(
            HookPoint(name, module.get_submodule(part), dims=dims)
            for name, (part, dims) in form.gates.items()
        ),
        HookPoint("features", module, "input", 0),
        HookPoint("output", module),
    )
    shared = path.rpartition(".")[2].startswith("share")
    hosts = blocks_beside(path, modules) if shared else {}
    layers = tuple(hosts) or (block_of(path),)
    chain = parent_of(path) if shared else parent_of(layers[0])
    context = {"form": form, "title": f"shared {form.title}" if shared else form.title}
    return Site(path, module, points, layers, chain, hosts=hosts, context=context)


def _inside(path: str, other: str) -> bool:
    return path.startswith(f"{other}.") if other else bool(path)


def _require_map(call: Call) -> None:
    shape = tuple(call.tensors["features"].shape)
    if len(shape) != 4:
        raise UnexpectedShape(
            f"The {call.site.context['title']} gate of layer '{call.layer}' should receive a map "
            f"(sample, channel, y, x); its input has shape {shape}."
        )


def _factor(name: str, call: Call) -> Tensor:
    """A factor as it stands on the features: (sample, channel or group, y, x), or y = x = 1."""
    if name not in call.tensors:
        raise UnexpectedShape(
            f"The {name} of '{call.site.path}' is computed by a function instead of its module "
            f"{call.site.context['form'].gates[name][0]} (timm's 'light' attention does so), so "
            "there is nothing to read. Leave this mechanism out: "
            "capture(model, batch, mechanisms=[...])."
        )
    features, factor = call.tensors["features"], call.tensors[name]
    # Some layouts squeeze axes of length one, or fold the groups into the sample axis.
    places = features.shape[2:] if name == "spatial_gate" else (1, 1)
    return factor.reshape(features.shape[0], -1, *places)


def _quantity(name: str, factor: Tensor) -> Quantity:
    if name == "gate":
        return Quantity(factor.flatten(1), ("sample", "channel"), "channel gate", "share of 1")
    return Quantity(factor, PLACE_MAP, "spatial gate", "share of 1")


MECHANISM = Mechanism(
    key="gates",
    title="channel and spatial gates",
    looks_for="fc1 and fc2, conv_reduce and conv_expand, or a 1-d conv, beside gate or sigmoid; fc "
    "ending in a sigmoid beside avg_pool (SE, ECA); channel and spatial, each with a gate (CBAM); "
    "sig beside weight and bias per group (SGE)",
    find=find,
    read=read,
)
