import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from inspector.training.images import Images
from inspector.training.recipe import Recipe


def _coloured(count: int, seed: int) -> Images:
    """Noise of which one channel is brighter, by the class: 0, 1 or 2."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 3
    pixels = torch.randint(0, 120, (count, 3, 32, 32), generator=generator)
    pixels[torch.arange(count), labels] += 120
    return Images(pixels.to(torch.uint8), labels)


@pytest.fixture(scope="session")
def train_images() -> Images:
    return _coloured(64, 1)


@pytest.fixture(scope="session")
def test_images() -> Images:
    return _coloured(30, 2)


@pytest.fixture
def recipe() -> Recipe:
    return Recipe(
        "cifar_resnet56",
        options={"blocks": 1},
        epochs=3,
        batch_size=16,
        rate=0.05,
        warmup=1,
        crop=16,
        whole=1,
        average=0.5,
        kept=(0, 2),
    )


def _strips(images: Images, split: str) -> dict[str, np.ndarray]:
    """A split as the packed file has it: two pictures of stacked images, and the labels."""
    rows = images.pixels.permute(0, 2, 3, 1).numpy()
    strips = {}
    for number, part in enumerate(np.array_split(rows, 2)):
        buffer = io.BytesIO()
        Image.fromarray(part.reshape(-1, 32, 3)).save(buffer, "png")
        strips[f"{split}_x_{number:03}"] = np.frombuffer(buffer.getvalue(), np.uint8)
    return {**strips, f"{split}_y": images.labels.numpy().astype(np.uint8)}


@pytest.fixture(scope="session")
def pack(
    train_images: Images, test_images: Images, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The two sets of images as a packed file."""
    path = tmp_path_factory.mktemp("data") / "pack.npz"
    np.savez(path, **_strips(train_images, "train"), **_strips(test_images, "test"))
    return path
