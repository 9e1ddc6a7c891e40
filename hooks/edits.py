"""An edit answers a hook point with another tensor: the reader of an attention, made a writer.

An edit names one label of one dim at one layer, and says what to put there. With ``renormalise``
the remaining entries are scaled so that the dim keeps the sum it had.
"""

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from hooks.errors import UnknownLabel
from hooks.mechanism import Mechanism
from hooks.points import Answer, Moment, Site

EVERY = "*"
"""In place of a layer: each one that has the label; in place of a label: the whole dim."""

Fill = Callable[[Tensor, Moment], Tensor]
"""What to put into a part, given the part as it is (samples first) and where it was met."""


@dataclass(frozen=True)
class Where:
    """A part of one layer's attention, such as its retrieved_layer "stages.2.0".

    Attributes:
        mechanism: key of the mechanism.
        layer: name of the layer; ``EVERY`` for each that has the label, save the one that the
            label names: a whole retrieved layer, as later layers see it.
        dim: the dim along which the part is one entry.
        label: of that entry; ``EVERY`` for all of them.
        within: labels of further dims that the part is confined to, such as ``(("head", 3),)``.
        point: name of the hook point; needed where it is one that only a named edit concerns, such
            as the state before a block of DIA.
    """

    mechanism: str
    layer: str
    dim: str
    label: str | int
    within: tuple[tuple[str, str | int], ...] = ()
    point: str = ""

    def meets(self, moment: Moment) -> bool:
        """Whether an edit is meant for this layer and point; its dim may still be missing."""
        named = self.point == moment.point.name
        if not (named or (not self.point and not moment.point.named_only)):
            return False
        if self.layer != EVERY:
            return self.layer == moment.layer
        labels = moment.labels.get(self.dim, ())
        return self.label == EVERY or (self.label in labels and self.label != moment.layer)

    def confined(self, tensor: Tensor, moment: Moment) -> Tensor:
        """The view of a tensor that ``within`` leaves, with all its axes."""
        for dim, label in self.within:
            axis, place = _place(moment, dim, label)
            tensor = tensor.narrow(axis, place, 1)
        return tensor

    def slice(self, confined: Tensor, moment: Moment) -> Tensor:
        """The view of the part itself, samples first, without its dim unless that is whole."""
        dims = list(moment.point.dims)
        if self.label != EVERY:
            axis, place = _place(moment, self.dim, self.label)
            confined = confined.select(axis, place)
            dims.remove(self.dim)
        return confined.movedim(dims.index("sample"), 0)


@dataclass(frozen=True)
class Edit:
    """A change of one part.

    Attributes:
        where: the part.
        how: what is done there, in words: "zeroed".
        fill: what to put there.
        renormalise: whether to rescale the other entries so that the sum over the dim stays.
    """

    where: Where
    how: str
    fill: Fill
    renormalise: bool = False

    def write(self, moment: Moment, edited: Tensor) -> None:
        """Replaces the part of a tensor that is the edit's to change.

        Raises:
            UnknownLabel: the layer has no such label, or no such dim to be confined to.
        """
        rows = self.where.confined(edited, moment)
        before = rows.clone() if self.renormalise else rows
        part = self.where.slice(rows, moment)
        part.copy_(self.fill(part.clone(), moment))
        if self.renormalise:
            axis, place = _place(moment, self.where.dim, self.where.label)
            rows.copy_(_rescaled(rows, before, axis, place))


def zeroed(where: Where, *, renormalise: bool = False) -> Edit:
    """Zero ablation: nothing passes there."""
    return Edit(where, "zeroed", lambda part, _: torch.zeros_like(part), renormalise)


def scaled(where: Where, factor: float, *, renormalise: bool = False) -> Edit:
    """What passes there, times a factor."""
    return Edit(where, f"scaled by {factor:g}", lambda part, _: part * factor, renormalise)


def replaced(where: Where, value: Tensor | float, *, renormalise: bool = False) -> Edit:
    """A given value, for patching from another pass; it must broadcast to the part."""

    def fill(part: Tensor, _: Moment) -> Tensor:
        return torch.as_tensor(value).to(part).expand_as(part)

    return Edit(where, "replaced", fill, renormalise)


def averaged(where: Where, *, renormalise: bool = False) -> Edit:
    """Mean ablation: the mean over the batch, so a batch of one is left as it is."""

    def fill(part: Tensor, _: Moment) -> Tensor:
        return part.mean(0, keepdim=True).expand_as(part)

    return Edit(where, "averaged over the batch", fill, renormalise)


def resampled(where: Where, order: Sequence[int], *, renormalise: bool = False) -> Edit:
    """Resample ablation: sample ``i`` receives what sample ``order[i]`` had."""
    return Edit(where, "resampled", lambda part, _: part[list(order)], renormalise)


def noted(where: Where, into: MutableMapping[str, Tensor]) -> Edit:
    """Changes nothing: keeps what passes there by the name of the layer, for ``donated``."""

    def fill(part: Tensor, moment: Moment) -> Tensor:
        into[moment.layer] = part
        return part

    return Edit(where, "noted", fill)


def donated(
    where: Where, kept: Mapping[str, Tensor], how: str, *, renormalise: bool = False
) -> Edit:
    """What other images had there in a pass of their own.

    Args:
        where: the part.
        kept: by layer what ``noted`` kept of the other pass; one sample of it, or the mean over
            several, with the axis of samples kept.
        how: in words what the other images are.
        renormalise: as for ``Edit``.
    """

    def fill(part: Tensor, moment: Moment) -> Tensor:
        return kept[moment.layer].expand_as(part)

    return Edit(where, how, fill, renormalise)


