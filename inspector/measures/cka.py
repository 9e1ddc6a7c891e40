"""Centred kernel alignment (CKA) says whether two layers find the same images alike.

It compares which pairs of images are close in one layer with which are in the other, so the layers
may have any features, and any number of them. Linear kernels, Kornblith et al., "Similarity of
Neural Network Representations Revisited", ICML 2019 (arXiv 1905.00414):

    CKA = HSIC(K, L) / sqrt(HSIC(K, K) HSIC(L, L)),   K = X X',   L = Y Y'

With the plug-in HSIC of that paper two unrelated layers come out near 1 when features outnumber
images, so the unbiased one is taken, as in Nguyen et al., ICLR 2021 (arXiv 2010.15327):
Song et al., "Feature Selection via Dependence Maximization", JMLR 2012, equation 5, here as the
inner product of U-centred kernels (Szekely & Rizzo, Annals of Statistics 2014, proposition 1),
which is the same number. It may be negative, and lies between -1 and 1.
"""

import numpy as np

from inspector.measures.comparison import Comparison
from inspector.measures.layers import Layer, Matrix

LEAST_IMAGES = 4
"""U-centred kernels of three images are all zero."""

_VANISHING = 1e-12
"""Share of a kernel's size below which what is left after centring is rounding."""


def compare(one: Layer, other: Layer) -> Comparison:
    """Unbiased linear CKA of two layers of any features."""
    a, b = one.matrix(), other.matrix()
    images, features = a.values.shape
    if images < LEAST_IMAGES:
        return Comparison.refused(f"CKA needs at least {LEAST_IMAGES} images, has {images}")
    kernels = _kernel(a), _kernel(b)
    units = tuple(map(_unit, kernels))
    value = float(_product(*units))
    if np.isnan(value):
        reason = "zero variance: the values of a layer are the same for every image"
        return Comparison.refused(reason, features, images)
    return Comparison(
        value,
        lambda rows: _product(*(_unit(_picked(kernel, rows)) for kernel in kernels)),
        lambda order: _product(units[0], _picked(units[1], order)),
        np.arange(images),
        min(features, b.values.shape[1]),
        images**2,
    )


def _kernel(matrix: Matrix) -> np.ndarray:
    """Inner products (image, image) of the deviations from the mean image; zero if all rounding."""
    deviations = matrix.values - matrix.values.mean(axis=0)
    if np.abs(deviations).max(initial=0.0) <= matrix.floor:
        deviations = np.zeros_like(deviations)
    return deviations @ deviations.T


def _picked(kernel: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return kernel[rows[..., :, None], rows[..., None, :]]


def _product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.clip((a * b).sum(axis=(-2, -1)), -1.0, 1.0)


def _unit(kernel: np.ndarray) -> np.ndarray:
    """U-centred kernels (..., image, image) of size 1; NaN where nothing is left but rounding."""
    centred = _u_centred(kernel)
    size = np.linalg.norm(centred, axis=(-2, -1), keepdims=True)
    whole = np.linalg.norm(kernel, axis=(-2, -1), keepdims=True)
    return centred / np.where(size > _VANISHING * whole, size, np.nan)


def _u_centred(kernel: np.ndarray) -> np.ndarray:
    """A kernel without its diagonal whose rows sum to zero."""
    n = kernel.shape[-1]
    away = ~np.eye(n, dtype=bool)
    bare = np.where(away, kernel, 0.0)
    rows = bare.sum(axis=-1, keepdims=True) / (n - 2)
    whole = bare.sum(axis=(-2, -1), keepdims=True) / ((n - 1) * (n - 2))
    return np.where(away, bare - rows - np.swapaxes(rows, -2, -1) + whole, 0.0)
