"""A network that is measured comes with images to run it on, and with its plain forward pass."""

from functools import partial

import torch

from inspector.zoo import LoadedModel

FAMILIES = (
    "resnet50_mrlab",
    "resnet50_mrlal",
    "deit_mrlab_tiny_patch16_224",
    "deit_mrlal_tiny_patch16_224",
    "efficientnet_mrlal_b0",
    "ceit_mrlal_tiny",
    "dia_resnet",
    "dia_resnet50",
    "share_se_resnet50",
    "share_sge_resnet50",
    "eamlp_7",
    "eanet_r50",
)
"""One network of each family."""
SEGMENTED_SIDE = 97
"""Of the images that are segmented; at the published 513 pixels one pass takes seconds."""


def images(model: LoadedModel, samples: int) -> torch.Tensor:
    """Returns noise [samples, c, h, w] on the device of a model."""
    channels, height, width = model.card.input_size
    if model.card.kind == "segmentation":
        height = width = SEGMENTED_SIDE
    noise = torch.rand(samples, channels, height, width, generator=torch.Generator().manual_seed(0))
    return noise.to(model.device)


def forward(module: torch.nn.Module, batch: torch.Tensor) -> partial[torch.Tensor]:
    """Returns a plain pass, without gradients in the way that `capture` runs: `torch.no_grad`."""
    return partial(torch.no_grad()(module), batch)
