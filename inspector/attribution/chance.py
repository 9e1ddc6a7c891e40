"""Chance is the random numbers that Captum draws: torch's and numpy's own, one set per process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

_ONE_AT_A_TIME = threading.RLock()
"""Held while they are ours: two threads that draw by turns would both draw other numbers."""


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Draws inside the block depend on the seed alone; the caller's go on as if it were not."""
    gpus = [device] if device.type == "cuda" else []
    with _ONE_AT_A_TIME, torch.random.fork_rng(devices=gpus):
        before = np.random.get_state()  # noqa: NPY002 - Captum draws from numpy's old generator
        torch.default_generator.manual_seed(seed)
        for gpu in gpus:
            with torch.cuda.device(gpu):
                torch.cuda.manual_seed(seed)
        np.random.seed(seed)  # noqa: NPY002 - see above
        try:
            yield
        finally:
            np.random.set_state(before)  # noqa: NPY002 - see above
