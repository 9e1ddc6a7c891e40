"""A selection is the part of an inspection that a view draws: one image, one head, whole chains."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, TypeVar

import xarray as xr

from hooks.stacking import chains, stack
from inspector.inspection import Inspection
from inspector.measures import Rows
from inspector.provenance import Origin
from inspector.views.view import Choices, Choose, Control, NothingToDraw

Labelled = TypeVar("Labelled", xr.DataArray, xr.Dataset)
T = TypeVar("T")

MEAN = "mean"


def layers(inspection: Inspection, mechanism: str, variant: str | None = None) -> list[xr.DataTree]:
    """The layers of a mechanism in one form: what controls are made from, nothing being joined."""
    return [
        layer
        for layer in inspection.tree.children[mechanism].children.values()
        if variant is None or layer.attrs["variant"] == variant
    ]


def stacked(
    inspection: Inspection,
    mechanism: str,
    variant: str | None = None,
    *,
    names: Sequence[str] | None = None,
) -> tuple[dict[str, xr.Dataset], tuple[str, ...]]:
    """Chains of a mechanism, each with its layers joined, and sentences on those held back.

    A chain is held back when the capture of one of its layers was not verified: what the arrays
    imply is then not what the network computed, and a picture of them would be false. A layer is
    left out when it has none of `names`.

    Raises:
        NothingToDraw: no chain is left.
    """
    asked = mechanism, variant, None if names is None else tuple(names)
    # joining takes longer than drawing what is joined
    found, held_back = once(inspection, asked, lambda: _stacked(inspection, *asked))
    if not found:
        raise NothingToDraw(" ".join(held_back) or "Nothing of this form was captured.")
    return dict(found), held_back


def once(inspection: Inspection, asked: Hashable, make: Callable[[], T]) -> T:
    """What was made of an inspection under this name before; else makes it. It is never changed."""
    if asked not in inspection.kept:
        inspection.kept[asked] = make()
    found: T = inspection.kept[asked]
    return found


def _stacked(
    inspection: Inspection, mechanism: str, variant: str | None, names: Sequence[str] | None
) -> tuple[dict[str, xr.Dataset], tuple[str, ...]]:
    node = inspection.tree.children[mechanism]
    found, held_back = {}, []
    for chain, members in chains(node).items():
        attributes = [node.children[layer].attrs for layer in members]
        if variant is not None and attributes[0]["variant"] != variant:
            continue
        if reason := unverified(chain, attributes):
            held_back.append(reason)
            continue
        holding = [name for name in members if _holds(node.children[name], names)]
        held_back += _lacking(chain, members, holding, names)
        if holding:
            part = node if holding == members else _only(node, holding)
            found[chain] = stack(part, chain, names=names)
    return found, tuple(held_back)


def _holds(layer: xr.DataTree, names: Sequence[str] | None) -> bool:
    return names is None or any(name in layer for name in names)


def _only(node: xr.DataTree, layers: Sequence[str]) -> xr.DataTree:
    """These layers of a mechanism: joined with others, they would get rows without a value."""
    return xr.DataTree(children={name: node.children[name] for name in layers})


def _lacking(
    chain: str, members: Sequence[str], holding: Sequence[str], names: Sequence[str] | None
) -> list[str]:
    """The sentence on layers without the quantities that are drawn, if there are any."""
    lacking = [name for name in members if name not in holding]
    what = " or ".join(names or ()).replace("_", " ")
    if not holding:
        return [f"Chain {chain} is not drawn: it has no {what}."]
    return [f"Layers without {what} are not drawn: {', '.join(lacking)}."] if lacking else []


def verified(
    inspection: Inspection, mechanism: str
) -> tuple[dict[str, xr.Dataset], tuple[str, ...]]:
    """Verified layers of a mechanism in execution order, and sentences on the others.

    Raises:
        NothingToDraw: none was verified.
    """
    node = inspection.tree.children[mechanism]
    kept, notes = once(inspection, ("verified", mechanism), lambda: _verified(node))
    if not kept:
        raise NothingToDraw(" ".join(notes))
    return dict(kept), notes


def _verified(node: xr.DataTree) -> tuple[dict[str, xr.Dataset], tuple[str, ...]]:
    ordered = [name for members in chains(node).values() for name in members]
    held_back = {name: unverified(name, [node.children[name].attrs]) for name in ordered}
    kept = {name: node.children[name].to_dataset() for name in ordered if not held_back[name]}
    return kept, tuple(reason for reason in held_back.values() if reason)


def unverified(what: str, attributes: Iterable[Mapping[Any, Any]]) -> str | None:
    """The sentence why something is not drawn, from its layers' attributes; None if it may be."""
    wrong = [layer for layer in attributes if not layer["verified"]]
    if not wrong:
        return None
    if any(layer["verified_tolerance"] == 0 for layer in wrong):  # no check was left to allow for
        return f"{what} is not drawn: an intervention replaced what its capture is checked against."
    errors = [float(layer["verified_error"]) for layer in wrong]
    if not all(map(isfinite, errors)):
        return f"{what} is not drawn: it holds values that are not numbers (NaN or infinite)."
    return f"{what} is not drawn: its capture is off by {max(errors):.1e}."


