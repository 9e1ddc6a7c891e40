"""A download is a figure or its arrays as a file, made when it is asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import plotly.graph_objects as go
import streamlit as st
import xarray as xr

from inspector.ui.wording import plain


@dataclass(frozen=True)
class File:
    """A kind of file.

    Attributes:
        title: what its button says.
        suffix: end of its name, without the dot.
        mime: its media type.
        help: what it is good for.
        drawn: whether it takes a browser on the server to draw it.
    """

    title: str
    suffix: str
    mime: str
    help: str
    drawn: bool = False


PICTURES = (
    File("Save PNG", "png", "image/png", "Pixels, at twice the size of the page.", drawn=True),
    File("Save SVG", "svg", "image/svg+xml", "Lines and text, for papers and posters.", drawn=True),
    File("Save HTML", "html", "text/html", "A page of its own that opens without a network."),
)
ARRAYS = File("Save arrays", "nc", "application/x-netcdf", "The numbers of this view, as netCDF.")


def offer(stem: str, title: str, figure: go.Figure, arrays: xr.DataTree) -> None:
    """Shows a button for each kind of file that can be made here, and what hinders the others.

    Args:
        stem: name of the files, without an ending; a-z, 0-9, hyphens and underscores.
        title: of the figure, for readers.
        figure: what the picture files show.
        arrays: what the array file holds.
    """
    from inspector.export import arrays_bytes, figure_bytes  # noqa: PLC0415 - slow to import

    hindrance = _hindrance()
    with st.container(horizontal=True, gap="small", key=f"downloads-{stem}"):
        for file in PICTURES:
            if not (file.drawn and hindrance):
                make = partial(figure_bytes, figure, file.suffix, title=title)
                _button(file, stem, make)
        _button(ARRAYS, stem, partial(arrays_bytes, arrays))
    if hindrance:
        st.caption(plain(hindrance))


def _button(file: File, stem: str, make: Callable[[], bytes]) -> None:
    st.download_button(
        file.title,
        make,
        file_name=f"{stem}.{file.suffix}",
        mime=file.mime,
        help=plain(file.help),
        on_click="ignore",
        icon=":material/download:",
        key=f"download-{stem}-{file.suffix}",
    )


@st.cache_resource(ttl=60, show_spinner=False)
def _hindrance() -> str | None:
    """Why pictures cannot be drawn here; asked anew each minute, as a browser may come."""
    from inspector.renderer import hindrance  # noqa: PLC0415 - slow to import

    return hindrance()
