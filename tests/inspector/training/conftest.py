import pytest
import torch

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
