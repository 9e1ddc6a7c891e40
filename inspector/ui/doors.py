"""A door is the cached way to something costly, shared by all sessions and bounded.

What comes through a door is shared: it is read, never changed. Doors are keyed by names and
digests. Networks and photos are the same for every session that asks for the same bytes.
"""

import atexit
import gc
import hashlib
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from inspector.images import Photo, read_image
from inspector.inspection import Inspection, inspect_image
from inspector.interventions import intervene
from inspector.ui.shelf import Result, Shelf
from inspector.ui.subject import Key, Subject
from inspector.views import Choices, View
from inspector.zoo import load_model

if TYPE_CHECKING:
    from inspector.zoo import LoadedModel


@st.cache_resource(max_entries=2, show_spinner=False)
def model(name: str) -> "LoadedModel":
    """Returns a network by name."""
    loaded = load_model(name)
    _settle()
    return loaded


def photo(data: bytes, name: str) -> Photo:
    """Returns the photo in the bytes of an upload.

    Raises:
        BadImage: it is not an image that can be read safely.
    """
    return _photo(hashlib.sha256(data).hexdigest(), name, data)


def inspection(subject: Subject) -> Inspection:
    """Returns what the network showed of the photos, from one forward pass over all of them.

    Raises:
        ValueError: an intervention makes no sense for this network or these photos.
        UnknownLabel: it names a part that the network does not have.
    """
    seen = _inspection(subject.key, subject)
    # the kept one goes without its network, or old results would keep old networks in memory
    return replace(seen, model=model(subject.model))


def find(view: View, subject: Subject, choices: Choices) -> Result | None:
    """Returns the arrays of a view if they have been computed before."""
    return _shelf(view.key, subject.key).find(choices)


def computed(view: View, subject: Subject, choices: Choices) -> Result:
    """Returns the arrays of a view."""
    seen = inspection(subject)
    return _shelf(view.key, subject.key).get(choices, lambda read: view.compute(seen, read))


@st.cache_resource(max_entries=16, show_spinner=False)
def _photo(digest: str, name: str, _data: bytes) -> Photo:
    return read_image(_data, name=name)


@st.cache_resource(max_entries=6, show_spinner=False)
def _inspection(key: Key, _subject: Subject) -> Inspection:
    return replace(_seen(_subject), model=None)


def _seen(subject: Subject) -> Inspection:
    if not subject.interventions:
        return inspect_image(model(subject.model), subject.photos)
    before = inspection(subject.unchanged)
    return intervene(model(subject.model), before, subject.interventions).after


@st.cache_resource(max_entries=24, show_spinner=False)
def _shelf(view: str, key: Key) -> Shelf:
    return Shelf()


@st.cache_resource(show_spinner=False)
def _settle() -> None:
    """Fits the process to serving, once its heavy libraries are there.

    Streamlit collects garbage after every script run, which takes 0.2 s with torch's half a million
    objects; frozen, they are passed over. Torch's threads wait for one another, so one that shares
    its processor with the server or a browser holds up all: a processor is left to those.
    """
    import torch  # noqa: PLC0415 - loaded by now

    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)  # or libraries report at the end that their objects were leaked
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(torch.get_num_threads() - 1, 1))
