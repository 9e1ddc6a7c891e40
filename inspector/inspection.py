"""An inspection is what one model showed of some images: attention, logits, pixels, provenance.

It is one labelled tree, the same on the screen and in a file. A view needs nothing else to draw, so
a saved inspection can be drawn later, elsewhere and without torch; only what runs the model again
(attributions, interventions) asks for the model too.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from inspector.edited import told
from inspector.images import ModelInput, Photo, prepare, read_image
from inspector.measures import NotNumbers, class_shares, probabilities

if TYPE_CHECKING:
    import torch

    from hooks.edits import Edit
    from inspector.zoo import LoadedModel

__all__ = ["Inspection", "NotNumbers", "Source", "inspect_image", "load_inspection"]

SEEN = "inspection"
FORMAT = "attention-inspector 1"

Source = str | Path | bytes | Photo


@dataclass(frozen=True, eq=False)
class Inspection:
    """One forward pass of some images, seen from inside.

    Attributes:
        tree: a node per mechanism (see ``hooks.capture``) and one named ``inspection``, with logits
            (sample, class) or, by pixel, (sample, class, y, x), the pixels that the model saw
            (sample, y, x, rgb), 0 to 255, and name, digest and preprocessing of each sample's
            image. The root's attributes say which model, weights, images and interventions.
        model: the model, while it is at hand.
        kept: what was made of the tree and may be asked for again, by what was asked.
    """

    tree: xr.DataTree
    model: "LoadedModel | None" = None
    kept: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def attention(self) -> xr.DataTree:
        """The mechanisms alone, such as ``attention["mrla"]["stages.2.5"]["weight"]``."""
        mechanisms = xr.DataTree(children={key: self.tree.children[key] for key in self.mechanisms})
        mechanisms.attrs = dict(self.tree.attrs)
        return mechanisms

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """Keys of the mechanisms that were found."""
        return tuple(key for key in self.tree.children if key != SEEN)

    @property
    def logits(self) -> xr.DataArray:
        """Logits (sample, class); of a segmentation (sample, class, y, x), in pixels as seen."""
        return self._seen["logits"]

    @property
    def kind(self) -> str:
        """What the network put out: "classification", or "segmentation" with logits by pixel."""
        return "segmentation" if "y" in self.logits.dims else "classification"

    @property
    def pixels(self) -> xr.DataArray:
        """What the model saw of each image before normalisation, (sample, y, x, rgb), 0 to 255."""
        return self._seen["pixels"]

    @property
    def images(self) -> tuple[str, ...]:
        """Names of the images, by sample."""
        return self._by_sample("image")

    @property
    def digests(self) -> tuple[str, ...]:
        """SHA-256 of the images' files, in hexadecimal, by sample."""
        return self._by_sample("image_sha256")

    @property
    def preprocessing(self) -> tuple[str, ...]:
        """What was done to each image before the network saw it, in a line, by sample."""
        return self._by_sample("preprocessing")

    @property
    def about(self) -> Mapping[str, Any]:
        """Provenance: model, weights (origin, digest, share that is trained), device, ..."""
        return {str(name): value for name, value in self.tree.attrs.items()}

    @property
    def _seen(self) -> xr.Dataset:
        return self.tree.children[SEEN].to_dataset()

    def _by_sample(self, coordinate: str) -> tuple[str, ...]:
        return tuple(str(text) for text in self._seen[coordinate].values)

    def beside(self, model: "LoadedModel | None") -> "Inspection":
        """The same inspection with this model at hand, or without one."""
        other = Inspection(self.tree, model)
        object.__setattr__(other, "kept", self.kept)  # what one makes of the tree serves both
        return other

    def variants(self, mechanism: str) -> frozenset[str]:
        """Forms of a mechanism that were captured, such as ``"base"``; empty without it."""
        if mechanism not in self.tree.children:
            return frozenset()
        return frozenset(layer.attrs["variant"] for layer in self.tree[mechanism].children.values())

    def probabilities(self, sample: int = 0) -> xr.DataArray:
        """Softmax over the classes of one image: (class), or (class, y, x) of a segmentation.

        Raises:
            NotNumbers: a logit is NaN or infinite.
        """
        return probabilities(self.logits.isel(sample=sample))

    def top_classes(self, sample: int = 0, count: int = 5) -> xr.DataArray:
        """The classes (class) that make up most of one image's prediction, the largest first.

        Returns:
            Softmax probabilities; of a segmentation the shares of pixels at which a class is the
            likeliest. The array's ``long_name`` says which, its coordinate ``place`` (class) where
            each class stands among the logits.

        Raises:
            NotNumbers: a logit is NaN or infinite.
        """
        share = class_shares(self.logits.isel(sample=sample))
        order = np.argsort(-share.values, kind="stable")[:count]
        return share.isel({"class": order}).assign_coords(place=("class", order))

    def save(self, path: str | Path, *, force: bool = False) -> Path:
        """Write the tree as one netCDF file; see ``inspector.export.save``."""
        from inspector.export import save  # noqa: PLC0415 - drawing libraries, only when asked

        return save(self.tree, path, force=force)


