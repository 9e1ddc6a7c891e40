"""A part is what an intervention can be made at: a retrieval edge, a head, a state, a gate, a slot.

Parts are listed from an inspection, as cuts; `dataclasses.replace` makes another change of one.
"""

from collections.abc import Callable, Iterator, Mapping

import xarray as xr

from hooks.stacking import chains
from inspector.inspection import Inspection
from inspector.interventions.value import EVERY, Intervention, Label


class Layer:
    """One captured layer, and which places of its chain it has."""

    def __init__(self, mechanism: str, name: str, data: xr.DataTree, place: int) -> None:
        """Args: key of the mechanism; the layer's name, node and place in its chain, from 0."""
        self.mechanism, self.name, self.data, self.place = mechanism, name, data, place

    @property
    def form(self) -> tuple[str, str]:
        """Its mechanism and variant."""
        return self.mechanism, str(self.data.attrs["variant"])

    def cut(self, dim: str, label: Label = EVERY, quantity: str = "") -> Intervention:
        """A cut of one of its parts."""
        return Intervention(self.mechanism, self.name, dim, label, quantity=quantity)

    def each(self, dim: str) -> Iterator[Intervention]:
        """A cut of every entry along a dim that it has."""
        for label in self.data.coords[dim].values.tolist() if dim in self.data.dims else ():
            yield self.cut(dim, label)


def _edges(layer: Layer) -> Iterator[Intervention]:
    return layer.each("retrieved_layer") if layer.form == ("mrla", "base") else iter(())


def _retrieved(layer: Layer) -> Iterator[Intervention]:
    if layer.form == ("mrla", "base"):
        yield Intervention("mrla", EVERY, "retrieved_layer", layer.name)


def _heads(layer: Layer) -> Iterator[Intervention]:
    # A gate per head of MRLA-light is the head; a layout of EA without heads has one, unnamed.
    if layer.mechanism in ("mrla", "self_attention") or layer.data.sizes.get("head", 1) > 1:
        yield from layer.each("head")


def _gates(layer: Layer) -> Iterator[Intervention]:
    if layer.form == ("mrla", "light"):
        yield layer.cut("head")
    elif layer.mechanism in ("dia", "gates") and "gate" in layer.data:
        yield layer.cut("channel", quantity="gate")
    if "spatial_gate" in layer.data:
        yield layer.cut("group", quantity="spatial_gate")


def _states(layer: Layer) -> Iterator[Intervention]:
    if layer.mechanism == "dia" and layer.place:
        yield layer.cut("channel", quantity="cell_before")
        yield layer.cut("channel", quantity="gate_before")


def _carried(layer: Layer) -> Iterator[Intervention]:
    if layer.form == ("mrla", "light"):
        yield layer.cut("channel", quantity="shortcut")


def _slots(layer: Layer) -> Iterator[Intervention]:
    return layer.each("slot") if layer.mechanism == "external_attention" else iter(())


KINDS: Mapping[str, tuple[str, Callable[[Layer], Iterator[Intervention]]]] = {
    "edge": ("retrieval edges", _edges),
    "layer": ("retrieved layers, for all later ones", _retrieved),
    "gate": ("gates", _gates),
    "carried": ("what the decay carries", _carried),
    "state": ("states before a block", _states),
    "slot": ("memory slots", _slots),
    "head": ("heads", _heads),
}
"""Title of each kind of parts, and the cuts of one layer's."""


def parts(inspection: Inspection, kind: str) -> tuple[Intervention, ...]:
    """Cuts of all parts of a kind, each in turn; empty where the network has none.

    Args:
        inspection: what was captured.
        kind: a key of `KINDS`.

    Raises:
        ValueError: there is no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"Parts are of kind {', '.join(KINDS)}; got {kind!r}.")
    found = [cut for layer in captured(inspection) for cut in KINDS[kind][1](layer)]
    # A layer that nobody retrieves later has no edge to cut.
    last = {members[-1] for members in _chains(inspection, "mrla").values()}
    return tuple(cut for cut in found if cut.layer != EVERY or cut.label not in last)


def edges(inspection: Inspection, *, by_head: bool = False) -> tuple[Intervention, ...]:
    """Cuts of all retrieval edges, for all heads together or head by head.

    An edge leads from a retrieved layer to the layer that retrieves it, itself included.
    """
    together = parts(inspection, "edge")
    if not by_head:
        return together
    heads = {layer.name: layer.data.sizes["head"] for layer in captured(inspection, "mrla")}
    return tuple(
        Intervention("mrla", cut.layer, cut.dim, cut.label, within=(("head", head),))
        for cut in together
        for head in range(heads[cut.layer])
    )


def chain_of(inspection: Inspection) -> dict[tuple[str, str], str]:
    """Name of the chain of each layer, by mechanism and layer."""
    return {
        (mechanism, layer): chain
        for mechanism in inspection.mechanisms
        for chain, members in _chains(inspection, mechanism).items()
        for layer in members
    }


def captured(inspection: Inspection, *mechanisms: str) -> Iterator[Layer]:
    """Every captured layer of these mechanisms, or of all, in execution order by chain."""
    for mechanism in mechanisms or inspection.mechanisms:
        node = inspection.tree.children[mechanism]
        for members in _chains(inspection, mechanism).values():
            for place, name in enumerate(members):
                yield Layer(mechanism, name, node.children[name], place)


def _chains(inspection: Inspection, mechanism: str) -> Mapping[str, list[str]]:
    if mechanism not in inspection.mechanisms:
        return {}
    return chains(inspection.tree.children[mechanism])
