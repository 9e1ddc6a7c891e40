"""A verdict is whether what is shown differs from its control, with the number of tries counted in.

Of many cells some are unusual by chance. So p-values are adjusted together, over all panels of a
picture (Benjamini and Hochberg, 1995): of the cells that are called different, on average no more
than the stated rate are not.
"""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from scipy.stats import false_discovery_control, t

RATE = 0.05
LEVEL = 0.95
FEWEST = 3
"""Controls from which a spread can be told."""

_ROUNDING = 16 * float(np.finfo(np.float32).eps)
"""Share of a value by which two passes differ that compute the same in another order."""


def among(observed: xr.DataArray, controls: xr.DataArray, control: str) -> xr.Dataset:
    """Each cell against the same cell in several controls, such as networks with random weights.

    The question is whether the observed value could be one more of them: the interval is Student's
    prediction interval, for values that are about normal over controls. Where all controls agree to
    rounding and the observed value does not, no spread is known; that one of n + 1 alike is the
    only odd one has p = 1 / (n + 1). Values equal to rounding have p = 1.

    Args:
        observed: any dims.
        controls: the same dims and ``control``, of at least 3.
        control: what they are, in words: "networks with random weights".

    Returns:
        Dims of `observed`: ``observed``, ``expected`` (mean of the controls), ``low`` and ``high``
        (95 %), ``p`` (two-sided); NaN where a value is missing.

    Raises:
        ValueError: fewer than 3 controls.
    """
    count = controls.sizes["control"]
    if count < FEWEST:
        raise ValueError(f"expected at least {FEWEST} controls to know their spread, got {count}.")
    values, chance = observed.astype(np.float64), controls.astype(np.float64)
    expected = chance.mean("control", skipna=False)
    spread = chance.std("control", ddof=1, skipna=False)
    reach = t.ppf((1 + LEVEL) / 2, count - 1) * spread * np.sqrt(1 + 1 / count)
    found = xr.Dataset(
        {
            "observed": values,
            "expected": expected,
            "low": expected - reach,
            "high": expected + reach,
            "p": _p_values(values, expected, spread, count),
        }
    )
    words = {"control": f"{count} {control}", "things": "cells", "reason": "missing in a control"}
    return found.assign_attrs(words, above="larger", below="smaller")


def judged(panels: Mapping[str, xr.Dataset], rate: float = RATE) -> dict[str, xr.Dataset]:
    """Panels with ``p_adjusted``, over all of them together, and ``differs`` where it is small.

    Args:
        panels: by title, with ``p``; NaN is not counted.
        rate: false discovery rate up to which a cell is called different.
    """
    tried = np.concatenate([data["p"].values.ravel() for data in panels.values()])
    counted = np.isfinite(tried)
    adjusted = np.full(tried.size, np.nan)
    if counted.any():
        adjusted[counted] = false_discovery_control(tried[counted])
    ends = np.cumsum([data["p"].size for data in panels.values()])
    parts = np.split(adjusted, ends[:-1])
    return {
        title: _with_adjusted(data, part.reshape(data["p"].shape), rate)
        for (title, data), part in zip(panels.items(), parts, strict=True)
    }


def sentence(panels: Mapping[str, xr.Dataset]) -> str:
    """Whether the cells of judged panels differ from their control, in one plain sentence.

    Args:
        panels: from `judged`; their attributes name the control and the things compared.
    """
    first = next(iter(panels.values())).attrs
    counts = _counts(panels)
    control, things, tried = first["control"], first["things"], counts["tried"]
    if not tried:
        return f"Not compared with {control}: {', '.join(_reasons(panels))}."
    rate = f"({first['rate']:.0%} false discovery rate)".replace("%", " %")
    if not counts["differ"]:
        return (
            f"Does not differ from {control}: none of {tried} {things} does {rate}{_left(panels)}."
        )
    ways = [f"{counts[way]} {first[way]}" for way in ("above", "below") if counts[way]]
    said = f"{counts['differ']} of {tried} {things} differ from {control} {rate}"
    return f"{said}: {', '.join(ways)}{_left(panels)}."


def _p_values(
    values: xr.DataArray, expected: xr.DataArray, spread: xr.DataArray, count: int
) -> xr.DataArray:
    gap = abs(values - expected)
    rounding = _ROUNDING * np.maximum(abs(values), abs(expected))
    scale = spread.where(spread > rounding, np.inf) * np.sqrt(1 + 1 / count)
    p = gap.copy(data=2 * t.sf(gap / scale, count - 1))
    p = p.where(spread > rounding, 1 / (1 + count)).where(gap > rounding, 1.0)
    return p.where(gap.notnull())


def _with_adjusted(data: xr.Dataset, adjusted: np.ndarray, rate: float) -> xr.Dataset:
    values = data["p"].copy(data=adjusted)
    values.attrs = {"long_name": "p-value after Benjamini-Hochberg", "units": "1"}
    return data.assign(p_adjusted=values, differs=values <= rate).assign_attrs(rate=rate)


def _counts(panels: Mapping[str, xr.Dataset]) -> dict[str, int]:
    """How many cells were tried, how many differ, and to which side."""
    sums = {"tried": 0, "differ": 0, "above": 0, "below": 0}
    for data in panels.values():
        above = data["differs"] & (data["observed"] > data["expected"])
        sums["tried"] += int(data["p"].notnull().sum())
        sums["differ"] += int(data["differs"].sum())
        sums["above"] += int(above.sum())
    return sums | {"below": sums["differ"] - sums["above"]}


def _reasons(panels: Mapping[str, xr.Dataset]) -> dict[str, int]:
    """How many cells were not tried, by the reason."""
    found: dict[str, int] = {}
    for data in panels.values():
        untried = data["p"].isnull() & data["observed"].notnull()
        reasons = data["reason"] if "reason" in data else xr.full_like(data["p"], "", dtype=object)
        for reason in reasons.values[untried.values].tolist():
            words = reason or data.attrs.get("reason", "")
            found[words] = found.get(words, 0) + 1
    return found


def _left(panels: Mapping[str, xr.Dataset]) -> str:
    """What was not tried, to go on with behind a count."""
    return "".join(f"; {count} left out ({why})" for why, count in _reasons(panels).items())
