"""A reproduction draws a capsule's figure again and says whether it is what was stored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from inspector.capsules import BadCapsule, Capsule, differences, open_capsule, redrawn
from inspector.capsules.manifest import versions
from inspector.capsules.rerunning import (
    difference,
    of_one_network,
    require_same_images,
    rerun,
)
from inspector.cli.capturing import opened, photos_of
from inspector.cli.drawing import write
from inspector.export import ExportUnavailable
from inspector.plates import Paper
from inspector.renderer import hindrance
from inspector.sources import PREFIXES
from inspector.views.exhibit import Exhibit
from inspector.zoo import Request

Ask = Callable[..., Request]
"""Makes the request of a network by its name (`model`), with the options of the command line."""


@dataclass
class Findings:
    """What was found of a capsule: lines to be told, and whether all is as it was stored."""

    lines: list[str] = field(default_factory=list)
    identical: bool = True

    def add(self, what: str, unlike: Sequence[str], alike: str) -> None:
        """Adds one comparison: what differs, or the words for nothing."""
        self.lines += [f"{what}: {one}" for one in unlike] or [f"{what}: {alike}"]
        self.identical &= not unlike


def reproduced(path: Path) -> tuple[Capsule, Findings]:
    """Returns a capsule and what its figure is like, drawn from its arrays again.

    Raises:
        BadCapsule: it cannot be opened safely.
    """
    capsule = open_capsule(path)
    told, view = capsule.manifest, capsule.exhibit.view
    findings = Findings([f"{told.title} ({view.key}), made {told.made}"])
    findings.add("members", [], f"{len(told.members)}, each with the SHA-256 of the manifest")
    findings.add("figure", differences(capsule), "identical on this machine")
    if capsule.vector and (reason := hindrance()):
        findings.lines.append(f"vector figure: not compared. {reason}")
    others = _other_versions(capsule)
    findings.lines += [f"made with other versions: {', '.join(others)}"] if others else []
    return capsule, findings


def run_again(
    capsule: Capsule, ask: Ask, network: str | None, images: Sequence[str], findings: Findings
) -> None:
    """Adds to the findings how far the network's arrays are now from the stored ones.

    Args:
        capsule: that was opened.
        ask: makes the request of the network.
        network: its name; as the capsule tells, if None.
        images: the original picture files.
        findings: to add to.

    Raises:
        NotTheSame: weights or images are not those of the capsule, or it compares two or is of
            surveys.
        ValueError: the network cannot be opened as asked.
    """
    stored = of_one_network(capsule.exhibit)
    photos = photos_of(images)
    require_same_images(stored.provenance, photos)
    loaded = opened(ask(model=network or _name(stored)))
    found = difference(stored, rerun(stored, loaded, photos))
    unlike = [f"{name} has other labels or another size" for name in found.unlike]
    if found.largest:
        unlike.append(f"largest difference {found.largest:.3g}, at {found.where}")
    findings.add("arrays, run again", unlike, "identical, largest difference 0")


def write_again(capsule: Capsule, output: Path, paper: Paper, *, force: bool) -> None:
    """Writes the figure of a capsule, drawn again.

    Raises:
        BadCapsule: its arrays, or what it tells of them, cannot be drawn or written.
        OSError: the output cannot be written.
        ExportUnavailable: there is no browser to draw it.
    """
    redrawn(capsule.exhibit)  # a stranger's arrays are refused in words, and before anything else
    try:
        write(output, capsule.exhibit, paper, force=force)
    except (OSError, ValueError, ExportUnavailable):
        raise
    except Exception as error:  # what a stranger told of the arrays may fail in any way
        raise BadCapsule(
            f"What the capsule tells of its arrays cannot be written ({type(error).__name__}: "
            f"{str(error)[:200]}). It was made by another version, or changed since."
        ) from error


def _name(stored: Exhibit) -> str:
    name = str(stored.provenance.about.get("model", ""))
    if name.startswith(PREFIXES):
        raise ValueError(
            f"The capsule names {name[:80]!r}, which would be fetched. If you want that, say so "
            "with --network."
        )
    return name


def _other_versions(capsule: Capsule) -> list[str]:
    """The packages whose versions are others here: "torch 2.14.0 (here 2.15.0)"."""
    here = versions()
    return [
        f"{name} {then} (here {here[name]})"
        for name, then in capsule.manifest.versions.items()
        if name in here and here[name] != then
    ]
