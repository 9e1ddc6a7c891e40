"""Changes are the interventions that are made for the whole page; the address holds their text."""

import streamlit as st

from inspector.interventions.notation import from_text, to_text
from inspector.interventions.value import Intervention
from inspector.ui import address
from inspector.ui.wording import plain
from inspector.views.part_words import change

KEY, PAST = "do", "undone"
MOST = 32
"""Changes at once; more are refused, from an address too. So many steps can be undone."""

Changes = tuple[Intervention, ...]


def made() -> Changes:
    """Returns the changes of this session; at its beginning, those that the address asks for."""
    if KEY not in st.session_state:
        st.session_state[KEY] = read(st.query_params.get(KEY, ""))
    changes: Changes = st.session_state[KEY]
    address.put(KEY, to_text(changes))
    return changes


def put(changes: Changes) -> None:
    """Replaces the changes; those beyond `MOST` are left out."""
    kept = tuple(dict.fromkeys(changes))[:MOST]
    if kept != made():
        st.session_state[PAST] = [*_past(), made()][-MOST:]
        st.session_state[KEY] = kept


def undo() -> None:
    """Takes the last step back, whatever it was; leaves all where there is none."""
    if past := _past():
        st.session_state[KEY], st.session_state[PAST] = past[-1], past[:-1]


def add(*changes: Intervention) -> None:
    """Makes further changes; one of the same part takes the place of the one before."""
    parts = {_part(one) for one in changes}
    put((*(one for one in made() if _part(one) not in parts), *changes))


def show() -> None:
    """Shows what is changed, each with a way to take it back; nothing where nothing ever was."""
    changes = made()
    if not changes and not _past():
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="changes"):
        st.caption("Changed:" if changes else "Nothing is changed.", width="content")
        for place, one in enumerate(changes):
            st.button(
                plain(change(one)),
                icon=":material/close:",
                key=f"undo-{place}",
                help="Take this change back",
                on_click=put,
                args=((*changes[:place], *changes[place + 1 :]),),
            )
        _ways_back(changes)


def _ways_back(changes: Changes) -> None:
    if _past():
        st.button(
            "Undo",
            icon=":material/undo:",
            key="take-back",
            help="Take the last step back",
            shortcut="Ctrl+Z",
            on_click=undo,
        )
    if changes:
        st.button("Reset all", icon=":material/close:", key="undo-all", on_click=put, args=((),))


def _past() -> list[Changes]:
    """What was changed before each step of this session, the last one at the end."""
    past: list[Changes] = st.session_state.get(PAST, [])
    return past


def read(text: str) -> Changes:
    """Returns the changes of a text that anybody may have written; none if it cannot be read."""
    try:
        return from_text(text)[:MOST]
    except ValueError:
        return ()


def _part(one: Intervention) -> tuple[object, ...]:
    return one.mechanism, one.layer, one.dim, one.label, one.within, one.quantity
