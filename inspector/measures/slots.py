"""A slot's use is the affinity that it receives from the tokens, and for how many it comes first.

External attention normalises twice, first over tokens for each slot and then over slots for each
token (arXiv 2105.02358), so that only one of the two sums is known beforehand: that over slots is
total / (1e-9 + total) for a token that all slots together gave ``total``, which is 1 unless no slot
looks there. That over tokens, the slot's mass, is free, and is what tells slots apart.

Affinities have the dims (sample, head, token, slot) throughout. A slot is the same thing in all
heads only where these share one memory.
"""

import numpy as np
import xarray as xr

from inspector.measures.axes import axes
from inspector.measures.spread import slot_mass

DIMS = ("sample", "head", "token", "slot")
MASS = {"long_name": "slot mass", "units": "times uniform"}
FIRST = {"long_name": "tokens whose largest slot it is", "units": "share of tokens"}
UNUSED_BELOW = 0.1
"""Share of a uniform mass under which a slot counts as unused, if no other is given."""

DOMINANT_ABOVE = 0.5
"""Share of tokens above which a slot that is their largest is dominant, if no other is given."""

MIN_IMAGES = 2
"""What one image does not use, the next one may: so many are the least to call a slot dead."""

EPSILON = 1e-9
"""What the second normalisation adds to its sum."""


def relative_mass(affinity: xr.DataArray) -> xr.DataArray:
    """Mass of every slot over the mass of each if all got the same, (sample, head, slot).

    Returns:
        From 0 to the number of slots; 1 is uniform.
    """
    _require_affinity(affinity)
    mass = slot_mass(affinity) * affinity.sizes["slot"] / affinity.sizes["token"]
    return mass.rename("relative_mass").assign_attrs(MASS)


def first_share(affinity: xr.DataArray) -> xr.DataArray:
    """Share of the tokens whose largest affinity is with a slot, (sample, head, slot).

    Slots that tie share the token, so the shares of a head sum to 1.
    """
    _require_affinity(affinity)
    largest = affinity == affinity.max("slot")
    share = (largest / largest.sum("slot")).mean("token")
    return share.rename("first_share").assign_attrs(FIRST)


def slot_use(
    affinity: xr.DataArray,
    *,
    unused_below: float = UNUSED_BELOW,
    dominant_above: float = DOMINANT_ABOVE,
) -> xr.Dataset:
    """How much each slot of a layer is used over all images, heads and tokens given, dims (slot).

    A slot is *unused* if its relative mass stays below `unused_below` in every head of every image,
    and *dead* if it is unused in at least two images: from one image no slot is called dead. It is
    *dominant* if it is the largest of more than `dominant_above` of all tokens of all heads.

    Args:
        affinity: of different images; a copy of an image is no further evidence.
        unused_below: share of a uniform mass.
        dominant_above: share of tokens.

    Returns:
        ``relative_mass`` and ``first_share``, means over images and heads; ``highest_mass``, the
        largest relative mass in a head of an image, and ``highest_share``, the largest
        ``first_share`` of a head; ``unused``, ``dead`` and ``dominant`` (boolean). The attributes
        state both thresholds and the numbers of images, heads and tokens.

    Raises:
        ValueError: an axis is missing or left over.
    """
    mass, first = relative_mass(affinity), first_share(affinity)
    everywhere = ["sample", "head"]
    unused = mass.max(everywhere) < unused_below
    found = {
        "relative_mass": mass.mean(everywhere, keep_attrs=True),
        "first_share": first.mean(everywhere, keep_attrs=True),
        "highest_mass": mass.max(everywhere, keep_attrs=True),
        "highest_share": first.mean("sample", keep_attrs=True).max("head", keep_attrs=True),
        "unused": unused,
        "dead": unused & (affinity.sizes["sample"] >= MIN_IMAGES),
        "dominant": first.mean(everywhere) > dominant_above,
    }
    counts = {f"{dim}s": affinity.sizes[dim] for dim in ("head", "token")}
    limits = {"unused_below": unused_below, "dominant_above": dominant_above}
    return xr.Dataset(found, attrs={"images": affinity.sizes["sample"], **counts, **limits})


def row_sums(affinity: xr.DataArray) -> xr.DataArray:
    """What each token hands out in all, (sample, head, token): 1, or less where no slot looks."""
    _require_affinity(affinity)
    total = affinity.astype(np.float64).sum("slot")
    return total.rename("row_sum").assign_attrs(long_name="sum over slots", units="share of 1")


def row_residual(affinity: xr.DataArray, token_softmax: xr.DataArray) -> xr.DataArray:
    """Row sums without what the 1e-9 leaves of them, (sample, head, token); 0 up to rounding.

    Args:
        affinity: after both normalisations.
        token_softmax: after the first one alone, of the same dims.
    """
    total = token_softmax.astype(np.float64).sum("slot")
    residual = row_sums(affinity) - total / (EPSILON + total)
    return residual.rename("row_residual").assign_attrs(long_name="residual", units="share of 1")


def slot_shares(affinity: xr.DataArray) -> xr.DataArray:
    """Affinities as shares of what their token hands out; NaN where it hands out nothing."""
    total = row_sums(affinity)
    shares = affinity.astype(np.float64) / total.where(total > 0)
    return shares.rename("slot_share").assign_attrs(long_name="slot share", units="share of 1")


def _require_affinity(affinity: xr.DataArray) -> None:
    if set(affinity.dims) != set(DIMS):
        raise ValueError(f"expected affinities over {axes(DIMS)}, got {axes(affinity.dims)}.")
