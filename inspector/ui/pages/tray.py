"""The page of the tray: figures that were kept, to be put in order and taken along as files."""

from functools import partial

import streamlit as st

from inspector import reading
from inspector.bundles import page_of, pdf_of, zip_of
from inspector.plates import Paper
from inspector.printing import WIDTHS
from inspector.ui import downloads, tray
from inspector.ui.downloads import File
from inspector.ui.subject import Subject
from inspector.ui.tray import Kept
from inspector.ui.wording import plain

SCREEN = "screen"
TITLES = {
    SCREEN: "as on the screen",
    "single": "one column, {:g} mm",
    "middle": "one and a half, {:g} mm",
    "double": "two columns, {:g} mm",
}
ZIP = File("Save all as ZIP", "zip", "application/zip", "Pictures, arrays, capsules and a page.")
PAGE = File("Save all as HTML", "html", "text/html", "One page that opens without a network.")
PAGES = File("Save all as PDF", "pdf", "application/pdf", "A page for each figure.", drawn=True)
STEM = "kept-figures"


def show(subject: Subject) -> None:
    """Draws the page."""
    _tray()


@st.fragment
def _tray() -> None:
    kept = tray.kept()
    if not kept:
        st.info(
            "Nothing is kept yet. Press Keep below a figure: it waits here, in your session alone, "
            "until you take it along as a file.",
            icon=":material/inbox:",
        )
        return
    st.markdown(
        f"{len(kept)} of at most {tray.MOST_FIGURES} figures. They are in this session alone and "
        "end with it: save what you want to keep."
    )
    paper = _paper()
    _all(kept, paper)
    for place, one in enumerate(kept):
        with st.container(border=True, key=f"kept-{one.number}"):
            _one(one, place, last=place == len(kept) - 1, paper=paper)


def _paper() -> Paper:
    """What the pictures are made for."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        width = st.selectbox(
            "Width in print",
            list(TITLES),
            format_func=lambda key: TITLES[key].format(WIDTHS.get(key, 0)),
            help="Of pictures and PDF pages; text stays readable as far as the figure allows.",
            width=240,
            key="tray-width",
        )
        captioned = st.toggle(
            "Caption in the picture",
            value=True,
            help="Without it, the caption is told by the file's properties alone. The warning of "
            "random weights always stays.",
            key="tray-caption",
        )
    return Paper(WIDTHS.get(width), captioned)


def _all(kept: tuple[Kept, ...], paper: Paper) -> None:
    """Buttons for files of all figures."""
    shown = [one.shown for one in kept]
    with st.container(horizontal=True, gap="small", key="tray-files"):
        downloads.button(ZIP, STEM, partial(zip_of, shown, paper), key="all")
        downloads.button(PAGE, STEM, partial(page_of, shown), key="all")
        if not downloads.hindrance():
            downloads.button(PAGES, STEM, partial(pdf_of, shown, paper), key="all")
    downloads.tell_hindrance()


def _one(one: Kept, place: int, *, last: bool, paper: Paper) -> None:
    """A figure with its title, its place in the order, and its files."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _title(one)
        _step(one, "Up", -1, disabled=place == 0)
        _step(one, "Down", 1, disabled=last)
        st.button(
            "Remove",
            icon=":material/delete:",
            key=f"remove-{one.number}",
            on_click=tray.remove,
            args=(one,),
        )
    _small(one)
    st.caption(plain(" ".join(one.shown.said[:3])))
    downloads.offer_exhibit(one.shown, paper, key=str(one.number))


def _small(one: Kept) -> None:
    """The figure at half its size, or what it shows in words where no browser can draw it."""
    said = reading.words(one.shown)
    if downloads.hindrance():
        st.text(said)
        return
    with st.spinner("Drawing"):
        picture = tray.picture(one)
    st.image(picture, width=tray.width_of(picture) // 2, alt=said)


def _title(one: Kept) -> None:
    key = f"title-{one.number}"
    st.text_input(
        f"Title of figure {one.number}",
        value=one.shown.heading,
        max_chars=tray.LONGEST_TITLE,
        key=key,
        on_change=lambda: tray.rename(one, st.session_state[key]),
    )


def _step(one: Kept, label: str, step: int, *, disabled: bool) -> None:
    st.button(
        label,
        key=f"{label.lower()}-{one.number}",
        on_click=tray.move,
        args=(one, step),
        disabled=disabled,
    )