def edited(inspection: Inspection, mechanism: str) -> frozenset[str]:
    """Names of the layers in whose attention an intervention was made."""
    members = inspection.tree.children[mechanism].children
    return frozenset(name for name, layer in members.items() if layer.attrs.get("edited", 0))


def image_control(inspection: Inspection) -> tuple[Control, ...]:
    """Which image to draw, when there are several; numbered, since two may have one name."""
    if len(inspection.images) < 2:
        return ()
    options = {str(i): f"{i + 1}: {name}" for i, name in enumerate(inspection.images)}
    return (Choose("image", "Image", options),)


def distinct_images(origin: Origin) -> list[int]:
    """Samples without repetitions, by the images' digests: a copy is no further evidence."""
    first = {digest: place for place, digest in reversed(list(enumerate(origin.digests)))}
    return sorted(first.values())


def image_of(choices: Choices) -> int:
    """The sample that was chosen; the first where there is no choice."""
    return int(choices.get("image", 0))


def of_image(data: xr.Dataset, choices: Choices) -> xr.Dataset:
    """One image's part; quantities without a sample, such as decays, stay."""
    return data.isel(sample=image_of(choices), drop=True) if "sample" in data.dims else data


def head_control(heads: Iterable[int]) -> Choose:
    """Mean over heads, or one of them."""
    numbers = {str(head): f"head {head}" for head in range(max(heads))}
    return Choose("head", "Head", {MEAN: "mean over heads", **numbers})


def of_head(
    panels: Mapping[str, xr.DataArray], choices: Choices, kind: str = "Chain"
) -> tuple[dict[str, xr.DataArray], tuple[str, ...]]:
    """The chosen head, or the mean over heads, of each panel that has it.

    Args:
        panels: arrays with a dim ``head``, by title.
        choices: with the key of a head control.
        kind: what a title names, for the sentences on those that lack the head.

    Raises:
        NothingToDraw: no panel has the head.
    """
    chosen = choices.get("head", MEAN)
    if chosen == MEAN:
        return {title: values.mean("head", keep_attrs=True) for title, values in panels.items()}, ()
    return of_number(panels, "head", int(chosen), kind)


def of_number(
    panels: Mapping[str, Labelled], dim: str, number: int, kind: str = "Chain"
) -> tuple[dict[str, Labelled], tuple[str, ...]]:
    """One entry along a numbered dim of each panel that has it, and the sentence on the others.

    Args:
        panels: arrays or data sets with the dim, by title.
        dim: name of the dim, such as ``head`` or ``channel``.
        number: the entry, from 0.
        kind: what a title names, for the sentence.

    Raises:
        NothingToDraw: no panel has it.
    """
    kept = {
        title: values.isel({dim: number}, drop=True)
        for title, values in panels.items()
        if number < values.sizes[dim]
    }
    others = [title for title in panels if title not in kept]
    verb = "has" if len(others) == 1 else "have"
    whose = kind if len(others) == 1 else f"{kind}s"
    lacking = f"{whose} {', '.join(others)} {verb} no {dim} {number}."
    if not kept:
        raise NothingToDraw(f"{lacking} Choose a smaller number.")
    return kept, (lacking,) if others else ()


def rows_of(rows: Rows, choices: Choices, drawn: Mapping[str, Sequence] | None = None) -> Rows:
    """Softmax rows over ``head`` and other dims, of which the chosen head is drawn, or their mean.

    Args:
        rows: of all heads, which tell the spread of the logits together.
        choices: with the key of a head control; of any other word than a mean, all are drawn.
        drawn: labels along other dims, of the rows that are drawn.
    """
    head = choices.get("head", MEAN)
    if head == MEAN:
        return rows.showing(drawn or {}, ("head",))
    one = {"head": [int(head)]} if head.isdigit() else {}
    return rows.showing({**one, **(drawn or {})})


EVERY, SPREAD = "every", "spread"


def form_control(dim: str) -> Choose:
    """Every entry along a dim as a cell, or how they spread."""
    forms = {EVERY: f"every {dim}", SPREAD: f"spread over {dim}s (5, 25, 50, 75, 95 %)"}
    return Choose("form", "Picture", forms)


def lacks(inspection: Inspection, what: str) -> str:
    """The sentence on a view that finds nothing to draw: refused is not the same as absent."""
    model = inspection.about.get("model", "this model")
    rest = " that can be captured" if inspection.about.get("refused") else ""
    return f"Needs {what}; {model} has none{rest}."


def needs(mechanism: str, variant: str | None, what: str) -> Callable[[Inspection], str | None]:
    """An ``applies``: the inspection must hold a mechanism, in this form if one is named."""

    def applies(inspection: Inspection) -> str | None:
        found = inspection.variants(mechanism)
        if (variant in found) if variant else found:
            return None
        return lacks(inspection, what)

    return applies
