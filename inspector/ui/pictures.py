"""A picture is chosen by its thumbnail: one of the gallery, or the user's own."""

import base64
import io
from collections.abc import Mapping

import streamlit as st
from PIL import Image, ImageOps

from inspector.gallery import GALLERY, find
from inspector.images import BadImage, Photo
from inspector.ui import absent, address, own_pictures
from inspector.ui.absent import Named
from inspector.ui.wording import plain

COMPANIONS = 7
"""Pictures that are put beside the chosen one for comparison: the first of the gallery."""

_CHOSEN, _OWN = "picture", "own "
_THUMBNAIL = (88, 88)


def chosen() -> Photo:
    """Shows thumbnails and the ways to add one's own; returns the photo to look at.

    A file that cannot be read is told of, and the photo stays the one before.
    """
    own = {_OWN + digest: photo for digest, photo in own_pictures.photos().items()}
    key = _thumbnails({**_gallery(), **_labels(own)}, own)
    photo = own[key] if key in own else _sample(key)
    st.caption(_about(key, photo))
    own_pictures.show()
    return photo


def companions(photo: Photo) -> tuple[Photo, ...]:
    """Returns gallery pictures other than this photo, `COMPANIONS` of them."""
    samples = (_sample(picture.key) for picture in GALLERY[: COMPANIONS + 1])
    return tuple(sample for sample in samples if sample.sha256 != photo.sha256)[:COMPANIONS]


def at_hand() -> dict[str, Photo]:
    """Returns all that can be chosen, by the key of its option: samples, and the session's own."""
    samples = {key: _sample(key) for key in _gallery()}
    return samples | {_OWN + digest: photo for digest, photo in own_pictures.photos().items()}


def choose(option: str) -> None:
    """Chooses one that is at hand, by the key of its option, from a callback."""
    st.session_state[_CHOSEN] = option
    absent.give_up(_CHOSEN)


def of_gallery(key: str) -> Photo:
    """Returns the picture of the gallery with this key.

    Raises:
        BadImage: it did not come with the installation.
        ValueError: there is none.
    """
    return _sample(key)


def _thumbnails(offered: Mapping[str, str], own: Mapping[str, Photo]) -> str:
    _restore(offered)
    st.pills(
        "Picture",
        list(offered),
        required=True,
        format_func=lambda key: offered.get(key, key),
        on_change=absent.give_up,
        args=(_CHOSEN,),
        key=_CHOSEN,
    )
    _ask_for(absent.awaited(_CHOSEN))
    key: str = st.session_state[_CHOSEN]
    usual = "" if key == GALLERY[0].key else key
    absent.keep(_CHOSEN, absent.text_of(own[key].sha256, own[key].name) if key in own else usual)
    return key


def _restore(offered: Mapping[str, str]) -> None:
    """Chooses what has just come, or what the link names; else what was chosen, if it still is."""
    waiting = absent.awaited(_CHOSEN)
    named = (key for key in offered if waiting and waiting.is_of(key.removeprefix(_OWN)))
    came = own_pictures.latest()
    found = next(named, None) or (None if waiting or not came else _OWN + came)
    if found:
        st.session_state[_CHOSEN] = found
        absent.give_up(_CHOSEN)
    address.restore(_CHOSEN, offered, GALLERY[0].key)


def _ask_for(waiting: Named | None) -> None:
    if waiting:
        st.info(
            f"The link shows the picture {plain(waiting.name)} (sha256 {waiting.digest}), which "
            "is not here. Upload it; until then another one is shown.",
            icon=":material/upload_file:",
        )


def _labels(own: Mapping[str, Photo]) -> dict[str, str]:
    """Returns the labels of own pictures, by key."""
    many = len(own) > 1
    names = (f"your own picture{f' {place + 1}' * many}" for place in range(len(own)))
    return {key: _label(name, own[key]) for key, name in zip(own, names, strict=True)}


def _about(key: str, photo: Photo) -> str:
    """Says what to look for in a picture of the gallery, and what an upload was made into."""
    if key.startswith(_OWN):
        width, height = photo.size
        return plain("; ".join([f"{photo.name}, {width} by {height} pixels", *photo.notes]))
    picture = find(key)
    return f"**{plain(picture.title)}.** {plain(picture.asks)}"


@st.cache_resource(show_spinner=False)
def _gallery() -> Mapping[str, str]:
    """Returns the labels of the gallery's pictures by key; one that is missing is left out."""
    labels: dict[str, str] = {}
    for picture in GALLERY:
        try:
            labels[picture.key] = _label(picture.title, _sample(picture.key))
        except BadImage:
            continue
    return labels


@st.cache_resource(max_entries=2 * COMPANIONS, show_spinner=False)
def _sample(key: str) -> Photo:
    return find(key).load()


def _label(name: str, photo: Photo) -> str:
    """Returns a thumbnail as a label, which a screen reader reads as `name`."""
    return f"![{plain(name)}]({_address(photo.image)})"


def _address(image: Image.Image) -> str:
    rough = image.reduce(max(min(image.size) // (2 * max(_THUMBNAIL)), 1))
    file = io.BytesIO()
    ImageOps.fit(rough, _THUMBNAIL).save(file, "JPEG", quality=80)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
