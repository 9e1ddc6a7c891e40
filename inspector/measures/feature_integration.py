"""Feature integration is what a forest can tell of a block's channels from those of earlier blocks.

After a figure of the DIANet paper (Huang et al., AAAI 2020, arXiv 1905.10671), which predicts the
pooled features of a block from those of the blocks before it, with a random forest over images, and
draws how much the forest used each. What is predicted here, and out of sample, is this project's:

    R2 = 1 - squared error of held-out predictions / variance over images, both summed over channels
    loss of u = R2 - R2 when the rows of block u alone are shuffled among the held-out images

It is an association over images: all blocks see the same image, and blocks that go together share
what they can tell.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import xarray as xr

from inspector.measures.axes import axes
from inspector.measures.discoveries import among_all
from inspector.progress import tell

MIN_IMAGES = 40
"""Images below which nothing is predicted: each of five folds then holds out eight."""

LEVEL = 0.05
"""Share of false discoveries allowed among the blocks of a chain said to be predicted."""

FOLDS = "held-out parts predicted"
DIMS = ("layer", "sample", "channel")
SAME = "its channels are the same for every image"
BELOW = "not predicted better than with images shuffled"

_ROUNDING = 8 * float(np.finfo(np.float32).eps)
"""Deviation from constant, relative to the largest value, that captured values owe to rounding."""


_BY_BLOCK = ("r2", "baseline", "p", "reason")
_TITLES = {
    "layer": "layer",
    "source_layer": "told from layer",
    "loss": "R² lost when the source is shuffled",
    "split_share": "share of the forest's splits",
    "r2": "cross-validated R²",
    "baseline": "95 % of R² with images shuffled",
    "p": "p of no better than shuffled",
    "p_adjusted": "p adjusted for the blocks of the chain",
    "predicted": "predicted better than shuffled",
    "reason": "not predicted because",
}


@dataclass(frozen=True)
class Forest:
    """How the forests are grown and judged.

    Attributes:
        trees: in each forest; each split looks at the square root of all channels.
        folds: parts of the images that are held out in turn.
        repeats: shuffles of each source block in each fold.
        shuffles: of the images of each fold, for the baseline of R2.
        seed: of forests, folds and shuffles.
    """

    trees: int = 100
    folds: int = 5
    repeats: int = 5
    shuffles: int = 999
    seed: int = 0


FOREST = Forest()


@dataclass(frozen=True)
class _Row:
    """What was found of one block, as `feature_integration` tells it."""

    loss: np.ndarray
    split_share: np.ndarray
    r2: float = np.nan
    baseline: float = np.nan
    p: float = np.nan
    reason: str = ""


def feature_integration(features: xr.DataArray, forest: Forest = FOREST) -> xr.Dataset:
    """How well, and from which, each block is predicted by the blocks before it.

    Args:
        features: (layer, sample, channel), the blocks of one chain in execution order, such as
            their channel gates; every sample another image.
        forest: how the forests are grown.

    Returns:
        Along ``layer``, all blocks but the first: ``r2``, cross-validated; ``baseline``, the 95 %
        quantile of R2 with images shuffled; ``p`` of being no better than shuffled and
        ``p_adjusted`` (Benjamini-Hochberg over the blocks); ``predicted``, whether R2 is above 0
        and ``p_adjusted`` at most 0.05; ``reason``, why not, or "". Over (layer, source_layer):
        ``loss``, what R2 loses when the source is shuffled, signed; ``split_share``, the share of
        the forest's splits, weighted by the variance they take away (Gini, in sample), which sums
        to 1 over sources. NaN where the source is no earlier block. Attributes hold n, seed and the
        other settings.

    Raises:
        ValueError: an axis is missing or left over, fewer than two blocks, fewer than 40 images, or
            values that are not numbers.
    """
    _require(features)
    blocks = features.transpose(*DIMS).values.astype(np.float64)
    steps = forest.folds * (len(blocks) - 1)
    rows = [
        _row(blocks[:target], blocks[target], forest, (forest.folds * (target - 1), steps))
        for target in range(1, len(blocks))
    ]
    tell(steps, steps, FOLDS)
    return _described(rows, features, forest)


def _row(
    sources: np.ndarray, target: np.ndarray, forest: Forest, progress: tuple[int, int]
) -> _Row:
    """One block (sample, channel) predicted from earlier ones (layer, sample, channel).

    So many folds of so many were predicted before.
    """
    away = target - target.mean(axis=0)
    if np.abs(away).max() <= _ROUNDING * np.abs(target).max():
        nothing = np.full(len(sources), np.nan)
        return _Row(nothing, nothing, reason=SAME)
    slim = target if target.shape[1] <= len(target) else _turned(away)
    return reduce(add, _folds(sources, slim, forest, progress)).row(float((away**2).sum()), forest)


def _turned(target: np.ndarray) -> np.ndarray:
    """A centred target on its principal axes: no more of them than images, which spares work.

    Squared errors, and with them the merit of a split, predictions and R2, do not feel the turn.
    """
    turned, sizes, _ = np.linalg.svd(target, full_matrices=False)
    return turned * sizes


@dataclass(frozen=True)
class _HeldOut:
    """How held-out images were predicted: as they are, and with a source or the images shuffled.

    Attributes:
        error: squared error over images and axes.
        errors: the same with each source shuffled, mean over repeats, (source).
        shuffled: the same with the images of each fold shuffled, (shuffle).
        split_share: (source).
    """

    error: float
    errors: np.ndarray
    shuffled: np.ndarray
    split_share: np.ndarray

    def __add__(self, other: "_HeldOut") -> "_HeldOut":
        return _HeldOut(*(getattr(self, name) + getattr(other, name) for name in vars(self)))

    def row(self, total: float, forest: Forest) -> _Row:
        """As shares of the squared deviation `total`, which is what predicting the mean leaves."""
        return _Row(
            (self.errors - self.error) / total,
            self.split_share / forest.folds,
            1 - self.error / total,
            float(np.quantile(1 - self.shuffled / total, 1 - LEVEL)),
            (1 + int((self.shuffled <= self.error).sum())) / (1 + forest.shuffles),
        )


def _folds(
    sources: np.ndarray, target: np.ndarray, forest: Forest, progress: tuple[int, int]
) -> Iterator[_HeldOut]:
    from sklearn.model_selection import KFold  # noqa: PLC0415 - a second that few wait for

    rng = np.random.default_rng(forest.seed)
    flat = _flat(sources)
    folds = KFold(forest.folds, shuffle=True, random_state=forest.seed)
    before, steps = progress
    for fold, (train, test) in enumerate(folds.split(flat)):
        tell(before + fold, steps, FOLDS)  # a forest of a late block takes seconds
        grown = _grown(flat[train], target[train], forest)
        predicted = grown.predict(flat[test]).reshape(len(test), -1)
        yield _HeldOut(
            float(((target[test] - predicted) ** 2).sum()),
            _with_sources_shuffled(grown, sources[:, test], target[test], forest.repeats, rng),
            _with_images_shuffled(predicted, target[test], forest.shuffles, rng),
            grown.feature_importances_.reshape(len(sources), -1).sum(axis=1),
        )


def _grown(sources: np.ndarray, target: np.ndarray, forest: Forest) -> Any:
    from sklearn.ensemble import RandomForestRegressor  # noqa: PLC0415 - as above

    grower = RandomForestRegressor(
        forest.trees, max_features="sqrt", min_samples_leaf=2, random_state=forest.seed
    )
    return grower.fit(sources, target)


def _with_sources_shuffled(
    grown: Any, sources: np.ndarray, target: np.ndarray, repeats: int, rng: np.random.Generator
) -> np.ndarray:
    """Squared error when one source at a time has its rows shuffled, all channels together."""
    errors = np.zeros(len(sources))
    for source in range(len(sources)):
        trials = np.tile(sources, (1, repeats, 1))
        for part in np.split(trials[source], repeats):
            rng.shuffle(part)
        predicted = grown.predict(_flat(trials)).reshape(repeats, *target.shape)
        errors[source] = ((predicted - target) ** 2).sum() / repeats
    return errors


def _with_images_shuffled(
    predicted: np.ndarray, target: np.ndarray, shuffles: int, rng: np.random.Generator
) -> np.ndarray:
    """Squared errors (shuffle) of predictions dealt to other images that were held out with them.

    Among these the forest cannot know one from another if the sources tell nothing; over all folds
    it would seem worse than chance, since an image that is held out moves the mean of the others.
    """
    images = np.arange(len(target))
    order = rng.permuted(np.tile(images, (shuffles, 1)), axis=1)
    crossing = (target @ predicted.T)[order, images].sum(axis=1)
    return (target**2).sum() + (predicted**2).sum() - 2 * crossing


def _flat(sources: np.ndarray) -> np.ndarray:
    """(layer, sample, channel) as the forest's table (sample, layer and channel)."""
    return sources.transpose(1, 0, 2).reshape(sources.shape[1], -1)


