"""Compared classes are what two inspections predict: logits and probabilities, and the change."""

import numpy as np
import xarray as xr

from inspector.comparison.matching import unshared
from inspector.figures.text import number
from inspector.inspection import Inspection, NotNumbers
from inspector.measures import class_shares
from inspector.views import Choices
from inspector.views.selection import image_of

STATES = ("A", "B", "B minus A")
SHOWN = 10
"""Classes that are drawn: the likeliest of either, and those that differ most."""


def compared_classes(
    a: Inspection, b: Inspection, choices: Choices
) -> tuple[xr.Dataset | None, tuple[str, ...]]:
    """Logits and probabilities (state, class) of the image shown, and a sentence on them.

    Returns:
        Of a segmentation the ``share`` of pixels at which a class is the likeliest. None, and why,
        where the two have other classes, or logits that are not numbers.
    """
    image = image_of(choices)
    ours, theirs = (seen.logits.isel(sample=image, drop=True) for seen in (a, b))
    if others := unshared(*(map(str, one["class"].values) for one in (ours, theirs))):
        return None, (f"The classes do not match. {others}",)
    logits = [ours, theirs.sel({"class": ours["class"].values})]
    try:
        shares = [class_shares(one) for one in logits]
    except NotNumbers as error:
        return None, (str(error),)
    found = {str(shares[0].attrs["long_name"]): _with_change(shares)}
    if a.kind == b.kind == "classification":
        found = {"logit": _with_change(logits), **found}
    return xr.Dataset({_name(name): values for name, values in found.items()}), _told(*shares)


def telling(classes: xr.Dataset) -> list[int]:
    """Places of the classes to draw: the likeliest of A and B in turn, then those that moved."""
    share = _shares(classes)
    a, b, change = (share.sel(state=state).values for state in STATES)
    first, second = (np.argsort(-one, kind="stable")[: SHOWN // 3] for one in (a, b))
    likely = np.stack([first, second], axis=-1).ravel()
    moved = np.argsort(-np.abs(change), kind="stable")
    return [int(place) for place in dict.fromkeys([*likely, *moved])][:SHOWN]


def table_of_classes(classes: xr.Dataset, count: int = 5) -> list[dict[str, str]]:
    """Rows of class, A, B and B minus A, in per cent and percentage points, as text."""
    share = _shares(classes)
    rows = (share.isel({"class": place}) for place in telling(classes)[:count])
    return [
        {
            "Class": str(row["class"].item()),
            **{f"{state} (%)": f"{100 * float(row.sel(state=state)):.3g}" for state in STATES},
        }
        for row in rows
    ]


def _shares(classes: xr.Dataset) -> xr.DataArray:
    """The shares (state, class): probabilities, or of the pixels."""
    return classes[list(classes.data_vars)[-1]]


def _name(title: str) -> str:
    return "share" if title == "share of pixels" else title


def _with_change(pair: list[xr.DataArray]) -> xr.DataArray:
    a, b = (one.astype(np.float64) for one in pair)
    joined = xr.concat([a, b, b - a], "state", combine_attrs="override", join="exact")
    return joined.assign_coords(state=list(STATES))


def _told(a: xr.DataArray, b: xr.DataArray) -> tuple[str, ...]:
    first, second = (str(one["class"].values[one.values.argmax()]) for one in (a, b))
    shares = f"{number(float(a.max()))} in A and {number(float(b.max()))} in B"
    if first == second:
        return (f"The likeliest class is {first} in both, with a share of {shares}.",)
    return (f"The likeliest class is {first} in A and {second} in B, with a share of {shares}.",)
