"""A verdict is whether rows differ from their null, with the number of tries counted in.

Of many rows some are unusual by chance. So p-values are adjusted together, over all panels of a
picture (Benjamini and Hochberg, 1995): of the rows that are called different, on average no more
than the stated rate are not.
"""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from inspector.measures.discoveries import among_all

RATE = 0.05


def judged(panels: Mapping[str, xr.Dataset], rate: float = RATE) -> dict[str, xr.Dataset]:
    """Panels with ``p_adjusted``, over all of them together, and ``differs`` where it is small.

    Args:
        panels: by title, with ``p``; NaN is not counted.
        rate: false discovery rate up to which a row is called different.
    """
    adjusted = among_all(np.concatenate([data["p"].values.ravel() for data in panels.values()]))
    ends = np.cumsum([data["p"].size for data in panels.values()])
    parts = np.split(adjusted, ends[:-1])
    return {
        title: _with_adjusted(data, part.reshape(data["p"].shape), rate)
        for (title, data), part in zip(panels.items(), parts, strict=True)
    }


def sentence(panels: Mapping[str, xr.Dataset]) -> str:
    """Whether the rows of judged panels differ from their control, in one plain sentence.

    Args:
        panels: from `judged`; their attributes name the control and what is compared.
    """
    first = next(iter(panels.values())).attrs
    counts = _counts(panels)
    control, tried = first["control"], counts["tried"]
    if not tried:
        return f"Not compared with {control}: {', '.join(_reasons(panels))}."
    rate = f"({first['rate']:.0%} false discovery rate)".replace("%", " %")
    if not counts["differ"]:
        return f"Does not differ from {control}: 0 of {tried} rows {rate}{_left(panels)}."
    ways = [f"{counts[way]} {first[way]}" for way in ("above", "below") if counts[way]]
    differ = "differs" if counts["differ"] == 1 else "differ"
    said = f"{counts['differ']} of {tried} rows {differ} from {control} {rate}"
    return f"{said}: {', '.join(ways)}{_left(panels)}."


def _with_adjusted(data: xr.Dataset, adjusted: np.ndarray, rate: float) -> xr.Dataset:
    told = {"long_name": "p-value after Benjamini-Hochberg", "units": "1"}
    dims = data["p"].dims
    both = {"p_adjusted": (dims, adjusted, told), "differs": (dims, adjusted <= rate)}
    return data.assign(both).assign_attrs(rate=rate)


def _counts(panels: Mapping[str, xr.Dataset]) -> dict[str, int]:
    """How many rows were tried, how many differ, and to which side."""
    sums = {"tried": 0, "differ": 0, "above": 0, "below": 0}
    for data in panels.values():
        differs = data["differs"].values
        above = differs & (data["observed"].values > data["expected"].values)
        sums["tried"] += int(np.count_nonzero(np.isfinite(data["p"].values)))
        sums["differ"] += int(np.count_nonzero(differs))
        sums["above"] += int(np.count_nonzero(above))
    return sums | {"below": sums["differ"] - sums["above"]}


def _reasons(panels: Mapping[str, xr.Dataset]) -> dict[str, int]:
    """How many rows were not tried, by the reason."""
    found: dict[str, int] = {}
    for data in panels.values():
        untried = np.isnan(data["p"].values) & np.isfinite(data["observed"].values)
        for reason in data["reason"].values[untried].tolist():
            found[reason] = found.get(reason, 0) + 1
    return found


def _left(panels: Mapping[str, xr.Dataset]) -> str:
    """What was not tried, to go on with behind a count."""
    return "".join(f"; {count} left out ({why})" for why, count in _reasons(panels).items())
