"""A device is where a network runs, and where its memory ends."""

import gc
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_ALLOCATION = re.compile(r"tried to allocate ([\d.]+) (bytes|[KMG]iB)", re.IGNORECASE)
_GIB = {"bytes": 2**-30, "KiB": 2**-20, "MiB": 2**-10, "GiB": 1.0}
_SIGNS = ("out of memory", "can't allocate memory")


class OutOfMemory(RuntimeError):
    """A network needed more memory than its device has."""


def pick_device(name: str = "auto") -> torch.device:
    """Returns the device to run on.

    Args:
        name: "auto" for the fastest one present, or PyTorch's name such as "cpu" or "cuda:1".

    Raises:
        ValueError: if this machine has no such device.
    """
    present = _present()
    wanted = {"auto": present[0], "cuda": "cuda:0"}.get(name, name)
    if wanted not in present:
        raise ValueError(
            f"There is no device {name!r} here, only {', '.join(present)}. "
            "Choose one of these, or 'auto' for the fastest."
        )
    return torch.device(wanted)


def device_title(device: torch.device) -> str:
    """Returns the name a reader knows, "CPU" or "NVIDIA H100 (cuda:0)"."""
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)} ({device})"
    return {"cpu": "CPU", "mps": "Apple GPU (mps)"}.get(device.type, str(device))


def explain_out_of_memory(error: BaseException) -> str | None:
    """Returns a sentence for an allocation that failed, None for any other error."""
    if not _is_out_of_memory(error):
        return None
    asked = _ALLOCATION.search(str(error))
    size = f" for {float(asked[1]) * _GIB[asked[2]]:.2g} GiB more" if asked else ""
    return (
        f"There is no memory left{size}. "
        "Use a smaller image, a smaller batch or a smaller network, or another device."
    )


@contextmanager
def memory_guard() -> Iterator[None]:
    """Turns a failed allocation inside the block into `OutOfMemory`, and frees what it held.

    Raises:
        OutOfMemory: in the place of PyTorch's error.
    """
    sentence = None
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        sentence = explain_out_of_memory(error)
        if sentence is None:
            raise
        # the traceback's frames still hold the tensors of the failed call
        traceback.clear_frames(error.__traceback__)
    if sentence is not None:
        _free_caches()
        raise OutOfMemory(sentence) from None


def _present() -> list[str]:
    """Returns the names of the devices of this machine, fastest first."""
    gpus = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    return [*gpus, *(["mps"] if torch.backends.mps.is_available() else []), "cpu"]


def _is_out_of_memory(error: BaseException) -> bool:
    # the CPU's allocator and older drivers raise a plain RuntimeError
    signs = isinstance(error, RuntimeError) and any(sign in str(error).lower() for sign in _SIGNS)
    return signs or isinstance(error, MemoryError)


def _free_caches() -> None:
    gc.collect()
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()
