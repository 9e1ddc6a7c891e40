"""Room is how many images a device can hold on their way through a network and back."""

from pathlib import Path

import torch

from inspector.attribution.graph import graph_of
from inspector.zoo import LoadedModel

SHARE = 0.25
"""Of the memory that is free, so that neighbours and what we do not know of find room as well."""

MOST = {"cuda": 64 * 224 * 224}
"""Pixels at once beyond which a kind of device gains no speed."""

USUAL = 8 * 224 * 224
"""The same of any other device."""

_MEMORY = Path("/proc/meminfo")


def chunk_of(model: LoadedModel, size: tuple[int, ...]) -> int:
    """How many images (rgb, y, x) to send through a network at once: what fits and pays, or 1."""
    pixels = size[1] * size[2]
    most = MOST.get(model.device.type, USUAL) // pixels
    graph, free = graph_of(model, size), free_bytes(model.device)
    if graph is None or free is None:
        return max(min(most, USUAL // pixels), 1)
    return max(min(most, int(SHARE * free) // max(graph.memory, 1)), 1)


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
