"""What two processes make of one in a survey, beside what the machine can give two at all."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from itertools import product
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from pathlib import Path

import torch
from _memory import MEBIBYTE, peaks
from _report import Benchmark, Plan, Row, run
from survey import Noise, plain, surveyed

from inspector.allocation import keep_freed_memory
from inspector.surveys.engines import Room, engine
from inspector.surveys.watching import Job
from inspector.zoo import LoadedModel, load_model

SHARD, SHARDS, UNTIMED = 32, 24, 8
"""Images of a shard, shards of a survey, and how many of them pass before the clock runs: one
process is ready seconds before another, and does the work of both until then."""
WAITS = (0, 60)
"""Milliseconds until a picture arrives, as over a network. Waiting needs no core: that load allows
two to do twice as much on any machine, computing only as far as its cores share nothing."""
FEW, MANY = "10000", "100000"
"""Images whose peaks of memory are compared."""

Rates = dict[str, float]


def rows(model: LoadedModel, plan: Plan) -> Iterator[Row]:
    torch.set_num_threads(1)  # two processes would share the threads that one has to itself
    keep_freed_memory()  # as a survey's processes do
    memory = _memory(model, plan)
    for samples, wait in product(plan.batches, WAITS):
        rounds = [_rates(model, samples, wait / 1000) for _ in range(plan.pace.rounds)]
        each = 1000 / statistics.median(rates["one"] for rates in rounds)
        ceiling, two = _ratio(rounds, "two loops", "loop"), _ratio(rounds, "two", "one")
        yield (samples, wait, each, ceiling, two, _ratio(rounds, "ray", "two"), *memory)


def _ratio(rounds: list[Rates], name: str, to: str) -> float | None:
    if name not in rounds[0]:
        return None
    return statistics.median(rates[name] / rates[to] for rates in rounds)


def _rates(model: LoadedModel, samples: int, wait: float) -> Rates:
    """Images per second of each way, one after the other; pictures arrive after `wait` seconds."""
    side = max(model.card.input_size[1:])
    job = Job(model, Noise(side, SHARD * SHARDS, wait=wait), samples)
    ways = {
        "loop": loops(job, 1),
        "two loops": loops(job, 2),
        "one": shards(job, Room(processes=1), "local"),
        "two": shards(job, Room(processes=2), "local"),
    }
    if find_spec("ray"):
        ways["ray"] = shards(job, Room(workers=2), "ray")
    return {name: rate(done) for name, done in ways.items()}


def rate(done: Iterator[int]) -> float:
    """Images per second, once all processes are at work."""
    for _ in range(UNTIMED):
        next(done)
    start = time.perf_counter()
    images = sum(done)
    return images / (time.perf_counter() - start)


def shards(job: Job, room: Room, name: str) -> Iterator[int]:
    """The images of each shard, once an engine has surveyed it."""
    for step in engine(name)(job, job.source.shards(SHARD), room):
        if step.tally is not None:
            yield step.tally.pictures


def loops(job: Job, processes: int) -> Iterator[int]:
    """The images of each shard, once one of so many plain loops at once has passed it."""
    context = get_context("spawn")
    one = replace(job, source=replace(job.source, number=SHARD))
    done, given = context.SimpleQueue(), (one, SHARDS // processes)
    running = [context.Process(target=_loop, args=(*given, done)) for _ in range(processes)]
    for process in running:
        process.start()
    for _ in range(SHARDS):
        yield done.get()
    for process in running:
        process.join()


def _loop(job: Job, number: int, done: "SimpleQueue[int]") -> None:
    torch.set_num_threads(1)
    keep_freed_memory()
    for _ in range(number):
        plain(job)
        done.put(job.source.number)


def _memory(model: LoadedModel, plan: Plan) -> tuple[float | None, float | None]:
    """The peak of a survey of few images in MiB, and what many take as a share of it."""
    peak = peaks(way, (FEW, MANY), model, 32) if plan.memory else None
    return (None, None) if peak is None else (peak[FEW] / MEBIBYTE, peak[MANY] / peak[FEW])


def way(model: LoadedModel, samples: int, name: str) -> Callable[[], object]:
    """Surveys so many images with the smallest network; one batch of them for a single sample."""
    tiny = load_model("dia_resnet", depth=11, device=str(model.device))
    return partial(_committed, Job(tiny, Noise(32, int(name) if samples > 1 else 32), 32))


def _committed(job: Job) -> None:
    with tempfile.TemporaryDirectory() as folder:
        surveyed(job, Path(folder))


BENCHMARK = Benchmark(
    name="survey_scaling",
    about=f"Surveys of {SHARDS} shards by two processes of one thread each, against one; memory "
    f"of {MANY} images against {FEW}",
    columns={
        "batch": "d",
        "wait, ms an image": "d",
        "one process, ms an image": ".1f",
        "two plain loops / one": ".2f",
        "two processes / one": ".2f",
        "two Ray actors / two processes": ".2f",
        "peak of few, MiB": ".0f",
        "peak of many / few": ".2f",
    },
    rows=rows,
    models=("resnet50_mrlab",),
    batches=(32,),
)

if __name__ == "__main__":
    run(BENCHMARK)
