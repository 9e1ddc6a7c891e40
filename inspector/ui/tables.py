"""A table is what stands behind a chart, for whoever cannot see it, point at it or believe it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import streamlit as st
import xarray as xr

from inspector import reading
from inspector.ui.wording import plain
from inspector.views import Computed

if TYPE_CHECKING:
    import pandas as pd

MOST = 20_000
"""Rows that are shown of one panel; the file of arrays has all."""


def offer(computed: Computed, name: str) -> None:
    """Offers the extremes of each panel, and all values; neither is made before it is opened.

    Args:
        computed: what a view is drawn from.
        name: tells its tables from those of others.
    """
    extremes = st.expander(
        "Largest and smallest values as a table", key=f"extremes-{name}", on_change="rerun"
    )
    if extremes.open:
        extremes.table([asdict(peak) for peak in reading.peaks(computed)])
    everything = st.expander("All values as tables", key=f"values-{name}", on_change="rerun")
    if everything.open:
        with everything:
            _all(computed, name)


def _all(computed: Computed, name: str) -> None:
    """The values of one panel; which one is chosen where there are several."""
    tables = dict(_numbers(computed))
    if not tables:
        st.caption("This view holds pictures only, and no numbers.")
        return
    title = st.selectbox("Panel", list(tables), format_func=plain, key=f"values-panel-{name}")
    frame = rows(tables[title])
    left_out = f" The first {MOST} of {len(frame)}." if len(frame) > MOST else ""
    st.caption(plain(f"{title}: one row for each cell, one column for each quantity.{left_out}"))
    st.dataframe(frame.head(MOST), hide_index=True, alt=f"All values of {title}")


def _numbers(computed: Computed) -> Iterator[tuple[str, xr.Dataset]]:
    """The quantities of each panel that are told by the same labels; pictures are left out."""
    for title, data in computed.panels.items():
        for dims in dict.fromkeys(values.dims for values in data.data_vars.values()):
            kept = [name for name, values in data.data_vars.items() if values.dims == dims]
            by = ", ".join(str(dim).replace("_", " ") for dim in dims)
            if dims and "rgb" not in dims:
                yield f"{title}, by {by}", data[kept]


def rows(data: xr.Dataset) -> "pd.DataFrame":
    """Returns one row for each cell that has a value: its labels, then its quantities.

    Columns are called as readers know the quantity, with its unit; those that would be called the
    same keep their own names behind it.
    """
    frame = data.drop_vars(set(data.coords) - set(data.dims)).to_dataframe().reset_index()
    frame = frame.dropna(subset=list(data.data_vars), how="all")
    titles = {name: _title(data, name) for name in frame.columns}
    told = Counter(titles.values())
    named = {n: f"{t}: {n}".replace("_", " ") if told[t] > 1 else t for n, t in titles.items()}
    return frame.rename(columns=named)


def _title(data: xr.Dataset, name: str) -> str:
    attributes = data[name].attrs if name in data.variables else {}
    unit = attributes.get("units")
    title = str(attributes.get("long_name") or name).replace("_", " ")
    return f"{title} ({unit})" if unit not in (None, "", "1") else title
