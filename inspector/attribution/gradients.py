"""Attribution by gradients: how the score changes as the input does, once or along a path."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from captum.attr import (
    DeepLift,
    GradientShap,
    GuidedBackprop,
    GuidedGradCam,
    InputXGradient,
    IntegratedGradients,
    LayerGradCam,
    NoiseTunnel,
    Saliency,
)
from torch import Tensor, nn

from inspector.attribution.requirements import final_pool
from inspector.attribution.task import Score, Task

Map = tuple[Tensor, dict[str, float]]
"""A map (1, y, x), signed, and notes by name."""


def _slope(algorithm: Callable[[Score], Any], **options: bool) -> Callable[[Task], Map]:
    """What runs one of Captum's methods that take a single gradient of the image."""

    def run(task: Task) -> Map:
        return _smoothed(algorithm(task.score), task, **options), {}

    return run


saliency = _slope(Saliency, abs=False)
input_x_gradient = _slope(InputXGradient)
_guided = _slope(GuidedBackprop)


def guided_backprop(task: Task) -> Map:
    """The gradient with every ReLU passing its positive part alone."""
    with _hookable(task.score):
        return _guided(task)


def integrated_gradients(task: Task) -> Map:
    """The integral of the gradient from the mean colour to the image."""
    algorithm = IntegratedGradients(task.score)
    options = {"n_steps": task["steps"], "internal_batch_size": task.chunk}
    if task["noisy"]:
        return _smoothed(algorithm, task, at_once=1, **options), {}
    values, delta = algorithm.attribute(
        task.batch, return_convergence_delta=True, **options, **task.score.options
    )
    return values.sum(1), {"convergence_delta": float(delta.abs().max())}


def gradient_shap(task: Task) -> Map:
    """The mean over draws, as many at once as there is room for, which Captum does not bound."""
    algorithm, baselines = GradientShap(task.score), _plain_pictures(task)
    total, gaps = torch.zeros_like(task.batch), 0.0
    for draws in _portions(task["draws"], task.chunk):
        values, delta = algorithm.attribute(
            task.batch,
            baselines,
            n_samples=draws,
            return_convergence_delta=True,
            **task.score.options,
        )
        total += draws * values.detach()
        gaps += float(delta.sum())
    mean = total / task["draws"]
    return mean.sum(1), {"convergence_delta": abs(gaps / task["draws"])}


def deep_lift(task: Task) -> Map:
    """Slopes between the image and the mean colour, activation by activation."""
    with _hookable(task.score):
        values, delta = DeepLift(task.score).attribute(
            task.batch, return_convergence_delta=True, **task.score.options
        )
    return values.sum(1), {"convergence_delta": float(delta.abs().max())}


def grad_cam(task: Task) -> Map:
    """The last feature map, each channel by its mean gradient."""
    algorithm = LayerGradCam(task.score, final_pool(task.score.module))
    cam = algorithm.attribute(
        task.batch,
        attribute_to_layer_input=True,
        relu_attributions=False,
        **task.score.options,
    )
    return cam[:, 0], {}


def guided_grad_cam(task: Task) -> Map:
    """Guided Backprop where Grad-CAM is positive."""
    algorithm = GuidedGradCam(task.score, final_pool(task.score.module))
    with _hookable(task.score):
        values = algorithm.attribute(
            task.batch, attribute_to_layer_input=True, **task.score.options
        )
    return values.sum(1), {}


@contextmanager
def _hookable(module: nn.Module) -> Iterator[None]:
    """Lets Captum hook activations that read no image, as of DIA's state before the first block.

    It hooks the tensor that enters, which must be one that gradients reach: here by a weight.
    """
    parameters = list(module.parameters())
    try:
        for parameter in parameters:
            parameter.requires_grad_(True)
        yield
    finally:
        for parameter in parameters:
            parameter.requires_grad_(False)


def _smoothed(algorithm: Any, task: Task, at_once: int | None = None, **options: Any) -> Tensor:
    """The map of the image, or the mean of those of noisy copies (SmoothGrad)."""
    options |= task.score.options
    if not task["noisy"]:
        return algorithm.attribute(task.batch, **options).sum(1)
    low, high = task.batch.detach().aminmax()
    values = NoiseTunnel(algorithm).attribute(
        task.batch,
        nt_type="smoothgrad",
        nt_samples=task["noisy"],
        nt_samples_batch_size=min(at_once or task.chunk, task["noisy"]),
        stdevs=task.settings["noise"] * float(high - low),
        **options,
    )
    return values.sum(1)


def _plain_pictures(task: Task) -> Tensor:
    """A black, a mean-coloured and a white picture, (3, rgb, y, x)."""
    black, white = task.ends
    pictures = torch.stack([black, torch.zeros_like(black), white])[:, :, None, None]
    return pictures.expand(-1, -1, *task.batch.shape[2:])


def _portions(count: int, most: int) -> list[int]:
    """A count in portions that are not too large."""
    return [min(most, count - start) for start in range(0, count, most)]
