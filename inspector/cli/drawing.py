"""A drawing is one view of a captured file, with choices made on the command line."""

from collections.abc import Sequence
from pathlib import Path

from inspector.capsules import packed
from inspector.cli.choices import chosen
from inspector.cli.messages import say
from inspector.cli.outputs import require_writable
from inspector.cli.tables import aligned
from inspector.export import KINDS, PICTURES, save, write_atomically
from inspector.inspection import Inspection, load_inspection
from inspector.plates import Paper, save_plate, text_size
from inspector.printing import millimetres
from inspector.views import VIEWS, View, view_of
from inspector.views.choosing import allowed, written
from inspector.views.exhibit import Exhibit, exhibit

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


def paper(width: str | None, *, captioned: bool) -> Paper:
    """Returns what a figure is for: a width by name or in millimetres, with its caption or not."""
    return Paper(None if width is None else millimetres(width), captioned)


def write(output: Path, shown: Exhibit, paper: Paper, *, force: bool) -> None:
    """Writes an exhibit as its arrays, as a capsule or as a figure, as the output's ending says."""
    if output.suffix.lower() == ARRAYS:
        save(shown.arrays(), output, force=force)
    elif output.suffix.lower() == CAPSULE:
        write_atomically(output, packed(shown), force=force)
    else:
        model = shown.provenance.about["model"]
        save_plate(shown.named(f"{shown.heading} ({model})"), output, paper, force=force)
        _tell_size(output, shown, paper)


def _tell_size(output: Path, shown: Exhibit, paper: Paper) -> None:
    size = text_size(shown, paper)
    if size and output.suffix.lower().removeprefix(".") in PICTURES:
        hint = "" if size >= SMALLEST_TEXT else ": small for print, so choose fewer parts or wider"
        say(f"{output}: {paper.width:g} mm wide, text of {size:.1f} points{hint}")


def listed(captured: Path, key: str | None = None) -> str:
    """Returns the views that a file has and why it lacks others, or the choices of one view."""
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
    reasons = {view: view.applies(inspection) for view in VIEWS}
    ready = [(view.key, view.title) for view, reason in reasons.items() if reason is None]
    others = [(view.key, reason) for view, reason in reasons.items() if reason is not None]
    return "\n".join(
        [
            *([f"views of {what}:", aligned(ready)] if ready else []),
            *([f"not of {what}:", aligned(others)] if others else []),
        ]
    )


def _choices(view: View, inspection: Inspection) -> str:
    rows = [
        (f"{control.key}={written(control.start)}", control.label, allowed(control))
        for control in view.controls(inspection)
    ]
    about = f"{view.title}. {view.shows}\n{view.caveat}"
    return f"{about}\n--set (as it is now, meaning, allowed):\n{aligned(rows)}" if rows else about