def load_inspection(path: str | Path) -> Inspection:
    """The inspection in a file that ``Inspection.save`` or ``inspector capture`` wrote.

    Raises:
        ValueError: the file is not one of those.
    """
    try:
        tree = xr.load_datatree(path, engine="h5netcdf")
    except FileNotFoundError:
        raise ValueError(f"Expected a captured file, found none at {path}.") from None
    except (OSError, ValueError) as error:
        raise ValueError(
            f"{path} is not a netCDF file ({error}). Make one with `inspector capture`."
        ) from error
    if SEEN not in tree.children:
        raise ValueError(
            f"{path} holds no inspection (format '{tree.attrs.get('format', 'unknown')}'). Make "
            "one with `inspector capture`."
        )
    return Inspection(tree)


def inspect_image(
    model: "LoadedModel",
    source: Source | Sequence[Source],
    *,
    detail: str = "full",
    edits: Sequence["Edit"] = (),
) -> Inspection:
    """One forward pass over an image, or over several as one batch, and everything seen in it.

    Args:
        model: from ``inspector.load_model``.
        source: a path, the bytes of an image file, a ``Photo``, or a sequence of those.
        detail: ``"full"`` or ``"summary"``, as for ``hooks.capture``.
        edits: interventions to make on the way, from ``hooks.edits``.

    Raises:
        ValueError: there is no image.
        BadImage: a source is not an image that can be read safely.
        MechanismNotFound: the model has no layer attention.
        OutOfMemory: the device has no room for the pass.
    """
    from inspector.devices import memory_guard  # noqa: PLC0415 - it imports torch

    photos = _photos(source)
    inputs = inputs_of(model, photos)
    with memory_guard():
        output, tree = _pass(model, inputs, detail, edits)
    tree[SEEN] = xr.DataTree(_seen(model, photos, inputs, output))
    tree.attrs |= _provenance(model, photos, inputs, edits)
    return Inspection(tree, model)


def inputs_of(model: "LoadedModel", source: Source | Sequence[Source]) -> list[ModelInput]:
    """Each image as the network sees it.

    Raises:
        ValueError: there is no image.
        BadImage: a source is not an image that can be read safely.
    """
    return [prepare(photo, model.card) for photo in _photos(source)]


def _photos(source: Source | Sequence[Source]) -> list[Photo]:
    sources = [source] if isinstance(source, (str, Path, bytes, Photo)) else source
    if not sources:
        raise ValueError("Expected at least one image, got an empty list. Give a path or a photo.")
    return [entry if isinstance(entry, Photo) else read_image(entry) for entry in sources]


def _pass(
    model: "LoadedModel", inputs: Sequence[ModelInput], detail: Any, edits: Sequence["Edit"]
) -> tuple["torch.Tensor", xr.DataTree]:
    import torch  # noqa: PLC0415 - see the module's docstring

    from hooks import record  # noqa: PLC0415

    batch = torch.cat([entry.tensor for entry in inputs]).to(model.device)
    recording = record(model.module, batch, detail=detail, edits=edits)
    return recording.output.float().cpu(), recording.tree


def _seen(
    model: "LoadedModel",
    photos: Sequence[Photo],
    inputs: Sequence[ModelInput],
    output: "torch.Tensor",
) -> xr.Dataset:
    from inspector.zoo import class_names  # noqa: PLC0415 - it may ask timm

    names = class_names(model.card) or [f"class {place}" for place in range(output.shape[1])]
    pixels = np.stack([np.rint(entry.pixels * 255).astype(np.uint8) for entry in inputs])
    by_pixel = model.card.kind == "segmentation"
    return xr.Dataset(
        {
            "logits": (
                ("sample", "class", "y", "x") if by_pixel else ("sample", "class"),
                output.numpy(),
                {"long_name": "logit", "units": "logit"},
            ),
            "pixels": (
                ("sample", "y", "x", "rgb"),
                pixels,
                {"long_name": "pixel", "units": "0-255"},
            ),
        },
        coords={
            "sample": np.arange(len(photos)),
            "image": ("sample", [photo.name for photo in photos]),
            "image_sha256": ("sample", [photo.sha256 for photo in photos]),
            "preprocessing": ("sample", [entry.description for entry in inputs]),
            "class": list(names),
            **(_places(*output.shape[2:]) if by_pixel else {}),
        },
    )


def _places(height: int, width: int) -> dict[str, xr.Variable]:
    """Rows and columns of what the model saw, numbered in pixels from the upper left corner."""
    sides = {"y": (height, "row"), "x": (width, "column")}
    return {
        dim: xr.Variable(dim, np.arange(size), {"long_name": title, "units": "pixel"})
        for dim, (size, title) in sides.items()
    }


def _provenance(
    model: "LoadedModel",
    photos: Sequence[Photo],
    inputs: Sequence[ModelInput],
    edits: Sequence["Edit"],
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "model": model.name,
        "weights": model.weights_label,
        "weights_sha256": model.weights_sha256,
        "trained": int(model.trained),
        "weights_share": model.weights.share,
        "weights_gaps": model.weights.gaps,
        "seed": model.weights.seed,
        "options": _options(model.options or {}),
        "class_names": model.card.named_by,
        "device": str(model.device),
        "images": ", ".join(photo.name for photo in photos),
        "image_sha256": ", ".join(photo.sha256[:12] for photo in photos),
        "preprocessing": "; ".join(dict.fromkeys(entry.description for entry in inputs)),
        "interventions": told(edits),
    }


def _options(options: Mapping[str, Any]) -> str:
    """Returns the options of a network as they are written on the command line."""
    return " ".join(f"--option {shlex.quote(f'{key}={value}')}" for key, value in options.items())
