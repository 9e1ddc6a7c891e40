import io

import numpy as np
import pytest
import torch
from PIL import Image

from inspector.training.augmentation import cropped, mirrored
from inspector.training.images import cifar10


def _strip(pixels: np.ndarray) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(pixels.reshape(-1, 32, 3)).save(buffer, "png")
    return np.frombuffer(buffer.getvalue(), np.uint8)


def test_a_pack_is_read_in_order(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), np.uint8)
    np.savez(
        tmp_path / "pack.npz",
        test_x_000=_strip(pixels[:3]),
        test_x_001=_strip(pixels[3:]),
        test_y=np.arange(5, dtype=np.uint8),
    )
    images = cifar10(tmp_path / "pack.npz", "test")
    assert torch.equal(images.pixels, torch.from_numpy(pixels).permute(0, 3, 1, 2))
    assert images.labels.tolist() == [0, 1, 2, 3, 4]


def test_another_file_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    with pytest.raises(ValueError, match=r"Expected a pack of CIFAR-10 .* got .*other\.npz with x"):
        cifar10(tmp_path / "other.npz", "train")


def test_an_empty_folder_tells_how_to_download(tmp_path):
    with pytest.raises(FileNotFoundError, match="download=True"):
        cifar10(tmp_path, "test")


def test_a_crop_is_a_window_of_its_image():
    pixels = torch.arange(6 * 3 * 8 * 8).view(6, 3, 8, 8)
    torch.manual_seed(0)
    found = cropped(pixels, 5, 2)
    padded = torch.nn.functional.pad(pixels.float(), (2, 2, 2, 2), mode="reflect").long()
    windows = padded.unfold(2, 5, 1).unfold(3, 5, 1)  # [image, channel, top, left, y, x]
    places = [
        [(top, left) for top in range(8) for left in range(8)
         if torch.equal(windows[image, :, top, left], found[image])]
        for image in range(6)
    ]
    assert all(places)
    assert len({tuple(place) for place in places}) > 1


def test_about_half_of_the_images_are_mirrored():
    pixels = torch.rand(400, 1, 2, 3)
    torch.manual_seed(0)
    found = mirrored(pixels)
    turned = (found == pixels.flip(-1)).flatten(1).all(1)
    same = (found == pixels).flatten(1).all(1)
    assert torch.equal(turned, ~same)
    assert 160 < int(turned.sum()) < 240
