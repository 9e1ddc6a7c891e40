"""A similarity is a number from -1 to 1 for how alike the attention of two layers was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, combinations_with_replacement, pairwise
from typing import Any

import numpy as np
import xarray as xr

from inspector.measures.coefficient import Measure, measure_of
from inspector.measures.comparison import Comparison
from inspector.measures.correlation import Definition, require_definition
from inspector.measures.layers import layers_of
from inspector.measures.resampling import Resampling, scores, shuffled, too_few
from inspector.progress import tracked

NONE = Resampling()


def layer_similarity(
    vectors: Mapping[str, xr.DataArray],
    measure: str = "pearson",
    definition: Definition = "per_image",
    resampling: Resampling = NONE,
) -> xr.Dataset:
    """How alike every two layers are on the same images, and on average.

    Pearson, Spearman and cosine compare layers on the labels that both have (names are matched; a
    numbered dim must have the same numbers in both, since channel 3 of 64 is not channel 3 of 128)
    under one of three definitions (see ``Definition``). CKA compares which images are alike, so
    layers of any features, from 4 images on. A feature that is missing in some image is left out.

    Args:
        vectors: layer name to an array with dim ``sample`` and any others, in depth order.
        measure: a key of ``MEASURES``.
        definition: over which vectors; CKA has no use for it.
        resampling: whether there are intervals and a baseline of shuffled images.

    Returns:
        Dims (layer, other_layer): ``similarity`` from -1 to 1, NaN where undefined; ``low`` and
        ``high``, its interval; ``baseline``, the mean over shuffled images, with ``baseline_low``
        and ``baseline_high``, and ``p``, the p-value of the difference, not adjusted; ``n``, the
        values behind one coefficient; ``images``, those it rests on; ``reason``, why it is
        undefined, and ``untested``, why there is neither interval nor baseline, or "".
        Dims (pairs), over the defined pairs of different layers, ``all`` or ``adjacent`` in the
        order given: ``mean``, ``mean_low``, ``mean_high``, ``mean_baseline``, ``pair_count``.
        A layer is not tested against itself. NaN stands for what was not asked for.

    Raises:
        ValueError: an unknown measure or definition, no layer, or layers captured from other
            images.
    """
    require_definition(definition)
    layers = layers_of(vectors)
    run = _Run(measure_of(measure), resampling, len(next(iter(layers.values())).values))
    cells: dict[tuple[str, str], _Cell] = {}
    for a, b in tracked(list(combinations_with_replacement(layers, 2)), "pairs of layers"):
        comparison = run.measure.compare(layers[a], layers[b], definition)
        cells[a, b] = run.cell(comparison, tested=a != b)
    names = list(layers)
    data = _table(names, cells).merge(_means(names, cells, run))
    data.attrs = _told(run.measure, definition, resampling)
    return _described(data, run.measure.title)


def inter_layer_correlation(
    vectors: Mapping[str, xr.DataArray], definition: Definition = "per_image"
) -> xr.Dataset:
    """Pearson correlation of every two layers: ``layer_similarity`` as ``correlation``.

    Returns:
        Dims (layer, other_layer): ``correlation``, ``n``, ``images`` and ``reason``.

    Raises:
        ValueError: an unknown definition, no layer, or layers captured from other images.
    """
    data = layer_similarity(vectors, "pearson", definition)
    return data[["similarity", "n", "images", "reason"]].rename(similarity="correlation")


def pair_mean(similarity: xr.DataArray) -> float:
    """Mean of `similarity` over the pairs of different layers that have a value; NaN for none."""
    above = np.triu_indices(similarity.sizes["layer"], k=1)
    pairs = similarity.transpose("layer", "other_layer").values[above]
    defined = pairs[np.isfinite(pairs)]
    return float(defined.mean()) if defined.size else float("nan")


_NAN = float("nan")


@dataclass(frozen=True)
class _Cell:
    """One entry of the table; ``drawn`` has the coefficient of each draw of images."""

    similarity: float
    low: float = _NAN
    high: float = _NAN
    baseline: float = _NAN
    baseline_low: float = _NAN
    baseline_high: float = _NAN
    p: float = _NAN
    n: int = 0
    images: int = 0
    reason: str = ""
    untested: str = ""
    drawn: np.ndarray | None = None


@dataclass(frozen=True)
class _Run:
    """One table in the making: its measure, what is drawn, and of how many images."""

    measure: Measure
    how: Resampling
    images: int

    @cached_property
    def rows(self) -> np.ndarray:
        """Draws of images, the same for every pair, so that means over pairs can be drawn too."""
        return self.measure.interval.draw(self.images, self.how)

    def cell(self, of: Comparison, *, tested: bool) -> _Cell:
        """The entry of a comparison, resampled where that is asked for and possible."""
        wanted = tested and not of.reason and (self.how.interval or self.how.baseline)
        untested = too_few(of.images.size) if wanted else ""
        found = self._drawn(of) if wanted and not untested else {}
        return _Cell(
            of.value,
            n=of.n,
            images=of.images.size,
            reason=of.reason,
            untested=untested,
            **found,
        )

    def mean(self, cells: Sequence[_Cell]) -> dict[str, float]:
        """The mean of the defined cells, with the interval of the mean over the same draws."""
        defined = [cell for cell in cells if not cell.reason]
        drawn = [cell.drawn for cell in defined if cell.drawn is not None]
        value = float(np.mean([cell.similarity for cell in defined])) if defined else _NAN
        low = high = _NAN
        if drawn and len(drawn) == len(defined):
            fewest = min(cell.images for cell in defined)
            low, high = self._limits(np.mean(drawn, axis=0), value, fewest)
        return {
            "mean": value,
            "mean_low": low,
            "mean_high": high,
            "mean_baseline": float(np.mean([c.baseline for c in defined])) if defined else _NAN,
            "pair_count": len(defined),
        }

    def _drawn(self, of: Comparison) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.how.interval:
            found["drawn"] = drawn = scores(of, self.rows)
            found["low"], found["high"] = self._limits(drawn, of.value, of.images.size)
        if self.how.baseline:
            null = shuffled(of, self.how, self.measure.alternative)
            found |= {"baseline": null.mean, "p": null.p}
            found |= {"baseline_low": null.low, "baseline_high": null.high}
        return found

    def _limits(self, drawn: np.ndarray, value: float, images: int) -> tuple[float, float]:
        return self.measure.interval.limits(drawn, value, images, self.how.level)


_CELL = {
    "similarity": "",
    "low": "interval from",
    "high": "interval to",
    "baseline": "mean over shuffled images",
    "baseline_low": "shuffled images from",
    "baseline_high": "shuffled images to",
    "p": "p-value",
    "n": "values per coefficient",
    "images": "images",
    "reason": "undefined because",
    "untested": "not tested because",
}
_MEAN = {
    "mean": "mean over pairs of layers",
    "mean_low": "interval from",
    "mean_high": "interval to",
    "mean_baseline": "mean over shuffled images",
    "pair_count": "pairs of layers",
}
"""What each variable is, for readers; the measure itself where nothing is said."""


def _table(names: list[str], cells: Mapping[tuple[str, str], _Cell]) -> xr.Dataset:
    def field(name: str) -> tuple[tuple[str, str], np.ndarray]:
        rows = [
            [getattr(cells[a, b] if (a, b) in cells else cells[b, a], name) for b in names]
            for a in names
        ]
        return ("layer", "other_layer"), np.array(rows)

    found = {name: field(name) for name in _CELL}
    return xr.Dataset(found, coords={"layer": names, "other_layer": names})


def _means(names: list[str], cells: Mapping[tuple[str, str], _Cell], run: _Run) -> xr.Dataset:
    groups = {"all": list(combinations(names, 2)), "adjacent": list(pairwise(names))}
    rows = [run.mean([cells[pair] for pair in pairs]) for pairs in groups.values()]
    found = {name: ("pairs", np.array([row[name] for row in rows])) for name in rows[0]}
    return xr.Dataset(found, coords={"pairs": list(groups)})


def _told(measure: Measure, definition: str, how: Resampling) -> dict[str, Any]:
    """How the numbers came about."""
    told: dict[str, Any] = {"measure": measure.key}
    if measure.labelled:
        told["definition"] = definition
    if how.interval:
        told |= {"interval": measure.interval.title, "level": how.level}
    if how.baseline:
        told |= {"baseline": "images shuffled between layers", "alternative": measure.alternative}
    if how.baseline or (how.interval and measure.interval.random):
        told |= {"draws": how.draws, "seed": how.seed}
    return told


def _described(data: xr.Dataset, title: str) -> xr.Dataset:
    for name, long_name in (_CELL | _MEAN).items():
        data[name].attrs["long_name"] = long_name or title
    data["similarity"].attrs["units"] = data["mean"].attrs["units"] = "1"
    data["layer"].attrs["long_name"] = "layer"
    data["other_layer"].attrs["long_name"] = "other layer"
    data["pairs"].attrs["long_name"] = "pairs"
    return data
