"""A control inspection is what networks with random weights show of the same images."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import xarray as xr

from inspector.batches import batch_of
from inspector.inspection import SEEN, Inspection
from inspector.progress import tracked

if TYPE_CHECKING:
    from inspector.zoo import LoadedModel


def unfit_for_twins(inspection: Inspection) -> str | None:
    """Why an inspection cannot be repeated with random weights, or None if it can."""
    if inspection.model is None:
        return (
            "Needs the model itself, which a saved capture does not hold: inspect the image again."
        )
    if inspection.about.get("interventions"):
        return "Needs an inspection without interventions, which its twins would not have had."
    return None


def twin_inspections(
    inspection: Inspection, count: int, samples: Sequence[int] | None = None
) -> Iterator[Inspection]:
    """What random twins of the network show of the same pixels, one after the other.

    Args:
        inspection: with its model.
        count: how many twins; their seeds are 0, 1, 2 and so on.
        samples: which images; all of them if not given.

    Raises:
        ValueError: the inspection has no model or was intervened in, or the network has no twin.
        BadImage: the photographs are not installed that twins are settled by.
        OutOfMemory: there is no room for a second network.
    """
    reason, model = unfit_for_twins(inspection), inspection.model
    if reason or model is None:
        raise ValueError(reason)
    from inspector.twins import twin  # noqa: PLC0415 - it imports torch

    for seed in tracked(range(count), "random twins"):
        yield _seen_by(twin(model, seed), inspection, samples)


def _seen_by(
    model: "LoadedModel", inspection: Inspection, samples: Sequence[int] | None
) -> Inspection:
    """The inspection of the same pixels by another network of the same form."""
    from hooks import record  # noqa: PLC0415 - it imports torch
    from inspector.devices import memory_guard  # noqa: PLC0415

    seen = inspection.tree.children[SEEN].to_dataset()
    seen = seen if samples is None else seen.isel(sample=list(samples))
    with memory_guard():
        batch = batch_of(model, seen["pixels"])
        recording = record(
            model.module, batch, mechanisms=list(inspection.mechanisms), detail="full"
        )
        logits = recording.output.float().cpu().numpy()
    tree = recording.tree
    tree[SEEN] = xr.DataTree(seen.assign(logits=seen["logits"].copy(data=logits)))
    tree.attrs = {**inspection.tree.attrs, **tree.attrs, **_origin(model)}
    return Inspection(tree, model)


def _origin(model: "LoadedModel") -> dict[str, str | int | float]:
    return {
        "weights": model.weights_label,
        "weights_sha256": model.weights_sha256,
        "trained": 0,
        "weights_share": 0.0,
        "weights_gaps": "",
    }
