"""An outlier is an image at an end of a survey's distribution, opened where it can be found."""

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from PIL import Image

from inspector.cards import LISTED
from inspector.failures import sentence
from inspector.images import Photo, read_image
from inspector.ui import own_pictures, pictures, ranks
from inspector.ui.surveys import Opened, source_of
from inspector.ui.wording import plain

if TYPE_CHECKING:
    from inspector.views.surveyed import Extreme

_FAILED = "why an image was not opened"
_PAGE = "page"


def show(chosen: Opened, found: "list[Extreme]") -> None:
    """Lists images with their ranks, each with a button that opens it in Inspect."""
    if failed := st.session_state.pop(_FAILED, ""):
        st.error(plain(failed), icon=":material/error:")
    for place, one in enumerate(found):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.button(
                "Inspect",
                icon=":material/search:",
                key=f"outlier-{place}",
                help=f"Opens {plain(one.key)} on the page Inspect.",
                on_click=_open,
                args=(chosen, one),
            )
            st.markdown(f"**{plain(one.key)}**: {plain(one.sentence)}")


def _open(chosen: Opened, one: "Extreme") -> None:
    """Goes to an image, with the network that was surveyed; a callback."""
    try:
        option, photo = _at_hand(chosen, one.key)
    except Exception as error:
        if (words := sentence(error)) is None:
            raise
        st.session_state[_FAILED] = words
        return
    model = str(chosen.survey.about["model"])
    if model in LISTED:
        st.session_state["model"] = model
    pictures.choose(option)
    about = chosen.survey.about
    ranks.remember(
        photo.sha256,
        f"{one.key} is {one.sentence} ({chosen.title}: {model}, {about['weights']}).",
        str(about["weights_sha256"]),
    )
    st.session_state[_PAGE] = "inspect"


def _at_hand(chosen: Opened, key: str) -> tuple[str, Photo]:
    """The option of the picture with a key, which is brought from its source if need be."""
    from inspector.surveys.sources.photos import key_of  # noqa: PLC0415 - zarr

    for option, photo in pictures.at_hand().items():
        if key_of(photo) == key:
            return option, photo
    photo = _photo(chosen, key)
    own_pictures.bring(photo)
    found = (option for option, other in pictures.at_hand().items() if other is photo)
    return next(found), photo


def _photo(chosen: Opened, key: str) -> Photo:
    """The photo of an item, by the pixels that were surveyed.

    Raises:
        ValueError: its source is not here, or it is damaged.
    """
    from inspector.surveys import Damaged  # noqa: PLC0415 - zarr

    item = source_of(chosen).picture(key)
    if isinstance(item.picture, Damaged):
        raise ValueError(f"{key} cannot be read any more: {item.picture.reason}")
    image = item.picture
    upright = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    file = BytesIO()
    upright.save(file, "PNG")
    return read_image(file.getvalue(), name=f"{key}.png" if "." not in key else key)
