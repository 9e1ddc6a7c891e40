"""A crowd is sessions that use the app at once, each with a picture and an edit of its own."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from inspector.gallery import GALLERY
from tests.reader import Reader

EDITS = {
    "dia_resnet": "dia~layer{0}.ModuleList.{1}~channel~{2}~cut",
    "eamlp_7": "external_attention~tokens_to_token.attention1~slot~{2}~cut",
    "resnet50_mrlab": "mrla~stages.2.{1}~head~{2}~cut",
}
"""A cut by the name of its network, with places for the number of the session."""

ASIDE = ("upload", "model", "compare", "cancel", "page")
"""Widgets that are no part of what is measured, or that the address does not hold."""


LASTING = ("download-", "figure-", "overview-", "crumb-", "keep-", "extremes-", "values-")
"""How such keys begin."""


@dataclass(frozen=True)
class Seen:
    """What one session saw after one action.

    Attributes:
        did: the action, in words.
        address: which holds all that the page shows.
        figures: in plotly's words.
    """

    did: str
    address: str
    figures: list[dict[str, Any]]


def address(session: int, models: Sequence[str]) -> str:
    """Returns where a session begins: no two have the same network, picture and edit."""
    model = models[session % len(models)]
    edit = EDITS[model].format(1 + session % 3, 1 + session % 4, session)
    picture = GALLERY[session % len(GALLERY)].key
    return f"model={model}&picture={picture}&do={edit}"


async def crowd(
    url: str, sessions: int, actions: int, models: Sequence[str], seed: int = 0
) -> list[Seen]:
    """Lets sessions act at once, and returns what they saw, session by session.

    Args:
        url: of the server.
        sessions: how many there are.
        actions: of each.
        models: networks, which the sessions share.
        seed: of the choice of actions.
    """
    acting = (
        _acts(url, address(one, models), actions, random.Random(f"{seed} {one}"))
        for one in range(sessions)
    )
    return [seen for those in await asyncio.gather(*acting) for seen in those]


async def _acts(url: str, begin: str, actions: int, chance: random.Random) -> list[Seen]:
    async with Reader(url, begin) as reader:
        seen = [_look(reader, "open")]
        for _ in range(actions):
            seen.append(_look(reader, await act(reader, chance)))
    return seen


def _look(reader: Reader, did: str) -> Seen:
    """What the page shows.

    Raises:
        RuntimeError: it shows an exception or an error.
    """
    if reader.failures:
        raise RuntimeError(f"after {did} at {reader.address}: {reader.failures}")
    return Seen(did, reader.address, reader.figures)


async def act(reader: Reader, chance: random.Random) -> str:
    """Does what a reader might do next; returns it in words."""
    key, do = chance.choice([*_possible(reader)])
    await do()
    return key


def _possible(reader: Reader) -> list[tuple[str, Callable[[], Awaitable[float]]]]:
    """What can be done on the page, each kind about as often as every other."""
    found = []
    for key in reader.keys:
        shown = reader.find(key)
        if key in ASIDE or key.startswith(LASTING):
            continue
        for value in _values(shown):
            found.append((f"{key}: {value}"[:60], _doing(reader, key, value)))
    return found


def _values(shown: Any) -> list[Any]:
    """Some of what a widget can be set to; nothing for a button that is grey."""
    content = shown.content
    match shown.element.WhichOneof("type"):
        case "button":
            return [] if content.disabled or "Compute" in content.label else [None]
        case "checkbox":
            return [True, False]
        case "slider":
            return [content.min, content.max]
        case "selectbox":
            return [option for option in content.options if "random networks" not in option][:3]
        case "button_group":
            return [option.content for option in content.options][-4:]
    return []


def _doing(reader: Reader, key: str, value: Any) -> Callable[[], Awaitable[float]]:
    match value:
        case None:
            return lambda: reader.press(key)
        case bool():
            return lambda: reader.switch(key, value)
        case float():
            return lambda: reader.slide(key, value)
    return lambda: reader.choose(key, value)
