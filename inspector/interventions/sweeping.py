"""A sweep makes many interventions one by one, and tells what each does to the logits of one image.

Many share a pass: each sample of a batch has an edit of its own, and the first has none. Edits of
one layer begin there, with what comes before computed once (`hooks.prefixes`); that is given up
for full passes as soon as an unedited sample differs from the full pass by more than rounding.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from inspector.batches import Images, batch_of
from inspector.inspection import Inspection
from inspector.interventions.edges import chain_of
from inspector.interventions.making import Maker
from inspector.interventions.notation import to_text
from inspector.interventions.value import EVERY, Intervention
from inspector.measures import effects
from inspector.progress import tracked

if TYPE_CHECKING:
    from torch import Tensor

    from hooks.prefixes import Prefixes
    from inspector.zoo import LoadedModel

CHUNK = 16 * 224 * 224
"""Pixels of images per pass; bounds its memory."""

MOST = 128
"""Images per pass at most, however small."""

FEW = 4
"""Up to so many interventions it costs more to learn what can be computed once."""

ROUNDING = 1e-6
"""How far an unedited sample may be from the full pass, as a share of the largest logit."""


@dataclass(frozen=True)
class _Chunk:
    """Interventions that share a pass, and the layer that it begins with, if any."""

    places: tuple[int, ...]
    layer: str | None


def sweep(
    model: "LoadedModel",
    seen: Inspection,
    interventions: Sequence[Intervention],
    *,
    image: int = 0,
    other: Images | None = None,
    reuse: bool = True,
) -> xr.Dataset:
    """What each of many interventions does, alone, to the logits of one image.

    Args:
        model: left as it was, also when it is cancelled (see ``inspector.progress``).
        seen: an inspection of the image by this model, without interventions.
        interventions: as `edges` and `parts` list them.
        image: number of the sample.
        other: images that "average" and "resample" take from.
        reuse: whether what comes before an edited layer is computed once.

    Returns:
        ``logit``, ``probability`` and ``distance`` (intervention), see ``measures.effects``, with
        coordinates ``mechanism``, ``chain``, ``layer``, ``dim``, ``label``, ``head`` (of a part of
        one head) and ``text``. Attributes: ``predicted``, the class they are about; ``images`` that
        were run through the network or a part of it, in so many ``passes``; ``reused``, whether
        prefixes were; ``floor``, how far the logits of unedited samples are apart: rounding.

    Raises:
        ValueError: there is none, or one makes no sense here, or the logits are by pixel.
        UnknownLabel: the network has no such layer, dim or label.
        OutOfMemory: the device has no room.
    """
    from inspector.devices import memory_guard  # noqa: PLC0415 - it imports torch

    _require_something(seen.kind, interventions)
    picture = batch_of(model, seen)[image : image + 1]
    with memory_guard(), model.lock:
        run = _Sweep(model, picture, tuple(interventions))
        run.maker.look_at(None if other is None else batch_of(model, other))
        run.all(reuse=reuse)
    names = {"class": seen.logits["class"].values}
    return _told(run, names).assign_coords(coordinates(interventions, chain_of(seen)))


def sweep_input(
    model: "LoadedModel", picture: "Tensor", interventions: Sequence[Intervention]
) -> xr.Dataset:
    """What `sweep` returns, without coordinates, of a picture as the network takes it.

    Args:
        model: left as it was.
        picture: (1, channel, y, x), on the device of the model.
        interventions: none that takes from other images.

    Raises:
        NotNumbers: a logit is NaN or infinite.
        OutOfMemory: the device has no room.
    """
    from inspector.devices import memory_guard  # noqa: PLC0415 - it imports torch

    with memory_guard(), model.lock:
        run = _Sweep(model, picture, tuple(interventions))
        run.all()
    return _told(run, {})


@dataclass(eq=False)
class _Sweep:
    """A sweep under way.

    Attributes:
        model: what runs.
        picture: a batch of one.
        interventions: all of them.
        prefixes: what can be computed once; None for full passes.
        logits: with each intervention, by its place; None where it is still to be made.
        own: the logits of the unedited sample beside it.
        images: how many samples passed.
        passes: how many batches.
    """

    model: "LoadedModel"
    picture: "Tensor"
    interventions: tuple[Intervention, ...]
    prefixes: "Prefixes | None" = None
    logits: dict[int, np.ndarray] = field(default_factory=dict)
    own: dict[int, np.ndarray] = field(default_factory=dict)
    images: int = 0
    passes: int = 0

    def __post_init__(self) -> None:
        self.maker = Maker(self.model.module, 1, self.interventions)

    def learn(self) -> None:
        """Computes what comes before the layers, once."""
        from hooks.prefixes import record_prefixes  # noqa: PLC0415 - it imports torch
        from hooks.recording import sites_of  # noqa: PLC0415

        keys = tuple(dict.fromkeys(one.mechanism for one in self.interventions))
        layers = tuple(filter(None, dict.fromkeys(map(_begins_at, self.interventions))))
        sites = sites_of(self.model.module, keys)
        self.prefixes = record_prefixes(self.model.module, self.picture, sites, layers)
        self.images, self.passes = 3, 2

    def all(self, *, reuse: bool = True) -> None:
        """Makes every intervention; begins anew with full passes if prefixes prove wrong."""
        if reuse and len(self.interventions) > FEW:
            self.learn()
        for chunk in tracked(_chunks(self), "batches of interventions"):
            logits = self._tried(chunk)
            if logits is None:
                break
            for place, row in zip(chunk.places, logits[1:], strict=True):
                self.logits[place], self.own[place] = row, logits[0]
        else:
            return
        self.prefixes = None
        self.all(reuse=False)

    def _tried(self, chunk: _Chunk) -> np.ndarray | None:
        """What `_passed` returns; None where the work handed out is not what would be computed."""
        try:
            logits = self._passed(chunk)
        except RuntimeError:  # tensors of another batch were left on the side
            if chunk.layer is None:
                raise
            return None
        return logits if self._sound(chunk, logits[0]) else None

    def _passed(self, chunk: _Chunk) -> np.ndarray:
        """Logits (sample, class): without an intervention, and then with each."""
        import torch  # noqa: PLC0415

        from hooks.edited_passes import editing  # noqa: PLC0415

        samples = 1 + len(chunk.places)
        edits = [
            self.maker.edit(self.interventions[place], sample)
            for sample, place in enumerate(chunk.places, 1)
        ]
        self.images, self.passes = self.images + samples, self.passes + 1
        prefix, ran = self._prefix(chunk, samples)
        with torch.no_grad(), editing(self.model.module, edits, ran=ran), prefix:
            output = self.model.module(self.picture.repeat(samples, 1, 1, 1))
        return output.float().cpu().numpy()

    def _prefix(
        self, chunk: _Chunk, samples: int
    ) -> tuple[AbstractContextManager[None], Mapping[str, tuple[str, str]]]:
        """What hands out the work before the chunk's layer, and the attentions that it spares."""
        if self.prefixes is None or chunk.layer is None:
            return nullcontext(), {}
        ran = self.prefixes.starts[chunk.layer].ran
        return self.prefixes.before(chunk.layer, samples), ran

    def _sound(self, chunk: _Chunk, own: np.ndarray) -> bool:
        """Whether an unedited sample that began at a layer is the full pass, up to rounding."""
        if self.prefixes is None or chunk.layer is None:
            return True
        full = self.prefixes.logits.float().cpu().numpy()[0]
        allowed = max(ROUNDING * float(np.abs(full).max()), 4 * self.prefixes.noise)
        return bool(np.abs(own - full).max() <= allowed)


