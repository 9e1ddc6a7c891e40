"""An analysis is a view of some images that may run the network again, computed once and kept."""

from collections.abc import Sequence
from pathlib import Path

from inspector.cli.capturing import inspected
from inspector.cli.choices import chosen
from inspector.cli.drawing import ARRAYS, listing, require_applies, write
from inspector.cli.drawing import ENDINGS as DRAWN
from inspector.cli.messages import Meter, say
from inspector.plates import Paper
from inspector.progress import listening
from inspector.views import view_of
from inspector.views.exhibit import Exhibit, exhibit
from inspector.zoo import Request

ENDINGS = (ARRAYS, *DRAWN)
OTHERS = "Without --view, the views of this network are listed."


def analysed(request: Request, images: Sequence[str], key: str, words: Sequence[str]) -> Exhibit:
    """Returns what a view shows of some images.

    Args:
        request: which network, with which weights.
        images: picture files.
        key: of the view.
        words: choices of the view, KEY=VALUE each.

    Raises:
        ValueError: the network, the view or a choice is not as expected.
        BadImage: a file is not a picture that can be read safely.
        OutOfMemory: the device has no room.
    """
    view = view_of(key)
    seen = inspected(request, images)
    require_applies(view, seen, OTHERS)
    choices = chosen(view.controls(seen), words)
    with listening(Meter()):
        return exhibit(view, seen, view.compute(seen, choices), choices)


def write_all(outputs: Sequence[Path], shown: Exhibit, paper: Paper, *, force: bool) -> None:
    """Writes an exhibit to each of the outputs, whose endings say what, and says its notes.

    Raises:
        ExportUnavailable: a format needs a browser and there is none.
    """
    for output in outputs:
        write(output, shown, paper, force=force)
        say(f"{output}: {shown.view.title} with {shown.provenance.about['weights']}")
    for note in shown.computed.notes:
        say(note)


def analyses(request: Request, images: Sequence[str], key: str | None) -> str:
    """Returns the views of a network and some images, or the choices of one view."""
    return listing(inspected(request, images), key, what="these images", others=OTHERS)
