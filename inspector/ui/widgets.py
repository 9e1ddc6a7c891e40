"""A widget is a control of a view on the page, and its value the choice."""

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import streamlit as st

from inspector.ui.wording import plain
from inspector.views import Choose, ChooseSome, Control, Slide, Toggle

_NARROWEST, _WIDEST = 130, 330
_CHARACTER, _AROUND = 7.5, 56
"""Pixels of a character, and of what surrounds the text of a selection."""


def choices(name: str, controls: Sequence[Control]) -> dict[str, Any]:
    """Shows the controls in one row; returns what is chosen, by the keys of the controls.

    Args:
        name: of the view, to tell its widgets from those of another.
        controls: what can be chosen.
    """
    if not controls:
        return {}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        return {control.key: _value(control, _key(name, control)) for control in controls}


def _key(name: str, control: Control) -> str:
    """A control that offers something else is another widget, and starts anew."""
    return f"{name}-{control.key}-{zlib.crc32(repr(control).encode()):08x}"


def _value(control: Control, key: str) -> Any:
    said: dict[str, Any] = {
        "label": plain(control.label),
        "help": plain(control.help) or None,
        "key": key,
    }
    match control:
        case Choose():
            return _one(control, said)
        case ChooseSome():
            return _some(control, said)
        case Slide():
            return _number(control, said)
        case Toggle():
            return st.toggle(**said, value=control.start)


def _one(control: Choose, said: dict[str, Any]) -> str:
    keys = list(control.options)
    return st.selectbox(
        **said,
        options=keys,
        index=keys.index(control.start),
        format_func=lambda key: control.options[key],
        width=_width([control.label, *control.options.values()]),
    )


def _some(control: ChooseSome, said: dict[str, Any]) -> tuple[str, ...]:
    chosen = st.multiselect(
        **said,
        options=list(control.options),
        default=control.start,
        format_func=lambda key: control.options[key],
        max_selections=control.most,
        width=_WIDEST,
    )
    return tuple(chosen)


def _number(control: Slide, said: dict[str, Any]) -> float:
    kind = int if isinstance(control.step, int) else float  # Streamlit shows 7.00 of a float
    return st.slider(
        **said,
        min_value=kind(control.low),
        max_value=kind(control.high),
        value=kind(control.start),
        step=kind(control.step),
        width=_width([control.label]),
    )


def _width(texts: Iterable[str]) -> int:
    """Pixels for the longest of the texts, within bounds."""
    longest = max(len(text) for text in texts)
    return round(min(max(_AROUND + _CHARACTER * longest, _NARROWEST), _WIDEST))
