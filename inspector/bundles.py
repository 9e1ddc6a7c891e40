"""A bundle is several exhibits in one file: a ZIP of their files, a page, or a PDF of pages."""

import re
from collections.abc import Sequence

from inspector.capsules import packed
from inspector.capsules.members import zipped
from inspector.export import ExportUnavailable, arrays_bytes
from inspector.plates import SCREEN, Paper, plate
from inspector.printing import joined
from inspector.report import Report, report_page
from inspector.views.exhibit import Shown

PICTURES = ("svg", "png", "pdf")


def zip_of(exhibits: Sequence[Shown], paper: Paper = SCREEN) -> bytes:
    """A ZIP archive with the pictures, the arrays and the capsule of each exhibit, and a page.

    Where no browser can draw, the pictures are left out.
    """
    files: dict[str, bytes] = {}
    for number, shown in enumerate(exhibits, 1):
        files |= {
            f"{_stem(number, shown)}{end}": data for end, data in _files(shown, paper).items()
        }
    return zipped({**files, "report.html": page_of(exhibits)})


def page_of(exhibits: Sequence[Shown], title: str = "Kept figures") -> bytes:
    """An HTML page of the exhibits that opens without a network."""
    return report_page(Report({"Figures": exhibits}), title)


def pdf_of(exhibits: Sequence[Shown], paper: Paper = SCREEN, title: str = "Kept figures") -> bytes:
    """A PDF with a page for each exhibit, as large as its figure, and bookmarks.

    Raises:
        ExportUnavailable: there is no browser to draw it.
    """
    return joined([plate(shown, "pdf", paper) for shown in exhibits], title)


def _files(shown: Shown, paper: Paper) -> dict[str, bytes]:
    """The files of one exhibit, by the ends of their names."""
    files = {".nc": arrays_bytes(shown.arrays()), ".capsule.zip": packed(shown)}
    try:
        return {f".{kind}": plate(shown, kind, paper) for kind in PICTURES} | files
    except ExportUnavailable:
        return files


def _stem(number: int, shown: Shown) -> str:
    """The beginning of an exhibit's file names: 01-dia_gates-my-title."""
    words = re.findall(r"[a-z0-9]+", shown.title.lower())[:8]
    return "-".join([f"{number:02d}", shown.view.key, *words])
