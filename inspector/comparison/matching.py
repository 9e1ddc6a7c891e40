"""A match is that two inspections hold the same cells, so that one can be subtracted.

Layers are matched by their names, cells by their labels. What has no partner is never padded, cut
or averaged into one: the comparison is refused, with the part and the reason.
"""

from collections.abc import Collection, Hashable, Iterable

import numpy as np
import xarray as xr

from inspector.figures.text import dim_title
from inspector.inspection import SEEN, Inspection
from inspector.views import Choices, Choose, NothingToDraw, View
from inspector.views.alike import SHOWS
from inspector.views.sides import SIDES, A, B

NAMED = 4
"""Layers, panels or labels that a refusal names one by one."""


class NotComparable(NothingToDraw):
    """Two inspections show different cells; the sentence says which, and what to do."""


def require_match(view: View, a: Inspection, b: Inspection) -> None:
    """Refuses two inspections of which a view does not show the same layers.

    Raises:
        NotComparable: the view does not apply to one, or a mechanism that it reads has other
            layers, another form or other sizes there.
    """
    for side, seen in zip(SIDES, (a, b), strict=True):
        if reason := view.applies(seen):
            raise NotComparable(f"{view.title} does not apply to {side}. {reason}")
    for mechanism in read_by(view, a):
        if mechanism in b.mechanisms:
            _require_same_layers(a.tree.children[mechanism], b.tree.children[mechanism])


def read_by(view: View, inspection: Inspection) -> list[str]:
    """Keys of the mechanisms that a view reads: without them it would not apply."""
    every = inspection.mechanisms
    if view.applies(_without(inspection, every)) is None:
        return []
    needed = [key for key in every if view.applies(_without(inspection, [key])) is not None]
    return needed or list(every)


def require_offered(view: View, choices: Choices, b: Inspection) -> None:
    """Refuses choices that A offers and B does not.

    Any class can be asked for, so a target need not be among B's likeliest.

    Raises:
        NotComparable: B has no such option.
    """
    offered = {one.key: one for one in view.controls(b) if isinstance(one, Choose)}
    for key, value in choices.items():
        control = offered.get(key)
        if control and key != "target" and value not in control.options:
            raise NotComparable(f"{control.label}: A was asked for '{value}', which B has not.")
    if "image" not in offered and int(choices.get("image", 0)) > 0:
        raise NotComparable("A shows a later image of several, B has one. Choose A's first image.")


def require_same(title: str, a: Iterable[str], b: Iterable[str]) -> None:
    """Refuses parts of other names: panels of a view, or quantities of a panel.

    Raises:
        NotComparable: a part has no partner.
    """
    if others := unshared(a, b):
        raise NotComparable(f"{title}: what is shown does not match. {others}")


def matched(title: str, a: xr.DataArray, b: xr.DataArray) -> xr.DataArray:
    """B's values in the order of A's labels.

    Args:
        title: what they are, for the sentence.
        a: values of A.
        b: the same quantity of B.

    Raises:
        NotComparable: other dims, sizes or labels, or values of something else.
    """
    if (ours := a.attrs.get(SHOWS)) != (theirs := b.attrs.get(SHOWS)):
        raise NotComparable(
            f"{title}: A shows {ours} and B {theirs}, as the data chose, so their difference would "
            "mean nothing. Choose the same for both, or another view."
        )
    if set(a.dims) != set(b.dims):
        raise NotComparable(f"{title}: A runs over {_listed(a.dims)}, B over {_listed(b.dims)}.")
    for dim in a.dims:
        b = _in_order(title, a, b, dim)
    return b.transpose(*a.dims)


def unshared(a: Iterable[str], b: Iterable[str]) -> str:
    """Returns the sentence on what only one side has; empty where both have the same."""
    ours, theirs = list(a), list(b)
    sides = {A: [x for x in ours if x not in theirs], B: [x for x in theirs if x not in ours]}
    told = [f"Only in {side}: {_listed(found)}." for side, found in sides.items() if found]
    return " ".join(told)


def _without(inspection: Inspection, mechanisms: Collection[str]) -> Inspection:
    tree = inspection.tree
    kept = {key: node for key, node in tree.children.items() if key not in mechanisms}
    rest = xr.DataTree(children=kept | {SEEN: tree.children[SEEN]})
    rest.attrs = dict(tree.attrs)
    return Inspection(rest, inspection.model)


def _require_same_layers(a: xr.DataTree, b: xr.DataTree) -> None:
    if others := unshared(a.children, b.children):
        raise NotComparable(
            f"The layers of {a.name} do not match: A has {len(a.children)}, B {len(b.children)}. "
            f"{others} Compare networks of one family and depth."
        )
    for name, layer in a.children.items():
        _require_same_form(name, layer, b.children[name])


def _require_same_form(name: str, a: xr.DataTree, b: xr.DataTree) -> None:
    ours, theirs = a.attrs["variant"], b.attrs["variant"]
    if ours != theirs:
        raise NotComparable(
            f"Layer {name} is of the form {ours} in A and {theirs} in B, whose quantities mean "
            "different things. Compare networks of one form."
        )
    for dim, size in a.sizes.items():
        if dim != "sample" and b.sizes.get(dim, size) != size:
            raise NotComparable(
                f"Layer {name} has {size} along {str(dim).replace('_', ' ')} in A and "
                f"{b.sizes[dim]} in B, so that its cells have no partners. Compare networks of one "
                "size."
            )


def _in_order(title: str, a: xr.DataArray, b: xr.DataArray, dim: Hashable) -> xr.DataArray:
    """B with its labels along a dim in the order of A's."""
    ours, theirs = a[dim].values, b[dim].values
    if np.array_equal(ours, theirs):
        return b
    if others := unshared(map(str, ours), map(str, theirs)):
        raise NotComparable(f"{title}: labels along {dim_title(a, dim)} differ. {others}")
    return b.sel({dim: ours})


def _listed(names: Iterable[object]) -> str:
    found = [str(name) for name in names]
    more = len(found) - NAMED
    return ", ".join(found[:NAMED]) + (f" and {more} more" if more > 0 else "")
