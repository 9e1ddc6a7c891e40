"""A hold is the right to write a survey to one place, which one process at a time can have.

It is a lock of the operating system's on a file beside the output, so it ends with its process,
however that ends; nothing stale is left to be judged by its age. Over a network file system it is
as good as the server's locks, see ``docs/surveys.md``.
"""

import json
import os
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from errno import ENOLCK, ENOSYS, ENOTSUP
from pathlib import Path

from filelock import FileLock, Timeout

from inspector.surveys.refusals import interrupted

_LOCKLESS = {ENOSYS, ENOTSUP, ENOLCK}
"""What file systems without locks answer."""


class Held(ValueError):
    """A survey that another process is writing at this time."""


@contextmanager
def held(out: Path) -> Iterator[None]:
    """Has the right to write a survey to ``out``, and to the shards beside it.

    Raises:
        Held: another process has it.
        Interrupted: the folder does not take the file.
    """
    path = out.with_name(f"{out.name}.lock")
    lock = FileLock(path, timeout=0, thread_local=False, fallback_to_soft=False)
    try:
        _take(lock, path)
        yield
    finally:
        if lock.is_locked:
            with suppress(OSError):
                path.unlink()  # while it is held: who opened it before finds it gone
        lock.release()


def _take(lock: FileLock, path: Path) -> None:
    try:
        lock.acquire()
    except Timeout:
        raise Held(_sentence(path)) from None
    except OSError as error:
        if error.errno not in _LOCKLESS:
            raise interrupted(f"{error.strerror or error} ({path})") from error
        warnings.warn(
            f"The file system of {path.parent} has no locks: see to it that no other survey "
            "writes there.",
            stacklevel=2,
        )
    else:
        with suppress(OSError):  # a full disk is told by what cannot do without it
            path.write_text(json.dumps(_owner()))


def _owner() -> dict[str, str | int]:
    since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return {"process": os.getpid(), "host": socket.gethostname(), "since": since}


def _sentence(path: Path) -> str:
    return (
        f"{path.with_suffix('').name} is being written by {_holder(path)}. Wait until it is done, "
        f"or end it; if its machine is gone for good, remove {path}."
    )


def _holder(path: Path) -> str:
    try:
        told = json.loads(path.read_text())
        return f"process {told['process']} on {told['host']}, since {told['since']}"
    except (OSError, ValueError, KeyError, TypeError):  # it has not written who it is, or cannot
        return "another process"
