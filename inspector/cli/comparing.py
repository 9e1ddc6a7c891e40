"""A comparison from a shell is one view of two captured files, and their difference."""

from collections.abc import Sequence
from pathlib import Path

from inspector.cli.choices import chosen
from inspector.cli.drawing import ARRAYS, elsewhere, require_applies
from inspector.cli.outputs import require_writable
from inspector.comparison import Compared, arrays, compare, figure, summary
from inspector.export import KINDS, save
from inspector.inspection import load_inspection
from inspector.views import view_of

ENDINGS = (ARRAYS, *(f".{kind}" for kind in KINDS))


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
        outputs: files to write; their endings say whether the arrays or the figure.
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
        require_writable(output, ENDINGS, force=force)
    view, a, b = view_of(key), *map(load_inspection, files)
    require_applies(view, a, elsewhere(files[0]))
    found = compare(view, a, b, chosen(view.controls(a), words))
    for output in outputs:
        _write(output, found, force=force)
    return summary(found)


def _write(output: Path, found: Compared, *, force: bool) -> None:
    if output.suffix.lower() == ARRAYS:
        save(arrays(found), output, force=force)
    else:
        save(figure(found), output, force=force, title=f"{found.view.title}: B minus A")
