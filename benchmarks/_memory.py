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
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from _timing import Ways

from inspector.zoo import LoadedModel, load_model

M_MMAP_THRESHOLD = -3
"""As in glibc's malloc.h."""
STATUS = Path("/proc/self/status")
PRELOADED = ["torch", "torchvision", "timm", "captum.attr", "xarray"]
"""What the processes have in common is imported once."""

Build = Callable[[LoadedModel, int], Ways]
"""Returns the ways of a model with some number of images; a function at the top of a module."""


def peaks(build: Build, model: LoadedModel, samples: int) -> dict[str, int] | None:
    """Returns the peak of each way in bytes, None where that cannot be told."""
    names = list(build(model, 1))
    if model.device.type == "cuda":
        return {name: _allocated(build(model, samples)[name]) for name in names}
    if not STATUS.exists():
        return None
    threads = torch.get_num_threads()
    return {name: _in_fresh_process(build, model.name, samples, threads, name) for name in names}


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


def _resident(build: Build, model: str, samples: int, threads: int, name: str) -> int:
    """The peak of a way on the processor, in bytes; this process is to have done nothing else."""
    _keep_no_free_block()
    torch.set_num_threads(threads)
    loaded = load_model(model, device="cpu")
    build(loaded, 1)[name]()
    way = build(loaded, samples)[name]
    gc.collect()
    before = _status("VmRSS")
    way()
    return _status("VmHWM") - before


def _keep_no_free_block() -> None:
    """Has each block of 64 KiB or more mapped alone, and so unmapped when it is freed."""
    with suppress(AttributeError):  # of glibc alone
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 2**16)


def _status(key: str) -> int:
    """A size of this process in bytes."""
    lines = (line.split() for line in STATUS.read_text().splitlines())
    return next(int(words[1]) * 1024 for words in lines if words[0] == f"{key}:")
