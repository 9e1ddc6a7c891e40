"""The sidebar is where the subject is chosen: a network, a picture, and company for it."""

import streamlit as st

from inspector.cards import CARDS
from inspector.inspection import Inspection
from inspector.ui import address, pictures
from inspector.ui.subject import Subject
from inspector.ui.wording import plain

FIRST_MODEL = "resnet50_mrlab"


def choose() -> Subject:
    """Shows what can be chosen; returns what is."""
    with st.sidebar:
        st.html('<p class="brand">Attention inspector</p>')
        model = _model()
        photo = pictures.chosen()
        compared = st.toggle(
            f"Add {pictures.COMPANIONS} samples to compare",
            key="compare",
            bind="query-params",
            help="They go through the network together, and correlations rest on all of them.",
        )
    return Subject(model, (photo, *(pictures.companions(photo) if compared else ())))


def tell(inspection: Inspection) -> None:
    """Shows what the figures come from: weights and device."""
    from inspector.devices import device_title  # noqa: PLC0415 - it imports torch

    about = inspection.about
    with st.sidebar:
        device = device_title(inspection.model.device) if inspection.model else about["device"]
        weights = f"{about['weights']}, sha256 {about['weights_sha256'][:12]}"
        st.caption(plain(f"Runs on {device} with {weights}."))


def _model() -> str:
    address.restore("model", CARDS, FIRST_MODEL)
    st.selectbox("Network", list(CARDS), format_func=_title, key="model")
    return address.keep("model", FIRST_MODEL)


def _title(name: str) -> str:
    """Title of a network, with its family where that is not part of it."""
    card = CARDS[name]
    return card.title if card.family.split()[0] in card.title else f"{card.title} ({card.family})"
