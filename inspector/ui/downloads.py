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


def offer(
    stem: str, title: str, figure: Callable[[], go.Figure], arrays: Callable[[], xr.DataTree]
) -> None:
    """Shows a button for each kind of file that can be made here, and what hinders the others.

    Args:
        stem: name of the files, without an ending; a-z, 0-9, hyphens and underscores.
        title: of the figure, for readers.
        figure: gives what the picture files show.
        arrays: gives what the array file holds.
    """
    hindrance = _hindrance()
    with st.container(horizontal=True, gap="small", key="downloads"):
        for file in PICTURES:
            if not (file.drawn and hindrance):
                _button(file, stem, partial(_picture, figure, file.suffix, title))
        _button(ARRAYS, stem, partial(_numbers, arrays))
    if hindrance:
        st.caption(plain(hindrance))


def _picture(figure: Callable[[], go.Figure], suffix: str, title: str) -> bytes:
    from inspector.export import figure_bytes  # noqa: PLC0415 - slow to import

    return figure_bytes(figure(), suffix, title=title)


def _numbers(arrays: Callable[[], xr.DataTree]) -> bytes:
    from inspector.export import arrays_bytes  # noqa: PLC0415 - slow to import

    return arrays_bytes(arrays())


def _button(file: File, stem: str, make: Callable[[], bytes]) -> None:
    st.download_button(
        file.title,
        make,
        file_name=f"{stem}.{file.suffix}",
        mime=file.mime,
        help=plain(file.help),
        on_click="ignore",
        icon=":material/download:",
        key=f"download-{file.suffix}",
    )


@st.cache_resource(ttl=60, show_spinner=False)
def _hindrance() -> str | None:
    """Why pictures cannot be drawn here; asked anew each minute, as a browser may come."""
    from inspector.renderer import hindrance  # noqa: PLC0415 - slow to import

    return hindrance()
