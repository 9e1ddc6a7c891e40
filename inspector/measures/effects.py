"""An effect is what a change inside a network does to its logits."""

import numpy as np
import xarray as xr

from inspector.measures.prediction import probabilities

EFFECTS = {
    "logit": ("change of the logit of the class predicted before", "logit"),
    "probability": ("change of the probability of the class predicted before", "share of 1"),
    "distance": ("length of the change of all logits (L2)", "logit"),
}
"""Meaning and unit of each measure of an effect; after minus before, so that losing is negative."""


def comparison(before: xr.DataArray, after: xr.DataArray) -> xr.Dataset:
    """Logits and probabilities before and after, (sample, class), and the likeliest classes.

    Args:
        before: logits (sample, class).
        after: of the same images.

    Returns:
        ``logit`` and ``probability``, (state, sample, class) with the states "before", "after" and
        "change"; ``predicted_before`` and ``predicted_after`` (sample), the likeliest class by
        name; and for each measure of `EFFECTS` its ``effect_`` (sample).

    Raises:
        ValueError: the logits are by pixel.
        NotNumbers: a logit is NaN or infinite.
    """
    _require_by_image(before)
    logits = {"before": before.astype(np.float64), "after": after.astype(np.float64)}
    shares = {name: probabilities(values) for name, values in logits.items()}
    found = {f"predicted_{name}": values.idxmax("class") for name, values in logits.items()}
    per_image = [
        effects(before.isel(sample=place, drop=True), after.isel(sample=place, drop=True))
        for place in range(before.sizes["sample"])
    ]
    effect = xr.concat(per_image, before["sample"], combine_attrs="drop_conflicts")
    return xr.Dataset(
        {
            "logit": _with_change(logits).assign_attrs(long_name="logit", units="logit"),
            "probability": _with_change(shares).assign_attrs(shares["before"].attrs),
            **found,
            **{f"effect_{name}": values for name, values in effect.data_vars.items()},
        }
    )


def effects(before: xr.DataArray, after: xr.DataArray) -> xr.Dataset:
    """The measures of `EFFECTS` of one change or of many, in float64.

    Args:
        before: logits (class) without a change; or (..., class), a row for each of `after`, of
            which the first one tells the class that is predicted.
        after: logits (..., class) with it.

    Returns:
        ``logit``, ``probability`` and ``distance`` (...), and as attribute ``predicted`` the class.

    Raises:
        ValueError: the logits are by pixel.
        NotNumbers: a logit is NaN or infinite.
    """
    _require_by_image(before)
    place = int(np.reshape(before.values, (-1, before.sizes["class"]))[0].argmax())
    shares = [probabilities(logits).isel({"class": place}, drop=True) for logits in (before, after)]
    change = after.astype(np.float64) - before.astype(np.float64)
    values = {
        "logit": change.isel({"class": place}, drop=True),
        "probability": shares[1] - shares[0],
        "distance": (change**2).sum("class") ** 0.5,
    }
    told = {
        name: array.assign_attrs(long_name=EFFECTS[name][0], units=EFFECTS[name][1])
        for name, array in values.items()
    }
    return xr.Dataset(told, attrs={"predicted": str(before["class"].values[place])})


def _with_change(pair: dict[str, xr.DataArray]) -> xr.DataArray:
    parts = pair | {"change": pair["after"] - pair["before"]}
    return xr.concat(list(parts.values()), "state").assign_coords(state=list(parts))


def _require_by_image(logits: xr.DataArray) -> None:
    if "y" in logits.dims:
        raise ValueError(
            "Expected logits of whole images; this network gives every pixel its own. Compare the "
            "logits of the two inspections where you look."
        )
