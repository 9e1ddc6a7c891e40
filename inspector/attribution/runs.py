"""A run is a method at work: what computes its map, and how many forward passes that takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from inspector.attribution import coverings, gradients
from inspector.attribution.gradients import Map
from inspector.attribution.method import Settings
from inspector.attribution.task import Task

Size = tuple[int, ...]
"""Height and width of an image."""


@dataclass(frozen=True)
class Run:
    """How a method is computed.

    Attributes:
        of: the map (1, y, x) of a task, and notes by name.
        passes: images that go through the network, given settings and size of the image.
    """

    of: Callable[[Task], Map]
    passes: Callable[[Settings, Size], float]


def _once(settings: Settings, _size: Size) -> float:
    return max(settings["noisy"], 1)


def _on_a_path(settings: Settings, _size: Size) -> float:
    # the convergence delta, of one image alone, asks for both ends
    noisy = settings["noisy"]
    return settings["steps"] * noisy if noisy else settings["steps"] + 2


def _patches(settings: Settings, size: Size) -> float:
    return 1 + coverings.patch_count(int(settings["patches"]), size)


RUNS: Mapping[str, Run] = {
    "saliency": Run(gradients.saliency, _once),
    "input_x_gradient": Run(gradients.input_x_gradient, _once),
    "integrated_gradients": Run(gradients.integrated_gradients, _on_a_path),
    "gradient_shap": Run(gradients.gradient_shap, lambda settings, _: 3 * settings["draws"]),
    "deep_lift": Run(gradients.deep_lift, lambda *_: 4),
    "guided_backprop": Run(gradients.guided_backprop, _once),
    "grad_cam": Run(gradients.grad_cam, lambda *_: 1),
    "guided_grad_cam": Run(gradients.guided_grad_cam, lambda *_: 2),
    "occlusion": Run(coverings.occlusion, _patches),
    "feature_ablation": Run(coverings.feature_ablation, lambda s, _: 1 + s["segments"]),
    "lime": Run(coverings.lime, lambda settings, _: settings["samples"]),
    "kernel_shap": Run(coverings.kernel_shap, lambda settings, _: settings["samples"]),
}
"""By key of the method."""
