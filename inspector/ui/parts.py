"""A part is chosen by pointing at it on a map, or from lists: group, layer, entry, head."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from hooks.dims import TITLES
from inspector.inspection import Inspection
from inspector.interventions.groups import Group
from inspector.interventions.value import EVERY, Intervention
from inspector.ui import chosen, widgets
from inspector.views import Choose
from inspector.views.selection import MEAN, head_control, image_control

NAME = "whatif"
"""Under which the choices that are no selection are remembered."""


def choose(inspection: Inspection, groups: Sequence[Group]) -> tuple[Intervention, dict[str, str]]:
    """Shows the lists; returns a cut of the chosen part, and all that was chosen, by key.

    Args:
        inspection: what was captured.
        groups: those of its network, at least one.
    """
    which = _group_control(groups)
    group = _named(groups, chosen.value(NAME, which))
    layer = _layer_control(group)
    where = chosen.value(NAME, layer)
    entry = _entry_control(group, where)
    cut = group.entries(where)[chosen.value(NAME, entry)]
    head = _head_control(group, cut)
    shown = [which, *_lists(layer, entry, *head), *image_control(inspection)]
    choices = widgets.choices(NAME, shown)
    alone = choices.get("head", MEAN) if head else MEAN
    within = () if alone == MEAN else (("head", int(alone)),)
    return replace(cut, within=within), choices


def take(groups: Sequence[Group], clicked: Mapping[str, str]) -> None:
    """Turns to the group that a click on a map means: the chosen one if it has the cell's dims."""
    which = _group_control(groups)
    now = _named(groups, chosen.value(NAME, which))
    fitting = [group for group in (now, *groups) if group.dim in clicked]
    if fitting:
        chosen.choose(NAME, which, fitting[0].key)


def labels(cut: Intervention) -> dict[str, str]:
    """Returns the labels of a part by dim, to be framed on a map."""
    named = {"layer": cut.layer, cut.dim: cut.label, **dict(cut.within)}
    return {dim: str(label) for dim, label in named.items() if label != EVERY}


def _named(groups: Iterable[Group], key: str) -> Group:
    return next(group for group in groups if group.key == key)


def _group_control(groups: Sequence[Group]) -> Choose:
    titles = {group.key: group.title for group in groups}
    return Choose("part", "Change", titles, "What of the attention is to be changed.")


def _layer_control(group: Group) -> Choose:
    layers = {layer: layer for layer in group.layers}
    return Choose("layer", "Layer", layers, begin=group.begin.layer)


def _entry_control(group: Group, layer: str) -> Choose:
    dim = TITLES[group.dim]
    named = group.dim == "retrieved_layer"
    options = {
        label: f"all {dim}s" if label == EVERY else label if named else f"{dim} {label}"
        for label in group.entries(layer)
    }
    return Choose(group.dim, dim.capitalize(), options)


def _head_control(group: Group, cut: Intervention) -> tuple[Choose, ...]:
    """Which head a part is confined to, if it can be."""
    heads = group.heads_of(cut)
    if not heads:
        return ()
    control = head_control([heads])
    return (replace(control, options={**control.options, MEAN: "every head"}),)


def _lists(*controls: Choose) -> list[Choose]:
    """Those that leave a choice."""
    return [control for control in controls if len(control.options) > 1]
