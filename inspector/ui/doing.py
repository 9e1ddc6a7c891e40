"""Doing is to change the part that is chosen: a button for each thing that can be done to it."""

from dataclasses import replace

import streamlit as st

from inspector.interventions.value import EVERY, How, Intervention
from inspector.ui import changes
from inspector.views.part_words import SUMMED

_AMOUNT, _RENORMALISE = "amount", "renormalise"


def offer(part: Intervention, *, several: bool) -> None:
    """Shows the buttons.

    Args:
        part: any intervention at it.
        several: whether there are other images to take from.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="doing"):
        made = replace(part, renormalise=_asked(part))
        _button("Cut", made, "cut", "Put 0 in its place")
        amount = st.number_input("Amount", value=0.5, step=0.1, format="%g", key=_AMOUNT, width=130)
        _button(f"Scale by {amount:g}", made, "scale", "Multiply it by the amount", amount)
        _button(f"Set to {amount:g}", made, "set", "Put the amount in its place", amount)
        if several:
            _button("Average", made, "average", "Put the mean over the pictures in its place")
            _button("Resample", made, "resample", "Put what the next picture has in its place")
        if _sums(part):
            _renormalising()


def _sums(part: Intervention) -> bool:
    """Whether there is something left that can be scaled so that a sum stays."""
    return part.dim in SUMMED and part.label != EVERY


def _asked(part: Intervention) -> bool:
    return _sums(part) and st.session_state.get(_RENORMALISE, False)


def _renormalising() -> None:
    with st.container(height=40, border=False, width="content", vertical_alignment="center"):
        st.toggle(
            "Renormalise the rest",
            key=_RENORMALISE,
            help="Scales the other entries of the row so that its sum stays.",
        )


def _button(
    title: str, part: Intervention, how: How, told: str, amount: float | None = None
) -> None:
    done = replace(part, how=how, value=amount)
    st.button(title, key=f"do-{how}", help=told, on_click=changes.add, args=(done,))
