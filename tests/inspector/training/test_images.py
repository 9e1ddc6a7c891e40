import io

import numpy as np
import pytest
import torch
from PIL import Image

from inspector.training.augmentation import cropped, mirrored
from inspector.training.images import cifar10


def test_a_pack_is_read_in_order(pack, train_images, test_images):
    for split, images in (("train", train_images), ("test", test_images)):
        found = cifar10(pack, split)
        assert torch.equal(found.pixels, images.pixels)
        assert torch.equal(found.labels, images.labels)


def test_another_file_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    with pytest.raises(ValueError, match=r"Expected a pack of CIFAR-10 .* got .*other\.npz with x"):
        cifar10(tmp_path / "other.npz", "train")


def test_a_file_that_is_cut_short_is_refused(pack, tmp_path):
    short = tmp_path / "short.npz"
    short.write_bytes(pack.read_bytes()[:-100])
    with pytest.raises(
        ValueError, match=r"got .*short\.npz, which is another kind .* Copy it again"
    ):
        cifar10(short, "test")


def test_pictures_without_a_label_are_refused(pack, tmp_path):
    with np.load(pack) as whole:
        parts = dict(whole)
    np.savez(tmp_path / "less.npz", **parts | {"test_y": parts["test_y"][:-1]})
    with pytest.raises(ValueError, match=r"found 29 labels and 30 pictures \(test\)"):
        cifar10(tmp_path / "less.npz", "test")


def test_pictures_of_another_size_are_refused(tmp_path):
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((32, 64, 3), np.uint8)).save(buffer, "png")
    strip = np.frombuffer(buffer.getvalue(), np.uint8)
    np.savez(tmp_path / "wide.npz", test_x_0=strip, test_y=np.zeros(2, np.uint8))
    with pytest.raises(ValueError, match="strips of pictures 32 pixels wide"):
        cifar10(tmp_path / "wide.npz", "test")


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
        [
            (top, left)
            for top in range(8)
            for left in range(8)
            if torch.equal(windows[image, :, top, left], found[image])
        ]
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
