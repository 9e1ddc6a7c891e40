"""What a survey takes beside the network: statistics, shard files and the finished store."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from _report import Benchmark, Plan, Row, run
from _timing import CLOCKS, taken
from survey import Noise

from inspector.surveys import store
from inspector.surveys.engines.local import loaded
from inspector.surveys.shardfiles import TOGETHER, ShardFiles
from inspector.surveys.statistics import Seen, Skipped, Statistics, Tally
from inspector.surveys.watching import Job, Watch
from inspector.zoo import LoadedModel

Clock = Callable[[], float]

IMAGES, CLASSES = 512, 10
MEGABYTE = 1_000_000


def rows(model: LoadedModel, plan: Plan) -> Iterator[Row]:
    for samples in plan.batches:
        watch, clock = watched(model, samples), CLOCKS[plan.pace.clock]
        matrix = watch.parts[0]
        statistics, seconds = counted(watch, np.resize(matrix, (IMAGES, matrix.shape[1])), clock)
        tally = replace(watch.tally(), statistics=statistics)
        with tempfile.TemporaryDirectory() as folder:
            kept = shard_files(Path(folder) / "shards", tally, clock)
            finished = written(Path(folder) / "out.zarr", tally, clock)
        yield (samples, matrix.shape[1], 1000 * seconds / IMAGES, *kept, *finished)


@torch.no_grad()
def watched(model: LoadedModel, samples: int) -> Watch:
    """What one batch of noise leaves."""
    job = Job(model, Noise(max(model.card.input_size[1:]), samples), samples, tuple(range(CLASSES)))
    watch = Watch(job)
    for batch in loaded(job, job.source.shards(samples), workers=0):
        watch.see(batch)
    return watch


def counted(watch: Watch, matrix: np.ndarray, clock: Clock) -> tuple[Statistics, float]:
    """The statistics of pictures, and seconds to make them."""
    columns = watch.columns
    assert columns is not None
    statistics = Statistics.of(columns, seen(matrix))  # the first takes longer, and does not count
    return statistics, taken(lambda: Statistics.of(columns, seen(matrix)), clock)


def seen(matrix: np.ndarray) -> Seen:
    """The rows as pictures of ten classes, every other one named rightly."""
    places = np.arange(len(matrix))
    keys = tuple(map(str, places))
    labels = places % CLASSES
    correct = places // CLASSES % 2
    return Seen(matrix, keys, labels, np.where(correct, labels, (labels + 1) % CLASSES), correct)


def shard_files(folder: Path, tally: Tally, clock: Clock) -> tuple[float, float, float]:
    """Megabytes of a shard file, seconds to commit it, and to bring a file's worth together."""
    files = ShardFiles(folder)
    files.begin({})
    commits = [taken(partial(files.commit, n, tally), clock) for n in range(TOGETHER - 1)]
    size = (folder / "shard-00000000.npz").stat().st_size / MEGABYTE
    last = taken(partial(files.commit, TOGETHER - 1, tally), clock)
    once = float(np.median(commits))
    return size, once, last - once


def written(out: Path, tally: Tally, clock: Clock) -> tuple[float, int, float]:
    """Megabytes and files of the finished store, and seconds to write it."""
    names = tuple(f"class {place}" for place in range(CLASSES))
    found = store.Found(tally, names, names, Skipped.of([]))
    seconds = taken(lambda: store.write(store.tree_of(found, {}), out, force=False), clock)
    files = [path for path in out.rglob("*") if path.is_file()]
    return sum(path.stat().st_size for path in files) / MEGABYTE, len(files), seconds


BENCHMARK = Benchmark(
    name="survey_costs",
    about=f"What a survey takes beside the network: shards of {IMAGES} images of {CLASSES} classes",
    columns={
        "batch": "d",
        "columns": "d",
        "statistics, ms an image": ".2f",
        "shard file, MB": ".1f",
        "committing it, s": ".2f",
        f"bringing {TOGETHER} together, s": ".2f",
        "store, MB": ".1f",
        "store, files": "d",
        "writing it, s": ".2f",
    },
    rows=rows,
    models=("dia_resnet", "eamlp_7", "resnet50_mrlab", "resnet50_mrlal", "dia_resnet50"),
    batches=(16,),
)

if __name__ == "__main__":
    run(BENCHMARK)
