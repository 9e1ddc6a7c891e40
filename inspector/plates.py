"""A plate is an exhibit as a file of its own: sized for a page, with or without its caption.

The warning about random weights always stays in the picture. The caption also goes into the file's
metadata, so that a figure without it can still be asked where it comes from.
"""

from dataclasses import dataclass
from pathlib import Path

import plotly.graph_objects as go

from inspector import printing
from inspector.export import PICTURES, figure_bytes, html_page, require_kind, write_atomically
from inspector.figures import page
from inspector.figures.text import FONT_SIZE
from inspector.views.exhibit import Shown


@dataclass(frozen=True)
class Paper:
    """What a plate is made for.

    Attributes:
        width: millimetres in print; None keeps the size on the screen.
        captioned: whether the caption is part of the picture.
    """

    width: float | None = None
    captioned: bool = True


SCREEN = Paper()


def plate(shown: Shown, kind: str, paper: Paper = SCREEN) -> bytes:
    """An exhibit as a file of this `kind`: "png", "svg", "pdf" or "html".

    Raises:
        ExportUnavailable: a picture was asked for and there is no browser to draw it.
        ValueError: any other kind.
    """
    require_kind(kind)
    figure = laid_out(shown, paper)
    if kind not in PICTURES:
        return html_page({shown.heading: figure}, title=shown.heading)
    if paper.width is None:
        content = figure_bytes(figure, kind)
    else:
        scale = printing.dots(paper.width, figure.layout.width)
        content = printing.fitted(figure_bytes(figure, kind, scale=scale), kind, paper.width)
    warned = (shown.warning,) if shown.warning else ()
    return printing.described(content, kind, shown.heading, (*warned, *shown.said))


def laid_out(shown: Shown, paper: Paper) -> go.Figure:
    """The figure of an exhibit, laid out for a paper."""
    if paper.width is None:
        return shown.figure(captioned=paper.captioned)
    with page(printing.room(paper.width, FONT_SIZE)):
        return shown.figure(captioned=paper.captioned)


def text_size(shown: Shown, paper: Paper) -> float | None:
    """Points of a plate's text in print; None where no width is asked for."""
    if paper.width is None:
        return None
    return printing.points(paper.width, laid_out(shown, paper).layout.width, FONT_SIZE)


def save_plate(
    shown: Shown, path: str | Path, paper: Paper = SCREEN, *, force: bool = False
) -> Path:
    """Writes an exhibit to a file; the name's ending decides the kind.

    Returns:
        The path.

    Raises:
        ExportUnavailable: a picture was asked for and there is no browser to draw it.
        FileExistsError: the file exists and `force` is not given.
        ValueError: an ending that no figure has.
    """
    target = Path(path)
    content = plate(shown, target.suffix.lower().removeprefix("."), paper)
    return write_atomically(target, content, force=force)
