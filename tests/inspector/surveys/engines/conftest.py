"""One small Ray cluster of this machine for all tests, and pictures to survey on it."""

from __future__ import annotations

import os

import numpy as np
import pytest

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"


@pytest.fixture(scope="session")
def cluster(request):
    """Address of a cluster of two CPUs, which this process is connected to."""
    ray = pytest.importorskip("ray", reason="ray, of the extra ray, is not installed")
    with pytest.MonkeyPatch.context() as patched:  # what its processes inherit
        patched.setenv("PYTHONPATH", str(request.config.rootpath))
        patched.setenv("OMP_NUM_THREADS", "1")
        _init(ray)
    yield ray.get_runtime_context().gcs_address
    ray.shutdown()


def _init(ray):
    ray.init(
        address="local",
        num_cpus=2,
        num_gpus=0,
        object_store_memory=100 * 2**20,
        include_dashboard=False,
        log_to_driver=False,
    )


@pytest.fixture(scope="session")
def pack(tmp_path_factory):
    """A file of 60 pictures of noise in ten classes."""
    rng = np.random.default_rng(7)
    path = tmp_path_factory.mktemp("packs") / "noise.npz"
    images = rng.integers(0, 256, (60, 32, 32, 3), dtype=np.uint8)
    np.savez(path, images=images, labels=rng.integers(0, 10, 60))
    return path
