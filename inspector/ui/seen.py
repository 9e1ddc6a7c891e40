"""What was seen: the pixels that the network was given, and the classes it took them for."""

import html

import streamlit as st

from inspector.cards import Card
from inspector.inspection import Inspection, NotNumbers
from inspector.ui.wording import plain
from inspector.views.rendering import proof, warning

_SIDE = 156
"""Width of the picture on the page, in pixels."""

_TITLES = {
    "classification": "Predicted classes",
    "segmentation": "Predicted classes, by share of the pixels",
}


def show(inspection: Inspection) -> None:
    """Shows picture, likeliest classes and what the figures below rest on, side by side."""
    with st.container(horizontal=True, gap="medium", key="seen"):
        _picture(inspection)
        with st.container(width=360):
            _predicted(inspection)
        with st.container(width="stretch"):
            _ground(inspection)


def _picture(inspection: Inspection) -> None:
    pixels = inspection.pixels.isel(sample=0).values
    height, width, _ = pixels.shape
    name = inspection.images[0]
    alt = f"{name} as the network saw it, {width} by {height} pixels"
    st.image(pixels, width=_SIDE, alt=alt, output_format="PNG")


def _predicted(inspection: Inspection) -> None:
    try:
        st.html(_classes(inspection))
    except NotNumbers as error:
        st.warning(plain(error))


def _classes(inspection: Inspection) -> str:
    """A table with a bar for each class; the bars run from 0 to 1."""
    shares = inspection.top_classes(0, 5)
    names = (str(name) for name in shares["class"].values)
    rows = [_row(name, float(share)) for name, share in zip(names, shares.values, strict=True)]
    title = _TITLES[inspection.kind]
    return f'<table class="classes"><caption>{title}</caption>{"".join(rows)}</table>'


def _row(name: str, share: float) -> str:
    bar = f'<i style="width:{share:.1%}"></i>'
    return (
        f'<tr><th scope="row" title="{html.escape(name)}">{html.escape(name)}</th>'
        f"<td>{bar}</td><td>{share:.1%}</td></tr>"
    )


def _ground(inspection: Inspection) -> None:
    """What the figures rest on: the weights first, if nothing was learnt into them."""
    if loud := warning(inspection):
        st.warning(plain(loud), icon=":material/warning:")
    if inspection.model:
        st.caption(plain(_known(inspection.model.card)))
    proven = proof(inspection)
    st.caption(plain(f"{proven[0].upper()}{proven[1:]}."))


def _known(card: Card) -> str:
    """What is known of the network, in sentences."""
    family = "A network of timm's" if card.family == "timm" else card.family
    said = (f"{family}, {card.parameters / 1e6:.1f} M parameters", card.source)
    return " ".join(f"{part}." for part in said if part)
