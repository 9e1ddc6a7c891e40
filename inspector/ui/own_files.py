"""Own files are what a session has uploaded: nobody else's, and gone with it."""

from collections.abc import Mapping
from hashlib import sha256

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

_DIGESTS = "digests of uploads"

Own = Mapping[str, UploadedFile]
"""Uploads by the SHA-256 of their content, in hexadecimal digits."""


def in_uploader(key: str, most: int) -> dict[str, UploadedFile]:
    """Returns what an uploader holds now, the latest ``most`` of it; also before it is drawn."""
    found: list[UploadedFile] = st.session_state.get(key) or []
    return by_digest(found[-most:])


def by_digest(files: list[UploadedFile]) -> dict[str, UploadedFile]:
    """Returns files by the digest of their content; each is digested once in a session."""
    known: dict[str, str] = st.session_state.setdefault(_DIGESTS, {})
    for file in files:
        if file.file_id not in known:
            known[file.file_id] = sha256(file.getvalue()).hexdigest()
    return {known[file.file_id]: file for file in files}
