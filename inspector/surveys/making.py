"""The making of a survey: shards that are left go through an engine, are committed, and add up."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspector.progress import tell
from inspector.surveys import store
from inspector.surveys.hold import held
from inspector.surveys.identity import identity_of, manifest_of
from inspector.surveys.items import Shard, Source
from inspector.surveys.log import Log
from inspector.surveys.manner import Manner
from inspector.surveys.refusals import NotTheSame, deaths_told
from inspector.surveys.result import Survey, open_survey
from inspector.surveys.shardfiles import ShardFiles, require_same
from inspector.surveys.statistics import Skipped
from inspector.surveys.truth import truth_of

if TYPE_CHECKING:
    from inspector.surveys.engines import Step
    from inspector.surveys.watching import Job
    from inspector.zoo import LoadedModel


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
            ``layers`` (names of host blocks), ``log`` (file for JSON lines), ``effects`` (pictures
            whose parts are cut one by one), ``effects_of`` (kinds of parts, see
            ``inspector.interventions.edges``; all but heads if not given), ``effects_seed``
            (of their choice).

    Raises:
        ValueError: something does not fit, or there is an unfinished survey.
        Held: another process is writing it.
        NotTheSame: resumed with another source, network, weights, preprocessing or shard size.
        Interrupted: the disk is full, or the source vanished; what was committed stays.
        MechanismNotFound: the network has no layer attention.
    """
    path, how = Path(out), Manner(**manner)
    if not path.parent.is_dir():
        raise ValueError(f"Expected a folder {path.parent} for {path.name}. Make it first.")
    with held(path):
        _make(model, _source(source), path, how, resume=resume, force=force)
    return open_survey(path)


def _make(
    model: "LoadedModel", source: Source, path: Path, how: Manner, *, resume: bool, force: bool
) -> None:
    """Writes the survey, unless it is there already."""
    identity = identity_of(model, source, how)
    files = ShardFiles.beside(path)
    if _is_finished(path, files, identity, resume=resume, force=force):
        return
    _begin(files, identity, resume=resume, force=force)
    with Log.to(how.log) as log:
        shards = source.shards(how.shard_size)  # once: a look at every header of a tar set
        job = _job(model, source, how, shards)
        _run(job, shards, how, files, log)
        _finish(job, how, files, path, identity, force=force)
        log.write("written", path=path.name)
    files.remove()


def _source(source: Source | str | Path) -> Source:
    if not isinstance(source, str | Path):
        return source
    from inspector.surveys.sources import open_source  # noqa: PLC0415 - the readers' libraries

    return open_source(str(source))


def _is_finished(
    path: Path, files: ShardFiles, identity: Mapping[str, Any], *, resume: bool, force: bool
) -> bool:
    """Whether there is nothing left to do.

    Raises:
        ValueError: something else lies there, and must not be replaced.
    """
    if not path.exists() or force:
        return False
    if resume and not files.begun:
        require_same(open_survey(path).about, identity)
        return True
    raise ValueError(f"{path} exists already. Choose another name, or replace it with --force.")


def _begin(files: ShardFiles, identity: Mapping[str, Any], *, resume: bool, force: bool) -> None:
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


def _job(model: "LoadedModel", source: Source, how: Manner, shards: Sequence[Shard]) -> "Job":
    from inspector.surveys.watching import Job  # noqa: PLC0415 - torch

    return Job(
        model,
        source,
        how.batch_size,
        truth_of(source.classes, model.card).logits,
        None if how.layers is None else tuple(how.layers),
        how.damaged == "stop",
        None if how.sample is None else how.sample.drawn(shards),
    )


def _run(job: "Job", shards: Sequence[Shard], how: Manner, files: ShardFiles, log: Log) -> None:
    """Surveys and commits the shards that are not yet committed."""
    from inspector.surveys.engines import engine  # noqa: PLC0415 - torch

    done = files.done()
    left = [shard for shard in shards if shard.number not in done]
    count = _Count(shards, left)
    log.write("begin", items=count.total, committed=count.done, shards=len(shards), **how.told())
    if not left:
        return
    with deaths_told():
        for step in engine(how.engine)(job, left, how.room):
            _keep(step, files, log)
            count.add(step.items, len(step.skipped))


def _keep(step: "Step", files: ShardFiles, log: Log) -> None:
    """Commits what an engine has finished."""
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


def _finish(
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
    found = store.Found(
        files.result(),
        tuple(job.source.classes or ()),
        tuple(class_names(model.card) or places),
        Skipped.of(job.source.left_out()),
    )
    tree = store.tree_of(found, {**identity, **manifest_of(model, how)})
    store.write(tree, path, force=force)
