"""A figure in plotly's own words: what is on the screen is sent as it is, what is saved is checked.

A figure of plotly's own objects checks and copies each of its properties whenever it is made, which
takes longer than all else about a click. So figures are words until someone asks for the objects.
"""

import base64
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import plotly.graph_objects as go
import plotly.io

Words = Mapping[str, Any]
"""A figure, or a part of one, as plotly's JSON has it; arrays as they are, or packed."""

_PACKED = {"float32": "f4", "float64": "f8", "uint8": "u1"}
"""How plotly calls the types of arrays that it takes as bytes."""


@dataclass(frozen=True, eq=False)
class Figure:
    """A figure of labelled arrays.

    Attributes:
        words: its ``data`` and its ``layout``; they are shared, and never changed.
    """

    words: Words

    @cached_property
    def checked(self) -> go.Figure:
        """The figure in plotly's own objects, to be shown in a notebook, changed, or saved.

        Raises:
            ValueError: plotly knows no such thing.
        """
        # plotly takes words out of what it is given while it reads, and others may be reading too
        return go.Figure(deepcopy(dict(self.words)))

    @property
    def data(self) -> tuple[Any, ...]:
        """Its traces in plotly's own objects."""
        return self.checked.data

    @property
    def layout(self) -> go.Layout:
        """Its layout in plotly's own objects."""
        return self.checked.layout

    def packed(self) -> dict[str, Any]:
        """The figure as plotly's JSON has it, unchecked."""
        return {**self.words, "data": [packed(trace) for trace in self.words["data"]]}

    def to_json(self) -> str:
        """The same as text."""
        return plotly.io.to_json(self.packed(), validate=False)


def packed(trace: Words) -> dict[str, Any]:
    """A trace with each array of numbers as plotly's JSON has it: its type, shape and bytes."""
    return {key: _packed(value) for key, value in trace.items() if value is not None}


def _packed(value: Any) -> Any:
    if isinstance(value, dict):
        return packed(value)
    if not isinstance(value, np.ndarray) or value.dtype.name not in _PACKED or not value.size:
        return value
    little = value.astype(value.dtype.newbyteorder("<"), copy=False)  # as browsers read numbers
    content = base64.b64encode(little.tobytes()).decode("ascii")
    told = {"dtype": _PACKED[value.dtype.name], "bdata": content}
    return told | ({"shape": ", ".join(map(str, value.shape))} if value.ndim > 1 else {})
