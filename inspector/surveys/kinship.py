"""A kinship is how much the layers of a family deviate together, label by label.

A family is layers whose quantity has the same labels, such as gates of 64 channels. For two layers
there is one number, the sum over images and labels of the products of deviations from each label's
mean. From it follow two of the definitions of `inspector.measures.correlation`: centred and, with
the means, pooled. Of two sets of images it adds up as covariances do.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from inspector.surveys.columns import Block, Columns
from inspector.surveys.moments import weights
from inspector.surveys.packing import Packed

LABELLED = frozenset({"channel", "head", "group"})
"""Dims that mean the same in every layer of a family, or as little."""
_ROUNDING = 8 * float(np.finfo(np.float32).eps)
"""A label that moves by no more than this share of the largest mean does not move."""


@dataclass(frozen=True, eq=False)
class Kinship(Packed):
    """Of all families, one after the other.

    Attributes:
        count: images, one number.
        sizes: layers and labels of each family (family, 2).
        mean: of every label of every layer, family by family.
        products: sums of products (layer, layer) of every family, flat.
    """

    count: np.ndarray
    sizes: np.ndarray
    mean: np.ndarray
    products: np.ndarray

    @classmethod
    def of(cls, matrix: np.ndarray, columns: Columns) -> "Kinship":
        """Kinship of a matrix (picture, column)."""
        every = [np.stack([matrix[:, span] for _, span in kin]) for kin in families(columns)]
        wide = [layers.astype(np.float64) for layers in every]
        means = [layers.mean(axis=1) for layers in wide]
        apart = [a - m[:, None] for a, m in zip(wide, means, strict=True)]
        return cls(
            np.array(len(matrix)),
            np.array([(len(m), m.shape[1]) for m in means], dtype=np.int64).reshape(-1, 2),
            _flat(means),
            _flat([np.einsum("aif,bif->ab", a, a, optimize=True) for a in apart]),
        )

    def merged(self, other: "Kinship") -> "Kinship":
        """Kinship over both sets of images."""
        count, share, product = weights(self.count, other.count)
        apart = other.mean - self.mean
        between = _flat([part @ part.T for part in self._by_family(apart)])
        products = self.products + other.products + between * product
        return Kinship(count, self.sizes, self.mean + apart * share, products)

    def correlations(self) -> Iterator[dict[str, np.ndarray]]:
        """Of each family the coefficients (layer, other layer) by definition, from -1 to 1."""
        ends = np.cumsum(self.sizes[:, 0].astype(np.int64) ** 2)
        starts = np.append(0, ends)
        for place, mean in enumerate(self._by_family(self.mean)):
            flat = self.products[starts[place] : ends[place]]
            centred = flat.reshape(len(mean), len(mean))
            moved = mean - mean.mean(axis=1, keepdims=True)
            still = int(self.count) * mean.shape[1] * (_ROUNDING * np.abs(mean).max()) ** 2
            both = {"centred": centred, "pooled": centred + int(self.count) * moved @ moved.T}
            yield {name: _coefficient(products, still) for name, products in both.items()}

    def _by_family(self, values: np.ndarray) -> list[np.ndarray]:
        """Values of every label of every layer as one array (layer, label) for each family."""
        sizes = self.sizes.astype(np.int64)
        parts = np.split(values, np.cumsum(sizes.prod(axis=1))[:-1]) if len(sizes) else []
        return [part.reshape(*size) for part, size in zip(parts, sizes, strict=True)]


def families(columns: Columns) -> list[list[tuple[Block, slice]]]:
    """Blocks of at least two layers with the same labels, and where their columns lie."""
    found = defaultdict(list)
    for block, span in zip(columns.blocks, columns.spans(), strict=True):
        if block.dims and LABELLED.issuperset(block.dims):
            found[block.mechanism, block.name, block.dims, block.labels].append((block, span))
    return [kin for kin in found.values() if len(kin) > 1]


def _flat(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.zeros(0), *(part.ravel() for part in parts)])


def _coefficient(products: np.ndarray, still: float) -> np.ndarray:
    """Products over the root of those of each layer with itself; NaN for one that does not move."""
    own = np.diag(products)
    size = np.sqrt(np.where(own > still, own, np.nan))
    return np.clip(products / np.outer(size, size), -1.0, 1.0)
