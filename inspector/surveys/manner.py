"""A manner is how a survey is made: by what, in what portions, and what damage does to it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from inspector.surveys.sample import KINDS, Sample

if TYPE_CHECKING:
    from inspector.surveys.engines import Room

BATCH, SHARD = 32, 1024
"""Pictures that pass the network at once, and that are committed at once."""
LEAST = {
    "workers": 0,
    "processes": 0,
    "batch_size": 1,
    "shard_size": 1,
    "effects": 0,
    "effects_seed": 0,
}
"""The smallest number that makes sense for each."""


@dataclass(frozen=True)
class Manner:
    """How a survey is made; see `survey` for the fields."""

    engine: str = "local"
    workers: int = 0
    processes: int = 0
    address: str | None = None
    batch_size: int = BATCH
    shard_size: int = SHARD
    damaged: Literal["skip", "stop"] = "skip"
    layers: Sequence[str] | None = None
    log: str | Path | None = None
    effects: int = 0
    effects_of: Sequence[str] | None = None
    effects_seed: int = 0

    def __post_init__(self) -> None:
        for name, least in LEAST.items():
            if getattr(self, name) < least:
                got = getattr(self, name)
                raise ValueError(f"Expected {name} of at least {least}, got {got}.")
        if self.damaged not in ("skip", "stop"):
            raise ValueError(f"Expected damaged to be skip or stop, got {self.damaged!r}.")
        self.sample  # noqa: B018 - refuses kinds that there are not

    @property
    def sample(self) -> Sample | None:
        """The pictures whose parts are cut; None for none."""
        kinds = KINDS if self.effects_of is None else tuple(self.effects_of)
        return Sample(self.effects, kinds, self.effects_seed) if self.effects else None

    @property
    def room(self) -> "Room":
        """What the engine may use."""
        from inspector.surveys.engines import Room  # noqa: PLC0415 - torch

        return Room(self.workers, self.processes, self.address)

    def told(self) -> dict[str, Any]:
        """The fields that a log names."""
        left_out = ("log", "layers", "address", "effects_of")
        return {name: value for name, value in asdict(self).items() if name not in left_out}
