"""A drawing is one view of a captured file, with choices made on the command line."""

from collections.abc import Sequence
from pathlib import Path

from inspector.capsules import packed
from inspector.cli import surveyed
from inspector.cli.choices import chosen, told_choices, told_views
from inspector.cli.messages import say
from inspector.cli.outputs import require_writable
from inspector.export import KINDS, PICTURES, save, write_atomically
from inspector.inspection import Inspection, load_inspection
from inspector.plates import Paper, save_plate, text_size
from inspector.printing import millimetres
from inspector.views import VIEWS, View, view_of
from inspector.views.exhibit import Shown, exhibit

SMALLEST_TEXT = 5.0
"""Points; no journal takes smaller text."""

ARRAYS, CAPSULE = ".nc", ".zip"
ENDINGS = (*(f".{kind}" for kind in KINDS), CAPSULE)


def draw(
    captured: Path, key: str, output: Path, words: Sequence[str], *, paper: Paper, force: bool
) -> None:
    """Writes the figure of a view.

    Args:
        captured: file that `inspector capture` wrote.
        key: of the view.
        output: file to write, whose ending says the format.
        words: choices of the view, KEY=VALUE each.
        paper: what it is for.
        force: whether an output that exists may be replaced.

    Raises:
        ValueError: the file, the view, a choice or the output is not as expected.
        ExportUnavailable: the format needs a browser and there is none.
    """
    require_writable(output, ENDINGS, force=force)
    view = view_of(key)
    inspection = load_inspection(captured)
    require_applies(view, inspection, elsewhere(captured))
    choices = chosen(view.controls(inspection), words)
    computed = view.compute(inspection, choices)
    write(output, exhibit(view, inspection, computed, choices), paper, force=force)


def draw_survey(
    stores: surveyed.Stores,
    key: str,
    output: Path,
    words: Sequence[str],
    *,
    paper: Paper,
    force: bool,
) -> None:
    """Writes the figure of a view of surveys; see `draw` for what it takes and raises."""
    require_writable(output, (ARRAYS, *ENDINGS), force=force)
    write(output, surveyed.drawn(stores, key, words), paper, force=force)


def paper(width: str | None, *, captioned: bool) -> Paper:
    """Returns what a figure is for: a width by name or in millimetres, with its caption or not."""
    return Paper(None if width is None else millimetres(width), captioned)


def write(output: Path, shown: Shown, paper: Paper, *, force: bool) -> None:
    """Writes an exhibit as its arrays, as a capsule or as a figure, as the output's ending says."""
    if output.suffix.lower() == ARRAYS:
        save(shown.arrays(), output, force=force)
    elif output.suffix.lower() == CAPSULE:
        write_atomically(output, packed(shown), force=force)
    else:
        save_plate(shown.named(f"{shown.heading} ({shown.model})"), output, paper, force=force)
        _tell_size(output, shown, paper)


def _tell_size(output: Path, shown: Shown, paper: Paper) -> None:
    size = text_size(shown, paper)
    if size and output.suffix.lower().removeprefix(".") in PICTURES:
        hint = "" if size >= SMALLEST_TEXT else ": small for print, so choose fewer parts or wider"
        say(f"{output}: {paper.width:g} mm wide, text of {size:.1f} points{hint}")


def listed(captured: Path, key: str | None = None) -> str:
    """Returns the views that a file has and why it lacks others, or the choices of one view."""
    if captured.suffix == surveyed.ENDING:
        return surveyed.listed(captured, key)
    return listing(load_inspection(captured), key, what="this file", others=elsewhere(captured))


def listing(inspection: Inspection, key: str | None, *, what: str, others: str) -> str:
    """Returns the views of an inspection and why others are not, or the choices of one view.

    Args:
        inspection: where they would be drawn from.
        key: of the view; None for all of them.
        what: the inspection, in words.
        others: the sentence that says where other views are listed.
    """
    if key is None:
        return _views(inspection, what)
    view = view_of(key)
    require_applies(view, inspection, others)
    return _choices(view, inspection)


def elsewhere(captured: Path) -> str:
    """Returns the sentence that says where the views of a file are listed."""
    return f"`inspector figure {captured}` lists other views."


def require_applies(view: View, inspection: Inspection, others: str) -> None:
    """Raises a ValueError with the view's reason if it cannot be drawn of an inspection."""
    if reason := view.applies(inspection):
        raise ValueError(f"{view.key}: {reason} {others}")


def _views(inspection: Inspection, what: str) -> str:
    return told_views([(view, view.applies(inspection)) for view in VIEWS], what)


def _choices(view: View, inspection: Inspection) -> str:
    return told_choices(view, view.controls(inspection))
