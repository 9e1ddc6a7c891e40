"""A watch is one shard on its way through the network: batches come in, one tally goes out.

Every engine does this and nothing else with a batch, so they all tell the same of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from torch import Tensor

from hooks import record
from inspector.devices import memory_guard
from inspector.surveys.batches import UNLABELLED, Batch, batches, network_input
from inspector.surveys.columns import Columns
from inspector.surveys.cutting import Cutting
from inspector.surveys.items import Shard, Source
from inspector.surveys.quantities import Surveyed, predicted, surveyed
from inspector.surveys.reducing import reduced
from inspector.surveys.refusals import Interrupted
from inspector.surveys.sample import Drawn
from inspector.surveys.statistics import About, Seen, Skipped, Statistics, Tally

if TYPE_CHECKING:
    from inspector.zoo import LoadedModel

NOT_NUMBERS = "The network put out what is no number."


@dataclass(frozen=True)
class Job:
    """What every process of a survey needs to know; can be pickled.

    Attributes:
        model: the network.
        source: the pictures.
        batch_size: pictures that pass the network at once.
        answers: the right logit for each class of the source; None where the network has none.
        layers: names of host blocks to survey; None for all.
        stops: whether a damaged item ends the survey instead of being skipped.
        sample: the pictures whose parts are cut; None for none.
    """

    model: "LoadedModel"
    source: Source
    batch_size: int
    answers: tuple[int | None, ...] = ()
    layers: tuple[str, ...] | None = None
    stops: bool = False
    sample: Drawn | None = None


@dataclass
class Watch:
    """One shard in work."""

    job: Job
    parts: list[np.ndarray] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    taken: list[np.ndarray] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    columns: Columns | None = None
    about: About = field(default_factory=dict)
    verified_error: float = 0.0
    cutting: Cutting | None = None

    def see(self, batch: Batch) -> None:
        """Runs the network over a batch and keeps what it showed.

        Raises:
            Interrupted: an item is damaged, and the job is to stop then.
            MechanismNotFound: the network has no layer attention.
            OutOfMemory: the device has no room for the pass.
        """
        self._skip(batch.damaged)
        if not batch.keys:
            return
        job = self.job
        given = network_input(batch.pixels, job.model.card, job.model.device)
        with memory_guard():
            seen = record(job.model.module, given, layers=job.layers, reduce=reduced)
        self.verified_error = max(self.verified_error, float(seen.tree.attrs["verified_error"]))
        self._keep(list(surveyed(seen.tree)), seen.output.float().cpu().numpy())
        self.about = self.about or _about(seen.tree)
        self._cut(batch, given)
        self.keys += batch.keys
        self.labels += batch.labels

    def tally(self) -> Tally:
        """What is told of all pictures that were seen."""
        seen = self._seen()
        held = seen is not None and len(seen.keys) > 0
        statistics = Statistics.of(self.columns, seen) if held and self.columns and seen else None
        return Tally(
            Skipped.of(self.skipped),
            self.verified_error,
            self.columns if held else None,
            statistics,
            self.about if held else {},
            self.cutting.effects(seen) if self.cutting and seen else None,
        )

    def _cut(self, batch: Batch, given: Tensor) -> None:
        """Cuts the parts of the batch's pictures that are of the sample and show numbers."""
        job, sample = self.job, self.job.sample
        chosen = sample.places.get(batch.shard, frozenset()) if sample else frozenset()
        for at, place in enumerate(batch.places):
            if sample and place in chosen and np.isfinite(self.parts[-1][at]).all():
                self.cutting = self.cutting or Cutting(job.model, sample.kinds, job.layers)
                self.cutting.see(batch.keys[at], given[at : at + 1])

    def _skip(self, damaged: Sequence[tuple[str, str]]) -> None:
        if damaged and self.job.stops:
            key, reason = damaged[0]
            raise Interrupted(
                f"{key} is damaged: {reason} Mend it and begin anew, or leave such items out with "
                "--on-damaged skip."
            )
        self.skipped += damaged

    def _keep(self, found: list[Surveyed], logits: np.ndarray) -> None:
        classified = logits.ndim == 2
        found += predicted(logits) if classified else ()
        columns = Columns(tuple(one.block for one in found))
        if self.columns not in (None, columns):
            raise ValueError(
                "Expected the same layers and quantities of every picture, but some pictures had "
                "others. Choose layers that always run, with --layer."
            )
        self.columns = columns
        self.parts.append(np.concatenate([one.values for one in found], axis=1))
        none = np.full(len(logits), UNLABELLED)
        self.taken.append(logits.argmax(axis=1) if classified else none)

    def _seen(self) -> Seen | None:
        """All batches as one, without pictures for which the network put out no numbers."""
        if not self.parts:
            return None
        matrix, taken = np.concatenate(self.parts), np.concatenate(self.taken)
        holds = np.isfinite(matrix).all(axis=1)
        self.skipped += [(self.keys[at], NOT_NUMBERS) for at in np.flatnonzero(~holds)]
        labels = np.array(self.labels)
        keys = tuple(key for key, held in zip(self.keys, holds, strict=True) if held)
        correct = self._correct(labels, taken)
        return Seen(
            matrix[holds],
            keys,
            labels[holds],
            taken[holds],
            None if correct is None else correct[holds],
        )

    def _correct(self, labels: np.ndarray, taken: np.ndarray) -> np.ndarray | None:
        """Whether each picture was classified right; see `Seen`."""
        known = [UNLABELLED if logit is None else logit for logit in self.job.answers]
        if set(known) <= {UNLABELLED}:
            return None
        answer = np.where(labels == UNLABELLED, UNLABELLED, np.array(known)[labels])
        told = (answer != UNLABELLED) & (taken != UNLABELLED)
        return np.where(told, answer == taken, UNLABELLED)


def survey_shard(job: Job, shard: Shard) -> Tally:
    """The tally of a whole shard, read and decoded in this process; raises as `Watch.see`."""
    watch = Watch(job)
    for batch in batches(job.source, shard, job.model.card, job.batch_size):
        watch.see(batch)
    return watch.tally()


def _about(tree: xr.DataTree) -> About:
    return {
        mechanism: {str(name): _place(leaf) for name, leaf in node.children.items()}
        for mechanism, node in tree.children.items()
    }


def _place(leaf: xr.DataTree) -> dict[str, str | int]:
    return {
        "chain": str(leaf.attrs["chain"]),
        "depth": int(leaf.attrs["depth"]),
        "variant": str(leaf.attrs["variant"]),
    }
