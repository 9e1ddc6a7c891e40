"""A reporting is a pass of some images through a network, and a page of what it shows of them."""

from collections.abc import Sequence
from pathlib import Path

from inspector.cli.capturing import inspected
from inspector.cli.messages import Meter, say
from inspector.export import write_atomically
from inspector.progress import listening
from inspector.report import report, report_page
from inspector.views import view_of
from inspector.zoo import Request


def known(keys: Sequence[str]) -> tuple[str, ...]:
    """Returns the keys of views, checked.

    Raises:
        ValueError: there is no such view; the message lists those there are.
    """
    return tuple(view_of(key).key for key in keys)


def report_to(
    output: Path,
    request: Request,
    images: Sequence[str],
    keys: Sequence[str],
    *,
    costly: bool,
    force: bool,
) -> None:
    """Writes a report.

    Args:
        output: page to write.
        request: which network, with which weights.
        images: picture files.
        keys: of the views; all of them if empty.
        costly: whether views are in it that run the network again.
        force: whether an output that exists may be replaced.

    Raises:
        ValueError: the network is not as expected, or none of the views can be drawn.
        BadImage: a file is not a picture that can be read safely.
        OutOfMemory: the device has no room.
    """
    seen = inspected(request, images)
    with listening(Meter()):
        content = report(seen, keys, costly=costly)
    if not content.exhibits:
        raise ValueError(f"Nothing can be drawn: {' '.join(content.left_out.values())}")
    title = f"{seen.about['model']}: {', '.join(seen.images)}"
    write_atomically(output, report_page(content, title), force=force)
    count = sum(map(len, content.exhibits.values()))
    say(f"{output}: {count} figures with {seen.about['weights']}")
