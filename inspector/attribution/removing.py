"""Removing is asking a network for its score while cells of an image are covered, one by one."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import torch
import xarray as xr
from scipy.ndimage import gaussian_filter
from torch import Tensor

from inspector.attribution.attributing import tasks_of, working
from inspector.attribution.question import Question
from inspector.attribution.task import Task
from inspector.measures import on_cells
from inspector.measures.removal import orders, removed

Fill = Literal["mean", "blur"]

BLUR = 1 / 10
"""Width of the blur, as a share of the shorter side: shapes go, colours stay."""

STEPS = 14
"""Removals of each curve."""


def removal_curves(
    question: Question,
    maps: Mapping[str, xr.DataArray],
    *,
    cells: int = 14,
    orderings: int = 20,
    fill: Fill = "mean",
    seed: int = 0,
) -> xr.Dataset:
    """The logit while cells are taken from one image, and while they are put back.

    A map is averaged over the cells first, so that the random orders, its control, remove pieces
    of the same size. A random order reversed is a random order: insertion's control is deletion's,
    read from its end.

    Args:
        question: of one image.
        maps: attributions (y, x) by name, each in any cells of its own.
        cells: along the shorter side of the image.
        orderings: random orders for comparison.
        fill: what a removed cell shows: the mean colour, or the image out of focus.
        seed: of the random orders.

    Returns:
        ``deletion`` and ``insertion`` (order, share), logits; the orders are those of the maps, by
        name, and the random ones; the share is that of cells removed, or put back.

    Raises:
        ValueError: there are several images, or a fill is unknown.
        OutOfMemory: the device has no room.
    """
    _require_one(question)
    size = question.pixels.sizes["y"], question.pixels.sizes["x"]
    coarse = {name: on_cells(values, *grid(cells, size)) for name, values in maps.items()}
    ranks = orders(coarse, orderings, seed)
    given = ranks[~ranks["random"].values]
    gone = {"deletion": removed(ranks, STEPS), "insertion": ~removed(given, STEPS)}
    with working(question.model), torch.no_grad():
        task = tasks_of(question, {})[0]
        task.score.tally.planned = sum(mask.isel(y=0, x=0).size for mask in gone.values())
        paint = _painted(task, fill)
        curves = {name: _asked(task, mask, paint) for name, mask in gone.items()}
        task.score.tally.finish()
    return _labelled(curves, {"cells": cells, "fill": fill, "seed": seed})


def grid(cells: int, size: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of about square cells, so many along the shorter side of an image."""
    side = min(size) / cells
    return round(size[0] / side), round(size[1] / side)


def spread_out(mask: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """Cells (..., rows, columns) over the pixels (..., y, x) that they cover."""
    rows, columns = (
        np.arange(pixels) * cells // pixels
        for cells, pixels in zip(mask.shape[-2:], size, strict=True)
    )
    return mask[..., rows[:, None], columns]


def _painted(task: Task, fill: Fill) -> Tensor:
    """What shows where a cell is gone, (1, rgb, y, x)."""
    if fill == "mean":
        return torch.zeros_like(task.batch)
    if fill != "blur":
        raise ValueError(f"Expected the fill mean or blur, got {fill!r}.")
    width = BLUR * min(task.batch.shape[2:])
    blurred = gaussian_filter(task.batch.detach().cpu().numpy(), (0, 0, width, width))
    return torch.from_numpy(blurred).to(task.batch)


def _asked(task: Task, gone: xr.DataArray, paint: Tensor) -> xr.DataArray:
    """The target's logit for every mask (share, order, y, x): (order, share)."""
    masks = gone.values.reshape(-1, *gone.shape[-2:])
    found = [
        task.score.logits(_covered(task.batch, part, paint))[:, task.score.target]
        for part in np.array_split(masks, -(-len(masks) // task.chunk))
    ]
    logits = torch.cat(found).float().cpu().numpy().reshape(gone.shape[:2])
    return xr.DataArray(logits, dims=gone.dims[:2], coords=gone.coords).transpose("order", "share")


def _covered(batch: Tensor, gone: np.ndarray, paint: Tensor) -> Tensor:
    """Copies of the image with the cells of each mask painted over."""
    mask = torch.from_numpy(spread_out(gone, tuple(batch.shape[2:]))[:, None]).to(batch.device)
    return torch.where(mask, paint, batch)


def _labelled(curves: Mapping[str, xr.DataArray], settings: Mapping[str, object]) -> xr.Dataset:
    deletion, given = curves["deletion"], curves["insertion"]
    others = deletion[deletion["random"].values]
    back = others.copy(data=others.values[:, ::-1])
    insertion = xr.concat([given, back], "order")
    data = xr.Dataset({"deletion": deletion, "insertion": insertion}, attrs=dict(settings))
    for name, word in (("deletion", "removed"), ("insertion", "put back")):
        data[name].attrs = {"long_name": f"logit with cells {word}", "units": "logit"}
    data["share"].attrs = {"long_name": "share of cells", "units": "share of 1"}
    return data


def _require_one(question: Question) -> None:
    if (count := question.pixels.sizes["sample"]) != 1:
        raise ValueError(f"Expected one image to remove cells of, got {count}.")
