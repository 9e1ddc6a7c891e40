"""Views of self-attention: where a token looks, and what the looks of a chain of layers come to."""

from collections.abc import Iterable
from dataclasses import replace

import xarray as xr

from hooks.stacking import chains
from inspector.figures import Scale
from inspector.inspection import Inspection
from inspector.measures import Rows, rollout
from inspector.views.maps import LOOK, image_maps, maps_of, with_image
from inspector.views.scaling import Coloured, Maps
from inspector.views.selection import (
    MEAN,
    head_control,
    image_control,
    image_of,
    lacks,
    layers,
    of_head,
    of_image,
    once,
    rows_of,
    unverified,
    verified,
)
from inspector.views.tokens import grid, is_placed, left_out, on_grid, outside
from inspector.views.view import (
    Choices,
    Choose,
    Computed,
    Contrast,
    Control,
    NothingToDraw,
    Slide,
    View,
)

KEY = "self_attention"
EVERY, PLACE = "every", "place"


def placed_layers(inspection: Inspection) -> dict[str, xr.DataTree]:
    """Layers of which it is known where their tokens lie."""
    if not inspection.variants(KEY):
        return {}
    return {str(one.name): one for one in layers(inspection, KEY) if is_placed(one.coords["key"])}


# Who asks -----------------------------------------------------------------------------------------


def _query_controls(placed: Iterable[xr.DataTree]) -> tuple[Control, ...]:
    """The tokens before the grid, and a place of the image where the rows of all were captured."""
    known = list(placed)
    every = [one for one in known if _has_every_query(one)]
    tokens = (every or known)[-1].coords["key"]
    names = {str(number): name for number, name in enumerate(outside(tokens))}
    if not every:
        return (Choose("query", "Query", names),)
    height, width = grid(tokens)
    return (
        Choose("query", "Query", names | {PLACE: "a place of the image (row, column)"}),
        _side("row", height),
        _side("column", width),
    )