def _described(rows: list[_Row], features: xr.DataArray, forest: Forest) -> xr.Dataset:
    names = features["layer"].values
    data = xr.Dataset(
        {name: _table(rows, name) for name in ("loss", "split_share")}
        | {name: ("layer", [getattr(row, name) for row in rows]) for name in _BY_BLOCK},
        coords={"layer": names[1:], "source_layer": names[:-1]},
    )
    data["p_adjusted"] = ("layer", among_all(data["p"].values))
    data["predicted"] = (data["p_adjusted"] <= LEVEL) & (data["r2"] > 0)
    data["reason"] = data["reason"].where(data["predicted"] | (data["reason"] != ""), BELOW)
    for name, title in _TITLES.items():
        data[name].attrs = {"long_name": title, "units": "1"}
    count = features.sizes["sample"]
    data.attrs = {"images": count, "level": LEVEL, "min_images": MIN_IMAGES, **vars(forest)}
    return data


def _table(rows: list[_Row], name: str) -> tuple[tuple[str, str], np.ndarray]:
    table = np.full((len(rows), len(rows)), np.nan)
    for place, row in enumerate(rows):
        table[place, : place + 1] = getattr(row, name)
    return ("layer", "source_layer"), table


def _require(features: xr.DataArray) -> None:
    if set(features.dims) != set(DIMS):
        raise ValueError(
            f"feature integration needs values over {axes(DIMS)}, got {axes(features.dims)}."
        )
    if features.sizes["layer"] < 2:
        raise ValueError("feature integration needs at least 2 blocks of a chain, got 1.")
    if features.sizes["sample"] < MIN_IMAGES:
        raise ValueError(
            f"feature integration needs at least {MIN_IMAGES} different images, got "
            f"{features.sizes['sample']}: inspect more images in one go."
        )
    if not np.isfinite(features.values).all():
        raise ValueError(
            "feature integration needs numbers; some are NaN or infinite: check the weights."
        )
