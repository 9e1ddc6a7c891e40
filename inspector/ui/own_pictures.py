"""An own picture is one that this session has uploaded, pasted or photographed, and nobody else."""

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from inspector.decoding import MAX_BYTES
from inspector.images import BadImage, Photo, display_name
from inspector.ui import doors, own_files
from inspector.ui.wording import plain

MOST = 12
"""Own pictures that are offered; the latest."""

_TYPES = ("jpg", "jpeg", "png", "webp", "bmp", "tif", "tiff", "gif")
_UPLOAD, _PASTE, _PASTED, _CAMERA = "upload", "paste", "pasted", "camera"
_BROUGHT = "pictures from elsewhere"
_KNOWN, _REFUSED = "own pictures so far", "pictures that were refused"
_MIB = 2**20


def photos() -> dict[str, Photo]:
    """Returns those that can be read, the latest last, by the digest of their content."""
    read = {digest: _read(digest, file) for digest, file in _files().items()}
    brought: dict[str, Photo] = st.session_state.get(_BROUGHT, {})
    return {digest: photo for digest, photo in read.items() if photo} | brought


def bring(photo: Photo) -> None:
    """Adds one that this session opened from elsewhere on the server, as from a survey."""
    brought: dict[str, Photo] = st.session_state.setdefault(_BROUGHT, {})
    brought.pop(photo.sha256, None)
    brought[photo.sha256] = photo
    for digest in list(brought)[:-MOST]:
        del brought[digest]


def latest() -> str | None:
    """Returns the digest of the last one that came since it was asked before, if one did."""
    known: set[str] = st.session_state.setdefault(_KNOWN, set())
    now = photos()
    came = [digest for digest in now if digest not in known]
    st.session_state[_KNOWN] = set(now)
    return came[-1] if came else None


def show() -> None:
    """Shows the ways to add one, and what could not be read."""
    st.file_uploader(
        "Your own pictures",
        accept_multiple_files=True,
        type=_TYPES,
        key=_UPLOAD,
        max_upload_size=MAX_BYTES // _MIB,
        help="They stay on the machine that runs this app, and only this page sees them.",
    )
    with st.expander("Paste or photograph", icon=":material/content_paste:"):
        st.caption("Paste with Ctrl+V, then press Enter.")
        st.chat_input(
            "Paste a picture",
            accept_file="multiple",
            file_type=_TYPES,
            key=_PASTE,
            max_upload_size=MAX_BYTES // _MIB,
            on_submit=_take_pasted,
        )
        if st.toggle("Camera", help="Asks your browser for the camera; off, nothing does."):
            st.camera_input("Photograph", key=_CAMERA, label_visibility="collapsed")
    _tell_refused()


def _files() -> dict[str, UploadedFile]:
    shot = st.session_state.get(_CAMERA)
    found = [
        *(st.session_state.get(_PASTED) or []),
        *(st.session_state.get(_UPLOAD) or []),
        *([shot] if shot else []),
    ]
    return own_files.by_digest(found[-MOST:])


def _take_pasted() -> None:
    """Keeps what was pasted, of which Streamlit itself tells once only."""
    files = list(st.session_state[_PASTE].files)
    st.session_state[_PASTED] = [*(st.session_state.get(_PASTED) or []), *files][-MOST:]


def _read(digest: str, file: UploadedFile) -> Photo | None:
    """The photo of a file; none of one that was refused, which is not tried again."""
    refused: dict[str, str] = st.session_state.setdefault(_REFUSED, {})
    if digest in refused:
        return None
    try:
        return doors.photo(file.getvalue(), file.name, digest)
    except BadImage as error:
        refused[digest] = str(error)
        return None


def _tell_refused() -> None:
    refused: dict[str, str] = st.session_state.get(_REFUSED, {})
    for digest, file in _files().items():
        if digest in refused:
            st.error(
                plain(f"{display_name(file.name)}: {refused[digest]}"), icon=":material/error:"
            )
