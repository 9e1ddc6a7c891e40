"""The sidebar is where the subject is chosen: below its network, weights and pictures."""

from typing import TYPE_CHECKING

import streamlit as st

from inspector.inspection import Inspection
from inspector.ui import changes, checkpoints, class_names, machine, pictures, tour
from inspector.ui.subject import Subject
from inspector.ui.wording import plain

if TYPE_CHECKING:
    from inspector.zoo import LoadedModel


def subject(model: str) -> Subject:
    """Lets all else be chosen that makes a subject of a network; returns it."""
    with st.sidebar:
        weights = checkpoints.chosen(model)
        names = class_names.chosen() if checkpoints.are_own() else None
        photo = pictures.chosen()
        compared = st.toggle(
            f"Add {pictures.COMPANIONS} samples to compare",
            key="compare",
            bind="query-params",
            help="They go through the network together, and correlations rest on all of them.",
        )
    photos = (photo, *(pictures.companions(photo) if compared else ()))
    return Subject(model, photos, changes.made(), checkpoint=weights, classes=names)


def tell(inspection: Inspection) -> None:
    """Shows what the figures come from, weights and device, and how to read them."""
    about = inspection.about
    with st.sidebar:
        device = _device(inspection.model) if inspection.model else about["device"]
        weights = f"{about['weights']}, sha256 {about['weights_sha256'][:12]}"
        st.caption(plain(f"Runs on {device} with {weights}. {machine.memory()}"))
        tour.show()


def _device(model: "LoadedModel") -> str:
    from inspector.devices import device_title  # noqa: PLC0415 - it imports torch

    return device_title(model.device)
