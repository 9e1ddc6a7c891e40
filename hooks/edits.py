"""An edit answers a hook point with another tensor: the reader of an attention, made a writer.

An edit names one label of one dim at one layer, and says what to put there. With ``renormalise``
the remaining entries are scaled so that the dim keeps the sum it had.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from hooks.errors import UnknownLabel
from hooks.mechanism import Mechanism
from hooks.points import Answer, Moment, Site


@dataclass(frozen=True)
class Where:
    """One label of one dim of one layer's attention, such as retrieved_layer "stages.2.0"."""

    mechanism: str
    layer: str
    dim: str
    label: str | int


@dataclass(frozen=True)
class Edit:
    """A change of one slice.

    Attributes:
        where: the slice.
        how: what is done there, in words: "zeroed".
        fill: what to put there, given the slice as it is, without its dim.
        renormalise: whether to rescale the other entries so that the sum over the dim stays.
    """

    where: Where
    how: str
    fill: Callable[[Tensor], Tensor]
    renormalise: bool = False

    def apply(self, moment: Moment, tensor: Tensor) -> Tensor:
        """A copy of ``tensor`` with the slice replaced.

        Raises:
            UnknownLabel: the layer has no such dim or label.
        """
        axis, place = self._locate(moment)
        edited = tensor.clone()
        edited.select(axis, place).copy_(self.fill(tensor.select(axis, place)))
        return _rescaled(edited, tensor, axis, place) if self.renormalise else edited

    def _locate(self, moment: Moment) -> tuple[int, int]:
        labels = moment.labels.get(self.where.dim)
        if labels is None:
            dims = ", ".join(moment.labels)
            raise UnknownLabel(
                f"'{moment.point.name}' of layer '{moment.layer}' has no dim '{self.where.dim}'; "
                f"it has: {dims}."
            )
        if self.where.label not in labels:
            shown = ", ".join(map(str, labels[:20]))
            raise UnknownLabel(
                f"{self.where.dim} of layer '{moment.layer}' has no label '{self.where.label}'; "
                f"it has: {shown}{', ...' if len(labels) > 20 else ''}."
            )
        return moment.point.dims.index(self.where.dim), labels.index(self.where.label)


def zeroed(where: Where, *, renormalise: bool = False) -> Edit:
    """Zero ablation: nothing passes there."""
    return Edit(where, "zeroed", torch.zeros_like, renormalise)


def replaced(where: Where, value: Tensor | float, *, renormalise: bool = False) -> Edit:
    """A given value, for patching from another pass; it must broadcast to the slice."""

    def fill(slice_: Tensor) -> Tensor:
        return torch.as_tensor(value).to(slice_).expand_as(slice_)

    return Edit(where, "replaced", fill, renormalise)


def averaged(where: Where, *, renormalise: bool = False) -> Edit:
    """Mean ablation: the mean over the batch, so a batch of one is left as it is."""

    def fill(slice_: Tensor) -> Tensor:
        return slice_.mean(0, keepdim=True).expand_as(slice_)

    return Edit(where, "averaged over the batch", fill, renormalise)


def resampled(where: Where, order: Sequence[int], *, renormalise: bool = False) -> Edit:
    """Resample ablation: sample ``i`` receives what sample ``order[i]`` had."""
    return Edit(where, "resampled", lambda slice_: slice_[list(order)], renormalise)


class Answers:
    """The edits of one pass: hands each to its mechanism, and notices those never applied."""

    def __init__(self, edits: Sequence[Edit], sites: Mapping[str, Sequence[Site]]) -> None:
        """Args: edits of the pass; sites: those of each mechanism in the model, by its key."""
        self.waiting = list(edits)
        for edit in edits:
            _require_layer(edit.where, sites)
        self.edits = tuple(edits)

    def to(self, mechanism: Mechanism) -> Answer | None:
        """The mechanism's answer at its points, or None when no edit concerns it."""
        mine = [edit for edit in self.edits if edit.where.mechanism == mechanism.key]
        if not mine:
            return None
        for edit in mine:
            _require_sum(edit, mechanism)

        def answer(moment: Moment, tensor: Tensor) -> Tensor | None:
            return self._edited(mine, moment, tensor)

        return answer

    def confirm(self) -> None:
        """Raise if an edit never met its layer: a knock-out that did nothing must not look done."""
        if self.waiting:
            where = self.waiting[0].where
            raise UnknownLabel(
                f"The edit of '{where.layer}' was never applied: no attention of mechanism "
                f"'{where.mechanism}' ran for that layer in the forward pass."
            )

    def _edited(self, edits: Sequence[Edit], moment: Moment, tensor: Tensor) -> Tensor | None:
        changed = None
        for edit in edits:
            if edit.where.layer == moment.layer:
                changed = edit.apply(moment, tensor if changed is None else changed)
                self.waiting = [other for other in self.waiting if other is not edit]
        return changed


def _rescaled(edited: Tensor, tensor: Tensor, axis: int, place: int) -> Tensor:
    """Entries other than the edited one, scaled so that sums along the axis are as before."""
    chosen = edited.narrow(axis, place, 1)
    rest_before = edited.sum(axis, keepdim=True) - chosen
    wanted = tensor.sum(axis, keepdim=True) - chosen
    # Where nothing else is left there is nothing to scale, and the row keeps its loss.
    factor = torch.where(rest_before == 0, torch.ones_like(wanted), wanted / rest_before)
    scaled = edited * factor
    scaled.narrow(axis, place, 1).copy_(chosen)
    return scaled


def _require_layer(where: Where, sites: Mapping[str, Sequence[Site]]) -> None:
    known = [layer for site in sites.get(where.mechanism, ()) for layer in site.layers]
    # A module that runs again in a pass is named "layer#2": how often cannot be known before.
    if where.layer.partition("#")[0] not in known:
        raise UnknownLabel(
            f"No layer '{where.layer}' with mechanism '{where.mechanism}' to edit; there are: "
            f"{', '.join(known) or 'none of this mechanism'}."
        )


def _require_sum(edit: Edit, mechanism: Mechanism) -> None:
    if edit.renormalise and edit.where.dim != mechanism.sums_to_one:
        raise ValueError(
            f"Nothing sums to one over '{edit.where.dim}' in {mechanism.title}, so nothing can be "
            "renormalised. Leave renormalise out."
        )
