"""A quarantine is a process of its own in which a stranger's checkpoint is opened.

Nothing in a checkpoint is run, and yet a few hundred bytes of pickle can keep a reader busy for
years, or have it fill the memory: keys that take forever to hash, an array made of zeros. So such a
file is opened where time and memory are limited, and what comes out is plain: safetensors.
"""

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from inspector.failures import sentence

if TYPE_CHECKING:
    from inspector.checkpoints import Checkpoint

SECONDS = 60
"""How long opening a file may take."""
MEMORY = 4 * 2**30
"""Bytes that it may take beside the libraries."""

_REFUSED = 3
_HELD = "checkpoint"
_SAFE = ".safetensors"


def opened(
    data: bytes, name: str, *, seconds: float = SECONDS, memory: int = MEMORY
) -> "Checkpoint":
    """Returns the weights in the bytes of a file, as `read_checkpoint` does.

    Args:
        data: the whole file.
        name: what readers are told that it is called; nothing else is made of it.
        seconds: that opening it may take.
        memory: bytes that it may take.

    Raises:
        ValueError: it is refused, or takes too much time or memory.
    """
    with TemporaryDirectory(prefix="inspector-") as folder:
        suffix = _SAFE if name.lower().endswith(_SAFE) else ".pth"
        given, plain = Path(folder, f"given{suffix}"), Path(folder, f"plain{_SAFE}")
        given.write_bytes(data)
        words = [str(given), str(plain), name, str(int(seconds)), str(memory)]
        status, said = _run(words, seconds)
        if status == 0:
            return _plain(plain, name)
    if status == _REFUSED:
        raise ValueError(said)
    raise ValueError(
        f"{name} was not opened: it took more than {seconds:g} s or {memory / 2**30:.3g} GiB, as "
        "no file of weights does. Save the state_dict() of the network alone, as safetensors."
    )


def _run(words: list[str], seconds: float) -> tuple[int, str]:
    """Returns the exit status of the process, and what it said."""
    # found where this process found it, also without an installation
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "inspector.quarantine", *words],
            env=surroundings,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 1, ""
    return done.returncode, done.stdout.decode(errors="replace").strip()


def _plain(path: Path, name: str) -> "Checkpoint":
    from safetensors import safe_open  # noqa: PLC0415 - slow to import

    from inspector.checkpoints import Checkpoint  # noqa: PLC0415 - it imports torch

    with safe_open(path, "pt") as file:
        held = json.loads(file.metadata()[_HELD])
        state = {key: file.get_tensor(key).clone() for key in file.keys()}  # noqa: SIM118
    return Checkpoint(
        name=name,
        sha256=held["sha256"],
        entry=held["entry"],
        others=tuple(held["others"]),
        state=state,
        notes=tuple(held["notes"]),
    )


def _main(given: str, plain: str, name: str, seconds: str, memory: str) -> int:
    """Opens a file inside the quarantine; the exit status."""
    from safetensors.torch import save_file  # noqa: PLC0415 - only in the other process

    from inspector.checkpoints import read_checkpoint  # noqa: PLC0415

    _limit(int(seconds), int(memory))
    try:
        found = read_checkpoint(given, name=name)
    except ValueError as error:
        print(sentence(error) or f"{name} could not be read as a checkpoint.")  # noqa: T201
        return _REFUSED
    held = json.dumps(asdict(replace(found, state={})))
    state = {key: value.contiguous().clone() for key, value in found.state.items()}
    save_file(state, plain, metadata={_HELD: held})
    return 0


def _limit(seconds: int, memory: int) -> None:
    """Bounds what this process may still take, where the system lets it."""
    try:
        import resource  # noqa: PLC0415 - not on every system

        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (ImportError, OSError):
        return
    most = pages * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
