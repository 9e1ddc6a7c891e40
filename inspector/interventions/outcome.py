"""An outcome is what an intervention did: the images seen without it and with it, side by side."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import xarray as xr

from inspector.batches import Images, batch_of, require_own
from inspector.edited import told
from inspector.inspection import SEEN, Inspection, inspect_image
from inspector.interventions.making import Maker
from inspector.interventions.notation import to_text
from inspector.interventions.value import Intervention, Interventions, several
from inspector.measures import comparison

if TYPE_CHECKING:
    from torch import Tensor

    from hooks.recording import Detail
    from inspector.zoo import LoadedModel


@dataclass(frozen=True, eq=False)
class Outcome:
    """What interventions did.

    Attributes:
        before: the images without them.
        after: the images with them; ``about["interventions"]`` tells them in words and
            ``about["interventions_text"]`` as `from_text` reads them.
        interventions: what was done.
    """

    before: Inspection
    after: Inspection
    interventions: tuple[Intervention, ...]

    @cached_property
    def comparison(self) -> xr.Dataset:
        """Logits, probabilities and likeliest class before and after; see `measures.comparison`.

        Raises:
            ValueError: the network gives every pixel logits of its own.
            NotNumbers: a logit is NaN or infinite.
        """
        return comparison(self.before.logits, self.after.logits)


def intervene(
    model: "LoadedModel",
    source: Images,
    interventions: Interventions,
    *,
    other: Images | None = None,
    detail: "Detail" = "full",
) -> Outcome:
    """Images seen without and with changes of the network's attention.

    Args:
        model: from ``inspector.load_model``; left as it was.
        source: images as for ``inspect_image``, or an inspection of this network, whose images are
            run again.
        interventions: one or several, made in this order where they meet.
        other: images that "average" and "resample" take from, in an unedited pass of their own.
            Without them they take from the images of `source`, which are one batch.
        detail: as for ``inspect_image``; of an inspection, the one it was made with, since another
            one may take another kernel, whose rounding would look like an effect.

    Raises:
        ValueError: an intervention makes no sense here, or the inspection is of another network or
            has interventions already.
        UnknownLabel: the network has no such layer, dim or label.
        OutOfMemory: the device has no room.
    """
    from hooks import record  # noqa: PLC0415 - it imports torch
    from inspector.devices import memory_guard  # noqa: PLC0415

    done = several(interventions)
    before = _seen(model, source, detail)
    batch = batch_of(model, before)
    maker = Maker(model.module, len(batch), done)
    with memory_guard(), model.lock:
        maker.look_at(None if other is None else batch_of(model, other))
        edits = [maker.edit(one) for one in done]
        recording = record(model.module, batch, detail=detail, edits=edits)
    tree = recording.tree
    tree[SEEN] = xr.DataTree(_with_logits(before, recording.output))
    told_of = {"interventions": told(edits), "interventions_text": to_text(done)}
    tree.attrs = {**before.about, **tree.attrs, **told_of}
    return Outcome(before, Inspection(tree, model), done)


def _seen(model: "LoadedModel", source: Images, detail: str) -> Inspection:
    if isinstance(source, xr.DataArray):
        raise ValueError("Expected images or an inspection, got pixels. Give the inspection.")
    if not isinstance(source, Inspection):
        return inspect_image(model, source, detail=detail)
    require_own(model, source)
    return source


def _with_logits(before: Inspection, output: "Tensor") -> xr.Dataset:
    seen = before.tree[SEEN].to_dataset()
    return seen.assign(logits=seen["logits"].copy(data=output.float().cpu().numpy()))
