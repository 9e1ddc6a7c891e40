"""What was seen: the pixels that the network was given, and the classes it took them for."""

import streamlit as st

from inspector.cards import LISTED, Card
from inspector.inspection import Inspection, NotNumbers
from inspector.ui import chosen, overview
from inspector.ui.wording import plain
from inspector.views import attribution
from inspector.views.rendering import proof, warning

_SIDE = 156
"""Width of the picture on the page, in pixels."""


_SHARES = (
    "What a softmax makes of the logits: the shares of all classes sum to 1. A large share says "
    "how far one class is ahead of the others, not how often the network is right."
)
_PIXELS = (
    "How many of all pixels have this class as their likeliest. It does not say where they are, or "
    "how sure the network is of them."
)
_PROOF = (
    "How far the arrays in the figures are from what the network computed with in the same pass. A "
    "small error shows that they were read correctly, not that they explain the prediction."
)
_TITLES = {
    "classification": ("Predicted classes", _SHARES),
    "segmentation": ("Predicted classes, by share of the pixels", _PIXELS),
}
_SIZE = "Numbers that were learnt, of the whole network and not of its attention alone."


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
        shares = inspection.top_classes(0, 5)
    except NotNumbers as error:
        st.warning(plain(error))
        return
    title, told = _TITLES[inspection.kind]
    st.markdown(f"**{title}**", help=f"{told} {_known_classes(inspection)}")
    refusal = attribution.ATTRIBUTION.applies(inspection)
    with st.container(key="classes", gap=None):
        for name, place, share in zip(
            shares["class"].values, shares["place"].values, shares.values, strict=True
        ):
            _row(str(name), str(place), float(share), refusal)


def _known_classes(inspection: Inspection) -> str:
    return (
        f"The network knows {inspection.logits.sizes['class']} classes and takes whatever it sees "
        "for one of them."
    )


def _row(name: str, place: str, share: float, refusal: str | None) -> None:
    """A class with a bar that runs from 0 to 1; a click asks what speaks for it, if it can."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            plain(name),
            type="tertiary",
            key=f"class-{place}",
            width=160,
            help=plain(refusal or f"Attribute {name}"),
            disabled=refusal is not None,
            on_click=_attribute,
            args=(place,),
        )
        bar = f'<i style="width:{share:.1%}"></i>'
        st.html(f'<p class="share"><span>{bar}</span>{share:.1%}</p>')


def _attribute(place: str) -> None:
    """Asks which parts of the picture speak for a class."""
    chosen.select({"target": place})
    overview.open_view(attribution.ATTRIBUTION.key)


def _ground(inspection: Inspection) -> None:
    """What the figures rest on: the weights first, if nothing was learnt into them."""
    if loud := warning(inspection):
        st.warning(plain(loud), icon=":material/warning:")
    if card := _card(inspection):
        st.caption(plain(_known(card)), help=_SIZE)
    proven = proof(inspection)
    st.caption(plain(f"{proven[0].upper()}{proven[1:]}."), help=_PROOF)


def _card(inspection: Inspection) -> Card | None:
    """What is known of the network, also while it is not at hand."""
    return inspection.model.card if inspection.model else LISTED.get(inspection.about["model"])


def _known(card: Card) -> str:
    """What is known of the network, in sentences."""
    family = "A network of timm's" if card.family == "timm" else card.family
    said = (f"{family}, {card.parameters / 1e6:.1f} M parameters", card.source)
    return " ".join(f"{part}." for part in said if part)
