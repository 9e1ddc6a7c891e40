"""Against is what the subject at the left is compared with: it is B, this is A.

A subject can be pinned as A, and stays it while others are chosen. The address holds what is
pinned, as far as another session can have it: a picture of the gallery, not one's own.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath

import streamlit as st

from inspector.cards import LISTED
from inspector.gallery import GALLERY
from inspector.interventions.notation import to_text
from inspector.ui import address, changes, checkpoints, network, pictures
from inspector.ui.subject import Subject

PINNED = "pinned"
"""Where the pinned subject is kept for the session."""

KIND, PICTURE, NETWORK, WEIGHTS = "a", "a.picture", "a.network", "a.weights"
PIN, UNCHANGED, TWIN = "pin", "before", "twin"
OTHER_PICTURE, OTHER_NETWORK, OTHER_WEIGHTS = "picture", "network", "weights"
_PIN_MODEL, _PIN_PICTURE, _PIN_DO = "pin.model", "pin.picture", "pin.do"
_TITLES = {PICTURE: "Other picture", NETWORK: "Other network", WEIGHTS: "Other weights"}


def choose(subject: Subject) -> Subject:
    """Lets A be chosen for a subject, which can be pinned as A itself; returns it."""
    kept = _pinned()
    kinds = _kinds(subject, kept)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="against"):
        kind = _kind(kinds)
        found = _found(kind, subject, kept)
        st.button(
            "Pin B as A",
            icon=":material/push_pin:",
            key="pin-b",
            help="Keeps what is chosen at the left as A, so that others can be held against it.",
            on_click=_pin,
            args=(subject,),
        )
        if kept:
            st.button("Unpin", icon=":material/close:", key="unpin", on_click=_pin, args=(None,))
    _keep(kept)
    return found


def _kinds(subject: Subject, kept: Subject | None) -> Mapping[str, str]:
    """What A can be, by key, what comes to mind first in front."""
    pinned = {PIN: "what is pinned"} if kept else {}
    before = {UNCHANGED: "B before the changes"} if subject.interventions else {}
    family = {OTHER_NETWORK: "another network"} if _relatives(subject.model) else {}
    weights = {OTHER_WEIGHTS: "B with other weights"} if checkpoints.others(subject.model) else {}
    twin = {TWIN: "B's random twin"}
    return pinned | before | {OTHER_PICTURE: "another picture"} | family | weights | twin


def _kind(kinds: Mapping[str, str]) -> str:
    first = next(iter(kinds))
    address.restore(KIND, kinds, first)
    st.selectbox("A is", list(kinds), format_func=lambda key: kinds[key], key=KIND, width=210)
    return address.keep(KIND, first)


def _found(kind: str, subject: Subject, kept: Subject | None) -> Subject:
    """The subject that A is."""
    if kind == PIN and kept:
        return kept
    if kind == UNCHANGED:
        return subject.unchanged
    if kind == TWIN:
        return replace(subject, twin=0)
    if kind == OTHER_NETWORK:
        name = _one(NETWORK, {name: network.title(name) for name in _relatives(subject.model)})
        file = checkpoints.first(name)
        return replace(subject, model=name, interventions=(), checkpoint=file, classes=None)
    if kind == OTHER_WEIGHTS:
        key = _one(WEIGHTS, checkpoints.others(subject.model))
        names = subject.classes if checkpoints.are_own(key) else None
        return replace(subject, checkpoint=checkpoints.file_of(key), classes=names)
    samples = {picture.key: picture.title for picture in GALLERY if not _is(picture.file, subject)}
    photo = pictures.of_gallery(_one(PICTURE, samples))
    more = pictures.companions(photo) if len(subject.photos) > 1 else ()
    return replace(subject, photos=(photo, *more))


def _one(key: str, options: Mapping[str, str]) -> str:
    """Lets one of some titles be chosen, which the address keeps."""
    first = next(iter(options))
    address.restore(key, options, first)
    st.selectbox(
        _TITLES[key],
        list(options),
        format_func=lambda option: options[option],
        key=key,
        width=240,
    )
    return address.keep(key, first)


def _relatives(name: str) -> list[str]:
    """The other networks of a family."""
    if name not in LISTED:
        return []
    family = LISTED[name].family
    return [other for other, card in LISTED.items() if card.family == family and other != name]


def _is(file: str, subject: Subject) -> bool:
    return PurePosixPath(file).name == subject.photos[0].name


# Pinned -------------------------------------------------------------------------------------------


def _pinned() -> Subject | None:
    """The pinned subject; in a new session the one that the address names."""
    if PINNED not in st.session_state:
        asked = {
            name: st.query_params.get(name, "") for name in (_PIN_MODEL, _PIN_PICTURE, _PIN_DO)
        }
        st.session_state[PINNED] = _rebuilt(asked)
    found: Subject | None = st.session_state[PINNED]
    return found


def _pin(subject: Subject | None) -> None:
    st.session_state[PINNED] = subject
    st.session_state.pop(KIND, None)  # what is pinned comes first
    address.put(KIND, "")


def _keep(kept: Subject | None) -> None:
    """Writes what is pinned into the address, if a new session could rebuild it."""
    told = _told(kept) if kept else {}
    again = _rebuilt(told)
    if kept and (again is None or again.key != kept.key):
        st.caption("A link does not hold what is pinned: its picture or weights are your own.")
        told = {}
    for name in (_PIN_MODEL, _PIN_PICTURE, _PIN_DO):
        address.put(name, told.get(name, ""))


def _told(subject: Subject) -> dict[str, str]:
    """The texts that name a subject."""
    found = (picture.key for picture in GALLERY if _is(picture.file, subject))
    return {
        _PIN_MODEL: subject.model,
        _PIN_PICTURE: next(found, ""),
        _PIN_DO: to_text(subject.interventions),
    }


def _rebuilt(told: Mapping[str, str]) -> Subject | None:
    """The subject that texts name, which anybody may have written; None if they name none."""
    model, key = told.get(_PIN_MODEL, ""), told.get(_PIN_PICTURE, "")
    if model not in LISTED or key not in {picture.key for picture in GALLERY}:
        return None
    photos, edits = (pictures.of_gallery(key),), changes.read(told.get(_PIN_DO, ""))
    return Subject(model, photos, edits, checkpoint=checkpoints.first(model))
