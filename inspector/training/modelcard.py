"""A model card is what a reader should know of trained weights before believing a figure of them.

Mitchell et al., "Model Cards for Model Reporting", FAT* 2019, arXiv:1810.03993, as far as it fits
ten classes of small photographs.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inspector.cards import CARDS, NO_ATTENTION, Card
from inspector.training.record import Score


def model_card(told: Mapping[str, Any]) -> str:
    """Returns the model card of trained weights, in Markdown.

    Args:
        told: the weights' `record`.
    """
    card, name = CARDS[told["network"]], told["network"]
    points = "\n".join(f"* **{title}**: {text}" for title, text in _points(card, told))
    return f"""# {card.title}

{points}

`inspector evaluate {name} --data CIFAR` gives the accuracy, `inspector train {name} --data CIFAR -o
FOLDER` the weights; `{name}.json` has the log.
"""


def write_card(told: Mapping[str, Any], weights: Path) -> Path:
    """Writes the model card beside a file of weights; returns its file."""
    path = weights.with_suffix(".md")
    path.write_text(model_card(told))
    return path


def _points(card: Card, told: Mapping[str, Any]) -> list[tuple[str, str]]:
    attention = "none" if card.family == NO_ATTENTION else f"{card.family} ({card.source})"
    return [
        ("Attention", attention),
        ("Parameters", f"{card.parameters:,}"),
        ("Right", f"{Score(told['right'], told['images'])} of the test set of {told['data']}"),
        ("Trained", _trained(told)),
        ("File", f"sha256 {told['sha256']}, in half precision; it is run in single"),
        ("Sees", _sees(card)),
        (
            "For",
            f"seeing what trained attention does. Whatever a picture shows is called one of "
            f"{card.num_classes} classes, and the probabilities are not calibrated",
        ),
        (
            "Evidence",
            "for itself: one small network, one seed; another seed, larger networks and other "
            "images may do otherwise. Networks of the same host have the same recipe, and differ "
            "in their attention and in the parameters that it has",
        ),
    ]


def _trained(told: Mapping[str, Any]) -> str:
    recipe = told["recipe"]
    return (
        f"on {told['train_images']:,} training images of {told['data']} and nothing else (sha256 "
        f"{told['train_sha256'][:12]}), {recipe['epochs']} "
        f"epochs from seed {recipe['seed']}, in {told['seconds'] / 3600:.1f} hours "
        f"({told['machine']}); the weights are a running average"
    )


def _sees(card: Card) -> str:
    _, height, width = card.input_size
    return (
        f"{width} x {height} pixels: the centre of a picture, its shorter side resized, "
        f"{card.interpolation}"
    )
