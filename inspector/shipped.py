"""Shipped weights are those of small networks that were trained for this toolkit and lie in it.

`inspector train` makes them, and `inspector evaluate` tells how good they are. Importing this is
instant.
"""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "weights"


def trained(name: str) -> Path | None:
    """Returns the file of a network's trained weights, None where none is shipped."""
    path = FOLDER / f"{name}.safetensors"
    return path if path.is_file() else None


def stages(name: str) -> dict[int, Path]:
    """Returns files of its weights on the way, by the number of epochs that were done by then."""
    found = FOLDER.glob(f"{name}-*.safetensors")
    numbered = {int(path.stem.removeprefix(f"{name}-")): path for path in found}
    return dict(sorted(numbered.items()))


@cache
def record_of(name: str) -> dict[str, Any]:
    """Returns what is known of a network's training: recipe, log, accuracy, digest of the file.

    Raises:
        ValueError: no weights are shipped for it.
    """
    path = trained(name)
    if path is None:
        raise ValueError(f"No trained weights are shipped for {name}.")
    return json.loads(path.with_suffix(".json").read_text())


def require_recorded(name: str) -> None:
    """Refuses shipped weights whose record is that of another file.

    Raises:
        ValueError: the file was changed since it was evaluated, or none is shipped.
    """
    record, path = record_of(name), FOLDER / f"{name}.safetensors"
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != record["sha256"]:
        raise ValueError(
            f"Expected in {path} the file that its record tells of (sha256 "
            f"{record['sha256'][:12]}), got another ({found[:12]}), whose accuracy nobody "
            "measured. Install the toolkit anew."
        )


def told(name: str) -> str:
    """Returns in words how good its weights are: "91.2 % of CIFAR-10's test images".

    Raises:
        ValueError: no weights are shipped for it.
    """
    return f"{share(name)} of {record_of(name)['data']}'s test images"


def share(name: str) -> str:
    """Returns how many of all test images its weights name rightly: "91.2 %".

    Raises:
        ValueError: no weights are shipped for it.
    """
    return f"{100 * record_of(name)['accuracy']:.1f} %"


def card_of(name: str) -> str:
    """Returns the model card of its weights, in Markdown."""
    return (FOLDER / f"{name}.md").read_text()
