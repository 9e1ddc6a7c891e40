"""Attribution by covering: what becomes of the score where parts of the image are in mean colour.

The mean colour is 0 in the network's input. Parts are patches of one size, or superpixels: regions
of like colour (SLIC, Achanta et al. 2012).
"""

from math import ceil

import numpy as np
import torch
from captum._utils.models.linear_model import SkLearnRidge
from captum.attr import FeatureAblation, KernelShap, Lime, Occlusion
from skimage.segmentation import slic
from torch import Tensor

from inspector.attribution.gradients import Map
from inspector.attribution.task import Task

COMPACTNESS = 10
"""How much SLIC weighs nearness against colour; the value its authors suggest."""

NEAR = 0.25
"""Width of LIME's kernel over cosine distances, as in its authors' code for images."""


def occlusion(task: Task) -> Map:
    """One patch after the other; patches do not overlap."""
    side = patch_side(task["patches"], task.batch.shape[2:])
    with torch.no_grad():
        values = Occlusion(task.score).attribute(
            task.batch,
            sliding_window_shapes=(task.batch.shape[1], side, side),
            strides=(task.batch.shape[1], side, side),
            perturbations_per_eval=task.chunk,
            **task.score.options,
        )
    # captum gives the fall to each channel of the patch
    return values.mean(1), {"patch": side}


def patch_side(patches: int, size: tuple[int, ...]) -> int:
    """Pixels along a patch, so that about so many lie along the shorter side."""
    return max(min(size) // patches, 1)


def patch_count(patches: int, size: tuple[int, ...]) -> int:
    """How many patches cover an image."""
    side = patch_side(patches, size)
    return ceil(size[0] / side) * ceil(size[1] / side)


def feature_ablation(task: Task) -> Map:
    """One superpixel after the other."""
    regions = superpixels(task)
    values = FeatureAblation(task.score).attribute(
        task.batch, feature_mask=regions, perturbations_per_eval=task.chunk, **task.score.options
    )
    return values.mean(1), _counted(regions)


def lime(task: Task) -> Map:
    """Which superpixels are there, at random, against the score: a ridge regression."""
    regions = superpixels(task)
    algorithm = Lime(task.score, SkLearnRidge(alpha=1.0), similarity_func=_nearness)
    values = algorithm.attribute(task.batch, **_sampled(task, regions))
    return values.mean(1), _counted(regions)


def kernel_shap(task: Task) -> Map:
    """The same with the samples of the Shapley kernel, and all or none weighing most."""
    regions = superpixels(task)
    values = KernelShap(task.score).attribute(task.batch, **_sampled(task, regions))
    return values.mean(1), _counted(regions)


def superpixels(task: Task) -> Tensor:
    """The number of each pixel's superpixel (1, 1, y, x), from 0."""
    labels = slic(task.picture, task["segments"], COMPACTNESS, start_label=0)
    _, numbers = np.unique(labels, return_inverse=True)  # captum asks for all of 0 to the last
    regions = torch.from_numpy(numbers.reshape(1, 1, *labels.shape))
    return regions.to(task.batch.device)


def _sampled(task: Task, regions: Tensor) -> dict:
    return {
        "feature_mask": regions,
        "n_samples": task["samples"],
        "perturbations_per_eval": task.chunk,
        **task.score.options,
    }


def _nearness(_image: Tensor, _covered: Tensor, there: Tensor, **_others: object) -> Tensor:
    """LIME's weight of a sample: its cosine distance from all superpixels being there."""
    distance = 1 - there.float().mean(dim=1).sqrt()
    return torch.exp(-(distance**2) / NEAR**2)


def _counted(regions: Tensor) -> dict[str, float]:
    return {"superpixels": int(regions.max()) + 1}
