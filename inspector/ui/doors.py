"""A door is the cached way to something costly, shared by all sessions and bounded.

What comes through a door is shared: it is read, never changed. Doors are keyed by names and
digests. Networks and photos are the same for every session that brings the same bytes: what lies
behind a door is found by nobody who could not have made it. What is costly waits for its turn.
"""

import atexit
import gc
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from inspector import stored
from inspector.checkpoint_files import CheckpointFile
from inspector.comparison import Compared, joined, with_images
from inspector.images import Photo, read_image
from inspector.inspection import Inspection, inspect_image
from inspector.interventions import intervene
from inspector.keeping import Keep
from inspector.labels import named
from inspector.ui import turns
from inspector.ui.drawing import Drawing, draw
from inspector.ui.offered import Offer, offer
from inspector.ui.offered import details as offered_details
from inspector.ui.shelf import Result, Shelf
from inspector.ui.subject import Key, Subject
from inspector.views import VIEWS, Choices, View
from inspector.zoo import Request, load_model

if TYPE_CHECKING:
    from inspector.views.exhibit import Exhibit
    from inspector.zoo import LoadedModel


MODEL_BYTES = 2 * 2**30
"""Weights of the largest network that can be opened here."""
_GIB = 2**30

Chosen = tuple[tuple[str, Any], ...]
"""Choices by the key of their control, in the order of the keys."""

_Drawn = tuple[str, tuple[Key, ...], Chosen]
"""A view, what it is of, and the choices."""

Opened = tuple[str, str]
"""A network by name, and its weights as `Subject.weights` tells them."""


def _weigh_model(loaded: "LoadedModel") -> int:
    from inspector.sizes import size_of  # noqa: PLC0415 - it imports torch

    return size_of(loaded.module)


def _weigh_photo(photo: Photo) -> int:
    return 3 * photo.image.width * photo.image.height


