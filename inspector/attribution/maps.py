"""A map is what a method says of every place of an image, with its formula, units and settings."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import xarray as xr

from inspector.attribution.method import Method
from inspector.attribution.methods import method_of
from inspector.attribution.question import Question

if TYPE_CHECKING:
    import numpy as np

    from inspector.zoo import LoadedModel


def attribute(
    model: "LoadedModel",
    pixels: xr.DataArray,
    target: int,
    method: str = "integrated_gradients",
    *,
    where: xr.DataArray | None = None,
    **options: float,
) -> xr.Dataset:
    """How the logit of one class reacts to the input, in the sign and the units of the method.

    Args:
        model: from ``inspector.load_model``.
        pixels: what the model saw, (sample, y, x, rgb), 0 to 255, from ``Inspection.pixels``.
        target: index of the class.
        method: a key of ``METHODS``.
        where: of a segmentation network, the pixels over which the mean of the class's logit is
            attributed; boolean (sample, y, x), the same for every step of a method.
        options: of the method, such as ``steps=50``; ``METHODS[key].options`` lists them.

    Returns:
        ``attribution`` (sample, y, x), signed. Its attributes hold the formula, the value of every
        option and, where the sum of the map should explain a difference in logit,
        ``convergence_delta``: by how much the worst image's sum misses it.

    Raises:
        ValueError: the method does not fit the network, or is unknown, as an option may be; the
            network was loaded under ``torch.inference_mode()``; or pixels are missing, or named
            where there are none.
        OutOfMemory: the device has no room.
    """
    from inspector.attribution.attributing import attributed  # noqa: PLC0415 - it imports torch

    chosen = method_of(method)
    settings = chosen.settings(options)
    if reason := refusal(model, method):
        raise ValueError(reason)
    values, notes = attributed(Question(model, pixels, target, where), method, settings)
    return _labelled(values, settings | notes, chosen, pixels)


def refusal(model: "LoadedModel", method: str) -> str | None:
    """Why a method cannot be used with a network, or None if it can."""
    needs = method_of(method).needs
    if not needs:
        return None
    from inspector.attribution.requirements import REQUIREMENTS  # noqa: PLC0415 - it imports torch

    return next((reason for need in needs if (reason := REQUIREMENTS[need](model))), None)


def _labelled(
    values: "np.ndarray", notes: Mapping[str, float], method: Method, pixels: xr.DataArray
) -> xr.Dataset:
    attributes = {
        "long_name": method.title,
        "units": method.units,
        "method": method.key,
        "formula": method.formula,
        "reads": method.reads,
        **notes,
    }
    data = xr.Dataset({"attribution": (("sample", "y", "x"), values, attributes)})
    return data.assign_coords(sample=pixels["sample"].values)
