"""A retrieved map is a tensor of an MRLA layer, place by place: too large to be kept by habit.

``MAPS`` reads what ``hooks.mrla`` reads and, of each layer, maps (sample, channel, y, x):
``value_map`` and ``output_map`` (``V_t`` and ``o_t``), of the light form also ``shortcut_map``
(``p_t``) and ``feature_map`` (``X_t``). Tokens are laid out as the map they stand for, without the
class token. Ask for few layers and few images:

    capture(model, batch, mechanisms=[MAPS], layers=["layer3.0", "layer3.1"], detail="full")
"""

from collections.abc import Sequence
from dataclasses import replace

from hooks import mrla
from hooks.mechanism import Past, Quantity, Reading
from hooks.points import Call

DIMS = ("sample", "channel", "y", "x")
TITLES = {
    "value": "value",
    "output": "output of the layer attention",
    "shortcut": "shortcut",
    "feature": "feature",
}


def read(call: Call, past: Sequence[Past], full: bool) -> Reading:
    """What ``hooks.mrla`` reads, and the maps."""
    reading = mrla.read(call, past, full)
    maps = {
        f"{name}_map": _quantity(call, name, title)
        for name, title in TITLES.items()
        if name in call.tensors
    }
    return replace(reading, quantities={**reading.quantities, **maps})


def _quantity(call: Call, name: str, title: str) -> Quantity:
    values = mrla.as_map(call.tensors[name], call.tensors["value"])
    return Quantity(values, DIMS, title, "feature units")


MAPS = replace(mrla.MECHANISM, read=read)