_models: Keep[Opened, "LoadedModel"] = Keep(3, MODEL_BYTES, _weigh_model)
_inspections: Keep[Key, Inspection] = Keep(12, _GIB, lambda seen: seen.tree.nbytes)
_shelves: Keep[tuple[str, Key], Shelf] = Keep(48, _GIB, lambda shelf: shelf.bytes)
_drawings: Keep[_Drawn, Drawing] = Keep(96, _GIB // 8, lambda drawn: drawn.bytes)
_comparisons: Keep[_Drawn, Compared] = Keep(32, _GIB // 8, lambda compared: compared.bytes)
_offers: Keep[tuple[Key, tuple[str, ...]], Offer] = Keep(32, _GIB, lambda _: 0)
_details: Keep[Key, tuple[View, ...]] = Keep(32, _GIB, lambda _: 0)
_photos: Keep[tuple[str, str], Photo] = Keep(48, _GIB // 4, _weigh_photo)
_RESULTS = (_inspections, _shelves, _drawings, _comparisons, _offers, _details)


def model(subject: Subject) -> "LoadedModel":
    """Returns the network of a subject, with its weights.

    Raises:
        TooLarge: it needs more than `MODEL_BYTES`.
        ValueError: there is no such network, or weights or names of classes do not fit it.
    """
    key = subject.model, subject.weights
    found = _models.find(key)
    if found is None:
        with turns.taken():
            found = _models.find(key) or _opened(subject)
            _models.put(key, found)
    if subject.classes is None:
        return found
    return replace(found, card=named(found.card, subject.classes))  # the same module and lock


def photo(data: bytes, name: str, sha256: str = "") -> Photo:
    """Returns the photo in the bytes of an upload.

    Args:
        data: the whole file.
        name: as the browser tells it.
        sha256: of the data, if known already.

    Raises:
        BadImage: it is not an image that can be read safely.
    """
    key = sha256 or hashlib.sha256(data).hexdigest(), name
    found = _photos.find(key)
    if found is None:
        with turns.taken(turns.DECODING):
            found = read_image(data, name=name)
            _photos.put(key, found)
    return found


def inspection(subject: Subject) -> Inspection:
    """Returns what the network showed of the photos, from one forward pass over all of them.

    Of a subject that is looked at as it was stored, it has no network.

    Raises:
        ValueError: an intervention makes no sense for this network or these photos.
        UnknownLabel: it names a part that the network does not have.
        Busy: others have the device, and too many or for too long.
    """
    if subject.stored:
        return stored.inspection()
    seen = _inspections.find(subject.key)
    if seen is None:
        with _spare(), turns.taken():
            # the kept one goes without its network, or old results would keep old networks
            seen = _inspections.find(subject.key) or _seen(subject).beside(None)
            _inspections.put(subject.key, seen)
    return seen.beside(model(subject))


def is_open(subject: Subject) -> bool:
    """Returns whether the network of a subject need not be waited for."""
    return _models.find((subject.model, subject.weights)) is not None


def find(view: View, subject: Subject, choices: Choices) -> Result | None:
    """Returns the arrays of a view if they have been computed before."""
    shelf = _shelves.find((view.key, subject.key))
    return shelf.find(choices) if shelf else None


def computed(view: View, subject: Subject, choices: Choices) -> Result:
    """Returns the arrays of a view.

    Raises:
        Busy: others have the device, and too many or for too long.
        TookTooLong: it took longer than a turn.
    """
    seen, key = inspection(subject), (view.key, subject.key)
    shelf = _shelves.find(key) or Shelf()
    with _spare(), turns.taken() if view.takes_long(choices) else nullcontext():
        result = shelf.get(choices, lambda read: view.compute(seen, read))
    _shelves.put(key, shelf)
    return result


def compared(view: View, pair: tuple[Subject, Subject], choices: Choices) -> Compared:
    """Returns a view of two subjects and their difference, over their images if there are several.

    Raises:
        NotComparable: they show different cells.
        Busy: others have the device, and too many or for too long.
        TookTooLong: it took longer than a turn.
    """
    key = view.key, (pair[0].key, pair[1].key), tuple(sorted(choices.items()))
    found = _comparisons.find(key)
    if found is None:
        a, b = (inspection(one) for one in pair)
        both = tuple(computed(view, one, choices).computed for one in pair)
        found = with_images(
            joined(view, (a, b), (both[0], both[1]), choices),
            lambda side, asked: computed(view, pair[side], asked).computed,
        )
        _comparisons.put(key, found)
    return found


def drawn(shown: "Exhibit", *subjects: Subject) -> Drawing:
    """Returns the drawing of what a view computed of a subject, or of two that are compared."""
    keys = tuple(subject.key for subject in subjects)
    key = shown.view.key, keys, tuple(sorted(shown.choices.items()))
    found = _drawings.find(key)
    if found is None:
        found = draw(shown)
        _drawings.put(key, found)
    return found


def offered(subject: Subject, views: Sequence[View] = VIEWS) -> Offer:
    """Returns which of some views have something to show of a subject."""
    key = subject.key, tuple(view.key for view in views)
    found = _offers.find(key)
    if found is None:
        found = offer(inspection(subject), views)
        _offers.put(key, found)
    return found


def details(subject: Subject) -> tuple[View, ...]:
    """Returns the views that look into one layer of a subject."""
    found = _details.find(subject.key)
    if found is None:
        found = offered_details(inspection(subject), offered(subject))
        _details.put(subject.key, found)
    return found


def clear() -> None:
    """Forgets everything, as in a new process."""
    for keep in (_models, _photos, *_RESULTS):
        keep.clear()


@contextmanager
def _spare() -> Iterator[None]:
    """Gives up what is kept where the memory did not suffice, so that the next try finds room."""
    try:
        yield
    except RuntimeError as error:
        from inspector.devices import OutOfMemory  # noqa: PLC0415 - it imports torch

        if isinstance(error, OutOfMemory):
            for keep in (_inspections, _shelves, _comparisons):
                keep.clear()
        raise


def _opened(subject: Subject) -> "LoadedModel":
    from inspector.sizes import require_smaller  # noqa: PLC0415 - it imports torch

    if subject.twin is not None:
        return _twin(subject, subject.twin)
    _models.clear_for(require_smaller(subject.model, MODEL_BYTES))
    loaded = _trained(subject.model, subject.checkpoint) if subject.checkpoint else None
    loaded = loaded or load_model(subject.model, pretrained=False)
    _settle()
    return loaded


def _twin(subject: Subject, seed: int) -> "LoadedModel":
    from inspector.twins import twin  # noqa: PLC0415 - it imports torch

    return twin(model(replace(subject, twin=None, classes=None)), seed)


def _trained(name: str, file: CheckpointFile) -> "LoadedModel":
    from inspector.loading import load  # noqa: PLC0415 - torch and timm

    # not by `load_model`, which warns in the log of what the page says on every figure
    return load(Request(name=name, checkpoint=file.read()))


def _seen(subject: Subject) -> Inspection:
    if not subject.interventions:
        return inspect_image(model(subject), subject.photos)
    before = inspection(subject.unchanged)
    return intervene(model(subject), before, subject.interventions).after


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
