"""Changes are the interventions that are made for the whole page; the address holds their text."""

import streamlit as st

from inspector.interventions.notation import from_text, to_text
from inspector.interventions.value import Intervention
from inspector.ui import address
from inspector.ui.wording import plain
from inspector.views.intervention import title

KEY = "do"
MOST = 32
"""Changes at once; more are refused, from an address too."""

Changes = tuple[Intervention, ...]


def made() -> Changes:
    """Returns the changes of this session; at its beginning, those that the address asks for."""
    if KEY not in st.session_state:
        st.session_state[KEY] = _asked(st.query_params.get(KEY, ""))
    changes: Changes = st.session_state[KEY]
    address.put(KEY, to_text(changes))
    return changes


def put(changes: Changes) -> None:
    """Replaces the changes; those beyond `MOST` are left out."""
    st.session_state[KEY] = tuple(dict.fromkeys(changes))[:MOST]


def add(*changes: Intervention) -> None:
    """Makes further changes; one of the same part takes the place of the one before."""
    parts = {_part(one) for one in changes}
    put((*(one for one in made() if _part(one) not in parts), *changes))


def show() -> None:
    """Shows what is changed, each with a way to take it back; nothing where nothing is."""
    changes = made()
    if not changes:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="changes"):
        st.caption("Changed:")
        for place, one in enumerate(changes):
            st.button(
                plain(f"{title(one)}, {one.done}"),
                icon=":material/close:",
                key=f"undo-{place}",
                help="Take this change back",
                on_click=put,
                args=((*changes[:place], *changes[place + 1 :]),),
            )
        st.button("Reset all", icon=":material/undo:", key="undo-all", on_click=put, args=((),))


def _asked(text: str) -> Changes:
    """The changes of a text that anybody may have written; none if it cannot be read."""
    try:
        return from_text(text)[:MOST]
    except ValueError:
        return ()


def _part(one: Intervention) -> tuple[object, ...]:
    return one.mechanism, one.layer, one.dim, one.label, one.within, one.quantity
