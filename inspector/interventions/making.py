"""Making turns interventions into edits of a network, with what other images have where asked.

What other images have is taken from an unedited pass of their own. Without other images, "average"
and "resample" take from the images of the very batch, as the edits before them left it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from inspector.interventions.value import Intervention

if TYPE_CHECKING:
    from torch import Tensor, nn

    from hooks.edits import Edit, Where

Make = Callable[["Where", Intervention], "Edit"]

TAKING = frozenset({"average", "resample"})
"""What is done with the attention of other images."""


def where_of(one: Intervention) -> "Where":
    """The part that an intervention names."""
    from hooks.edits import Where  # noqa: PLC0415 - it imports torch

    return Where(one.mechanism, one.layer, one.dim, one.label, one.within, one.quantity)


class Maker:
    """Makes the edits of interventions in one network, for a batch of some images."""

    def __init__(
        self, module: "nn.Module", count: int, interventions: Sequence[Intervention]
    ) -> None:
        """Args: the network; how many images the batch has; all that will be made."""
        self.module, self.count = module, count
        self.asked = [one for one in interventions if one.how in TAKING]
        self.others = 0
        self.kept: dict[Where, dict[str, Tensor]] = {}

    def look_at(self, others: "Tensor | None") -> None:
        """Runs the network on other images, if any intervention asks for them.

        Raises:
            ValueError: an image has no other one to take from, or which one cannot be told.
        """
        self.others = 0 if others is None else len(others)
        for one in self.asked:
            _require_others(one, self.count, self.others)
        if others is None or not self.asked:
            return
        import torch  # noqa: PLC0415

        from hooks.edited_passes import editing  # noqa: PLC0415
        from hooks.edits import noted  # noqa: PLC0415

        self.kept = {where_of(one): {} for one in self.asked}
        notes = [noted(where, into) for where, into in self.kept.items()]
        with torch.no_grad(), editing(self.module, notes):
            self.module(others)

    def edit(self, one: Intervention, sample: int | None = None) -> "Edit":
        """The edit of an intervention, for every image or for one sample of the batch."""
        where = where_of(one)
        made = self._made(one, where)
        if sample is None:
            return made
        alone = replace(where, within=(*where.within, ("sample", sample)))
        return replace(made, where=alone)

    def _made(self, one: Intervention, where: "Where") -> "Edit":
        from hooks import edits  # noqa: PLC0415 - it imports torch

        again = {"renormalise": one.renormalise}
        if one.how in TAKING:
            return self._taken(one, where)
        if one.how == "cut":
            return edits.zeroed(where, **again)
        assert one.value is not None  # its class saw to that
        if one.how == "scale":
            return edits.scaled(where, one.value, **again)
        return replace(edits.replaced(where, one.value, **again), how=one.done)

    def _taken(self, one: Intervention, where: "Where") -> "Edit":
        from hooks import edits  # noqa: PLC0415 - it imports torch

        again = {"renormalise": one.renormalise}
        if self.others and one.how == "average":
            kept = {layer: part.mean(0, keepdim=True) for layer, part in self.kept[where].items()}
            how = f"averaged over {self.others} other image{'s' * (self.others > 1)}"
            return edits.donated(where, kept, f"{how} (in a pass of their own)", **again)
        if self.others:
            how = "resampled from another image (in a pass of its own)"
            return edits.donated(where, self.kept[where], how, **again)
        if one.how == "average":
            return edits.averaged(where, **again)
        order = [(place + 1) % self.count for place in range(self.count)]
        made = edits.resampled(where, order, **again)
        return replace(made, how="resampled from the next image of the batch")


def _require_others(one: Intervention, count: int, others: int) -> None:
    if not others and count < 2:
        raise ValueError(
            f"'{one.how}' takes the attention of other images, and there is one image only. Give "
            "others (other=...), or intervene in a batch of several images."
        )
    if one.how == "resample" and others not in (0, 1, count):
        raise ValueError(
            f"'resample' needs one other image, or one for each of the {count}; got {others}."
        )
