"""A picture is chosen by its thumbnail: one of the gallery, or the user's own."""

import base64
import io
from collections.abc import Mapping
from contextlib import suppress

import streamlit as st
from PIL import Image, ImageOps
from streamlit.runtime.uploaded_file_manager import UploadedFile

from inspector.gallery import GALLERY, find
from inspector.images import BadImage, Photo
from inspector.ui import address, doors, messages
from inspector.ui.options import MAX_UPLOAD_MB
from inspector.ui.wording import plain

COMPANIONS = 7
"""Pictures that are put beside the chosen one for comparison: the first of the gallery."""

_CHOSEN, _UPLOAD, _OWN = "picture", "upload", "own"
_TYPES = ("jpg", "jpeg", "png", "webp", "bmp", "tif", "tiff", "gif")
_THUMBNAIL = (88, 88)


def chosen() -> Photo:
    """Shows thumbnails and the uploader; returns the photo to look at.

    An upload that cannot be read is told of, and the photo stays the one before.
    """
    own = _read(st.session_state.get(_OWN))
    offered = {**_gallery(), **({_OWN: _label("your own picture", own)} if own else {})}
    key = _thumbnails(offered)
    photo = own if own and key == _OWN else _sample(key)
    st.caption(_about(key, photo))
    _uploader()
    return photo


def companions(photo: Photo) -> tuple[Photo, ...]:
    """Returns gallery pictures other than this photo, `COMPANIONS` of them."""
    samples = (_sample(picture.key) for picture in GALLERY[: COMPANIONS + 1])
    return tuple(sample for sample in samples if sample.sha256 != photo.sha256)[:COMPANIONS]


def of_gallery(key: str) -> Photo:
    """Returns the picture of the gallery with this key.

    Raises:
        BadImage: it did not come with the installation.
        ValueError: there is none.
    """
    return _sample(key)


def _thumbnails(offered: Mapping[str, str]) -> str:
    address.restore(_CHOSEN, offered, GALLERY[0].key)
    st.pills(
        "Picture", list(offered), required=True, format_func=lambda key: offered[key], key=_CHOSEN
    )
    return address.keep(_CHOSEN, GALLERY[0].key, _OWN)


def _uploader() -> None:
    st.file_uploader(
        "Your own picture",
        type=_TYPES,
        key=_UPLOAD,
        on_change=_choose_upload,
        max_upload_size=MAX_UPLOAD_MB,
        help="It stays on the machine that runs this app.",
    )
    with messages.told():
        _read(st.session_state[_UPLOAD])


def _choose_upload() -> None:
    """Makes a new upload the chosen picture; if it cannot be read, the last good one stays."""
    file = st.session_state[_UPLOAD]
    with suppress(BadImage):
        if _read(file):
            st.session_state[_OWN] = file
            st.session_state[_CHOSEN] = _OWN


def _read(file: UploadedFile | None) -> Photo | None:
    return None if file is None else doors.photo(file.getvalue(), file.name)


def _about(key: str, photo: Photo) -> str:
    """Says what to look for in a picture of the gallery, and what an upload was made into."""
    if key == _OWN:
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
