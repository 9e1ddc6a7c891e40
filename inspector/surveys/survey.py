"""A survey is the distribution of what a network's attention does, over all pictures of a source.

``survey`` makes one and ``open_survey`` opens one that was made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import xarray as xr

from inspector.progress import tell
from inspector.surveys import store
from inspector.surveys.items import Shard, Source
from inspector.surveys.log import Log
from inspector.surveys.refusals import NotTheSame
from inspector.surveys.shardfiles import ShardFiles, require_same

if TYPE_CHECKING:
    from inspector.surveys.engines import Room
    from inspector.surveys.watching import Job
    from inspector.zoo import LoadedModel

BATCH, SHARD = 32, 1024


@dataclass(frozen=True, eq=False)
class Survey:
    """A finished survey.

    Attributes:
        tree: see `inspector.surveys.store`; arrays are read when they are looked at.
        path: of the Zarr store.
    """

    tree: xr.DataTree
    path: Path

    @cached_property
    def attention(self) -> xr.DataTree:
        """The mechanisms alone, such as ``attention["mrla"]["layer3.5"]["weight_mean"]``."""
        keys = [key for key in self.tree.children if key not in store.RESERVED]
        return xr.DataTree(children={key: self.tree.children[key] for key in keys})

    @property
    def profile(self) -> xr.Dataset:
        """Covariance (column, other_column) of layers' means, and the pictures at both ends."""
        return self._node(store.PROFILE)

    @property
    def classes(self) -> xr.Dataset:
        """Pictures by class, and how often they were taken for what; empty without classes."""
        return self._node(store.CLASSES)

    @property
    def skipped(self) -> xr.Dataset:
        """Key and reason of every item that is in none of the statistics."""
        return self._node(store.SKIPPED)

    @property
    def about(self) -> Mapping[str, Any]:
        """Where it comes from: network, weights, source, preprocessing, counts, versions."""
        return {str(name): value for name, value in self.tree.attrs.items()}

    def _node(self, name: str) -> xr.Dataset:
        found = self.tree.children.get(name)
        return xr.Dataset() if found is None else found.to_dataset(inherit=False)


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

    def __post_init__(self) -> None:
        for name, least in {"workers": 0, "processes": 0, "batch_size": 1, "shard_size": 1}.items():
            if getattr(self, name) < least:
                got = getattr(self, name)
                raise ValueError(f"Expected {name} of at least {least}, got {got}.")
        if self.damaged not in ("skip", "stop"):
            raise ValueError(f"Expected damaged to be skip or stop, got {self.damaged!r}.")

    @property
    def room(self) -> "Room":
        """What the engine may use."""
        from inspector.surveys.engines import Room  # noqa: PLC0415 - torch

        return Room(self.workers, self.processes, self.address)


def survey(
    model: "LoadedModel",
    source: Source | str | Path,
    out: str | Path,
    *,
    resume: bool = False,
    force: bool = False,
    **manner: Any,
) -> Survey:
    """Runs a network over all pictures of a source and writes what their attention is like.

    Args:
        model: from ``inspector.load_model``.
        source: a folder of pictures, in folders by class if they have classes; a packed array,
            Parquet or WebDataset file; ``torchvision:NAME``; or a ``Source`` of your own.
        out: Zarr store to write, OUT.zarr. Until it is finished, shards are kept beside it.
        resume: go on with a survey that was ended; the result is the one it would have had.
        force: replace one that exists, or begin anew where one was ended.
        manner: ``engine`` ("local" or "ray"), ``workers`` (processes that decode; a script needs
            ``if __name__ == "__main__":`` then), ``processes`` (that have the network; by default
            one per GPU), ``address`` (of a Ray cluster), ``batch_size``, ``shard_size`` (pictures
            that are committed at once, and held in memory), ``damaged`` ("skip" or "stop"),
            ``layers`` (names of host blocks), ``log`` (file for JSON lines).

    Raises:
        ValueError: something does not fit, or there is an unfinished survey.
        NotTheSame: resumed with another source, network, weights, preprocessing or shard size.
        Interrupted: the disk is full, or the source vanished; what was committed stays.
        MechanismNotFound: the network has no layer attention.
    """
    path, how = Path(out), Manner(**manner)
    given = _source(source)
    identity = _identity(model, given, how)
    files = ShardFiles.beside(path)
    if _is_finished(path, files, identity, resume=resume, force=force):
        return open_survey(path)
    _begin(files, identity, resume=resume, force=force)
    with Log.to(how.log) as log:
        job = _job(model, given, how)
        _run(job, how, files, log)
        _finish(job, how, files, path, identity, force=force)
        log.write("written", path=path.name)
    files.remove()
    return open_survey(path)


def open_survey(path: str | Path) -> Survey:
    """The survey in a Zarr store.

    Raises:
        ValueError: there is none.
    """
    try:
        tree = xr.open_datatree(path, engine="zarr", chunks=None)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(
            f"Expected a survey at {path}, found none. Make one with `inspector survey`."
        ) from error
    if tree.attrs.get("format") != store.FORMAT:
        got = tree.attrs.get("format", "unknown")
        raise ValueError(
            f"{path} is no survey of this version (format '{got}'). Make one with `inspector "
            "survey`."
        )
    return Survey(tree, Path(path))


def _source(source: Source | str | Path) -> Source:
    if not isinstance(source, str | Path):
        return source
    from inspector.surveys.sources import open_source  # noqa: PLC0415 - the readers' libraries

    return open_source(str(source))


