"""A surveying is a survey made from a shell: its command, and how far it is, told as it goes.

The command stands beside those of `inspector.cli.commands`, whose options it shares.
"""

import time
from pathlib import Path
from typing import Annotated, Literal

import typer

from inspector import allocation
from inspector.cli.commands import Force, of_a_network, program
from inspector.cli.messages import PAUSE, say
from inspector.zoo import Request


@program.command()
@of_a_network
def survey(  # noqa: PLR0913, PLR0917 - each parameter is an option
    request: Request,
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="Folder of pictures; .npz, .npy, .parquet or .tar file; torchvision:NAME.",
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Store to write, OUT.zarr.")],
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a survey that was ended.")
    ] = False,
    engine: Annotated[
        Literal["local", "ray"], typer.Option(help="This machine, or a Ray cluster.")
    ] = "local",
    address: Annotated[
        str | None, typer.Option(help="Of the Ray cluster, such as auto; one is started if not.")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes that decode; with ray, that have the network.")
    ] = 0,
    processes: Annotated[
        int, typer.Option(min=0, help="That have the network, if not one per GPU.")
    ] = 0,
    batch_size: Annotated[
        int, typer.Option(min=1, help="Images that pass the network at once.")
    ] = 32,
    shard_size: Annotated[
        int, typer.Option(min=1, help="Images that are committed at once, and held in memory.")
    ] = 1024,
    on_damaged: Annotated[
        Literal["skip", "stop"], typer.Option(help="What a damaged image does to the survey.")
    ] = "skip",
    layer: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Layer to survey; may be repeated.")
    ] = None,
    effects: Annotated[
        int, typer.Option(min=0, help="Images whose attention is cut part by part, as a sample.")
    ] = 0,
    effects_of: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND", help="Parts to cut; may be repeated. All but heads if not."),
    ] = None,
    effects_seed: Annotated[int, typer.Option(min=0, help="Of the draw of those images.")] = 0,
    log: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What happens, in lines of JSON.")
    ] = None,
    force: Force = False,
) -> None:
    """Tell what attention does over a whole folder or data set.

    Every image passes the network once. What is written are distributions of retrieval weights,
    gates and slot use: moments, quantiles and histograms, by class and by whether the network was
    right, and the images that deviate most; with --effects what cutting each part does to the
    logits of some of them. An ended survey goes on with --resume, to the result
    that it would have had.
    """
    from inspector.cli.capturing import opened  # noqa: PLC0415 - torch
    from inspector.progress import listening  # noqa: PLC0415
    from inspector.surveys import survey as surveyed  # noqa: PLC0415

    if output.suffix != ".zarr":
        raise ValueError(f"Expected an output ending in .zarr, got {output.name!r}. Rename it.")
    allocation.keep_freed_memory()
    with listening(Pace()):
        made = surveyed(
            opened(request),
            source,
            output,
            resume=resume,
            force=force,
            engine=engine,
            address=address,
            workers=workers,
            processes=processes,
            batch_size=batch_size,
            shard_size=shard_size,
            damaged=on_damaged,
            layers=layer,
            log=log,
            effects=effects,
            effects_of=effects_of,
            effects_seed=effects_seed,
        )
    about = made.about
    say(f"{output}: {about['images']} images of {about['source']}, {about['skipped']} skipped")


class Pace:
    """A listener of ``inspector.progress`` that says how fast a survey is and what time is left."""

    def __init__(self, pause: float = PAUSE) -> None:
        """Args: seconds between two messages."""
        self._pause = pause
        self._begin: tuple[float, int] | None = None
        self._last = float("-inf")

    def __call__(self, done: int, total: int, what: str) -> None:
        """Says how far it is if the last message is long enough ago, or nothing is left."""
        now = time.monotonic()
        began, before = self._begin = self._begin or (now, done)
        if now - self._last < self._pause and done < total:
            return
        self._last = now
        rate = (done - before) / (now - began) if now > began else 0.0
        say(f"{done} of {total} {what}{_rate(rate, total - done)}")


def _rate(rate: float, left: int) -> str:
    """Images per second, and the time that is left at that rate."""
    if rate <= 0:
        return ""
    return f"; {rate:.3g} a second" + (f", {_spoken(left / rate)} left" if left else "")


def _spoken(seconds: float) -> str:
    """Seconds as a reader tells them.

    >>> _spoken(42), _spoken(3700), _spoken(200000)
    ('42 s', '1 h 1 min', '2 d 7 h')
    """
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = int(seconds // 60)
    if minutes < 60:
        return f"{minutes} min {seconds % 60:.0f} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 24 else f"{hours // 24} d {hours % 24} h"
