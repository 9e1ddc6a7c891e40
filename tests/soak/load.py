"""A load is many sessions that look at what has been computed, each pausing between its clicks."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

from tests.reader import Reader

VIEWS = (
    ("resnet50_mrlab", "mrla_retrieval"),
    ("resnet50_mrlab", "overview"),
    ("dia_resnet", "dia_gates"),
    ("eamlp_7", "external_slots"),
)


async def load(
    url: str, sessions: int, clicks: int, pause_s: float, opening_s: float = 0.3
) -> list[float]:
    """Returns the seconds of every script run after the first of each session.

    Args:
        url: of the server.
        sessions: how many there are at once.
        clicks: of each.
        pause_s: between two clicks of a session, on average.
        opening_s: between two sessions that open the page.
    """
    acting = (_steps(url, one, clicks, pause_s, one * opening_s) for one in range(sessions))
    return [seconds for those in await asyncio.gather(*acting) for seconds in those]


async def _steps(
    url: str, session: int, clicks: int, pause_s: float, wait_s: float
) -> Sequence[float]:
    """One session: it steps from layer to layer."""
    chance = random.Random(session)
    model, view = VIEWS[session % len(VIEWS)]
    await asyncio.sleep(wait_s)
    async with Reader(url, f"model={model}&view={view}") as reader:
        for _ in range(clicks):
            await asyncio.sleep(pause_s * chance.uniform(0.5, 1.5))
            forwards = reader.find("step-1").content.disabled is False
            await reader.press("step-1" if forwards else "step--1")
        return reader.seconds[1:]
