"""A load is many sessions that look at what has been computed, each pausing between its clicks."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from tests.reader import Reader

OPENING = 4
"""Sessions that open the page at the same time."""

VIEWS = (
    ("resnet50_mrlab", "mrla_retrieval"),
    ("resnet50_mrlab", "overview"),
    ("dia_resnet", "dia_gates"),
    ("eamlp_7", "external_slots"),
)


async def load(url: str, sessions: int, clicks: int, pause_s: float) -> list[float]:
    """Returns the seconds of every click, once all sessions have the page open.

    Args:
        url: of the server.
        sessions: how many there are at once.
        clicks: of each.
        pause_s: between two clicks of a session, on average.
    """
    opening, all_open = asyncio.Semaphore(OPENING), asyncio.Barrier(sessions)

    async def steps(session: int) -> list[float]:
        model, view = VIEWS[session % len(VIEWS)]
        reader = Reader(url, f"model={model}&view={view}")
        async with AsyncExitStack() as stack:
            async with opening:
                await stack.enter_async_context(reader)
            await all_open.wait()
            return [seconds async for seconds in _steps(reader, clicks, pause_s, session)]

    acting = await asyncio.gather(*map(steps, range(sessions)))
    return [seconds for those in acting for seconds in those]


async def _steps(reader: Reader, clicks: int, pause_s: float, seed: int) -> AsyncIterator[float]:
    """Steps from layer to layer, at a pace of its own."""
    chance = random.Random(seed)
    await asyncio.sleep(chance.uniform(0, pause_s))
    for _ in range(clicks):
        forwards = not reader.find("step-1").content.disabled
        yield await reader.press("step-1" if forwards else "step--1")
        await asyncio.sleep(pause_s * chance.uniform(0.5, 1.5))
