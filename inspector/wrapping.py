"""Wrapping makes a network that is already an object, of whatever host code, one to look at."""

from dataclasses import replace

import torch
from torch import nn

from inspector.cards import IMAGENET_MEAN, IMAGENET_STD, Card
from inspector.checkpoints import digest
from inspector.labels import Classes, named
from inspector.zoo import LoadedModel, Weights


def wrap(  # noqa: PLR0913 - each is an option that users set by name
    module: nn.Module,
    *,
    size: int | tuple[int, int] = 224,
    mean: tuple[float, ...] = IMAGENET_MEAN,
    std: tuple[float, ...] = IMAGENET_STD,
    classes: Classes | None = None,
    weights: str = "",
    name: str = "",
) -> LoadedModel:
    """Returns a network of one's own for `inspect_image`, in evaluation mode, where it is.

    It is called once, with an image of the mean colour, to learn what it puts out.

    Args:
        module: takes images (sample, rgb, y, x), returns logits (sample, class) or, as a
            segmentation, (sample, class, y, x).
        size: height and width of its image, or one number for both; the middle of a picture is
            cut to it.
        mean: per channel, of pixels in [0, 1].
        std: per channel, of pixels in [0, 1].
        classes: names of the classes, as for `load_model`; numbered when not given.
        weights: where trained weights come from, in words; leave it out for random ones.
        name: for readers; the name of its class when not given.

    Raises:
        ValueError: the network returns something else than logits, or as many as `classes` has not.
    """
    height, width = (size, size) if isinstance(size, int) else size
    card = Card(
        name=name or type(module).__name__,
        title=name or type(module).__name__,
        family="own",
        parameters=sum(parameter.numel() for parameter in module.parameters()),
        source="a module of one's own",
        input_size=(3, height, width),
        mean=mean,
        std=std,
        crop_pct=1.0,
        label_set=None,
    )
    device = next((parameter.device for parameter in module.parameters()), torch.device("cpu"))
    card = _with_outputs(card, _tried(module.eval(), card, device))
    card = card if classes is None else named(card, classes)
    trained = bool(weights)
    origin = Weights(weights or "random weights", digest(module), trained, share=float(trained))
    return LoadedModel(card.name, card, module, device, origin)


def _tried(module: nn.Module, card: Card, device: torch.device) -> torch.Tensor:
    with torch.no_grad():
        output = module(torch.zeros(1, *card.input_size, device=device))
    if isinstance(output, torch.Tensor) and output.dim() in (2, 4):
        return output
    got = tuple(output.shape) if isinstance(output, torch.Tensor) else type(output).__name__
    raise ValueError(
        f"Expected {card.name} to return logits (sample, class) or (sample, class, y, x), got "
        f"{got}. Wrap a module whose forward returns the logits alone; to record any other, use "
        "hooks.capture(model, batch)."
    )


def _with_outputs(card: Card, output: torch.Tensor) -> Card:
    kind = "segmentation" if output.dim() == 4 else "classification"
    return replace(card, kind=kind, num_classes=output.shape[1])
