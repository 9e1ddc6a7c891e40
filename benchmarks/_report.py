"""A report is the table of one benchmark: printed row by row, kept as Markdown and as JSON."""

import argparse
import datetime
import json
import os
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import timm
import torch
from _timing import CLOCKS, Pace

from inspector.devices import device_title, pick_device
from inspector.zoo import LoadedModel, load_model

RESULTS = Path(__file__).with_name("results")
MISSING = "-"
WORDS = {"wall": "wall time", "cpu": "processor time of the process"}

Row = Sequence[float | str | None]
"""A row without its model; None is what cannot be told."""


@dataclass(frozen=True)
class Plan:
    """How a model is measured.

    Attributes:
        pace: how often, and by which clock.
        batches: numbers of images per pass.
        memory: whether peaks are measured as well.
    """

    pace: Pace
    batches: Sequence[int]
    memory: bool


@dataclass(frozen=True)
class Benchmark:
    """What is measured of each model.

    Attributes:
        name: of the files of results.
        about: one sentence for its reader.
        columns: by title, how a value is written; of all but the model's.
        rows: the rows of one model.
        models: names of those that are measured if none are asked for.
        batches: numbers of images per pass if none are asked for.
    """

    name: str
    about: str
    columns: Mapping[str, str]
    rows: Callable[[LoadedModel, Plan], Iterator[Row]]
    models: Sequence[str]
    batches: Sequence[int] = (1,)


def run(benchmark: Benchmark, words: Sequence[str] | None = None) -> None:
    """Prints the table of a benchmark row by row, and keeps it if that is asked for.

    Args:
        benchmark: what to measure.
        words: of the command line; those of this process if not given.
    """
    asked = _arguments(benchmark, words)
    torch.set_num_threads(asked.threads)
    table = []
    print(_head(benchmark), flush=True)
    for row in _measured(benchmark, asked):
        table.append(row)
        print(_line(row, benchmark.columns), flush=True)
    if asked.kept:
        _save(benchmark, asked, table)


def _measured(benchmark: Benchmark, asked: argparse.Namespace) -> Iterator[Row]:
    """The rows of all models, each with its model."""
    plan = Plan(Pace(asked.rounds, asked.seconds, asked.clock), asked.batches, asked.memory)
    for name in asked.models:
        model = load_model(name, device=asked.device)
        for row in benchmark.rows(model, plan):
            yield (name, *row)


def _arguments(benchmark: Benchmark, words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=benchmark.about)
    whole = {"nargs": "+", "type": int, "metavar": "N"}
    parser.add_argument("--models", nargs="+", default=benchmark.models, metavar="NAME")
    parser.add_argument("--batches", default=benchmark.batches, help="images per pass", **whole)
    parser.add_argument("--rounds", type=int, default=5, help="that count (default: 5)")
    parser.add_argument("--seconds", type=float, default=20, help="then no round after the third")
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="cpu: others do not count")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, ...")
    parser.add_argument("--threads", type=int, help="(default: 2, or 1 with --clock cpu)")
    parser.add_argument("--no-memory", dest="memory", action="store_false", help="time alone")
    parser.add_argument(
        "--save",
        dest="kept",  # nnsight gives every object of the process a `save` of its own
        action="store_true",
        help="keep the table in benchmarks/results",
    )
    asked = parser.parse_args(words)
    asked.device = str(pick_device(asked.device))
    asked.load = os.getloadavg()[0]
    asked.threads = asked.threads or (1 if asked.clock == "cpu" else 2)
    if asked.clock == "cpu" and asked.device != "cpu":
        parser.error(f"--clock cpu cannot tell the time of {asked.device}; add --device cpu.")
    return asked


def _head(benchmark: Benchmark) -> str:
    titles = ("model", *benchmark.columns)
    return f"{_cells(titles)}\n{_cells(['---'] * len(titles))}"


def _line(row: Row, columns: Mapping[str, str]) -> str:
    specs = ("", *columns.values())
    return _cells(
        [
            MISSING if value is None else format(value, spec)
            for value, spec in zip(row, specs, strict=True)
        ]
    )


def _cells(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _conditions(asked: argparse.Namespace) -> dict[str, Any]:
    """What the numbers depend on beside the code."""
    return {
        "device": device_title(torch.device(asked.device)),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "load before": round(asked.load, 1),
        "threads": asked.threads,
        "clock": WORDS[asked.clock],
        "rounds": asked.rounds,
        "seconds": asked.seconds,
        "torch": torch.__version__,
        "timm": timm.__version__,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }


def _save(benchmark: Benchmark, asked: argparse.Namespace, table: Sequence[Row]) -> None:
    RESULTS.mkdir(exist_ok=True)
    conditions = _conditions(asked)
    file = RESULTS / f"{benchmark.name}-{torch.device(asked.device).type}"
    titles = ("model", *benchmark.columns)
    rows = [dict(zip(titles, row, strict=True)) for row in table]
    kept = {"about": benchmark.about, "conditions": conditions, "rows": rows}
    file.with_suffix(".json").write_text(json.dumps(kept, indent=1) + "\n")
    told = ", ".join(f"{key}: {value}" for key, value in conditions.items())
    lines = (_line(row, benchmark.columns) for row in table)
    page = [f"# {benchmark.about}", "", f"{told}.", "", _head(benchmark), *lines]
    file.with_suffix(".md").write_text("\n".join(page) + "\n")
