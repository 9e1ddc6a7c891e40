"""What was chosen is remembered for the session, by the keys of the controls, as text.

Choices that mean the same everywhere are the *selection*: every view that offers such a control
takes them, so that one click drives all panels. The others belong to one view. What is remembered
goes into the address; what the address of a new session says is remembered as if it had been chosen
there. It may have been written by anybody, so each control reads its own text, and ignores what it
does not offer.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from inspector.ui import address
from inspector.views import Control
from inspector.views.choosing import read, written

PATH = ("layer", "retrieved_layer", "head", "slot", "channel", "image")
"""Keys of the selection from the whole network down to one picture."""

SELECTION = (*PATH, "target")

_PREFIX = "set."
"""Before the key of a choice in the address, as behind ``--set`` on the command line."""

_MOST, _LONGEST = 40, 400
"""Choices of an address that are read, and characters of each."""


def value(view: str, control: Control) -> Any:
    """Returns what is chosen of a control: as remembered if it offers that, else as it begins."""
    text = _remembered().get(_name(view, control.key))
    chosen = None if text is None else read(control, [text])
    return control.start if chosen is None else chosen


def choose(view: str, control: Control, chosen: Any) -> None:
    """Remembers what was chosen of a control; what it begins with needs no remembering."""
    name = _name(view, control.key)
    if chosen == control.start:
        _remembered().pop(name, None)
    else:
        _remembered()[name] = written(chosen)


def selection() -> dict[str, str]:
    """Returns what is selected for all views, by key, from the whole to the part."""
    kept = _remembered()
    return {key: kept[key] for key in SELECTION if key in kept}


def select(chosen: Mapping[str, str]) -> None:
    """Adds to the selection; keys that are none of its are ignored."""
    _remembered().update({key: chosen[key] for key in SELECTION if key in chosen})


def drop(keys: Sequence[str]) -> None:
    """Takes keys out of the selection."""
    for key in keys:
        _remembered().pop(key, None)


def publish(view: str, *beside: str) -> None:
    """Writes the selection and the choices of some views into the address, and no others.

    Args:
        view: that the address names: its choices go by their keys alone.
        beside: others, whose choices go by the view's key, a dot and their own.
    """
    own = f"{view}."
    kept = {
        _PREFIX + name.removeprefix(own): text
        for name, text in _remembered().items()
        if name in SELECTION or name.startswith(own) or name.partition(".")[0] in beside
    }
    gone = {name: "" for name in st.query_params if name.startswith(_PREFIX)}
    for name, text in {**gone, **kept}.items():
        address.put(name, text)


def _remembered() -> dict[str, str]:
    if "chosen" not in st.session_state:
        st.session_state["chosen"] = _asked()
    kept: dict[str, str] = st.session_state["chosen"]
    return kept


def _asked() -> dict[str, str]:
    """What the address of a new session asks for."""
    view = st.query_params.get("view", "")
    asked = [
        (_name(view, name.removeprefix(_PREFIX)), text)
        for name, text in st.query_params.items()
        if name.startswith(_PREFIX) and len(name) + len(text) <= _LONGEST
    ]
    return dict(asked[:_MOST])


def _name(view: str, key: str) -> str:
    return key if key in SELECTION or "." in key else f"{view}.{key}"
