"""A dim is the name of an axis; this is the whole vocabulary, with the titles that readers see."""

from collections.abc import Sequence

TITLES = {
    "sample": "image",
    "layer": "layer",
    "head": "head",
    "retrieved_layer": "retrieved layer",
    "channel": "channel",
    "token": "token",
    "slot": "memory slot",
    "feature": "feature",
    "query": "query token",
    "key": "key token",
    "group": "channel group",
    "y": "row",
    "x": "column",
}


def labels_of(dim: str, size: int, layers: Sequence[str]) -> Sequence[str | int]:
    """Labels of one axis of ``size`` entries: layer names for ``retrieved_layer``, else 0, 1, 2...

    Args:
        dim: a name of ``TITLES``.
        size: length of the axis.
        layers: the layers of the mechanism that ran so far, the present one last. An attention row
            over ``size`` layers is about the last ``size`` of them.
    """
    if dim == "retrieved_layer":
        return tuple(layers[-size:])
    return range(size)
