"""A download is a figure or its arrays as a file, made when it is asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import plotly.graph_objects as go
import streamlit as st
import xarray as xr

from inspector.ui import tray
from inspector.ui.wording import plain

if TYPE_CHECKING:
    from inspector.plates import Paper
    from inspector.views.exhibit import Shown


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
PDF = File("Save PDF", "pdf", "application/pdf", "A page as large as the figure.", drawn=True)
CAPSULE = File(
    "Save capsule",
    "zip",
    "application/zip",
    "Figure, arrays and where they come from in one file, which `inspector reproduce` draws again.",
)


def offer(
    stem: str,
    title: str,
    figure: Callable[[], go.Figure],
    arrays: Callable[[], xr.DataTree],
    shown: "Shown | None" = None,
) -> None:
    """Shows a button for each kind of file that can be made here, and what hinders the others.

    Args:
        stem: name of the files, without an ending; a-z, 0-9, hyphens and underscores.
        title: of the figure, for readers.
        figure: gives what the picture files show.
        arrays: gives what the array file holds.
        shown: the figure with all that it was drawn from, for a capsule and to be kept.
    """
    with st.container(horizontal=True, gap="small", key=f"downloads-{stem}"):
        for file in _makeable(PICTURES):
            button(file, stem, partial(_picture, figure, file.suffix, title), key=stem)
        button(ARRAYS, stem, partial(_numbers, arrays), key=stem)
        if shown:
            button(CAPSULE, stem, partial(_packed, shown), key=stem)
            _keep(shown, stem)
    tell_hindrance()


def offer_exhibit(shown: "Shown", paper: "Paper", *, key: str) -> None:
    """Shows a button for each kind of file of a figure that was kept.

    Args:
        shown: the figure and what it was drawn from.
        paper: what its pictures are made for.
        key: tells its buttons from those of others.
    """
    from inspector.plates import plate  # noqa: PLC0415 - slow to import

    stem = f"{shown.model}-{shown.view.key}-{key}".replace(" ", "-")
    with st.container(horizontal=True, gap="small", key=f"downloads-{key}"):
        for file in _makeable((*PICTURES, PDF)):
            button(file, stem, partial(plate, shown, file.suffix, paper), key=key)
        button(ARRAYS, stem, partial(_numbers, shown.arrays), key=key)
        button(CAPSULE, stem, partial(_packed, shown), key=key)


def _picture(figure: Callable[[], go.Figure], suffix: str, title: str) -> bytes:
    from inspector.export import figure_bytes  # noqa: PLC0415 - slow to import

    return figure_bytes(figure(), suffix, title=title)


def _numbers(arrays: Callable[[], xr.DataTree]) -> bytes:
    from inspector.export import arrays_bytes  # noqa: PLC0415 - slow to import

    return arrays_bytes(arrays())


def _packed(shown: "Shown") -> bytes:
    from inspector.capsules import packed  # noqa: PLC0415 - slow to import

    return packed(shown)


def _makeable(files: Sequence[File]) -> list[File]:
    """The kinds of file that can be made on this machine."""
    lacking = bool(hindrance())
    return [file for file in files if not (file.drawn and lacking)]


def _keep(shown: "Shown", stem: str) -> None:
    """Offers to keep a figure, or says why not."""
    reason = tray.refusal(shown)
    st.button(
        "Kept" if reason == tray.HELD else "Keep",
        icon=":material/bookmark_add:",
        key=f"keep-{stem}",
        disabled=reason is not None,
        help=plain(reason or "Puts this figure into the tray of your session, on the page Tray."),
        on_click=_take,
        args=(shown,),
    )


def _take(shown: "Shown") -> None:
    """Keeps a figure, with the address that shows it."""
    tray.keep(shown.linked(f"?{urlencode(st.query_params.to_dict())}"))


def tell_hindrance() -> None:
    """Says why pictures cannot be drawn, if they cannot."""
    if reason := hindrance():
        st.caption(plain(reason))


def button(file: File, stem: str, make: Callable[[], bytes], *, key: str) -> None:
    """Shows the button of a file that is made when it is asked for."""
    st.download_button(
        file.title,
        make,
        file_name=f"{stem}.{file.suffix}",
        mime=file.mime,
        help=plain(file.help),
        on_click="ignore",
        icon=":material/download:",
        key=f"download-{file.suffix}-{key}",
    )


@st.cache_resource(ttl=60, show_spinner=False)
def hindrance() -> str | None:
    """Why pictures cannot be drawn here; asked anew each minute, as a browser may come."""
    from inspector import renderer  # noqa: PLC0415 - slow to import

    return renderer.hindrance()
