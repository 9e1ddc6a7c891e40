"""Weights are random, or of a file: shipped, of the server's folder, or this session's upload."""

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import streamlit as st

from inspector import shipped
from inspector.checkpoint_files import SUFFIXES, VARIABLE, CheckpointFile, Folder, uploaded
from inspector.images import display_name
from inspector.ui import absent, own_files
from inspector.ui.absent import Named
from inspector.ui.wording import plain

_CHOSEN, _UPLOAD, _RANDOM = "weights", "upload-weights", "random"
_SHIPPED, _IN_FOLDER, _OWN = "shipped ", "folder ", "own "
_OF = "weights of"
_MOST_OWN = 4


def chosen(model: str) -> CheckpointFile | None:
    """Lets the weights of a network be chosen; None for random ones."""
    found = offered(model)
    _restore(model, found)
    if len(found) > 1:
        st.selectbox(
            "Weights",
            list(found),
            format_func=lambda key: found.get(key, key),
            on_change=absent.give_up,
            args=(_CHOSEN,),
            key=_CHOSEN,
            help="A file of trained weights; random ones show the structure of a network alone.",
        )
    if shipped.trained(model):
        with st.expander("Model card", icon=":material/badge:"):
            st.markdown(_card(model))
    with st.expander("Your own weights", icon=":material/upload:"):
        _uploader()
    _ask_for(absent.awaited(_CHOSEN))
    file = file_of(st.session_state[_CHOSEN])
    absent.keep(_CHOSEN, "" if st.session_state[_CHOSEN] == next(iter(found)) else _text(file))
    return file


def first(model: str) -> CheckpointFile | None:
    """Returns the weights that a network has until others are chosen; None for random ones."""
    return file_of(next(iter(offered(model))))


def are_own(key: str = "") -> bool:
    """Whether weights, by default the chosen ones, are neither random nor shipped.

    Nobody here knows what the classes of such weights are.
    """
    return (key or st.session_state[_CHOSEN]).startswith((_IN_FOLDER, _OWN))


def others(model: str) -> dict[str, str]:
    """Returns what else than the chosen weights can be chosen, each by its key, with its title."""
    found = offered(model).items()
    return {key: title for key, title in found if key != st.session_state[_CHOSEN]}


def offered(model: str) -> dict[str, str]:
    """Returns what can be chosen for a network, each by its key, with its title."""
    folder = _folder(os.environ.get(VARIABLE, ""))
    lying = folder.names() if folder else []
    own = own_files.in_uploader(_UPLOAD, _MOST_OWN)
    return {
        **_shipped(model),
        _RANDOM: "Random weights",
        **{f"{_IN_FOLDER}{name}": name for name in lying},
        **{_OWN + digest: f"{_shown(file.name)} (yours)" for digest, file in own.items()},
    }


def file_of(key: str) -> CheckpointFile | None:
    """Returns the file of what can be chosen; None of random weights."""
    if key.startswith(_OWN):
        digest = key.removeprefix(_OWN)
        file = own_files.in_uploader(_UPLOAD, _MOST_OWN)[digest]
        return uploaded(file.name, file.getvalue(), digest)
    if key.startswith(_SHIPPED):
        return Folder(shipped.FOLDER).file(key.removeprefix(_SHIPPED))
    folder = _folder(os.environ.get(VARIABLE, ""))
    return folder.file(key.removeprefix(_IN_FOLDER)) if folder and key != _RANDOM else None


def _shipped(model: str) -> dict[str, str]:
    """What a network comes with: its trained weights, and those on the way to them."""
    if (last := shipped.trained(model)) is None:
        return {}
    log = shipped.record_of(model)["log"]
    told = {0: "Before training"} | {
        line["epoch"]: f"After {line['epoch']} of {len(log)} epochs" for line in log
    }
    on_the_way = {
        f"{_SHIPPED}{path.name}": told[epoch] for epoch, path in shipped.stages(model).items()
    }
    return {f"{_SHIPPED}{last.name}": f"Trained ({shipped.share(model)} right)"} | on_the_way


def _card(model: str) -> str:
    """The model card without its title, which stands above it already."""
    return shipped.card_of(model).partition("\n")[2]


def _text(file: CheckpointFile | None) -> str:
    """How a link names weights."""
    return absent.text_of(file.sha256, file.name) if file else _RANDOM


def _restore(model: str, offered: Mapping[str, str]) -> None:
    """Chooses what the link names, once it is there; else what was chosen, if it still is."""
    if _CHOSEN not in st.session_state and st.query_params.get(_CHOSEN) == _RANDOM:
        st.session_state.update({_CHOSEN: _RANDOM, _OF: model})
    waiting = absent.awaited(_CHOSEN)
    found = next((key for key in offered if waiting and _is(key, offered[key], waiting)), None)
    if found:
        st.session_state[_CHOSEN] = found
        absent.give_up(_CHOSEN)
    elif _of_another(model) or st.session_state.get(_CHOSEN) not in offered:
        st.session_state[_CHOSEN] = next(iter(offered))
    st.session_state[_OF] = model


def _of_another(model: str) -> bool:
    """Whether random weights were chosen of another network; of this one they are others."""
    return st.session_state.get(_CHOSEN) == _RANDOM and st.session_state.get(_OF) != model


def _is(key: str, title: str, named: Named) -> bool:
    """Whether an option is the file that a link names; the folder's are read for that by name."""
    if key.startswith(_OWN):
        return named.is_of(key.removeprefix(_OWN))
    file = file_of(key) if key.startswith(_SHIPPED) or title == named.name else None
    return file is not None and named.is_of(file.sha256)


def _ask_for(waiting: Named | None) -> None:
    if waiting:
        st.info(
            f"The link shows the weights {plain(waiting.name)} (sha256 {waiting.digest}), which "
            "are not here. Upload them; until then the weights are random.",
            icon=":material/upload_file:",
        )


def _uploader() -> None:
    st.file_uploader(
        "Weights",
        accept_multiple_files=True,
        type=[suffix.removeprefix(".") for suffix in SUFFIXES],
        key=_UPLOAD,
        on_change=_choose_upload,
        help="A state_dict as .safetensors or .pth. It stays on the machine that runs this app, "
        "and only this page sees it.",
    )


def _choose_upload() -> None:
    """Chooses the upload that came last, unless a link waits for another one."""
    own = list(own_files.in_uploader(_UPLOAD, _MOST_OWN))
    if own and not absent.awaited(_CHOSEN):
        st.session_state[_CHOSEN] = _OWN + own[-1]


def _shown(name: str) -> str:
    return display_name(name, "weights")


@lru_cache(maxsize=1)
def _folder(path: str) -> Folder | None:
    return Folder(path) if Path(path).is_dir() and path else None
