"""A store is a finished survey on disk: one Zarr tree of labelled arrays that tells its origin.

A node per mechanism, below it one per layer, as in a capture; in place of ``weight`` there stand
``weight_mean``, ``weight_variance``, ``weight_min``, ``weight_max``, ``weight_quantile`` and
``weight_histogram`` by ``split``, and ``weight_class_mean`` and ``weight_class_variance`` by class.
Beside them ``/profile`` has the covariance of what layers show on average and the pictures at both
ends, ``/kinship`` the correlation of layers with the same labels, ``/classes`` what pictures were
taken for, ``/effects`` what cutting parts does to a sample of them, ``/skipped`` the items that are
in none of it.
"""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr

from inspector.surveys.classes import Classes
from inspector.surveys.columns import Block, Columns, by_class, profile
from inspector.surveys.effect_table import effect_table
from inspector.surveys.histograms import LEVELS, quantiles
from inspector.surveys.kinship import families
from inspector.surveys.moments import Moments
from inspector.surveys.refusals import interrupted
from inspector.surveys.scales import edges
from inspector.surveys.statistics import CORRECT, WRONG, Skipped, Statistics, Tally, splits

FORMAT = "attention-inspector survey 1"
PROFILE, CLASSES, SKIPPED, KINSHIP = "profile", "classes", "skipped", "kinship"
EFFECTS = "effects"
RESERVED = (PROFILE, CLASSES, SKIPPED, KINSHIP, EFFECTS)


@dataclass(frozen=True, eq=False)
class Found:
    """What a survey found, and the names that go with it.

    Attributes:
        tally: of all shards.
        labels: names of the source's classes; none without classes.
        classes: names of the network's.
        left_out: what lies in the source and is no item of it.
    """

    tally: Tally
    labels: tuple[str, ...]
    classes: tuple[str, ...]
    left_out: Skipped


def tree_of(found: Found, manifest: Mapping[str, Any]) -> xr.DataTree:
    """A survey as labelled arrays; the manifest, where it comes from, is attributes of the root."""
    tally = found.tally
    nodes = {f"/{SKIPPED}": _skipped(found)}
    if tally.statistics is not None and tally.columns is not None:
        nodes |= _Told(tally.columns, tally.statistics, found).nodes(tally.about)
    if tally.effects is not None:
        nodes[f"/{EFFECTS}"] = effect_table(tally.effects, found.labels, tally.about)
    tree = xr.DataTree.from_dict(nodes)
    counts = {
        "images": tally.pictures,
        "skipped": int(tally.skipped.count),
        "left_out": int(found.left_out.count),
    }
    proof = {"verified_error": tally.verified_error}
    tree.attrs = {"format": FORMAT, **manifest, **counts, **proof}
    return tree


def write(tree: xr.DataTree, out: Path, *, force: bool) -> None:
    """Writes a tree as Zarr: all of it under its name, or nothing.

    Raises:
        Interrupted: the disk does not take it.
    """
    draft = out.with_name(f".{out.name}.part")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        tree.to_zarr(draft, mode="w", zarr_format=2, consolidated=False)
        zarr.consolidate_metadata(draft, zarr_format=2)  # xarray would do so for every node
        if force:
            shutil.rmtree(out, ignore_errors=True)
        draft.rename(out)
    except OSError as error:
        raise interrupted(f"{error.strerror or error} ({out})") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


class _Told:
    """Statistics as labelled arrays."""

    def __init__(self, columns: Columns, statistics: Statistics, found: Found) -> None:
        self._columns, self._statistics = columns, statistics
        self._labels, self._classes = list(found.labels), list(found.classes)
        self._splits = _splits(statistics)
        self._by_class = statistics.classes.spread(len(self._labels))

    def nodes(self, about: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, xr.Dataset]:
        """Datasets by the path of their node."""
        found: dict[str, xr.Dataset] = {}
        for block, span in zip(self._columns.blocks, self._columns.spans(), strict=True):
            path = f"/{block.mechanism}/{block.layer}"
            attrs = {"layer": block.layer, **about.get(block.mechanism, {}).get(block.layer, {})}
            empty = xr.Dataset(coords=self._coordinates(), attrs=attrs)
            found[path] = found.get(path, empty).merge(self._block(block, span))
        for block, span in _placed(by_class(self._columns).columns) if self._labels else ():
            path = f"/{block.mechanism}/{block.layer}"
            found[path] = found[path].merge(_class_moments(block, span, self._by_class))
        found[f"/{PROFILE}"] = self._profile()
        found |= {f"/{KINSHIP}/{n}": kin for n, kin in enumerate(self._kinship())}
        if self._labels:
            found[f"/{CLASSES}"] = self._confusion()
        return found

    def _coordinates(self) -> dict[str, Any]:
        each = {"split": list(self._splits), "quantile": list(LEVELS)}
        return each | ({"class": self._labels} if self._labels else {})

    def _block(self, block: Block, span: slice) -> xr.Dataset:
        """Moments, quantiles and counts of one quantity, by split."""
        moments = [_part(moments, span) for moments, _ in self._splits.values()]
        counts = [counts[span] for _, counts in self._splits.values()]
        told = [of_split.told() for of_split in moments]
        variables = {
            f"{block.name}_{what}": _variable(
                ("split",), block, np.concatenate([each[what] for each in told]), what
            )
            for what in told[0]
        }
        levels = [quantiles(c, block, m) for c, m in zip(counts, moments, strict=True)]
        wide = _variable(("split", "quantile"), block, np.stack(levels), "quantile")
        variables[f"{block.name}_quantile"] = wide
        variables |= _histogram(block, np.stack(counts))
        labels = dict(zip(block.dims, map(list, block.labels), strict=True))
        return xr.Dataset(variables, coords=labels)

    def _profile(self) -> xr.Dataset:
        columns, statistics = profile(self._columns).columns, self._statistics
        extremes = statistics.extremes
        ends = ("end", "rank", "column")
        return xr.Dataset(
            {
                "mean": ("column", statistics.products.mean),
                "covariance": (("column", "other_column"), statistics.products.covariance()),
                "extreme_value": (ends, extremes.values),
                "extreme_key": (ends, _texts(extremes.key_at())),
            },
            coords=_column_labels(columns) | {"end": ["lowest", "highest"]},
        )

    def _kinship(self) -> Iterator[xr.Dataset]:
        """How alike layers with the same labels are, family by family."""
        found = self._statistics.kinship.correlations()
        for kin, told in zip(families(self._columns), found, strict=True):
            first, layers = kin[0][0], [block.layer for block, _ in kin]
            yield xr.Dataset(
                {name: (("layer", "other_layer"), values) for name, values in told.items()},
                coords={"layer": layers, "other_layer": layers},
                attrs={"mechanism": first.mechanism, "quantity": first.name},
            )

    def _confusion(self) -> xr.Dataset:
        counts = self._statistics.confusion.table(len(self._labels), len(self._classes))
        return xr.Dataset(
            {
                "images": ("class", self._by_class.count.astype(np.int64)),
                "confusion": (("class", "predicted"), counts),
            },
            coords={"class": self._labels, "predicted": self._classes},
        )


