"""A network process has the network to itself, and surveys its share of the shards.

Each tells its steps through a pipe of its own, which ends when the process does: one that is killed
cannot take the others' words along.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

import torch

from inspector.allocation import keep_freed_memory
from inspector.failures import sentence
from inspector.surveys.engines import Step
from inspector.surveys.engines.local import steps_here
from inspector.surveys.items import Shard
from inspector.surveys.refusals import Interrupted, deaths_told, interrupted
from inspector.surveys.watching import Job

PATIENCE = 10
"""Seconds that a process has to end when it is told to."""


def shared_out(job: Job, shards: Sequence[Shard], workers: int, number: int) -> Iterator[Step]:
    """Steps of all shards, by several processes with the network.

    Args:
        job: what to do; its network is on the CPU, or on one of this machine's GPUs.
        shards: what to do it with.
        workers: decoding processes for each.
        number: of processes; on GPUs, each takes the next one.

    Raises:
        Interrupted: a process was ended, or the source vanished.
    """
    context = get_context("spawn")
    running: dict[Connection, BaseProcess] = {}
    threads = max(torch.get_num_threads() // number, 1)
    try:
        for place in range(number):
            ours, theirs = context.Pipe(duplex=False)
            given = (_placed(job, place), shards[place::number], workers, threads, theirs)
            # Not a daemon: those may not have processes that decode.
            running[ours] = context.Process(target=_serve, args=given)
            running[ours].start()
            theirs.close()
        yield from _heard(running)
    finally:
        for process in running.values():
            _end(process)


def _heard(running: dict[Connection, BaseProcess]) -> Iterator[Step]:
    """Steps of all processes as they come, until each has said that it is done."""
    open_ = list(running)
    while open_:
        for pipe in wait(open_):
            assert isinstance(pipe, Connection)
            try:
                said = pipe.recv()
            except EOFError:
                raise interrupted("A process with the network was ended") from None
            if isinstance(said, Step):
                yield said
            elif said is None:
                open_.remove(pipe)
            else:
                raise Interrupted(said)


def _serve(job: Job, shards: Sequence[Shard], workers: int, threads: int, pipe: Connection) -> None:
    """Sends the steps of some shards, then None; a sentence in place of what went wrong."""
    torch.set_num_threads(threads)
    keep_freed_memory()
    try:
        with deaths_told():
            for step in steps_here(job, shards, workers):
                pipe.send(step)
    except BrokenPipeError:  # the survey has ended
        return
    except Exception as error:
        pipe.send(sentence(error) or f"{type(error).__name__}: {error}")
    else:
        pipe.send(None)


def _placed(job: Job, place: int) -> Job:
    """The job on another GPU, if it is one of GPUs."""
    if job.model.device.type != "cuda":
        return job
    device = torch.device("cuda", place % torch.cuda.device_count())
    module = job.model.module.to(device)
    return replace(job, model=replace(job.model, module=module, device=device))


def _end(process: BaseProcess) -> None:
    process.terminate()
    process.join(PATIENCE)
    process.kill()
    process.join()