def _side(name: str, size: int) -> Slide:
    told = f"Counts from 0, when a place of the image is the query: 0 to {size - 1}."
    return Slide(name, f"Query {name}", 0, max(size - 1, 1), size // 2, 1, help=told)


def _has_every_query(layer: xr.DataTree) -> bool:
    return layer.sizes["query"] == layer.sizes["key"]


def _asked(weight: xr.DataArray, choices: Choices) -> tuple[xr.DataArray, tuple[str, ...]]:
    """The row of the chosen query, and the sentence on where that is.

    Raises:
        NothingToDraw: there is no such token, or its row was not captured.
    """
    number, who = _query(weight["key"], choices)
    if number not in weight["query"].values:
        raise NothingToDraw("This layer has no row of that query. Choose another query or layer.")
    return weight.sel(query=number, drop=True), _said_of(who, choices)


def _said_of(who: str, choices: Choices) -> tuple[str, ...]:
    """The sentence on a place that asks; of another token the choice itself tells."""
    return (f"The query is the {who}.",) if choices["query"] == PLACE else ()


def _query(tokens: xr.DataArray, choices: Choices) -> tuple[int, str]:
    """Number and name of the token that was chosen; -1 if this layer has none of that name."""
    names = outside(tokens)
    if choices["query"] != PLACE:
        number = int(choices["query"])
        return (number, names[number]) if number < len(names) else (-1, "")
    height, width = grid(tokens)
    row, column = int(choices["row"]), int(choices["column"])
    if row >= height or column >= width:
        raise NothingToDraw(f"This layer's tokens lie on {height} rows and {width} columns.")
    where = f"token at row {row}, column {column} of {height} x {width} (from 0)"
    return len(names) + row * width + column, where


def _maps(computed: Computed, choices: Choices) -> Maps:
    maps = maps_of(computed)
    what = next(iter(maps.values())).attrs
    shared = Scale.of(maps.values(), f"{what['long_name']} ({what['units']})")
    return image_maps(computed, shared, choices)


# One layer ----------------------------------------------------------------------------------------


def _map_applies(inspection: Inspection) -> str | None:
    if placed_layers(inspection):
        return None
    return lacks(inspection, "self-attention over tokens whose place in the image is known")


def _map_controls(inspection: Inspection) -> tuple[Control, ...]:
    placed = placed_layers(inspection)
    heads = head_control(one.sizes["head"] for one in placed.values())
    return (
        *image_control(inspection),
        Choose("layer", "Layer", {name: name for name in placed}, begin=list(placed)[-1]),
        replace(heads, options={**heads.options, EVERY: "every head"}),
        *_query_controls(placed.values()),
        *LOOK,
    )


def _map(inspection: Inspection, choices: Choices) -> Computed:
    found, held_back = verified(inspection, KEY)
    if choices["layer"] not in found:
        raise NothingToDraw(" ".join(held_back))
    row, who = _asked(of_image(found[choices["layer"]], choices)["weight"], choices)
    heads = _heads(row, choices)
    shares = xr.concat(list(heads.values()), "map", coords="minimal", compat="override")
    said = (*who, *left_out(shares, "key", "each map's attention"), _even(row))
    maps = {title: on_grid(values, "key") for title, values in heads.items()}
    return Computed(with_image(inspection, choices, maps), (*held_back, *said))


def _map_rows(inspection: Inspection, choices: Choices) -> dict[str, Rows]:
    """Of each map, the rows of every query; the one that asks is drawn."""
    layer = choices["layer"]
    weight = of_image(verified(inspection, KEY)[0][layer], choices)["weight"]
    asked = "query rows", layer, image_of(choices)
    rows = once(inspection, asked, lambda: Rows(weight, "key"))
    number, _ = _query(weight["key"], choices)
    every = choices["head"] == EVERY
    heads = map(str, weight["head"].values) if every else [choices["head"]]
    return {_title(head): rows_of(rows, {"head": head}, {"query": [number]}) for head in heads}


def _title(head: str) -> str:
    return "mean over heads" if head == MEAN else f"head {head}"


def _heads(row: xr.DataArray, choices: Choices) -> dict[str, xr.DataArray]:
    """The attention to each key, by the title of its map."""
    if choices["head"] == EVERY:
        return {_title(head): row.sel(head=head, drop=True) for head in row["head"].values}
    chosen, _ = of_head({choices["layer"]: row}, choices, "Layer")
    return {_title(choices["head"]): chosen[choices["layer"]]}


def _even(row: xr.DataArray) -> str:
    tokens = row.sizes["key"]
    return f"Spread evenly, each of the {tokens} tokens would get {1 / tokens:.2g}."


MAP = View(
    key="self_attention_map",
    title="Self-attention map",
    shows="How one token of a layer shares out its attention over the places of the image, in the "
    "tokens' own cells: the class token's, or that of a place.",
    caveat="An attention weight is not an importance: it says what is mixed in, not what the "
    "prediction rests on. A token stands for more than its own place once layers have mixed "
    "tokens, and a network may keep a few cells as scratch paper.",
    applies=_map_applies,
    controls=_map_controls,
    compute=_map,
    draw=Coloured(_maps),
    contrast=Contrast(_map_rows),
    overview=True,
)

# Rollout ------------------------------------------------------------------------------------------


def rolled(inspection: Inspection) -> dict[str, list[str]]:
    """Layers of each chain that has at least two, all of their rows, and a grid."""
    placed = placed_layers(inspection)
    if not placed:
        return {}
    members = chains(inspection.tree.children[KEY])
    return {
        chain: names
        for chain, names in members.items()
        if len(names) > 1
        and all(name in placed and _has_every_query(placed[name]) for name in names)
    }


def _rollout_applies(inspection: Inspection) -> str | None:
    if rolled(inspection):
        return None
    return lacks(
        inspection,
        "a chain of self-attentions with the rows of every token (detail 'full'), whose places in "
        "the image are known",
    )


def _rollout_controls(inspection: Inspection) -> tuple[Control, ...]:
    chained, placed = rolled(inspection), placed_layers(inspection)
    names = [name for members in chained.values() for name in members]
    return (
        *image_control(inspection),
        Choose("layer", "Up to layer", {name: name for name in names}, begin=names[-1]),
        *_query_controls(placed[name] for name in names),
        *LOOK,
    )


def _rollout(inspection: Inspection, choices: Choices) -> Computed:
    members = rolled_up_to(inspection, choices["layer"])
    node = inspection.tree.children[KEY]
    parts = [of_image(node.children[name].to_dataset(), choices)["weight"] for name in members]
    row, who = _asked(rollout(parts), choices)
    said = (_product(members), *who, *left_out(row, "key", "the map"), *_left_aside(inspection))
    maps = {f"rollout to {choices['layer']}": on_grid(row, "key")}
    return Computed(with_image(inspection, choices, maps), said)


def rolled_up_to(inspection: Inspection, layer: str) -> list[str]:
    """The layers of a chain that a product up to this one takes in.

    Raises:
        NothingToDraw: one of them was not verified, or did not run.
    """
    chain, names = next(one for one in rolled(inspection).items() if layer in one[1])
    members = names[: names.index(layer) + 1]
    node = inspection.tree.children[KEY]
    if reason := unverified(chain, [node.children[name].attrs for name in members]):
        raise NothingToDraw(reason)
    missed = str(inspection.about.get("not_run", "")).split(", ")
    if gaps := [path for path in missed if path.startswith(f"{chain}.")]:
        raise NothingToDraw(f"{chain} is not drawn: {', '.join(gaps)} did not run in this pass.")
    return members


def _product(members: list[str]) -> str:
    first, last = members[0], members[-1]
    span = first if first == last else f"{first} to {last}"
    return f"Rollout over {len(members)} layers ({span}), heads averaged, half of each passing by."


def _left_aside(inspection: Inspection) -> tuple[str, ...]:
    others = ", ".join(key for key in inspection.mechanisms if key != KEY)
    return (f"Not in the product, although it moves what tokens hold: {others}.",) if others else ()


ROLLOUT = View(
    key="self_attention_rollout",
    title="Self-attention rollout",
    shows="The product of a chain's attentions (Abnar and Zuidema, 2020): how much of the first "
    "layer's tokens a token would hold if weights alone mixed them.",
    caveat="Rollout is a rule of thumb: it takes half of every token to pass a layer by and all "
    "heads to count alike, and leaves out values, MLPs and signs. It is the same for every class.",
    applies=_rollout_applies,
    controls=_rollout_controls,
    compute=_rollout,
    draw=Coloured(_maps),
    contrast=Contrast(),
)
