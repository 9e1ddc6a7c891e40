"""A tour tells in a few steps how to read the page, in words, beside what it speaks of."""

import streamlit as st

STEPS = (
    (
        "Choose",
        "Above stand the network and the picture. Thumbnails are samples; your own picture stays "
        "on the machine that runs this app. The page Tour reads stored figures with you, at once.",
    ),
    (
        "Look",
        "The page begins with the picture as the network saw it, and the classes it took it for. "
        "A yellow box says when its weights are random: then nothing here was learnt.",
    ),
    (
        "Read a figure",
        "In most figures a row is a layer, and a column what it looks back at, or one head, slot "
        "or channel. The bar beside it says which number a colour is. Grey cells have none.",
    ),
    (
        "Go deeper",
        "Click on a cell, or press the arrow keys, to select a layer in every figure. The topics "
        "lead from the overview to single heads; the names above the figure lead back.",
    ),
    (
        "Doubt",
        "The words below a figure say where it comes from, and what it does not show. The tables "
        "under it hold every number. The other pages compare, and change the network.",
    ),
)
"""A title and what it tells."""

_STEP = "tour"
"""Where the session remembers the step, from 0; -1 once the tour was closed."""


@st.fragment
def show() -> None:
    """Shows the step that the session is at, or the way to begin again."""
    step = st.session_state.setdefault(_STEP, 0)
    if step < 0:
        st.button("How to read this page", icon=":material/help:", on_click=_go, args=(0,))
        return
    title, told = STEPS[step]
    with st.container(border=True, key=_STEP, gap="xsmall"):
        st.markdown(f"**How to read this page, {step + 1} of {len(STEPS)}: {title}**")
        st.caption(told)
        with st.container(horizontal=True, gap="xsmall"):
            _button("Back", step - 1, disabled=step == 0)
            _button("Next", step + 1, disabled=step + 1 == len(STEPS))
            _button("Close", -1)


def _button(title: str, there: int, *, disabled: bool = False) -> None:
    name = f"{_STEP}-{title.lower()}"
    st.button(title, key=name, disabled=disabled, on_click=_go, args=(there,))


def _go(step: int) -> None:
    st.session_state[_STEP] = step
