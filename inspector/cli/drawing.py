"""A drawing is one view of a captured file, with choices made on the command line."""

from collections.abc import Sequence
from pathlib import Path

from inspector.cli.choices import chosen
from inspector.cli.outputs import require_writable
from inspector.cli.tables import aligned
from inspector.export import KINDS, save
from inspector.inspection import Inspection, load_inspection
from inspector.views import VIEWS, Choices, Computed, View, view_of
from inspector.views.choosing import allowed, written
from inspector.views.rendering import render

ENDINGS = tuple(f".{kind}" for kind in KINDS)


def draw(captured: Path, key: str, output: Path, words: Sequence[str], *, force: bool) -> None:
    """Writes the figure of a view.

    Args:
        captured: file that `inspector capture` wrote.
        key: of the view.
        output: file to write, whose ending says the format.
        words: choices of the view, KEY=VALUE each.
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
    draw_to(output, view, inspection, view.compute(inspection, choices), choices, force=force)


def draw_to(
    output: Path,
    view: View,
    inspection: Inspection,
    computed: Computed,
    choices: Choices,
    *,
    force: bool,
) -> None:
    """Writes the figure of what a view computed."""
    figure = render(view, inspection, computed, choices)
    save(figure, output, force=force, title=f"{view.title} ({inspection.about['model']})")


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
