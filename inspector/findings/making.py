"""Making the findings: each question is asked of the study, and the answers become one page."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import torch

from inspector.findings import (
    alike,
    attributions,
    integration,
    light,
    mass,
    pairs,
    pictures,
    retrieval,
    slots,
)
from inspector.findings.accuracies import accuracies
from inspector.findings.finding import Finding
from inspector.findings.page import Page
from inspector.findings.parts import Part, Shelf, part_of
from inspector.findings.study import Study

FINDINGS: Mapping[str, Callable[[Study], Finding]] = {
    "pairs": pairs.finding,
    "retrieval": retrieval.finding,
    "light": light.finding,
    "mass": mass.finding,
    "alike": alike.finding,
    "integration": integration.finding,
    "slots": slots.finding,
    "attributions": attributions.finding,
    "pictures": pictures.finding,
}
"""Every question, in the order of the page."""


def make(
    study: Study,
    folder: Path,
    only: Iterable[str] = (),
    *,
    kept: Path | None = None,
    say: Callable[[str], None] = lambda _line: None,
) -> Path:
    """Writes ``findings.md`` and its figures; returns the page.

    Args:
        study: networks and images.
        folder: of the page; the figures lie below it, in ``pictures/findings``.
        only: keys of the findings to make; all if none is given.
        kept: folder where every finding is kept once it is made, and taken from if code, weights
            and images are the same; none is if not given.
        say: hears which finding is being made.

    Raises:
        ValueError: there is no finding of that name.
    """
    asked = tuple(only)
    wanted = asked or tuple(FINDINGS)
    if unknown := [key for key in wanted if key not in FINDINGS]:
        raise ValueError(f"No finding is called {unknown[0]!r}; there are: {', '.join(FINDINGS)}.")
    table, shelf = accuracies(), None if kept is None else Shelf(kept, study, FINDINGS)
    parts = []
    for key in wanted:
        say(f"finding: {key}")
        parts.append(one := _part(study, key, shelf, say))
        # Drawn at once: what keeps figures from being written is told after one finding, not all.
        one.draw(folder)
    page = Page(study, table, tuple(parts), asked)
    target = folder / "findings.md"
    target.write_text(page.text(str(torch.__version__)), encoding="utf-8")
    return target


def _part(study: Study, key: str, shelf: Shelf | None, say: Callable[[str], None]) -> Part:
    if shelf is None:
        return part_of(key, FINDINGS[key](study))
    part, was_kept = shelf.part(key)
    if was_kept:
        say(f"finding: {key} was kept, made by the same code of the same weights and images")
    return part
