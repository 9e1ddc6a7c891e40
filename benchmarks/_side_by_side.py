"""A benchmark here times several ways to do one thing side by side and tells their ratios.

On a machine that others use as well, seconds differ from minute to minute. So the ways take turns
in one process, each round gives a ratio to the first way, and the median of those is told.
"""

import argparse
import datetime
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from inspector.cards import CARDS
from inspector.devices import device_title, pick_device
from inspector.zoo import LoadedModel, load_model

SMALL = [name for name, card in CARDS.items() if card.parameters < 30e6]
"""Networks that are measured if none are named: those below 30 million parameters."""
RESULTS = Path(__file__).with_name("results")

Row = Sequence[str]


@dataclass(frozen=True)
class Benchmark:
    """What is measured of each model.

    Attributes:
        name: of the file of results.
        about: one sentence for its reader.
        header: titles of the columns; the first one is the model's.
        rows: the rows of one model, without its name, with some number of rounds.
    """

    name: str
    about: str
    header: Row
    rows: Callable[[LoadedModel, int], Iterator[Row]]


@dataclass(frozen=True)
class Timing:
    """One way: its median in milliseconds, and its median ratio to the first way."""

    milliseconds: float
    ratio: float


def compare(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Timing]:
    """Returns the timing of each way over some rounds, after one that does not count."""
    names = list(ways)
    taken = [dict(zip(names, map(_seconds, ways.values()), strict=True)) for _ in range(rounds + 1)]
    return {
        name: Timing(
            milliseconds=1000 * statistics.median(seconds[name] for seconds in taken[1:]),
            ratio=statistics.median(seconds[name] / seconds[names[0]] for seconds in taken[1:]),
        )
        for name in names
    }


def run(benchmark: Benchmark, words: Sequence[str] | None = None) -> None:
    """Prints the table of a benchmark row by row, and keeps it if that is asked for.

    Args:
        benchmark: what to measure.
        words: of the command line; those of this process if not given.
    """
    asked = _arguments(benchmark.about, words)
    torch.set_num_threads(asked.threads)
    device = pick_device(asked.device)
    table = [benchmark.header, ["---"] * len(benchmark.header)]
    print(*map(_line, table), sep="\n", flush=True)
    for name in asked.models:
        model = load_model(name, device=str(device))
        for row in benchmark.rows(model, asked.rounds):
            table.append([name, *row])
            print(_line(table[-1]), flush=True)
    if asked.save:
        about = [f"# {benchmark.about}", "", _conditions(device, asked), ""]
        _save(f"{benchmark.name}-{device.type}", [*about, *map(_line, table)])


def _seconds(way: Callable[[], object]) -> float:
    start = time.perf_counter()
    way()
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()
    return time.perf_counter() - start


def _arguments(about: str, words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--models", nargs="+", default=SMALL, metavar="NAME")
    parser.add_argument("--rounds", type=int, default=5, help="that count (default: 5)")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, ...")
    parser.add_argument("--threads", type=int, default=2, help="of the processor (default: 2)")
    parser.add_argument("--save", action="store_true", help="keep the table in benchmarks/results")
    return parser.parse_args(words)


def _line(row: Row) -> str:
    return f"| {' | '.join(row)} |"


def _conditions(device: torch.device, asked: argparse.Namespace) -> str:
    where = f"{device_title(device)}, {platform.machine()}, threads: {asked.threads}"
    when = datetime.datetime.now(datetime.UTC).date().isoformat()
    return f"{where}, torch {torch.__version__}, {when}; medians of {asked.rounds} rounds."


def _save(name: str, lines: Sequence[str]) -> None:
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.md").write_text("\n".join(lines) + "\n")
