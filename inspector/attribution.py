"""An attribution says how a class score reacts to the input: Captum behind one function.

Signs are kept. Maps are in the cells the method works in: pixels for gradients, the cells of the
last feature map for Grad-CAM; nothing is smoothed or enlarged here. Runs under the model's lock
in evaluation mode; the model is left as it was.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from inspector.zoo import LoadedModel

STEPS = 32
CHUNK = 8 * 224 * 224
"""Pixels of interpolated images per pass of Integrated Gradients; bounds its memory."""


@dataclass(frozen=True)
class Score:
    """The number that is attributed: the logit of a class, or its mean over some pixels.

    Attributes:
        module: the network.
        target: index of the class.
        where: of a network with logits (sample, class, y, x), the pixels that the mean is over:
            1 there and 0 elsewhere (sample, 1, y, x).
    """

    module: "nn.Module"
    target: int
    where: "Tensor | None" = None

    def __call__(self, batch: "Tensor", where: "Tensor | None" = None) -> "Tensor":
        """The logits (sample, class) of a batch, where they belong to pixels their mean."""
        logits = self.module(batch)
        if where is None:
            return logits
        return (logits * where).sum((2, 3)) / where.sum((2, 3))

    @property
    def options(self) -> dict[str, Any]:
        """What Captum needs beside the batch; it repeats and cuts `where` as it does the batch."""
        return {"target": self.target, "additional_forward_args": self.where}


@dataclass(frozen=True)
class Method:
    """A way to attribute.

    Attributes:
        key: short name.
        title: name for readers.
        formula: what a cell holds.
        reads: a sentence on what a positive cell (red) and a negative one (blue) say.
        attribute: ``attribute(score, batch)``: map (sample, y, x) and notes by name.
        refuses: the sentence why a network cannot be attributed this way, or None.
    """

    key: str
    title: str
    formula: str
    reads: str
    attribute: "Callable[[Score, Tensor], tuple[Tensor, dict[str, float]]]"
    refuses: "Callable[[nn.Module], str | None]"


def attribute(
    model: "LoadedModel",
    pixels: xr.DataArray,
    target: int,
    method: str = "integrated_gradients",
    *,
    where: xr.DataArray | None = None,
) -> xr.Dataset:
    """How the logit of one class reacts to the input, in the sign and the units of the method.

    Args:
        model: from ``inspector.load_model``.
        pixels: what the model saw, (sample, y, x, rgb), 0 to 255, from ``Inspection.pixels``.
        target: index of the class.
        method: a key of ``METHODS``.
        where: of a segmentation network, the pixels over which the mean of the class's logit is
            attributed; boolean (sample, y, x), the same for every step of a method.

    Returns:
        ``attribution`` (sample, y, x), signed. Its attributes hold the formula and, for Integrated
        Gradients, ``convergence_delta``: the largest difference over images between the sum of the
        map and the difference in logit that it should explain (0 for a perfect integral).

    Raises:
        ValueError: the method does not fit the network, or is unknown; the network was loaded
            under ``torch.inference_mode()``; or pixels are missing, or named where there are none.
        OutOfMemory: the device has no room.
    """
    from inspector.devices import memory_guard  # noqa: PLC0415 - it imports torch

    chosen = _method(method)
    if reason := chosen.refuses(model.module):
        raise ValueError(reason)
    _require_gradients(model.module)
    score = Score(model.module, target, _mask(model, where))
    with memory_guard(), _quiet(model.module, model.lock):
        values, notes = chosen.attribute(score, _batch(model, pixels))
    return _labelled(values, notes, chosen, pixels)


def refusal(model: "LoadedModel", method: str) -> str | None:
    """Why a method cannot be used with a network, or None if it can."""
    return _method(method).refuses(model.module)


def _integrated_gradients(score: Score, batch: "Tensor") -> "tuple[Tensor, dict[str, float]]":
    from captum.attr import IntegratedGradients  # noqa: PLC0415

    values, delta = IntegratedGradients(score).attribute(
        batch,
        n_steps=STEPS,
        internal_batch_size=max(CHUNK // batch[0, 0].numel(), 1),
        return_convergence_delta=True,
        **score.options,
    )
    return values.sum(1), {"convergence_delta": float(delta.abs().max()), "steps": STEPS}


def _saliency(score: Score, batch: "Tensor") -> "tuple[Tensor, dict[str, float]]":
    from captum.attr import Saliency  # noqa: PLC0415

    return Saliency(score).attribute(batch, abs=False, **score.options).sum(1), {}


def _grad_cam(score: Score, batch: "Tensor") -> "tuple[Tensor, dict[str, float]]":
    from captum.attr import LayerGradCam  # noqa: PLC0415

    pool = _final_pool(score.module)
    cam = LayerGradCam(score, pool).attribute(
        batch, attribute_to_layer_input=True, relu_attributions=False, **score.options
    )
    return cam[:, 0], {}


def _final_pool(module: "nn.Module") -> "nn.Module | None":
    """The pooling that ends a convolutional network; its input is the last feature map."""
    from torch import nn  # noqa: PLC0415

    for name in ("avgpool", "global_pool", "pool"):
        pool = getattr(module, name, None)
        if isinstance(pool, nn.Module) and not isinstance(pool, nn.Identity):
            return pool
    return None


def _never(_module: "nn.Module") -> None:
    return None


def _without_feature_map(module: "nn.Module") -> str | None:
    if _final_pool(module) is not None:
        return None
    return (
        "Grad-CAM needs a convolutional network that pools its last feature map; "
        f"{type(module).__name__} has none. Use Integrated Gradients or Saliency."
    )


METHODS: Mapping[str, Method] = {
    method.key: method
    for method in (
        Method(
            "integrated_gradients",
            "Integrated Gradients",
            "(x - mean colour) x mean gradient on the straight path between them, summed over rgb",
            "Red raised the logit above that of a picture of the mean colour, blue lowered it.",
            _integrated_gradients,
            _never,
        ),
        Method(
            "saliency",
            "Saliency",
            "gradient of the logit, summed over rgb",
            "Red: a brighter pixel would raise the logit; blue: a darker one would. The sign says "
            "nothing of what the pixel, as it is, adds to it.",
            _saliency,
            _never,
        ),
        Method(
            "grad_cam",
            "Grad-CAM",
            "sum over channels of pooled gradient x feature, before any ReLU",
            "Red: the features at this place speak for the class, blue: against it.",
            _grad_cam,
            _without_feature_map,
        ),
    )
}


def _method(key: str) -> Method:
    if key not in METHODS:
        raise ValueError(f"No attribution is called '{key}'; there are: {', '.join(METHODS)}.")
    return METHODS[key]


def _require_gradients(module: "nn.Module") -> None:
    """Refuses a network made under inference mode: nothing can be differentiated through it."""
    if any(tensor.is_inference() for tensor in (*module.parameters(), *module.buffers())):
        raise ValueError(
            "Expected a network that gradients can pass, got one that was loaded under "
            "torch.inference_mode(). Load it outside of that block."
        )


@contextmanager
def _quiet(module: "nn.Module", lock: Any) -> Iterator[None]:
    """The model locked, in evaluation mode, its parameters without gradients; then as before.

    Gradients towards the input are recorded whatever the caller switched off.
    """
    import torch  # noqa: PLC0415

    from hooks.states import evaluating  # noqa: PLC0415

    with lock, torch.inference_mode(mode=False), torch.enable_grad(), evaluating(module):
        wanted = [(parameter, parameter.requires_grad) for parameter in module.parameters()]
        try:
            for parameter, _ in wanted:
                parameter.requires_grad_(False)
            yield
        finally:
            for parameter, grad in wanted:
                parameter.requires_grad_(grad)


def _mask(model: "LoadedModel", where: xr.DataArray | None) -> "Tensor | None":
    """The pixels as numbers (sample, 1, y, x) beside the network."""
    if (where is None) == (model.card.kind == "segmentation"):
        raise ValueError(
            "Expected the pixels (`where`) of a network that gives every pixel its own logits, and "
            f"of no other; {model.name} does {model.card.kind}."
        )
    if where is None:
        return None
    import torch  # noqa: PLC0415

    if not where.any(("y", "x")).all():
        raise ValueError("Expected pixels in every image to attribute the logit of; got none.")
    return torch.from_numpy(where.values[:, None].astype(np.float32)).to(model.device)


def _batch(model: "LoadedModel", pixels: xr.DataArray) -> "torch.Tensor":
    """The model's input again, from the pixels that it saw."""
    import torch  # noqa: PLC0415

    mean, std = (np.array(values, np.float32) for values in (model.card.mean, model.card.std))
    scaled = (pixels.values.astype(np.float32) / np.float32(255) - mean) / std
    batch = torch.from_numpy(scaled.transpose(0, 3, 1, 2).copy())
    return batch.to(model.device).requires_grad_()


def _labelled(
    values: "Tensor", notes: Mapping[str, float], method: Method, pixels: xr.DataArray
) -> xr.Dataset:
    attributes = {
        "long_name": method.title,
        "units": "logit" if method.key != "saliency" else "logit per unit of input",
        "method": method.key,
        "formula": method.formula,
        "reads": method.reads,
        **notes,
    }
    array = values.detach().float().cpu().numpy()
    data = xr.Dataset({"attribution": (("sample", "y", "x"), array, attributes)})
    return data.assign_coords(sample=pixels["sample"].values)
