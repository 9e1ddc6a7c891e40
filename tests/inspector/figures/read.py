"""How plotly reads a figure: what a page is sent must mean to it what its own objects would."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inspector.figures import Figure


def assert_read_as_written(figure: Figure) -> None:
    """Plotly's own objects take every word of a figure, and make nothing else of any.

    Args:
        figure: as it is sent. Of empty lists plotly's objects leave no trace.
    """
    sent, read = json.loads(figure.to_json()), json.loads(figure.checked.to_json())
    assert sent["data"]
    assert sent["data"] == read["data"]
    assert {name: value for name, value in sent["layout"].items() if value != []} == read["layout"]
