"""A comparison from a shell is one view of two captured files, and their difference."""

from collections.abc import Sequence
from pathlib import Path

from inspector.cli.choices import chosen
from inspector.cli.drawing import ARRAYS, ENDINGS, elsewhere, require_applies, write
from inspector.cli.outputs import require_writable
from inspector.comparison import compare, exhibited, summary
from inspector.inspection import load_inspection
from inspector.plates import Paper
from inspector.views import view_of


def compare_to(
    outputs: Sequence[Path],
    files: tuple[Path, Path],
    key: str,
    words: Sequence[str],
    *,
    force: bool,
) -> str:
    """Writes a view of two files and B minus A; returns how large that is, in a sentence.

    Args:
        outputs: files to write; their endings say whether the arrays, a capsule or the figure.
        files: what `inspector capture` wrote of A and of B.
        key: of the view.
        words: choices of the view, KEY=VALUE each, the same for both.
        force: whether an output that exists may be replaced.

    Raises:
        ValueError: a file, the view, a choice or an output is not as expected, or the two hold
            different cells.
        ExportUnavailable: a format needs a browser and there is none.
    """
    for output in outputs:
        require_writable(output, (ARRAYS, *ENDINGS), force=force)
    view, a, b = view_of(key), *map(load_inspection, files)
    require_applies(view, a, elsewhere(files[0]))
    found = compare(view, a, b, chosen(view.controls(a), words))
    for output in outputs:
        write(output, exhibited(found), Paper(), force=force)
    return summary(found)
