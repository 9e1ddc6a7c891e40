"""Findings from the shell: the page of what trained networks show, written anew."""

from collections.abc import Iterable
from pathlib import Path

from inspector.cli.messages import Meter, say
from inspector.findings.making import make
from inspector.findings.study import Study
from inspector.progress import listening
from inspector.training.images import Images, cifar10


def write(
    folder: Path,
    data: Path,
    images: int | None,
    only: Iterable[str],
    kept: Path | None,
    device: str,
) -> None:
    """Writes findings.md and its figures.

    Args:
        folder: where they are written.
        data: the packed file of CIFAR-10, or torchvision's folder.
        images: how many test images; all of them if None.
        only: keys of the findings wanted; all if there is none.
        kept: where findings are kept once made, and taken from; nowhere if None.
        device: "auto", or PyTorch's name.
    """
    every = cifar10(data, "test")
    study = Study(Images(every.pixels[:images], every.labels[:images]), device=device)
    folder.mkdir(parents=True, exist_ok=True)
    with listening(Meter(30.0)):
        page = make(study, folder, only, kept=kept, say=say)
    say(f"Written: {page}")
