"""The local engine: this machine, with processes that decode and one that has the network per GPU.

Each decoding process reads shards of its own, so a batch and its place in a shard do not depend on
how many there are.
"""

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import current_thread, main_thread

import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from inspector.surveys.batches import Batch, batches
from inspector.surveys.engines import Room, Step
from inspector.surveys.items import Shard
from inspector.surveys.refusals import interrupted
from inspector.surveys.watching import Job, Watch

AHEAD = 2
"""Batches that a decoding process has ready."""


def steps(job: Job, shards: Sequence[Shard], room: Room) -> Iterator[Step]:
    """Steps of all shards; see `inspector.surveys.engines.Engine`."""
    wanted = room.processes or (torch.cuda.device_count() if _is_cuda(job) else 1)
    number = min(wanted, max(len(shards), 1))
    if number > 1:
        from inspector.surveys.engines.processes import shared_out  # noqa: PLC0415 - it needs this

        return shared_out(job, shards, room.workers, number)
    return steps_here(job, shards, room.workers)


def steps_here(job: Job, shards: Sequence[Shard], workers: int) -> Iterator[Step]:
    """Steps of shards whose batches all pass the network in this process.

    Raises:
        Interrupted: the source vanished.
        RuntimeError: torch's, when a decoding process died; see `deaths_told`.
    """
    watches: dict[int, Watch] = {}
    for batch in loaded(job, shards, workers):
        watch = watches.setdefault(batch.shard, Watch(job))
        watch.see(batch)
        done = watches.pop(batch.shard).tally() if batch.last else None
        items = len(batch.keys) + len(batch.damaged)
        yield Step(batch.shard, items, batch.damaged, done)


def loaded(job: Job, shards: Sequence[Shard], workers: int) -> Iterator[Batch]:
    """The batches of shards, those of one shard in order.

    Raises:
        Interrupted: the source vanished.
        RuntimeError: torch's, when a decoding process died; see `deaths_told`.
    """
    with _handler_kept():
        read = iter(_loader(job, shards, min(workers, len(shards))))
    for batch in read:
        if isinstance(batch, _Vanished):
            raise interrupted(batch.reason)
        yield batch


@contextmanager
def _handler_kept() -> Iterator[None]:
    """What is done at the end of a child is afterwards what it was.

    torch sets a handler that raises the death of a decoding process wherever the program happens to
    be, also long after the survey ended. Without it, torch notices where batches are waited for.
    """
    if current_thread() is not main_thread() or not hasattr(signal, "SIGCHLD"):  # nor does torch
        yield
        return
    before = signal.getsignal(signal.SIGCHLD) or signal.SIG_DFL
    try:
        yield
    finally:
        signal.signal(signal.SIGCHLD, before)


def _loader(job: Job, shards: Sequence[Shard], workers: int) -> DataLoader:
    return DataLoader(
        _Reading(job, shards),
        batch_size=None,
        num_workers=workers,
        pin_memory=_is_cuda(job),
        prefetch_factor=AHEAD if workers else None,
        # A copy of a process that holds a GPU, or other threads' locks, may hang.
        multiprocessing_context="spawn" if workers else None,
    )


@dataclass(frozen=True)
class _Vanished:
    """In place of a batch: why the source cannot be read on. An error would lose its words."""

    reason: str


class _Reading(IterableDataset):
    """Batches of the shards that are this process's share."""

    def __init__(self, job: Job, shards: Sequence[Shard]) -> None:
        self._source, self._card, self._size = job.source, job.model.card, job.batch_size
        self._shards = shards

    def __iter__(self) -> Iterator[Batch | _Vanished]:
        info = get_worker_info()
        own = self._shards[info.id :: info.num_workers] if info else self._shards
        try:
            for shard in own:
                yield from batches(self._source, shard, self._card, self._size)
        except OSError as error:
            yield _Vanished(": ".join(filter(None, [error.strerror or str(error), error.filename])))


def _is_cuda(job: Job) -> bool:
    return job.model.device.type == "cuda"
