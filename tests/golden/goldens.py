"""A golden is a set of numbers that the authors' own code put out, for one network or layer.

Weights and inputs are not stored: `fill.py` makes them from key names and shapes. What it makes
again (inputs) and the middle blocks of the EAMLP were left out of the files to keep them small.
Made in evaluation mode, float32, on a CPU.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tests.golden import fill

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Golden:
    """Numbers of one case by name, and how they were made."""

    meta: dict[str, Any]
    arrays: dict[str, np.ndarray]
    shapes: dict[str, tuple[int, ...]]

    def __getitem__(self, name: str) -> Tensor:
        return torch.from_numpy(self.arrays[name])

    def under(self, prefix: str) -> dict[str, Tensor]:
        """The numbers whose names begin with `prefix`, by the rest of their names."""
        return {
            name.removeprefix(prefix): self[name] for name in self.arrays if name.startswith(prefix)
        }

    def state_dict(self) -> dict[str, Tensor]:
        """The weights of a whole network under the published names."""
        return {key: _weight(key, shape, self.meta) for key, shape in self.shapes.items()}

    def fill(self, module: nn.Module, prefix: str = "") -> nn.Module:
        """The module in evaluation mode with weights filled by name, `prefix` before each."""
        state = module.state_dict()
        filled = {
            key: _weight(prefix + key, value.shape, self.meta) for key, value in state.items()
        }
        module.load_state_dict(filled)
        return module.eval()


def load(case: str) -> Golden:
    """One case by its file name without ending."""
    with np.load(HERE / f"{case}.npz") as file:
        arrays = dict(file)
    meta = _json(f"{case}.json") or json.loads(str(arrays.pop("meta")))
    keys = meta.get("state_dict") or _json(f"{case}.keys.json").get("keys", ())
    return Golden(meta, arrays, {key: tuple(shape) for key, shape, *_ in keys})


def image(size: int, *, seed: int = 1, batch: int = 2) -> Tensor:
    """Images [batch, 3, size, size]."""
    return torch.from_numpy(fill.image(seed, batch, size))


def feature(name: str, *shape: int, relu: bool = False) -> Tensor:
    """A feature map [b, c, h, w] by name."""
    return torch.from_numpy(fill.feature(name, shape, 1, relu=relu))


def tokens(name: str, *shape: int) -> Tensor:
    """A token sequence [b, n, c] by name."""
    return torch.from_numpy(fill.tokens(name, shape, 1))


def _json(name: str) -> dict[str, Any]:
    path = HERE / name
    return json.loads(path.read_text()) if path.exists() else {}


def _weight(key: str, shape: tuple[int, ...], meta: dict[str, Any]) -> Tensor:
    weight = fill.fill(key, shape, meta["seed"])
    factor = meta.get("scale", {}).get(key, 1)
    return torch.from_numpy(np.asarray(weight * factor).astype(weight.dtype))


def furthest(found: Tensor, golden: Tensor) -> float:
    """The largest absolute difference of two tensors of one shape."""
    assert found.shape == golden.shape, f"{tuple(found.shape)} against {tuple(golden.shape)}"
    return float((found.detach() - golden).abs().max())


def far(found: Tensor, golden: Tensor) -> float:
    """The largest difference as a share of the golden's scale, which counts as at least 1.

    MRLA's own code differs by up to 5e-6 on this scale between float32 and float64.
    """
    return furthest(found, golden) / max(1.0, float(golden.abs().max()))
