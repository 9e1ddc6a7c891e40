"""Images are a labelled data set as two tensors: small enough to be kept in memory as a whole."""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from zipfile import is_zipfile

import numpy as np
import torch
from PIL import Image
from torch import Tensor

SIDE = 32
TEST_IMAGES = 10_000


@dataclass(frozen=True)
class Images:
    """Images and what they show.

    Attributes:
        pixels: uint8 [n, 3, 32, 32].
        labels: int64 [n].
    """

    pixels: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def digest(self) -> str:
        """Returns the SHA-256 of pixels and labels in their order, however they were packed."""
        parts = (self.pixels.contiguous(), self.labels)
        return hashlib.sha256(b"".join(part.cpu().numpy().tobytes() for part in parts)).hexdigest()


def cifar10(source: str | Path, split: str) -> Images:
    """Returns a split of CIFAR-10.

    Args:
        source: a packed file (.npz of stacked pictures), or the folder that torchvision keeps the
            set in.
        split: "train" (50,000 images) or "test" (10,000).

    Raises:
        FileNotFoundError: there is neither.
        ValueError: the file is not such a pack, or its pictures and labels are not as many.
    """
    path = Path(source)
    if path.suffix == ".npz":
        pixels, labels = _packed(path, split)
    else:
        pixels, labels = _of_torchvision(path, split)
    return Images(
        torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous(), torch.from_numpy(labels)
    )


def _packed(path: Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Pixels (n, y, x, rgb) and labels of a file whose pictures are stacked in strips."""
    if path.is_file() and not is_zipfile(path):
        raise ValueError(
            f"Expected a packed CIFAR-10 (.npz), got {path}, which is another kind of file or cut "
            "short. Copy it again, or give torchvision's folder."
        )
    with np.load(path, allow_pickle=False) as pack:
        names = sorted(name for name in pack.files if name.startswith(f"{split}_x_"))
        if not names or f"{split}_y" not in pack.files:
            raise ValueError(
                f"Expected a pack of CIFAR-10 with {split}_x_... and {split}_y, got {path} with "
                f"{', '.join(pack.files[:6])}. Give one, or torchvision's folder."
            )
        strips = [np.asarray(Image.open(io.BytesIO(pack[name].tobytes()))) for name in names]
        labels = pack[f"{split}_y"].astype(np.int64)
    if {strip.shape[1:] for strip in strips} != {(SIDE, 3)}:
        raise ValueError(f"Expected strips of pictures {SIDE} pixels wide, in colour, in {path}.")
    pixels = np.concatenate(strips)
    if len(pixels) != SIDE * len(labels):
        raise ValueError(
            f"Expected a label for each picture of {path}, found {len(labels)} labels and "
            f"{len(pixels) / SIDE:g} pictures ({split}). Copy the file again."
        )
    return pixels.reshape(-1, SIDE, SIDE, 3), labels


def _of_torchvision(folder: Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    from torchvision.datasets import CIFAR10  # type: ignore[import-untyped]  # noqa: PLC0415

    try:
        found = CIFAR10(folder, train=split == "train", download=False)
    except RuntimeError as error:
        raise FileNotFoundError(
            f"Expected CIFAR-10 in {folder}, found none. Download it with "
            f"torchvision.datasets.CIFAR10('{folder}', download=True), or give a packed .npz file."
        ) from error
    return found.data, np.asarray(found.targets, dtype=np.int64)
