"""A decomposition says what each term of a sum holds, place by place, and what the sum leaves over.

With terms T_s and their whole ``o = sum_s T_s``, both over channels c at each place:

* ``norm``: ``|T_s|``, how large a term is there, whatever its direction.
* ``total``: ``sum_c T_s``; over s it adds up to that of the whole.
* ``along``: ``T_s . o / |o|``, what a term adds to the length of the whole; it adds up to ``|o|``.
* ``share``: ``T_s . o / |o|^2`` over all places; signed, over s it adds up to 1.
"""

from collections.abc import Iterable

import numpy as np
import xarray as xr

from inspector.measures.terms import Term

LARGEST_RESIDUAL = 1e-5
"""What rounding in single precision may leave over; more means that a term is missing or wrong."""

_MEASURED = {
    "norm": ("norm over channels", "feature units"),
    "total": ("sum over channels", "feature units"),
    "along": ("part along the output", "feature units"),
    "size": ("norm of the term", "feature units"),
    "share": ("share of the output", "share of 1, signed"),
}
"""Title and unit of what is measured of a term."""


def decomposed(
    terms: Iterable[Term], whole: xr.DataArray, *, channels: slice | None = None
) -> xr.Dataset:
    """What each term of a whole holds.

    Args:
        terms: whose values add up to `whole`.
        whole: (channel, y, x).
        channels: those to look at, such as a head's; all of them if not given.

    Returns:
        ``norm``, ``total`` and ``along`` (term, y, x) in feature units; ``size`` (term), the norm
        over channels and places; ``share`` (term), NaN if the whole is 0. The coordinates ``kind``,
        ``source`` and ``formula`` (term) say what a term is. The attribute ``residual`` is the
        largest difference between the whole and the sum of all terms, as a share of the largest
        value of the whole; ``size`` is the norm of the whole.
    """
    target = whole.transpose("channel", "y", "x").values.astype(np.float64)
    chosen = channels or slice(None)
    rest, part = target.copy(), target[chosen]
    rows, about = [], []
    for term in terms:
        rest -= term.values
        rows.append(_measured(term.values[chosen], part))
        about.append((term.kind, term.source, term.formula))
    named = zip(("kind", "source", "formula"), zip(*about, strict=True), strict=True)
    data = xr.concat(rows, dim="term").assign_coords({n: ("term", list(of)) for n, of in named})
    data.attrs["size"] = float(np.sqrt((part**2).sum()))
    data.attrs["residual"] = float(np.abs(rest).max() / (np.abs(target).max() or 1.0))
    return data


def _measured(term: np.ndarray, whole: np.ndarray) -> xr.Dataset:
    """All measures of one term (channel, y, x)."""
    length = np.sqrt((whole**2).sum(0))
    product, squares = (term * whole).sum(0), (term**2).sum(0)
    found = {
        "norm": np.sqrt(squares),
        "total": term.sum(0),
        "along": np.divide(product, length, out=np.zeros_like(product), where=length > 0),
        "size": np.sqrt(squares.sum()),
        "share": product.sum() / (length**2).sum() if length.any() else np.nan,
    }
    return xr.Dataset({name: _variable(name, np.asarray(values)) for name, values in found.items()})


def _variable(name: str, values: np.ndarray) -> xr.Variable:
    title, unit = _MEASURED[name]
    dims = ("y", "x") if values.ndim else ()
    return xr.Variable(dims, values, {"long_name": title, "units": unit})
