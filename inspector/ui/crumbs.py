"""Crumbs are the way from the whole network to what is selected, with each step back on it.

Beside them stand the steps to the layer before and after, on the arrow keys too.
"""

from collections.abc import Sequence

import streamlit as st

from hooks.stacking import chains
from inspector.inspection import Inspection
from inspector.ui import chosen
from inspector.ui.wording import plain

WHOLE = "All layers"
HINT = "Click on a cell to select its layer in every view."


def show(inspection: Inspection) -> None:
    """Shows the way to the selection, and the steps to neighbouring layers."""
    order = layers(inspection)
    path = [(key, label) for key, label in chosen.selection().items() if key in chosen.PATH]
    _step("Previous layer", -1, order)
    _step("Next layer", 1, order)
    if path:
        _crumb(WHOLE, "")
    else:
        st.caption(HINT, width="content")
    for key, label in path:
        st.caption("/", width="content")
        _crumb(f"{key.replace('_', ' ')} {_shown(key, label)}", key)


def layers(inspection: Inspection) -> list[str]:
    """Returns the names of all layers with attention, by mechanism, in execution order."""
    found = (chains(inspection.tree.children[key]) for key in inspection.mechanisms)
    ordered = [name for by_chain in found for names in by_chain.values() for name in names]
    return list(dict.fromkeys(ordered))


def _step(title: str, by: int, order: Sequence[str]) -> None:
    """A button for the layer before or after; grey where there is none."""
    now = chosen.selection().get("layer")
    place = order.index(now) + by if now in order else (0 if by > 0 else -1)
    there = order[place] if 0 <= place < len(order) else None
    st.button(
        title,
        icon=":material/arrow_back:" if by < 0 else ":material/arrow_forward:",
        key=f"step-{by}",
        help=f"{title} ({'left' if by < 0 else 'right'} arrow key)",
        shortcut="Left" if by < 0 else "Right",
        disabled=there is None,
        on_click=_go,
        args=(there,),
    )


def _go(layer: str) -> None:
    """Selects a layer; what was selected inside the one before does not belong to it."""
    chosen.drop(["retrieved_layer"])
    chosen.select({"layer": layer})


def _crumb(title: str, key: str) -> None:
    st.button(
        plain(title),
        type="tertiary",
        key=f"crumb-{key or 'all'}",
        help=f"Go back to {plain(title)}",
        on_click=_back,
        args=(key,),
    )


def _back(key: str) -> None:
    """Drops from the selection what lies deeper than a key; all of it for an empty one."""
    chosen.drop(chosen.PATH[chosen.PATH.index(key) + 1 :] if key else chosen.PATH)


def _shown(key: str, label: str) -> str:
    """An image by its place from 1, as everywhere else on the page."""
    return str(int(label) + 1) if key == "image" and label.isdecimal() else label