def _begins_at(one: Intervention) -> str | None:
    """The layer before which an intervention changes nothing; None where it cannot be told."""
    whole = one.layer == EVERY and one.dim == "retrieved_layer"
    layer = str(one.label) if whole else one.layer
    # A module that runs again in a pass begins more than once.
    return None if layer == EVERY or "#" in layer else layer


def _chunks(run: _Sweep) -> list[_Chunk]:
    """Interventions by the layer that their pass begins with, at most so many as memory allows."""
    starts = run.prefixes.starts if run.prefixes else {}
    by_layer: dict[str | None, list[int]] = {}
    for place, one in enumerate(run.interventions):
        layer = _begins_at(one)
        by_layer.setdefault(layer if layer in starts else None, []).append(place)
    most = images_per_pass(run.picture) - 1  # the first has no intervention
    return [
        _Chunk(part, layer) for layer, places in by_layer.items() for part in _cut(places, most)
    ]


def images_per_pass(picture: "Tensor") -> int:
    """How many copies of a picture (1, channel, y, x) share a pass."""
    return min(max(CHUNK // picture[0, 0].numel(), 2), MOST)


def _cut(places: Sequence[int], most: int) -> Iterator[tuple[int, ...]]:
    """As few parts of at most so many as there can be, of nearly the same length."""
    parts = np.array_split(places, -(-len(places) // most))
    return (tuple(part.tolist()) for part in parts)


def _told(run: _Sweep, names: Mapping[str, Any]) -> xr.Dataset:
    dims = ("intervention", "class")
    places = range(len(run.interventions))
    own, made = (np.stack([rows[place] for place in places]) for rows in (run.own, run.logits))
    before, after = (xr.DataArray(rows, dims=dims, coords=names) for rows in (own, made))
    data = effects(before, after)
    data.attrs |= {
        "images": run.images,
        "passes": run.passes,
        "reused": int(run.prefixes is not None),
        "floor": float(np.abs(own - own[0]).max()),
    }
    return data


def coordinates(
    interventions: Sequence[Intervention], chains: Mapping[tuple[str, str], str]
) -> dict[str, tuple[str, list]]:
    """What tells interventions apart, as coordinates; chains by mechanism and layer."""
    columns: dict[str, list[Any]] = {
        "mechanism": [one.mechanism for one in interventions],
        "chain": [chains.get((one.mechanism, one.layer), "") for one in interventions],
        "layer": [one.layer for one in interventions],
        "dim": [one.dim for one in interventions],
        "label": [str(one.label) for one in interventions],
        "head": [dict(one.within).get("head", -1) for one in interventions],
        "text": [to_text(one) for one in interventions],
    }
    return {name: ("intervention", list(values)) for name, values in columns.items()}


def _require_something(kind: str, interventions: Sequence[Intervention]) -> None:
    if not interventions:
        raise ValueError("Expected at least one intervention to try, got none.")
    if kind != "classification":
        raise ValueError(
            "A sweep tells what happens to the logits of a whole image; this network gives every "
            "pixel its own. Use inspector.intervene for single interventions."
        )
