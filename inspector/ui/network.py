"""A network is chosen by its name, before anything that takes long to import is needed."""

import re

import streamlit as st

from inspector import stored
from inspector.cards import LISTED, NO_ATTENTION
from inspector.ui import address

FIRST_MODEL = stored.NETWORK
_NAME = re.compile(r"[a-z]\w{2,79}(\.\w{1,79})?", re.ASCII)


def choose() -> str:
    """Lets a network be chosen; returns its name.

    Raises:
        ValueError: what was typed cannot be one.
    """
    with st.sidebar:
        st.html('<p class="brand">Attention inspector</p>')
        return _model()


def title(name: str) -> str:
    """Returns what a network is called on the page; one that is not listed by its name."""
    return LISTED[name].title if name in LISTED else name


def _model() -> str:
    """Lets a network of the list be chosen, or any name of timm's be typed.

    Raises:
        ValueError: what was typed cannot be such a name.
    """
    if "model" not in st.session_state:
        address.restore("model", _Names(), FIRST_MODEL)
    typed = st.selectbox(
        "Network",
        [name for name, card in LISTED.items() if card.family != NO_ATTENTION],
        format_func=_entry,
        key="model",
        accept_new_options=True,
        on_change=_take_the_meant,
        help="Choose one, or type the name of any network of timm.",
    )
    if typed not in _Names():
        raise ValueError(
            "Expected a network of the list or a name of timm such as vit_tiny_patch16_224, got "
            f"{typed!r}. Files, folders and hubs are opened from the shell: `inspector capture`."
        )
    return address.keep("model", FIRST_MODEL)


def _take_the_meant() -> None:
    """Chooses the first entry with what was typed, as a list does to which nothing can be added."""
    typed = st.session_state["model"]
    entries = {name: f"{name} {_entry(name)}".casefold() for name in LISTED}
    found = (name for name, entry in entries.items() if typed.casefold() in entry)
    st.session_state["model"] = typed if typed in LISTED else next(found, typed)


class _Names:
    """The names of the list, and all that can be names of timm: words, without a colon or slash.

    Other names would have the server fetch from a hub or read a folder.
    """

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and _NAME.fullmatch(name) is not None


def _entry(name: str) -> str:
    """Title of a network, with its family where that is not part of it."""
    if name not in LISTED:
        return name
    card = LISTED[name]
    return card.title if card.family.split()[0] in card.title else f"{card.title} ({card.family})"