class Answers:
    """The edits of one pass: hands each to its mechanism, and notices those never applied."""

    def __init__(self, edits: Sequence[Edit], sites: Mapping[str, Sequence[Site]]) -> None:
        """Args: edits of the pass; sites: those of each mechanism in the model, by its key."""
        self.waiting = {id(edit): edit for edit in edits}
        self.without: dict[Where, Moment] = {}
        for edit in edits:
            _require_layer(edit.where, sites)
            _require_remainder(edit)
        self.edits = tuple(edits)

    def to(self, mechanism: Mechanism) -> Answer | None:
        """The mechanism's answer at its points, or None when no edit concerns it."""
        mine = [edit for edit in self.edits if edit.where.mechanism == mechanism.key]
        if not mine:
            return None
        for edit in mine:
            _require_sum(edit, mechanism)
        # By layer, since a sweep has hundreds of edits in a pass, and asks at every point.
        everywhere = [edit for edit in mine if edit.where.layer == EVERY]
        names = dict.fromkeys(edit.where.layer for edit in mine)
        by_layer = {n: [e for e in mine if e.where.layer in (n, EVERY)] for n in names}

        def answer(moment: Moment, tensor: Tensor) -> Tensor | None:
            return self._edited(by_layer.get(moment.layer, everywhere), moment, tensor)

        return answer

    def confirm(self) -> None:
        """Raise if an edit never met its layer: a knock-out that did nothing must not look done."""
        if not self.waiting:
            return
        where = next(iter(self.waiting.values())).where
        if where in self.without:
            raise UnknownLabel(_no_dim(self.without[where], where.dim))
        raise UnknownLabel(
            f"The edit of '{where.layer}' was never applied: no attention of mechanism "
            f"'{where.mechanism}' ran for that layer in the forward pass"
            f"{_missed(where)}."
        )

    def _edited(self, edits: Sequence[Edit], moment: Moment, tensor: Tensor) -> Tensor | None:
        changed = None
        for edit in edits:
            if not edit.where.meets(moment):
                continue
            # Another point of the same layer may have the dim: CBAM's two gates share none.
            if edit.where.dim not in moment.labels:
                self.without[edit.where] = moment
                continue
            changed = tensor.clone() if changed is None else changed
            edit.write(moment, changed)
            self.waiting.pop(id(edit), None)
        return changed


def _place(moment: Moment, dim: str, label: str | int) -> tuple[int, int]:
    """Axis of a dim, and place of a label along it."""
    labels = moment.labels.get(dim)
    if labels is None:
        raise UnknownLabel(_no_dim(moment, dim))
    if label not in labels:
        shown = ", ".join(map(str, labels[:20]))
        raise UnknownLabel(
            f"{dim} of layer '{moment.layer}' has no label '{label}'; "
            f"it has: {shown}{', ...' if len(labels) > 20 else ''}."
        )
    return moment.point.dims.index(dim), labels.index(label)


def _no_dim(moment: Moment, dim: str) -> str:
    return (
        f"'{moment.point.name}' of layer '{moment.layer}' has no dim '{dim}'; "
        f"it has: {', '.join(moment.labels)}."
    )


def _missed(where: Where) -> str:
    """What else of an edit may have been missed, for the sentence on one that never applied."""
    if where.point:
        return f", or none of its tensors is called '{where.point}'"
    return f", or none has {where.dim} '{where.label}'" if where.layer == EVERY else ""


def _rescaled(edited: Tensor, tensor: Tensor, axis: int, place: int) -> Tensor:
    """Entries other than the edited one, scaled so that sums along the axis are as before."""
    chosen = edited.narrow(axis, place, 1)
    others = edited.clone()
    others.narrow(axis, place, 1).zero_()
    rest = others.sum(axis, keepdim=True)
    wanted = tensor.sum(axis, keepdim=True) - chosen
    # Where nothing else is left there is nothing to scale, and the row keeps its loss.
    scaled = others * torch.where(rest == 0, torch.ones_like(wanted), wanted / rest)
    scaled.narrow(axis, place, 1).copy_(chosen)
    return scaled


def _require_layer(where: Where, sites: Mapping[str, Sequence[Site]]) -> None:
    known = [layer for site in sites.get(where.mechanism, ()) for layer in site.layers]
    # A module that runs again in a pass is named "layer#2": how often cannot be known before.
    if where.layer.partition("#")[0] in known or (where.layer == EVERY and known):
        return
    raise UnknownLabel(
        f"No layer '{where.layer}' with mechanism '{where.mechanism}' to edit; there are: "
        f"{', '.join(known) or 'none of this mechanism'}."
    )


def _require_remainder(edit: Edit) -> None:
    if edit.renormalise and edit.where.label == EVERY:
        raise ValueError(
            f"Where all of '{edit.where.dim}' is edited nothing is left to renormalise. Leave "
            "renormalise out, or name one label."
        )


def _require_sum(edit: Edit, mechanism: Mechanism) -> None:
    if edit.renormalise and edit.where.dim != mechanism.sums_to_one:
        raise ValueError(
            f"Nothing sums to one over '{edit.where.dim}' in {mechanism.title}, so nothing can be "
            "renormalised. Leave renormalise out."
        )
