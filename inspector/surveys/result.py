"""A result is a finished survey: the distribution of what attention does over all of a source."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import xarray as xr

from inspector.surveys import store


@dataclass(frozen=True, eq=False)
class Survey:
    """A finished survey.

    Attributes:
        tree: see `inspector.surveys.store`; arrays are read when they are looked at.
        path: of the Zarr store.
    """

    tree: xr.DataTree
    path: Path

    @cached_property
    def attention(self) -> xr.DataTree:
        """The mechanisms alone, such as ``attention["mrla"]["layer3.5"]["weight_mean"]``."""
        keys = [key for key in self.tree.children if key not in store.RESERVED]
        return xr.DataTree(children={key: self.tree.children[key] for key in keys})

    @property
    def profile(self) -> xr.Dataset:
        """Covariance (column, other_column) of layers' means, and the pictures at both ends."""
        return self._node(store.PROFILE)

    @property
    def classes(self) -> xr.Dataset:
        """Pictures by class, and how often they were taken for what; empty without classes."""
        return self._node(store.CLASSES)

    @property
    def effects(self) -> xr.Dataset:
        """What cutting parts did to a sample of pictures; empty without ``effects``."""
        return self._node(store.EFFECTS)

    @property
    def skipped(self) -> xr.Dataset:
        """Key, kind and reason of every item, or what is none, that no statistics are of."""
        return self._node(store.SKIPPED)

    @property
    def about(self) -> Mapping[str, Any]:
        """Where it comes from: network, weights, source, preprocessing, counts, versions."""
        return {str(name): value for name, value in self.tree.attrs.items()}

    def _node(self, name: str) -> xr.Dataset:
        found = self.tree.children.get(name)
        return xr.Dataset() if found is None else found.to_dataset(inherit=False)


def open_survey(path: str | Path) -> Survey:
    """The survey in a Zarr store.

    Raises:
        ValueError: there is none.
    """
    try:
        tree = xr.open_datatree(path, engine="zarr", chunks=None)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(
            f"Expected a survey at {path}, found none. Make one with `inspector survey`."
        ) from error
    if tree.attrs.get("format") != store.FORMAT:
        got = tree.attrs.get("format", "unknown")
        raise ValueError(
            f"{path} is no survey of this version (format '{got}'). Make one with `inspector "
            "survey`."
        )
    return Survey(tree, Path(path))
