"""What a survey takes beside plain inference: the same loader, the same batches, one shard."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from _report import Benchmark, Plan, Row, run
from _timing import compare

from inspector.allocation import keep_freed_memory
from inspector.surveys import Item, Shard
from inspector.surveys.batches import network_input
from inspector.surveys.engines.local import loaded, steps_here
from inspector.surveys.manner import SHARD
from inspector.surveys.shardfiles import ShardFiles
from inspector.surveys.sources.listing import cut
from inspector.surveys.watching import Job
from inspector.zoo import LoadedModel

IMAGES = SHARD
"""Of the shard: as many as a survey's own has, as what a shard takes once counts the less."""


@dataclass(frozen=True)
class Noise:
    """A source of random pictures, as large as a network sees them and of as many classes.

    Attributes:
        side: of a picture, in pixels.
        number: of pictures.
        title: of the source.
        wait: seconds until a picture arrives, as one that comes over a network does.
    """

    side: int
    number: int
    title: str = "noise"
    wait: float = 0.0

    @property
    def classes(self) -> tuple[str, ...]:
        """Ten of them."""
        return tuple(f"class {place}" for place in range(10))

    def listing_hash(self) -> str:
        """What tells two of them apart."""
        return f"{self.number} of {self.side}"

    def shards(self, size: int) -> Sequence[Shard]:
        """All of it in shards of so many pictures."""
        return cut(self.number, size)

    def items(self, shard: Shard) -> Iterator[Item]:
        """The pictures of a shard, made anew."""
        return (self.picture(str(shard.part + place)) for place in range(shard.count))

    def picture(self, key: str) -> Item:
        """Noise, the same for the same number."""
        time.sleep(self.wait)
        shape = (self.side, self.side, 3)
        pixels = np.random.default_rng(int(key)).integers(0, 256, shape, dtype=np.uint8)
        return Item(key, pixels, int(key) % 10)

    def left_out(self) -> Iterator[tuple[str, str]]:
        """Nothing."""
        return iter(())


def rows(model: LoadedModel, plan: Plan) -> Iterator[Row]:
    keep_freed_memory()  # as `inspector survey` does, and here for both
    for samples in plan.batches:
        source = Noise(max(model.card.input_size[1:]), IMAGES)
        job = Job(model, source, samples, tuple(range(10)))
        with tempfile.TemporaryDirectory() as folder:
            ways = {"plain": partial(plain, job), "survey": partial(surveyed, job, Path(folder))}
            timings = compare(ways, plan.pace)
        each = timings["plain"].milliseconds / IMAGES
        yield (samples, each, timings["survey"].ratio, 1 / timings["survey"].ratio)


@torch.no_grad()
def plain(job: Job) -> None:
    """Passes every batch of the loader through the network, and looks at nothing."""
    for batch in loaded(job, job.source.shards(IMAGES), workers=0):
        job.model.module(network_input(batch.pixels, job.model.card, job.model.device))


def surveyed(job: Job, folder: Path) -> None:
    """Surveys the same batches, and commits the shard."""
    files = ShardFiles(folder / "shards")
    files.begin({})
    for step in steps_here(job, job.source.shards(IMAGES), workers=0):
        if step.tally is not None:
            files.commit(step.shard, step.tally)
    files.remove()


BENCHMARK = Benchmark(
    name="survey",
    about=f"A survey of {IMAGES} images, one shard committed, against inference over its loader",
    columns={
        "batch": "d",
        "plain, ms an image": ".1f",
        "survey / plain": ".2f",
        "throughput / plain": ".2f",
    },
    rows=rows,
    models=("resnet50_mrlab", "resnet50_mrlal", "dia_resnet", "eamlp_7"),
    batches=(32,),
)

if __name__ == "__main__":
    run(BENCHMARK)
