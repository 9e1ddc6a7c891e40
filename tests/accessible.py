"""Accessible is a page in which axe-core finds nothing serious, be it ours or Streamlit's own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

GRAVE = ("serious", "critical")
SETTLED = """() => Promise.allSettled(document.getAnimations()
  .filter(a => a.playState === 'running' && isFinite(a.effect.getComputedTiming().endTime))
  .map(a => a.finished))"""
"""Colours fade from one scheme to the other: what axe measures on the way is no colour of ours."""


@dataclass(frozen=True)
class Violation:
    """One rule that one element breaks.

    Attributes:
        rule: axe's name of it.
        impact: how bad that is, in axe's words.
        element: as HTML, without what it holds.
        reason: what is wrong.
    """

    rule: str
    impact: str
    element: str
    reason: str


def violations(page: Page) -> list[Violation]:
    """Returns what is serious or critical on a page, in either colour scheme it is in."""
    page.evaluate(_axe())
    page.evaluate(SETTLED)
    found: list[dict[str, Any]] = page.evaluate(
        "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
    )
    return [
        Violation(rule["id"], rule["impact"], node["html"], node["failureSummary"])
        for rule in found
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]


@cache
def _axe() -> str:
    """The script of axe-core, which comes with its package: nothing is fetched."""
    from axe_playwright_python.base import AXE_FILE_PATH  # noqa: PLC0415 - browser tests need it

    return AXE_FILE_PATH.read_text(encoding="utf-8")
