"""An analysis is a view of some images that may run the network again, computed once and kept."""

from collections.abc import Sequence
from pathlib import Path

from inspector.cli.capturing import inspected
from inspector.cli.choices import chosen
from inspector.cli.drawing import draw_to, listing, require_applies
from inspector.cli.messages import Meter, say
from inspector.cli.outputs import require_writable
from inspector.export import KINDS, save
from inspector.progress import listening
from inspector.views import view_of
from inspector.views.rendering import arrays
from inspector.zoo import Request

ARRAYS = ".nc"
ENDINGS = (ARRAYS, *(f".{kind}" for kind in KINDS))
OTHERS = "Without --view, the views of this network are listed."


def analyse_to(
    outputs: Sequence[Path],
    request: Request,
    images: Sequence[str],
    key: str,
    words: Sequence[str],
    *,
    force: bool,
) -> None:
    """Writes the arrays of a view, its figure, or both.

    Args:
        outputs: files to write, whose endings say what: ".nc" for the arrays, else a figure.
        request: which network, with which weights.
        images: picture files.
        key: of the view.
        words: choices of the view, KEY=VALUE each.
        force: whether an output that exists may be replaced.

    Raises:
        ValueError: the network, the view, a choice or an output is not as expected.
        BadImage: a file is not a picture that can be read safely.
        ExportUnavailable: a format needs a browser and there is none.
        OutOfMemory: the device has no room.
    """
    for output in outputs:
        require_writable(output, ENDINGS, force=force)
    view = view_of(key)
    seen = inspected(request, images)
    require_applies(view, seen, OTHERS)
    choices = chosen(view.controls(seen), words)
    with listening(Meter()):
        computed = view.compute(seen, choices)
    for output in outputs:
        if output.suffix.lower() == ARRAYS:
            save(arrays(seen, computed), output, force=force)
        else:
            draw_to(output, view, seen, computed, choices, force=force)
        say(f"{output}: {view.title} with {seen.about['weights']}")
    for note in computed.notes:
        say(note)


def analyses(request: Request, images: Sequence[str], key: str | None) -> str:
    """Returns the views of a network and some images, or the choices of one view."""
    return listing(inspected(request, images), key, what="these images", others=OTHERS)
