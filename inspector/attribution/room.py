"""Room is how many images a device can hold on their way through a network and back."""

from pathlib import Path

import torch

from inspector.attribution.graph import graph_of
from inspector.zoo import LoadedModel

SHARE = 0.25
"""Of the memory that is free, so that neighbours and what we do not know of find room as well."""

PAYING = {"cuda": (64 * 224 * 224, 512)}
"""Pixels and images at once beyond which a kind of device gains no speed."""

USUAL = 4 * 224 * 224, 32
"""The same of any other device: a processor grows slower when its caches are full.

A pass cannot be ended on its way, so that a larger one would only be waited for.
"""

_MEMORY = Path("/proc/meminfo")


def chunk_of(model: LoadedModel, size: tuple[int, ...]) -> int:
    """How many images (rgb, y, x) to send through a network at once: what fits and pays, or 1."""
    most_pixels, most_images = PAYING.get(model.device.type, USUAL)
    most = min(most_pixels // (size[1] * size[2]), most_images)
    graph, free = graph_of(model, size), free_bytes(model.device)
    if graph is not None and free is not None:
        most = min(most, int(SHARE * free) // max(graph.memory, 1))
    return max(most, 1)


def free_bytes(device: torch.device) -> int | None:
    """Memory that can still be had on a device, in bytes; None where nobody tells."""
    if device.type == "cuda":
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + unused
    if device.type != "cpu" or not _MEMORY.exists():
        return None
    lines = dict(line.split(":", 1) for line in _MEMORY.read_text().splitlines() if ":" in line)
    available = lines.get("MemAvailable")
    return 1024 * int(available.split()[0]) if available else None
