"""A listing is what can be opened by name, told without opening any of it."""

import json
from typing import Any

from inspector import shipped
from inspector.cards import LISTED, Card
from inspector.cli.tables import aligned

_HEADER = ("name", "family", "parameters", "image", "classes", "trained weights")


def models_table() -> str:
    """Returns a line per network: name, family, parameters, image size, classes, weights."""
    return aligned([_HEADER, *map(_row, LISTED.values())])


def models_json() -> str:
    """Returns the same and more as a JSON list of objects."""
    return json.dumps([_entry(card) for card in LISTED.values()], indent=2)


def _row(card: Card) -> tuple[str, ...]:
    _, height, width = card.input_size
    return (
        card.name,
        card.family,
        f"{card.parameters / 1e6:5.1f} M",
        f"{width}x{height}",
        f"{card.num_classes}",
        _weights(card),
    )


def _weights(card: Card) -> str:
    """Whether trained weights are there, and how good those are that are shipped."""
    if shipped.trained(card.name):
        return f"here, {shipped.told(card.name)}"
    return "to download" if card.has_weights else "no"


def _shipped(name: str) -> dict[str, Any] | None:
    """How good shipped weights are, and of which file that is told."""
    if shipped.trained(name) is None:
        return None
    told = shipped.record_of(name)
    return {key: told[key] for key in ("data", "right", "images", "accuracy", "sha256")}


def _entry(card: Card) -> dict[str, Any]:
    return {
        "name": card.name,
        "title": card.title,
        "family": card.family,
        "kind": card.kind,
        "parameters": card.parameters,
        "input_size": card.input_size,
        "classes": card.num_classes,
        "label_set": card.label_set,
        "trained_weights": card.has_weights or shipped.trained(card.name) is not None,
        "shipped": _shipped(card.name),
        "source": card.source,
    }
