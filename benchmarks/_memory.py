"""A peak is the most memory that one way needs at once, beyond what is there before it starts.

On a GPU it is what PyTorch has allocated. On a processor it is the resident size, which one process
cannot tell of two ways: free memory that the first left behind hides what the second takes. So each
way runs in a process of its own, once on one image, for what only the first pass loads, and once as
asked; large blocks go back to the system as soon as they are free, so that the size is that of what
is alive. That needs Linux, where a process can read its largest size.
"""

import ctypes
import gc
import multiprocessing
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from inspector.zoo import LoadedModel, load_model

MEBIBYTE = 2**20
M_MMAP_THRESHOLD = -3
"""As in glibc's malloc.h."""
STATUS = Path("/proc/self/status")
PRELOADED = ["torch", "torchvision", "timm", "captum.attr", "xarray"]
"""What the processes have in common is imported once."""

Way = Callable[[LoadedModel, int, str], Callable[[], object]]
"""Returns what a name does with a model and some number of images; it stands atop a module."""


def peaks(
    way: Way, names: Iterable[str], model: LoadedModel, samples: int
) -> dict[str, int] | None:
    """Returns the peak of each way in bytes, None where that cannot be told."""
    if model.device.type == "cuda":
        return {name: _allocated(way(model, samples, name)) for name in names}
    if not STATUS.exists():
        return None
    threads = torch.get_num_threads()
    return {name: _in_fresh_process(way, model.name, samples, name, threads) for name in names}


def _in_fresh_process(*job: Any) -> int:
    """Calls `_resident` in a process that has done nothing but import."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    with ProcessPoolExecutor(1, mp_context=context) as process:
        return process.submit(_resident, *job).result()


def _allocated(way: Callable[[], object]) -> int:
    """The peak of a way on the GPU, in bytes."""
    way()
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    way()
    torch.cuda.synchronize()
    return torch.cuda.max_memory_allocated() - before


def _resident(way: Way, model: str, samples: int, name: str, threads: int) -> int:
    """The peak of a way on the processor, in bytes; this process is to have done nothing else."""
    _keep_no_free_block()
    torch.set_num_threads(threads)
    loaded = load_model(model, device="cpu")
    way(loaded, 1, name)()
    measured = way(loaded, samples, name)
    gc.collect()
    before = _status("VmRSS")
    measured()
    return _status("VmHWM") - before


def _keep_no_free_block() -> None:
    """Has each block of 64 KiB or more mapped alone, and so unmapped when it is freed."""
    with suppress(AttributeError):  # of glibc alone
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 2**16)


def _status(key: str) -> int:
    """A size of this process in bytes."""
    lines = (line.split() for line in STATUS.read_text().splitlines())
    return next(int(words[1]) * 1024 for words in lines if words[0] == f"{key}:")
