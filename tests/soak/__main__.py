"""The soak: `python -m tests.soak` measures what the app takes, and says which limits hold."""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from inspector.gallery import GALLERY
from tests.browser import Browser
from tests.soak import alone, paces
from tests.soak.crowd import EDITS, Seen, crowd
from tests.soak.load import VIEWS, load
from tests.soak.report import HEAD, Finding, save
from tests.soak.server import Watched

SESSIONS, ACTIONS = 16, 13
"""At once, and of each: over 200 in all."""
READERS, CLICKS, PAUSE_S = 100, 6, 5.0


def together(app: Watched) -> Iterator[Finding]:
    """Sessions that meet at the same networks see what they would see alone."""
    told = f"{SESSIONS} sessions, {SESSIONS * ACTIONS} actions on {', '.join(EDITS)}"
    seen = asyncio.run(crowd(app.url, SESSIONS, ACTIONS, list(EDITS)))
    warm = app.mebibytes
    seen += asyncio.run(crowd(app.url, SESSIONS, ACTIONS, list(EDITS), seed=1))
    growth = 100 * (app.mebibytes / warm - 1)
    yield Finding("results other than alone", len(others(seen)), "", 0, f"{told}, twice")
    yield Finding("hooks left", app.tally()["hooks"], "", 0)
    yield Finding("growth of memory after the first time", growth, "%", 5, f"from {warm:.0f} MiB")


def others(seen: list[Seen]) -> list[Seen]:
    """Returns what does not show what its address shows in a process of its own."""
    known = alone.figures(one.address for one in seen)
    return [one for one in seen if known[one.address] != one.figures]


def crowded(app: Watched) -> Iterator[Finding]:
    """Many readers, each with a pause between clicks."""
    asyncio.run(load(app.url, len(VIEWS), 20, 0.0))
    seconds = asyncio.run(load(app.url, READERS, CLICKS, PAUSE_S))
    late = statistics.quantiles(seconds, n=20)[-1]
    told = f"{len(seconds)} clicks, median {1000 * statistics.median(seconds):.0f} ms"
    name = f"script time with {READERS} sessions, 95th percentile"
    yield Finding(name, 1000 * late, "ms", 150, told)


def warm(app: Watched) -> Iterator[Finding]:
    """Clicks on controls, those seen before and those seen for the first time."""
    for when, of in (("drawn before", paces.clicks), ("drawn anew", paces.first_clicks)):
        for kind in paces.CLICKS:
            done = asyncio.run(of(app, kind))
            told = f"{1000 * done.processor_s:.0f} ms of the processor, {len(done.seconds)} clicks"
            median = 1000 * statistics.median(done.seconds)
            yield Finding(f"script time of another {kind}, {when}", median, "ms", 100, told)
            yield Finding(f"forward passes for another {kind}, {when}", done.passes, "", 0)


def looked_at(app: Watched) -> Iterator[Finding]:
    """A click, a new picture and a cold start as a browser has them."""
    imports, plain = paces.forward()
    with Browser(timeout_s=120) as browser:
        seconds = paces.redraws(browser, app.url)
        yield Finding("click to figure", 1000 * statistics.median(seconds), "ms", 250)
        browser.close_pages()
        begun = paces.start(browser)
    names = [picture.title for picture in GALLERY[3:9]]
    shown = statistics.median(asyncio.run(paces.pictures(app, names)))
    yield Finding("new picture to its overview", shown, "s", 2 * plain + 1, f"pass {plain:.2f} s")
    yield Finding("cold start to the heading", begun.heading, "s", 2.5)
    told = f"imports and one pass {imports:.1f} s"
    yield Finding("cold start to the first figure", begun.figure, "s", 1.5 * imports, told)
    told = "ten seconds after the first figure"
    yield Finding("first choice of who has waited", begun.after_waiting, "s", 2 * plain + 1, told)


PARTS: dict[str, Callable[[Watched], Iterator[Finding]]] = {
    part.__name__: part for part in (looked_at, warm, crowded, together)
}


def main() -> int:
    """Returns 0 if every limit holds."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--save", action="store_true", help="keep them in benchmarks/results")
    asked = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    print(HEAD, flush=True)
    findings = list(_printed(asked.parts))
    if asked.save:
        save(findings)
    return int(not all(one.holds for one in findings))


def _printed(parts: list[str]) -> Iterator[Finding]:
    with tempfile.TemporaryDirectory() as folder, Watched(Path(folder)) as app:
        for part in parts:
            for finding in PARTS[part](app):
                print(finding.line(), flush=True)
                yield finding


if __name__ == "__main__":
    sys.exit(main())