def _identity(model: "LoadedModel", source: Source, how: Manner) -> dict[str, Any]:
    """What must be the same for a survey to go on, by what it is called in a sentence."""
    card = model.card
    return {
        "source": source.title,
        "listing_sha256": source.listing_hash(),
        "model": model.name,
        "weights_sha256": model.weights_sha256,
        "options": repr(sorted((model.options or {}).items())),
        "preprocessing": _preprocessing(model),
        "layers": "all" if how.layers is None else ", ".join(how.layers),
        "shard_size": how.shard_size,
        "classes": "unknown" if card.label_set is None and not card.labels else card.num_classes,
        "version": version("attention-inspector"),
    }


def _preprocessing(model: "LoadedModel") -> str:
    card = model.card
    height, width = card.input_size[1:]
    mean, std = (" ".join(f"{n:.4f}" for n in numbers) for numbers in (card.mean, card.std))
    return (
        f"resized to cover {width}x{height} / {card.crop_pct:g} ({card.interpolation}, "
        f"antialiased), centre crop {width}x{height}, mean {mean}, std {std}"
    )


def _is_finished(
    path: Path, files: ShardFiles, identity: Mapping[str, Any], *, resume: bool, force: bool
) -> bool:
    """Whether there is nothing left to do.

    Raises:
        ValueError: something else lies there, and must not be replaced.
    """
    if not path.parent.is_dir():
        raise ValueError(f"Expected a folder {path.parent} for {path.name}. Make it first.")
    if not path.exists() or force:
        return False
    if resume and not files.begun:
        require_same(open_survey(path).about, identity)
        return True
    raise ValueError(f"{path} exists already. Choose another name, or replace it with --force.")


def _begin(
    files: ShardFiles, identity: Mapping[str, Any], *, resume: bool, force: bool
) -> None:
    if files.begun and resume:
        files.require(identity)
        return
    if files.begun and not force:
        raise ValueError(
            f"A survey that was not finished lies in {files.folder}. Go on with --resume, or begin "
            "anew with --force."
        )
    if resume and not force and not files.begun:
        raise NotTheSame(
            f"Expected a survey to go on with in {files.folder}, found none. Leave out --resume."
        )
    files.remove()
    files.begin(identity)


def _job(model: "LoadedModel", source: Source, how: Manner) -> "Job":
    from inspector.surveys.watching import Job  # noqa: PLC0415 - torch

    return Job(
        model,
        source,
        how.batch_size,
        answers(source.classes, model),
        None if how.layers is None else tuple(how.layers),
        how.damaged == "stop",
    )


def answers(classes: Sequence[str] | None, model: "LoadedModel") -> tuple[int, ...] | None:
    """The logit of each class of a source: by name or, where there are as many, by place.

    Returns:
        None where a source has no classes, or the network has others.
    """
    from inspector.zoo import class_names  # noqa: PLC0415 - it may ask timm

    if not classes or model.card.kind != "classification":
        return None
    names = {_plain(name): place for place, name in enumerate(class_names(model.card) or ())}
    found = [names.get(_plain(name)) for name in classes]
    if None not in found:
        return tuple(place for place in found if place is not None)
    return tuple(range(len(classes))) if len(classes) == model.card.num_classes else None


def _plain(name: str) -> str:
    return name.casefold().replace("_", " ").strip()


def _run(job: "Job", how: Manner, files: ShardFiles, log: Log) -> None:
    """Surveys and commits the shards that are not yet committed."""
    from inspector.surveys.engines import engine  # noqa: PLC0415 - torch

    shards = job.source.shards(how.shard_size)
    done = files.done()
    left = [shard for shard in shards if shard.number not in done]
    count = _Count(shards, left)
    log.write("begin", items=count.total, committed=count.done, shards=len(shards), **_told(how))
    for step in engine(how.engine)(job, left, how.room) if left else ():
        count.add(step.items, len(step.skipped))
        for key, reason in step.skipped:
            log.write("skipped", key=key, reason=reason)
        if step.tally is not None:
            files.commit(step.shard, step.tally)
            log.write("committed", shard=step.shard, pictures=step.tally.pictures)


class _Count:
    """How many items are done, told to who listens for progress."""

    def __init__(self, shards: Sequence[Shard], left: Sequence[Shard]) -> None:
        self.total = sum(shard.count for shard in shards)
        self.done = self.total - sum(shard.count for shard in left)
        self.skipped = 0
        self._tell()

    def add(self, items: int, skipped: int) -> None:
        self.done += items
        self.skipped += skipped
        self._tell()

    def _tell(self) -> None:
        tell(self.done, self.total, f"images, {self.skipped} skipped" if self.skipped else "images")


def _told(how: Manner) -> dict[str, Any]:
    return {k: v for k, v in asdict(how).items() if k not in ("log", "layers", "address")}


def _finish(  # noqa: PLR0913
    job: "Job",
    how: Manner,
    files: ShardFiles,
    path: Path,
    identity: Mapping[str, Any],
    *,
    force: bool,
) -> None:
    """Merges all shards and writes the store."""
    from inspector.zoo import class_names  # noqa: PLC0415 - it may ask timm

    model = job.model
    places = [f"class {place}" for place in range(model.card.num_classes)]
    tree = store.tree_of(
        files.result(),
        {**identity, **_manifest(model, how)},
        job.source.classes or (),
        class_names(model.card) or places,
    )
    store.write(tree, path, force=force)


def _manifest(model: "LoadedModel", how: Manner) -> dict[str, Any]:
    """What is worth knowing of a survey, and may change when it is resumed."""
    weights = model.weights
    return {
        "weights": weights.label,
        "trained": int(weights.trained),
        "weights_gaps": weights.gaps,
        "device": str(model.device),
        "engine": how.engine,
        "batch_size": how.batch_size,
    }
