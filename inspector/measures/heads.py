"""Head agreement says how alike the heads of a layer use the slots of one memory."""

from collections.abc import Callable
from itertools import combinations
from typing import Literal, get_args

import numpy as np
import xarray as xr
from scipy.special import entr

from inspector.measures.slots import slot_shares
from inspector.measures.spread import slot_mass

Agreement = Literal["mass_distance", "token_distance", "mass_correlation"]
SHUFFLES = 10
"""Orders of the slots that the shuffled baseline is averaged over."""

_NAMES = {
    "mass_distance": "Jensen-Shannon distance",
    "token_distance": "Jensen-Shannon distance, mean over tokens",
    "mass_correlation": "Pearson correlation",
}


def head_agreement(
    affinity: xr.DataArray,
    agreement: Agreement = "mass_distance",
    *,
    shuffles: int = SHUFFLES,
    seed: int = 0,
) -> xr.Dataset:
    """Every two heads of a layer compared by what they give to the slots, (head, other_head).

    ``mass_distance``: Jensen-Shannon distance (base 2, from 0 to 1) of the shares that the slots
    have in a head's mass over all images and tokens. ``token_distance``: that distance for each
    token of each image, then the mean. ``mass_correlation``: Pearson correlation of the masses over
    slots, from -1 to 1.

    Args:
        affinity: (sample, head, token, slot), of heads that share one memory: only then is a slot
            the same in all of them.
        agreement: one of the three above.
        shuffles: how often the slots of one head change places for the baseline.
        seed: of those orders.

    Returns:
        ``agreement``, and ``shuffled``: its mean where the slots of one head have changed places,
        which leaves the evenness of both heads and takes away which slots they mean. NaN where
        undefined, and on the diagonal of ``shuffled``. The attributes state seed and counts.

    Raises:
        ValueError: an unknown agreement, or an axis is missing or left over.
    """
    if agreement not in get_args(Agreement):
        known = ", ".join(get_args(Agreement))
        raise ValueError(f"expected an agreement out of {known}; got '{agreement}'.")
    used = _use(affinity, agreement)
    compare = _correlation if agreement == "mass_correlation" else _distance
    orders = _orders(used.shape[-1], shuffles, seed)
    pairs = combinations(range(len(used)), 2)
    found = {(a, b): _compared(used[a], used[b], compare, orders) for a, b in pairs}
    counts = {"images": affinity.sizes["sample"], "tokens": affinity.sizes["token"]}
    itself = np.array([compare(rows, rows) for rows in used])
    data = _described(found, itself, agreement)
    return data.assign_attrs(agreement=agreement, shuffles=shuffles, seed=seed, **counts)


def mean_of_pairs(agreement: xr.DataArray) -> float:
    """Mean over the pairs of different heads that have a value; NaN for none."""
    values = agreement.values[np.triu_indices(agreement.sizes["head"], k=1)]
    values = values[np.isfinite(values)]
    return float(values.mean()) if values.size else float("nan")


def _use(affinity: xr.DataArray, agreement: Agreement) -> np.ndarray:
    """Shares of the slots (head, row, slot): a row for the whole layer, or one for each token."""
    shares = slot_shares(affinity)
    if agreement == "token_distance":
        rows = shares.transpose("head", "sample", "token", "slot").values
        return rows.reshape(len(rows), -1, rows.shape[-1])
    mass = slot_mass(affinity).sum("sample").transpose("head", "slot")
    return (mass / mass.sum("slot")).values[:, None]


def _orders(slots: int, count: int, seed: int) -> list[np.ndarray]:
    draw = np.random.default_rng(seed)
    return [draw.permutation(slots) for _ in range(count)]


def _compared(
    one: np.ndarray,
    other: np.ndarray,
    compare: Callable[[np.ndarray, np.ndarray], float],
    orders: list[np.ndarray],
) -> tuple[float, float]:
    """The agreement of two heads, and its mean over orders of the slots of one."""
    shuffled = [compare(one, other[:, order]) for order in orders]
    return compare(one, other), float(np.mean(shuffled)) if shuffled else float("nan")


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    """Jensen-Shannon distance, mean over the rows in which both heads hand out something."""
    both = np.isfinite(one).all(1) & np.isfinite(other).all(1)
    if not both.any():
        return float("nan")
    one, other = one[both], other[both]
    apart = entr((one + other) / 2).sum(1) - (entr(one).sum(1) + entr(other).sum(1)) / 2
    # Rounding takes equal rows below 0.
    return float(np.sqrt(np.clip(apart / np.log(2), 0.0, 1.0)).mean())


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Pearson's coefficient of two rows; NaN where a head gives the same to all slots."""
    a, b = one[0] - one[0].mean(), other[0] - other[0].mean()
    even = 8 * np.finfo(np.float32).eps / len(a)  # what rounding leaves of equal single shares
    if np.abs(a).max() <= even or np.abs(b).max() <= even:
        return float("nan")
    return float(np.clip(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)), -1.0, 1.0))


def _described(
    found: dict[tuple[int, int], tuple[float, float]], itself: np.ndarray, agreement: Agreement
) -> xr.Dataset:
    values = np.full((2, len(itself), len(itself)), np.nan)
    for (a, b), pair in found.items():
        values[:, a, b] = values[:, b, a] = pair
    np.fill_diagonal(values[0], itself)
    dims, numbers = ("head", "other_head"), np.arange(len(itself))
    unit = {"units": "1"}
    return xr.Dataset(
        {
            "agreement": (dims, values[0], {"long_name": _NAMES[agreement], **unit}),
            "shuffled": (dims, values[1], {"long_name": "slots shuffled", **unit}),
        },
        coords={"head": numbers, "other_head": numbers},
    )
