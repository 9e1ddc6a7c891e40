"""Allocation is how the C library hands out memory; by default it gives back what a pass frees.

A network frees and asks for the same hundreds of megabytes in every pass. The system hands them out
page by page, cleared, which can take a fifth of the time of a pass on a CPU.
"""

import ctypes

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4
"""Parameters of glibc's `mallopt`, as its header numbers them."""
_NEVER, _STEP = 2**31 - 1, 256 * 2**20


def keep_freed_memory() -> bool:
    """Lets this process keep what it frees, for the rest of its life: it takes its peak throughout.

    For processes that do nothing but pass after pass. Returns whether the C library can be told so;
    that is glibc's, of Linux.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):  # TypeError: Windows has no None
        return False
    wanted = {_MMAP_MAX: 0, _TRIM_THRESHOLD: _NEVER, _TOP_PAD: _STEP}
    return min(mallopt(parameter, value) for parameter, value in wanted.items()) == 1
