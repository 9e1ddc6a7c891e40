"""Class names are what the logits of one's own weights stand for: a known set, or a text file.

A checkpoint holds numbers only. The address names the set, or the file by the first digits of its
digest: whoever opens the link is asked for the file.
"""

import re
from collections.abc import Mapping

import streamlit as st

from inspector.images import display_name
from inspector.labels import LARGEST, NameFile, read_names
from inspector.ui import address, own_files
from inspector.ui.wording import plain

_CHOSEN, _UPLOAD = "names", "upload-names"
_KNOWN, _OWN = "known", "own "
_MOST_OWN, _DIGITS = 4, 12
_DIGEST = re.compile(rf"[0-9a-f]{{{_DIGITS}}}")

SETS = {
    "cifar-10": "CIFAR-10",
    "cifar-100": "CIFAR-100",
    "imagenet-1k": "ImageNet, 1000 classes",
    "pascal-voc": "Pascal VOC",
}
"""Sets of `labels.LABEL_SETS` that can be chosen here, by their titles."""


def chosen() -> str | NameFile | None:
    """Lets the names of classes be chosen; None for those that the network has by itself."""
    own, refused = _own()
    offered = {
        _KNOWN: "As the network's own",
        **SETS,
        **{_OWN + digest: f"{file.name} (yours)" for digest, file in own.items()},
    }
    waiting = _restore(offered)
    st.selectbox(
        "Class names",
        list(offered),
        format_func=lambda key: offered.get(key, key),
        key=_CHOSEN,
        on_change=_give_up,
        help="What the logits stand for, in their order; a file of weights does not say.",
    )
    with st.expander("Your own class names", icon=":material/upload:"):
        _uploader(refused)
    return _found(st.session_state[_CHOSEN], own, waiting)


def _found(key: str, own: Mapping[str, NameFile], waiting: str) -> str | NameFile | None:
    """What was chosen, told to the address; a link that waits for its file stays as it is."""
    if waiting:
        st.info(
            f"The link shows class names of a file (sha256 {waiting}) that is not here. Upload it; "
            "until then the classes are called as the network's own.",
            icon=":material/upload_file:",
        )
        return None
    file = own.get(key.removeprefix(_OWN)) if key.startswith(_OWN) else None
    address.put(_CHOSEN, file.sha256[:_DIGITS] if file else key if key in SETS else "")
    return file or (key if key in SETS else None)


def _restore(offered: Mapping[str, str]) -> str:
    """Chooses what the link names, where nothing else was; returns the digest that it waits for."""
    asked = st.query_params.get(_CHOSEN, "")
    is_digest = _DIGEST.fullmatch(asked) is not None
    own = (key for key in offered if is_digest and key.startswith(_OWN + asked))
    found = asked if asked in SETS else next(own, None)
    now = st.session_state.get(_CHOSEN)
    if now not in offered or (now == _KNOWN and found and is_digest):
        st.session_state[_CHOSEN] = found or _KNOWN
    return asked if is_digest and not found and st.session_state[_CHOSEN] == _KNOWN else ""


def _give_up() -> None:
    """Waits for the file of the link no longer: something else was chosen."""
    address.put(_CHOSEN, "")


def _own() -> tuple[dict[str, NameFile], list[str]]:
    """The files of this session that can be read, by digest, and why others cannot."""
    read: dict[str, NameFile] = {}
    refused = []
    for digest, file in own_files.in_uploader(_UPLOAD, _MOST_OWN).items():
        try:
            read[digest] = read_names(file.getvalue(), display_name(file.name, "names"))
        except ValueError as error:
            refused.append(str(error))
    return read, refused


def _uploader(refused: list[str]) -> None:
    st.file_uploader(
        "Class names",
        accept_multiple_files=True,
        type=["txt"],
        key=_UPLOAD,
        max_upload_size=LARGEST // 2**20,
        on_change=_choose_upload,
        help="A text file with one name on each line, in the order of the logits. It stays on the "
        "machine that runs this app, and only this page sees it.",
    )
    for reason in refused:
        st.error(plain(reason), icon=":material/error:")


def _choose_upload() -> None:
    """Chooses the upload that came last, unless a link waits for another one."""
    own, _ = _own()
    waits = _DIGEST.fullmatch(st.query_params.get(_CHOSEN, "")) is not None
    if own and not (waits and st.session_state.get(_CHOSEN) == _KNOWN):
        st.session_state[_CHOSEN] = _OWN + list(own)[-1]
