"""A prediction is what the logits of one image say: of the image, or of each of its pixels."""

import numpy as np
import xarray as xr


class NotNumbers(ValueError):
    """The network returned NaN or infinite logits, from which no class can be told."""


def probabilities(logits: xr.DataArray) -> xr.DataArray:
    """Softmax over ``class``, share of 1, dims of the logits, computed in float64.

    Args:
        logits: (class), or (class, y, x) where each pixel has its own.

    Raises:
        NotNumbers: a logit is NaN or infinite.
    """
    _require_numbers(logits)
    wide = logits.astype(np.float64)
    odds: xr.DataArray = xr.apply_ufunc(np.exp, wide - wide.max("class"))
    return (odds / odds.sum("class")).assign_attrs(long_name="probability", units="share of 1")


def segments(logits: xr.DataArray) -> xr.Dataset:
    """The class of each pixel.

    Args:
        logits: (class, y, x).

    Returns:
        ``likeliest`` (y, x), the place along ``class`` of the largest logit, the first of equal
        ones; ``probability`` (y, x), the softmax share of that class; ``share`` (class), the share
        of pixels at which a class is the likeliest, which sums to 1.

    Raises:
        NotNumbers: a logit is NaN or infinite.
    """
    likeliest = _likeliest(logits)
    # the softmax of the largest logit, without that of the others
    odds = xr.apply_ufunc(np.exp, (logits - logits.max("class")).astype(np.float64))
    probability = (1 / odds.sum("class")).assign_attrs(
        long_name="probability of the likeliest class", units="share of 1"
    )
    share = _counted(likeliest, logits["class"])
    return xr.Dataset({"share": share, "likeliest": likeliest, "probability": probability})


def class_shares(logits: xr.DataArray) -> xr.DataArray:
    """What part of the prediction each class has, (class), sums to 1; the name says which part.

    Args:
        logits: (class) gives softmax probabilities, (class, y, x) shares of the pixels.

    Raises:
        NotNumbers: a logit is NaN or infinite.
    """
    if logits.dims == ("class",):
        return probabilities(logits)
    return _counted(_likeliest(logits), logits["class"])


def _likeliest(logits: xr.DataArray) -> xr.DataArray:
    _require_numbers(logits)
    return logits.argmax("class").assign_attrs(long_name="likeliest class", units="place")


def _counted(likeliest: xr.DataArray, classes: xr.DataArray) -> xr.DataArray:
    """The share of pixels (class) of each class."""
    counts = np.bincount(likeliest.values.ravel(), minlength=classes.size)
    return xr.DataArray(
        counts / likeliest.size,
        coords={"class": classes},
        name="share",
        attrs={"long_name": "share of pixels", "units": "share of 1"},
    )


def _require_numbers(logits: xr.DataArray) -> None:
    wrong = int((~np.isfinite(logits.values)).sum())
    if wrong:
        raise NotNumbers(
            "Expected numbers as logits; the network returned values that are not numbers "
            f"(NaN or infinite) for {wrong} of {logits.size} logits. Check its weights."
        )
