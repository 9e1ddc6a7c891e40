"""A range is where controls lie, such as networks with random weights: what is shown may leave it.

One more random network leaves the range of n others at about 2 / (n + 1) of its cells. So does a
picture that holds nothing learnt; one that leaves it at more cells than any of the others leaves
that of the rest has p = 1 / (n + 1). This is a permutation test of whole networks, the only units
that are independent. It takes nothing for granted: over random networks the cells of a picture move
together and have heavy tails, so that tests of single cells call half of all such pictures
different. It does not see a picture that is nearer to the middle than chance, unless its values
are compared by rank (`ranked`), as those of channels, heads and slots should be.
"""

from collections.abc import Collection, Mapping

import numpy as np
import xarray as xr

LEVEL = 0.05
FEWEST = 19
"""Controls with which p can be as small as `LEVEL`."""

RANK = "rank"
"""The dim along which `ranked` values lie."""

_ROUNDING = 16 * float(np.finfo(np.float32).eps)
"""Share of a value by which two passes differ that compute the same in another order."""


def ranked(values: xr.DataArray, unordered: Collection[str]) -> xr.DataArray:
    """Values in order of size along dims whose members networks have in no common order.

    What is left does not depend on the order in which a network happens to have its channels, heads
    or slots. Several such dims are taken together, so that pairs of them are ordered as pairs.

    Args:
        values: any dims.
        unordered: names of such dims; those that `values` lacks are passed over.

    Returns:
        The other dims, then ``rank`` (1 is the smallest; missing values come last); `values`
        themselves if they have none of `unordered`.
    """
    dims = [dim for dim in values.dims if dim in unordered]
    if not dims:
        return values
    kept = [dim for dim in values.dims if dim not in dims]
    wide = values.transpose(*kept, *dims)
    ordered = np.sort(wide.values.reshape(*wide.shape[: len(kept)], -1), axis=-1)
    labels = {dim: values[dim].variable for dim in kept if dim in values.coords}
    ranks = {RANK: (RANK, np.arange(1, ordered.shape[-1] + 1), {"long_name": "rank of value"})}
    return xr.DataArray(ordered, {**labels, **ranks}, (*kept, RANK), attrs=values.attrs)


def held_in_range(
    observed: Mapping[str, xr.DataArray], controls: Mapping[str, xr.DataArray], control: str
) -> dict[str, xr.Dataset]:
    """Each panel beside the range of its controls, all cells of all panels judged together.

    Args:
        observed: panels by title, any dims.
        controls: the same with a dim ``control`` first, of at least 19.
        control: what they are, in words: "networks with random weights".

    Returns:
        By title, dims of the panel: ``observed``, ``expected`` (median of the controls), ``low``
        and ``high`` (their range), ``outside`` (boolean; False where a value is missing). In the
        attributes of each: ``p`` (one-sided, of the whole picture), ``differs`` (p <= 0.05),
        ``outside``, ``cells``, and ``by_chance``, the median count of the controls.

    Raises:
        ValueError: fewer than 19 controls, so that nothing could be called different.
    """
    count = next(iter(controls.values())).sizes["control"]
    if count < FEWEST:
        raise ValueError(
            f"expected at least {FEWEST} controls, with which p can be {LEVEL}; got {count}."
        )
    found = {title: _panel(values, controls[title]) for title, values in observed.items()}
    everyone = [_stacked(values, controls[title]) for title, values in observed.items()]
    counts = np.sum([_times_outside(values) for values in everyone], axis=0)
    p = float((1 + np.count_nonzero(counts[1:] >= counts[0])) / (1 + count))
    attributes = {
        "control": f"{count} {control}",
        "p": p,
        "differs": int(p <= LEVEL),
        "outside": int(counts[0]),
        "cells": sum(int(np.isfinite(values).all(axis=0).sum()) for values in everyone),
        "by_chance": float(np.median(counts[1:])),
    }
    return {title: data.assign_attrs(attributes) for title, data in found.items()}


def range_sentence(panels: Mapping[str, xr.Dataset]) -> str:
    """Whether panels from `held_in_range` differ from their controls, in one plain sentence."""
    told = next(iter(panels.values())).attrs
    verdict = "Differs" if told["differs"] else "Does not differ"
    return (
        f"{verdict} from {told['control']} (p = {told['p']:.2g}): {told['outside']} of "
        f"{told['cells']} cells lie outside their range; of a typical one of them "
        f"{told['by_chance']:.0f} lie outside that of the others."
    )


def _panel(values: xr.DataArray, controls: xr.DataArray) -> xr.Dataset:
    wide = controls.transpose("control", *values.dims).astype(np.float64)
    outside = _outside(_stacked(values, controls))[0].reshape(values.shape)
    numbers = {
        "observed": values.astype(np.float64),
        "expected": wide.median("control", skipna=False),
        "low": wide.min("control", skipna=False),
        "high": wide.max("control", skipna=False),
    }
    return xr.Dataset({**numbers, "outside": values.copy(data=outside)})


def _stacked(values: xr.DataArray, controls: xr.DataArray) -> np.ndarray:
    """All networks (network, cell), the observed one first."""
    others = controls.transpose("control", *values.dims).values
    return np.concatenate([values.values[None], others]).reshape(len(others) + 1, -1)


def _times_outside(everyone: np.ndarray) -> np.ndarray:
    """At how many cells each network (network) is outside the range of all others."""
    return np.count_nonzero(_outside(everyone), axis=1)


def _outside(everyone: np.ndarray) -> np.ndarray:
    """Where a network (network, cell) lies outside the range of all others by more than rounding.

    Cells that are missing in some network count for none.
    """
    values = np.where(np.isfinite(everyone).all(axis=0), everyone, 0.0).astype(np.float64)
    ordered = np.sort(values, axis=0)
    rounding = _ROUNDING * np.abs(ordered[[0, -1]]).max(axis=0)
    above = (values == ordered[-1]) & (ordered[-1] - ordered[-2] > rounding)
    below = (values == ordered[0]) & (ordered[1] - ordered[0] > rounding)
    return above | below
