"""A machine is what the app runs on, as its reader meets it: the memory in use."""

import os
import sys
from pathlib import Path

_STATM = Path("/proc/self/statm")
_GIB = 2**30


def memory() -> str:
    """Returns what the app holds of the machine's memory and of a GPU's, as a sentence.

    It is the memory of all sessions together. Empty where the system does not tell it cheaply.
    """
    held = [f"{resident / _GIB:.1f} GiB of memory"] if (resident := _resident()) else []
    if gpu := _on_gpu():
        held.append(gpu)
    return f"The app holds {' and '.join(held)}, for all sessions." if held else ""


def _resident() -> int:
    """Bytes of this process that lie in memory; 0 where that cannot be read, as outside Linux."""
    if not _STATM.exists():
        return 0
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _on_gpu() -> str:
    """What is taken of the GPU, by whom ever; nothing before torch has used one."""
    torch = sys.modules.get("torch")  # it is not imported for the sake of a line
    if torch is None or not torch.cuda.is_initialized():
        return ""
    free, total = torch.cuda.mem_get_info()
    return f"{(total - free) / _GIB:.1f} of {total / _GIB:.0f} GiB of the GPU"
