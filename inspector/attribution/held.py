"""A held network is one whose attention is given from outside: a function of its values alone."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from hooks.listening import hooked
from hooks.mechanism import Mechanism
from hooks.points import Answer, HookPoint, Moment
from inspector.attribution.task import Task

Baseline = Literal["even"] | float
"""All labels alike where they share out a sum of 1, or one number everywhere."""

Place = tuple[str, int, str]
"""A quantity of one pass: path of the module, which of its runs from 0, name of the hook point."""

Values = Mapping[Place, Tensor]
"""A tensor per place, in the axes of its hook point."""


class Held:
    """The score of one image as a function of a mechanism's values.

    Args:
        task: image and score.
        mechanism: whose values they are.
    """

    def __init__(self, task: Task, mechanism: Mechanism) -> None:
        self.task, self.mechanism = task, mechanism
        self.sites = mechanism.sites(task.score.module)
        self.paths = {point: site.path for site in self.sites for point in site.points}
        self.points: dict[Place, HookPoint] = {}

    def integrated(
        self, baseline: Baseline | None, steps: int
    ) -> tuple[Values, dict[str, float | str]]:
        """The integral from a baseline to the real values, and how well it adds up.

        Raises:
            ValueError: as for `attribute_attention`.
        """
        self.task.score.tally.planned = 2 + steps
        with self.mechanism.prepare(self.sites):
            real, logit = self._real()
            begin = self._begin(real, baseline)
            with torch.no_grad():
                difference = logit - float(self._logits(begin, 1))
            slopes = self._mean_slopes(real, begin, steps)
        found = {place: (real[place] - begin[place]) * slopes[place] for place in real}
        total = sum(float(values.double().sum()) for values in found.values())
        return found, {
            "total": total,
            "difference": difference,
            "convergence_delta": abs(total - difference),
            "steps": steps,
            "baseline": self._named(baseline),
        }

    def sloped(self) -> Values:
        """The real values, each by the gradient there."""
        self.task.score.tally.planned = 2
        with self.mechanism.prepare(self.sites):
            real, _ = self._real()
            slopes = self._slopes(real, 1)
        return {place: real[place] * slopes[place] for place in real}

    def in_order(self, place: Place, dims: Sequence[Hashable], values: Values) -> Tensor:
        """The values of a place, its axes in the order of `dims`, those without a name last."""
        own = self.points[place].dims
        named = [own.index(str(dim)) for dim in dims if dim in own]
        return values[place].permute(*named, *(at for at, dim in enumerate(own) if dim == "_"))

    def _real(self) -> tuple[Values, float]:
        """What the network itself computes, and its score."""
        real: dict[Place, Tensor] = {}
        runs: Counter[HookPoint] = Counter()

        def note(moment: Moment, tensor: Tensor) -> None:
            place = self._place(moment, runs)
            self.points[place] = moment.point
            real[place] = tensor.detach().clone()

        with torch.no_grad():
            return real, float(self._asked(1, note))

    def _begin(self, real: Values, baseline: Baseline | None) -> Values:
        over = self.mechanism.sums_to_one
        if isinstance(baseline, str) and baseline != "even":
            raise ValueError(f"Expected a number or 'even' as baseline, got {baseline!r}.")
        if isinstance(baseline, float | int):
            return {place: torch.full_like(values, baseline) for place, values in real.items()}
        shared = {place for place in real if over in self.points[place].dims}
        if baseline == "even" and not shared:
            raise ValueError(
                f"Nothing of {self.mechanism.title} in this network shares out a sum of 1, so it "
                "cannot be even. Give a number as baseline."
            )
        return {
            place: torch.full_like(values, self._even(place, values) if place in shared else 0.0)
            for place, values in real.items()
        }

    def _even(self, place: Place, values: Tensor) -> float:
        over = self.mechanism.sums_to_one or ""
        return 1 / values.shape[self.points[place].dims.index(over)]

    def _named(self, baseline: Baseline | None) -> str:
        over = self.mechanism.sums_to_one
        shared = any(over in point.dims for point in self.points.values())
        return "even" if baseline is None and shared else str(baseline or 0)

    def _mean_slopes(self, real: Values, begin: Values, steps: int) -> Values:
        """The mean gradient on the path, as many points at once as there is room for."""
        nodes, weights = _unit_legendre(steps)
        ahead = {place: end - begin[place] for place, end in real.items()}
        sums = {place: torch.zeros_like(values) for place, values in real.items()}
        for part in np.array_split(np.arange(steps), -(-steps // self.task.chunk)):
            on_path = {
                place: self._joined(place, [begin[place] + float(at) * way for at in nodes[part]])
                for place, way in ahead.items()
            }
            for place, slope in self._slopes(on_path, len(part)).items():
                sums[place] += self._weighted(place, slope, weights[part])
        return sums

    def _joined(self, place: Place, points: Sequence[Tensor]) -> Tensor:
        """Points of a path as a batch."""
        return torch.cat(list(points), self._sample_axis(place))

    def _weighted(self, place: Place, slopes: Tensor, weights: np.ndarray) -> Tensor:
        """The weighted sum of the slopes of a batch; a sample may take several entries."""
        axis = self._sample_axis(place)
        each = slopes.unflatten(axis, (len(weights), -1)).movedim(axis, 0)
        return torch.tensordot(torch.from_numpy(weights).to(each), each, dims=1)

    def _slopes(self, values: Values, copies: int) -> Values:
        """The gradient of the score of some copies of the image towards values put in place."""
        leaves = {place: tensor.requires_grad_() for place, tensor in values.items()}
        score = self._logits(leaves, copies).sum()
        found = torch.autograd.grad(score, list(leaves.values()), allow_unused=True)
        return {
            place: torch.zeros_like(leaf) if slope is None else slope
            for (place, leaf), slope in zip(leaves.items(), found, strict=True)
        }

    def _logits(self, values: Values, copies: int) -> Tensor:
        """The score with values put in place, (copies,)."""
        runs: Counter[HookPoint] = Counter()

        def put(moment: Moment, _tensor: Tensor) -> Tensor:
            # a copy, as what follows may change it in place
            return values[self._place(moment, runs)].clone()

        return self._asked(copies, put)

    def _asked(self, copies: int, answer: Answer) -> Tensor:
        """The score of copies of the image, (copies,); `answer` is asked for their attention."""
        score, image = self.task.score, self.task.batch.detach().expand(copies, -1, -1, -1)

        def of_attention(moment: Moment, tensor: Tensor) -> Tensor | None:
            # A point that is only edited by name, such as a state, is no attention itself.
            return None if moment.point.named_only else answer(moment, tensor)

        with hooked(score.module, self.sites, answer=of_attention):
            return score.logits(image)[:, score.target]

    def _place(self, moment: Moment, runs: Counter[HookPoint]) -> Place:
        """Where a moment of this pass is, of which `runs` counts what was met so far."""
        run = runs[moment.point]
        runs[moment.point] += 1
        return self.paths[moment.point], run, moment.point.name

    def _sample_axis(self, place: Place) -> int:
        return self.points[place].dims.index("sample")


def _unit_legendre(steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Points between 0 and 1 and their weights, which sum to 1."""
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    return (nodes + 1) / 2, weights / 2