def _splits(statistics: Statistics) -> dict[str, tuple[Moments, np.ndarray]]:
    """Moments and counts by split."""
    counts = statistics.histograms.counts
    by_split = {"all": counts.sum(axis=0, dtype=np.int64)}
    if len(counts) > 1:
        by_split |= {"correct": counts[CORRECT], "wrong": counts[WRONG]}
    return {
        name: (of_split, by_split[name]) for name, of_split in splits(statistics.moments).items()
    }


def _part(moments: Moments, span: slice) -> Moments:
    fields = (moments.mean, moments.squares, moments.low, moments.high)
    return Moments(moments.count, *(array[:, span] for array in fields))


def _variable(before: tuple[str, ...], block: Block, values: np.ndarray, what: str) -> xr.Variable:
    """Values (..., column) as (..., dims of the block)."""
    shaped = values.reshape(*values.shape[: len(before)], *block.shape)
    unit = block.attrs["units"]
    attrs = {
        "long_name": f"{what} of {block.attrs['long_name']}",
        "units": f"({unit})^2" if what == "variance" else unit,
    }
    return xr.Variable((*before, *block.dims), shaped, attrs)


def _histogram(block: Block, counts: np.ndarray) -> dict[str, xr.Variable]:
    """Counts (split, ..., bin) and where bins begin and end; NaN-free and in whole numbers."""
    dim, ends = f"{block.name}_bin", edges(block)
    shaped = counts.reshape(len(counts), *block.shape, -1)
    attrs = {"units": block.attrs["units"]}
    return {
        f"{block.name}_histogram": xr.Variable(
            ("split", *block.dims, dim), shaped, {"long_name": "pictures", "units": "1"}
        ),
        f"{dim}_from": xr.Variable(dim, ends[:-1], attrs),
        f"{dim}_to": xr.Variable(dim, ends[1:], attrs),
    }


def _class_moments(block: Block, span: slice, classes: Classes) -> xr.Dataset:
    return xr.Dataset(
        {
            f"{block.name}_class_{what}": _variable(("class",), block, values[:, span], what)
            for what, values in classes.told().items()
        }
    )


def _column_labels(columns: Columns) -> dict[str, Any]:
    """What each column is of: mechanism, layer, quantity, and its label if it has one."""
    rows = [
        (block.mechanism, block.layer, block.name, " ".join(map(str, labels)))
        for block in columns.blocks
        for labels in product(*block.labels)
    ]
    names = ("mechanism", "layer", "quantity", "label")
    return {
        name: ("column", _texts(np.array(texts)))
        for name, texts in zip(names, zip(*rows, strict=True), strict=True)
    }


def _skipped(found: Found) -> xr.Dataset:
    """Items without statistics, and what is no item: key, kind and reason (item), of the first."""
    damaged = [(key, "damaged", reason) for key, reason in found.tally.skipped.told.tolist()]
    other = [(key, "left out", reason) for key, reason in found.left_out.told.tolist()]
    told = _texts(np.array([*damaged, *other], dtype=np.str_).reshape(-1, 3))
    names = ("key", "kind", "reason")
    return xr.Dataset({name: ("item", told[:, at]) for at, name in enumerate(names)})


def _placed(columns: Columns) -> Iterator[tuple[Block, slice]]:
    return zip(columns.blocks, columns.spans(), strict=True)


def _texts(array: np.ndarray) -> np.ndarray:
    """Texts as objects, which are stored as long as each is."""
    return array.astype(object)
