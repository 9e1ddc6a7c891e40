"""An engine is how the shards of a survey are shared out: over one machine, or over a cluster.

All of them give each batch to `inspector.surveys.watching.Watch`, and tell what came of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

from inspector.surveys.items import Shard
from inspector.surveys.statistics import Tally
from inspector.surveys.watching import Job

ENGINES = ("local", "ray")


@dataclass(frozen=True, eq=False)
class Step:
    """So far an engine has come since its last step.

    Attributes:
        shard: number of the shard.
        items: how many items of it were done, damaged ones included.
        skipped: key and reason of those that were damaged.
        tally: of the whole shard, once it is done.
    """

    shard: int
    items: int
    skipped: tuple[tuple[str, str], ...] = ()
    tally: Tally | None = None


@dataclass(frozen=True)
class Room:
    """What an engine may use.

    Attributes:
        workers: processes that decode, for each process that has the network; with the engine
            "ray" actors that have the network. 0 to decode where the network is.
        processes: of this machine that have the network; 0 for one per GPU, or one.
        address: of a Ray cluster; "auto" for the one that this machine belongs to.
    """

    workers: int = 0
    processes: int = 0
    address: str | None = None


class Engine(Protocol):
    """Runs the network over shards."""

    def __call__(self, job: Job, shards: Sequence[Shard], room: Room) -> Iterator[Step]:
        """Steps of all shards, in any order; a shard's tally comes with its last step.

        Raises:
            Interrupted: it cannot go on, as when a worker died too often or the source vanished.
        """


def engine(name: str) -> Engine:
    """The engine of a name.

    Raises:
        ValueError: there is none, or what it needs is not installed.
    """
    if name not in ENGINES:
        raise ValueError(f"Expected an engine out of {', '.join(ENGINES)}, got {name!r}.")
    steps: Engine = import_module(f"inspector.surveys.engines.{name}").steps
    return steps
