"""A tray is what a reader kept of a session: figures with their arrays, in an order of their own.

It belongs to one session, ends with it, and has room for so many figures and bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from inspector.views.exhibit import Shown

MOST_FIGURES = 24
MOST_BYTES = 64 * 2**20
"""Of the arrays of all figures together; a figure of one picture has some hundred thousand."""

LONGEST_TITLE = 120

HELD = "This figure is in the tray."


@dataclass(frozen=True)
class Kept:
    """A figure in the tray.

    Attributes:
        number: counts what was ever kept in the session; names its widgets.
        shown: the figure and what it was drawn from.
    """

    number: int
    shown: "Shown"


def kept() -> tuple[Kept, ...]:
    """Returns what is in the tray, in its order."""
    return tuple(_tray())


def refusal(shown: "Shown") -> str | None:
    """Returns the sentence why a figure cannot be kept; None if it can."""
    if _holds(shown):
        return HELD
    if len(_tray()) >= MOST_FIGURES:
        return f"The tray is full, with {MOST_FIGURES} figures. Remove one on the page Tray."
    size = _size(shown)
    if size + sum(_size(one.shown) for one in _tray()) > MOST_BYTES:
        return (
            f"The tray has no room for the arrays of this figure ({size / 2**20:.0f} MiB; "
            f"{MOST_BYTES // 2**20} MiB in all). Remove figures on the page Tray."
        )
    return None


def keep(shown: "Shown") -> None:
    """Puts a figure at the end of the tray, unless it cannot be kept."""
    if refusal(shown) is None:
        number = st.session_state["tray_count"] = st.session_state.get("tray_count", 0) + 1
        _tray().append(Kept(number, shown))


def rename(one: Kept, title: str) -> None:
    """Gives a figure another title; an empty one gives it its view's again."""
    plain = "".join(filter(str.isprintable, title)).strip()[:LONGEST_TITLE]
    _tray()[_place(one)] = Kept(one.number, one.shown.named(plain))


def move(one: Kept, step: int) -> None:
    """Moves a figure by so many places, up for a negative number, as far as there are places."""
    place = _place(one)
    entry = _tray().pop(place)
    _tray().insert(max(place + step, 0), entry)


def picture(one: Kept) -> bytes:
    """Returns a PNG of a figure, drawn once.

    Raises:
        ExportUnavailable: there is no browser to draw it.
    """
    drawn: dict[int, bytes] = st.session_state.setdefault("tray_pictures", {})
    if one.number not in drawn:
        from inspector.export import figure_bytes  # noqa: PLC0415 - slow to import

        drawn[one.number] = figure_bytes(one.shown.figure(captioned=False), "png", scale=1)
    return drawn[one.number]


def width_of(png: bytes) -> int:
    """Returns the pixels across of a PNG, which its header tells."""
    return int.from_bytes(png[16:20])


def remove(one: Kept) -> None:
    """Takes a figure out of the tray."""
    del _tray()[_place(one)]
    st.session_state.get("tray_pictures", {}).pop(one.number, None)


def _holds(shown: "Shown") -> bool:
    """Whether the very figure is kept: what is drawn comes from the same arrays, as chosen."""
    return any(shown.is_same(one.shown) for one in _tray())


def _place(one: Kept) -> int:
    return next(place for place, other in enumerate(_tray()) if other.number == one.number)


def _size(shown: "Shown") -> int:
    return sum(_bytes(shown))


def _bytes(shown: "Shown") -> Iterator[int]:
    for part in (shown.computed.panels, shown.computed.verdicts):
        yield from (data.nbytes for data in part.values())


def _tray() -> list[Kept]:
    found: list[Kept] = st.session_state.setdefault("tray", [])
    return found
