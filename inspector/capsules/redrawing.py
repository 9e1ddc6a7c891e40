"""A redrawing is a capsule's figure drawn anew from its arrays, held against the stored one."""

import json
from collections.abc import Iterator
from typing import Any

import plotly.graph_objects as go

from inspector.capsules.members import FIGURE, VECTOR, BadCapsule
from inspector.capsules.reading import Capsule
from inspector.export import ExportUnavailable, figure_bytes
from inspector.views.exhibit import Shown

_SHOWN = 5


def redrawn(shown: Shown, *, captioned: bool = True) -> go.Figure:
    """The figure of a capsule's exhibit.

    Raises:
        BadCapsule: the arrays or choices are not such as its view draws.
    """
    try:
        return shown.figure(captioned=captioned)
    except Exception as error:  # a stranger's arrays and choices may fail in any way
        raise BadCapsule(
            f"The arrays of the capsule cannot be drawn as {shown.view.key} "
            f"({type(error).__name__}: {str(error)[:200]}). It was made by another version, or "
            "changed since."
        ) from error


def differences(capsule: Capsule) -> list[str]:
    """What differs between the stored figure and the one drawn anew; empty if nothing does.

    The figures are compared number by number and word by word, and so are the vector pictures of
    them, if one is stored and a browser is at hand.

    Raises:
        BadCapsule: the figure cannot be drawn.
    """
    figure = redrawn(capsule.exhibit)
    now = json.loads(figure.to_json(engine="json"))
    found = [f"{FIGURE}: {place}" for place in _unlike(capsule.figure, now, "")]
    more = [f"{FIGURE}: and {len(found) - _SHOWN} places more"] if len(found) > _SHOWN else []
    return [*found[:_SHOWN], *more, *_unlike_vectors(capsule.vector, figure)]


def _unlike(stored: Any, now: Any, where: str) -> Iterator[str]:
    """The places at which two JSON values differ, in words."""
    if isinstance(stored, dict) and isinstance(now, dict):
        for key in sorted({*stored, *now}):
            yield from _unlike(stored.get(key), now.get(key), f"{where}.{key}")
    elif isinstance(stored, list) and isinstance(now, list) and len(stored) == len(now):
        for place, pair in enumerate(zip(stored, now, strict=True)):
            yield from _unlike(*pair, f"{where}[{place}]")
    elif stored != now or type(stored) is not type(now):
        yield f"{where.lstrip('.')} is stored as {_short(stored)} and is drawn as {_short(now)}"


def _unlike_vectors(stored: bytes | None, figure: go.Figure) -> list[str]:
    if stored is None:
        return []
    try:
        now = figure_bytes(figure, "svg")
    except ExportUnavailable:
        return []
    if now == stored:
        return []
    parts, others = (content.split(b"<") for content in (stored, now))
    unlike = sum(a != b for a, b in zip(parts, others, strict=False))
    unlike += abs(len(parts) - len(others))
    return [
        f"{VECTOR}: {unlike} of {len(parts)} elements. Another browser or other fonts than those "
        "of the machine that made it may be the reason, as may a changed file"
    ]


def _short(value: Any) -> str:
    try:
        text = json.dumps(value)
    except RecursionError:
        text = f"a {type(value).__name__} of many levels"
    return text if len(text) <= 40 else f"{text[:37]}..."
