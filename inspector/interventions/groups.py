"""A group is the parts of one form in a network, by layer: what a reader chooses a part from.

Groups follow from what `edges.KINDS` declares: a mechanism that declares parts has groups.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from inspector.inspection import Inspection
from inspector.interventions.edges import KINDS, Layer, captured, parts
from inspector.interventions.value import EVERY, Intervention


@dataclass(frozen=True)
class Group:
    """The parts of a network that differ in layer and label alone.

    Attributes:
        key: short name, such as "mrla-edge".
        title: name for readers, such as "retrieval edges".
        cuts: a cut of each part.
        sizes: entries along the parts' dim by layer, where it has one.
        heads: heads by layer, that a part there can be confined to; 0 where it has none.
    """

    key: str
    title: str
    cuts: tuple[Intervention, ...]
    sizes: Mapping[str, int]
    heads: Mapping[str, int]

    @property
    def dim(self) -> str:
        """The dim along which each part is an entry."""
        return self.cuts[0].dim

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers with such parts, `EVERY` alone where a part concerns all layers."""
        return tuple(dict.fromkeys(cut.layer for cut in self.cuts))

    @property
    def begin(self) -> Intervention:
        """The first part that is no layer's retrieval of itself, or else the first of all.

        A layer that retrieves itself alone has weight 1 on it whatever the image.
        """
        return next((cut for cut in self.cuts if cut.layer != cut.label), self.cuts[0])

    def entries(self, layer: str) -> dict[str, Intervention]:
        """Cuts of the parts of a layer by label: of a whole, also its single entries."""
        own = {str(cut.label): cut for cut in self.cuts if cut.layer == layer}
        if EVERY not in own or self.sizes.get(layer, 1) < 2:
            return own
        single = {str(n): replace(own[EVERY], label=n) for n in range(self.sizes[layer])}
        return {EVERY: own[EVERY], **single}

    def heads_of(self, cut: Intervention) -> int:
        """How many heads a part can be confined to one of; 0 where it has no such parts."""
        layer = str(cut.label) if cut.layer == EVERY else cut.layer
        return self.heads.get(layer, 0)


def groups(inspection: Inspection) -> tuple[Group, ...]:
    """All groups of a network, in the order of `edges.KINDS`."""
    found: dict[tuple[object, ...], tuple[str, list[Intervention]]] = {}
    for kind in KINDS:
        for cut in parts(inspection, kind):
            form = cut.mechanism, cut.dim, cut.quantity, cut.layer == EVERY
            found.setdefault(form, (kind, []))[1].append(cut)
    rivals = Counter((kind, cuts[0].mechanism) for kind, cuts in found.values())
    alone = len(inspection.mechanisms) == 1
    return tuple(
        _group(inspection, kind, cuts, _told(cuts[0], rivals[kind, cuts[0].mechanism] > 1, alone))
        for kind, cuts in found.values()
    )


def _told(cut: Intervention, among_others: bool, alone: bool) -> str:
    """What tells a group from others of its kind, in words; empty where it is the only one."""
    told = [] if alone else [cut.mechanism]
    told += [cut.quantity] if among_others else []
    return ", ".join(told).replace("_", " ")


def _group(inspection: Inspection, kind: str, cuts: Sequence[Intervention], told: str) -> Group:
    first = cuts[0]
    layers = list(captured(inspection, first.mechanism))
    words = (first.mechanism, kind, first.quantity)
    return Group(
        key="-".join(filter(None, words)),
        title=": ".join(filter(None, (KINDS[kind][0], told))),
        cuts=tuple(cuts),
        sizes={one.name: one.data.sizes.get(first.dim, 1) for one in layers},
        heads={one.name: _heads(one, first.dim) for one in layers},
    )


def _heads(layer: Layer, dim: str) -> int:
    """Heads of which a part along a dim can be confined to one; 0 where there are not several."""
    together = {dim, "head"}
    several = len(together) > 1 and layer.data.sizes.get("head", 1) > 1
    found = several and any(together <= {*one.dims} for one in layer.data.data_vars.values())
    return int(layer.data.sizes["head"]) if found else 0
