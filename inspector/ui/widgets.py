"""A widget is a control of a view on the page; it shows what is remembered, and changes it."""

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import streamlit as st

from inspector.ui import chosen
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
        return {control.key: _value(name, control) for control in controls}


def values(name: str, controls: Sequence[Control]) -> dict[str, Any]:
    """Returns what is chosen, by the keys of the controls, without showing them."""
    return {control.key: _typed(control, chosen.value(name, control)) for control in controls}


def _key(name: str, control: Control) -> str:
    """A control that offers something else is another widget."""
    return f"{name}-{control.key}-{zlib.crc32(repr(control).encode()):08x}"


def _value(name: str, control: Control) -> Any:
    key, value = _key(name, control), _typed(control, chosen.value(name, control))
    shown = list(value) if isinstance(value, tuple) else value
    # a click on a figure, a step or a link may have chosen meanwhile
    if st.session_state.get(key) != shown:
        st.session_state[key] = shown
    said: dict[str, Any] = {
        "label": plain(control.label),
        "help": plain(control.help) or None,
        "key": key,
        "on_change": _take,
        "args": (name, control, key),
    }
    match control:
        case Choose():
            _one(control, said)
        case ChooseSome():
            _some(control, said)
        case Slide():
            _number(control, said)
        case Toggle():
            st.toggle(**said)
    return value


def _typed(control: Control, value: Any) -> Any:
    """A number as the slider holds it: Streamlit shows 7.00 of a float."""
    return type(control.step)(value) if isinstance(control, Slide) else value


def _take(name: str, control: Control, key: str) -> None:
    """Remembers what the widget was set to."""
    value = st.session_state[key]
    chosen.choose(name, control, tuple(value) if isinstance(control, ChooseSome) else value)


def _one(control: Choose, said: dict[str, Any]) -> None:
    st.selectbox(
        **said,
        options=list(control.options),
        format_func=lambda key: control.options[key],
        width=_width([control.label, *control.options.values()]),
    )


def _some(control: ChooseSome, said: dict[str, Any]) -> None:
    st.multiselect(
        **said,
        options=list(control.options),
        format_func=lambda key: control.options[key],
        max_selections=control.most,
        width=_WIDEST,
    )


def _number(control: Slide, said: dict[str, Any]) -> None:
    st.slider(
        **said,
        min_value=_typed(control, control.low),
        max_value=_typed(control, control.high),
        step=control.step,
        width=_width([control.label]),
    )


def _width(texts: Iterable[str]) -> int:
    """Pixels for the longest of the texts, within bounds."""
    longest = max(len(text) for text in texts)
    return round(min(max(_AROUND + _CHARACTER * longest, _NARROWEST), _WIDEST))
