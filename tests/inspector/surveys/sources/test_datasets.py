import hashlib
import pickle

import numpy as np
import pytest

from inspector.surveys.sources import open_source


@pytest.fixture
def cifar(tmp_path, stack, monkeypatch):
    """A folder as torchvision keeps CIFAR-10 in, with four pictures in each split."""
    from torchvision.datasets import CIFAR10  # noqa: PLC0415 - slow to import

    folder = tmp_path / CIFAR10.base_folder
    folder.mkdir()

    def written(name: str, content: dict) -> str:
        (folder / name).write_bytes(pickle.dumps(content))
        return hashlib.md5((folder / name).read_bytes()).hexdigest()

    pictures = np.tile(stack(4)[:, :1, :1], (1, 32, 32, 1)).transpose(0, 3, 1, 2).reshape(4, -1)
    batch = {"data": pictures, "labels": [3, 1, 0, 1]}
    names = {"label_names": ["a", "b", "c", "d"]}
    monkeypatch.setattr(CIFAR10, "train_list", [["one", written("one", batch)]])
    monkeypatch.setattr(CIFAR10, "test_list", [["two", written("two", batch)]])
    meta = {"filename": "meta", "key": "label_names", "md5": written("meta", names)}
    monkeypatch.setattr(CIFAR10, "meta", meta)
    return tmp_path


def test_pictures_and_labels_are_those_of_torchvision(cifar, read):
    source = open_source(f"torchvision:CIFAR10:{cifar}:test")
    items = read(source)
    assert (source.title, source.classes) == ("CIFAR10:test", ("a", "b", "c", "d"))
    assert [item.label for item in items] == [3, 1, 0, 1]
    assert [np.asarray(item.picture)[5, 5].tolist() for item in items] == [
        [number, 255 - number, 7] for number in range(4)
    ]
    assert source.picture("2").label == 0


def test_splits_have_hashes_of_their_own(cifar):
    hashes = [
        open_source(f"torchvision:CIFAR10:{cifar}:{split}").listing_hash()
        for split in ("train", "test", "test")
    ]
    assert hashes[0] != hashes[1] == hashes[2]


def test_nothing_is_downloaded_unasked(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"Expected CIFAR10 in .*none that is whole"):
        open_source(f"torchvision:CIFAR10:{tmp_path}:test")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("torchvision:CIFAR10", "Expected torchvision:NAME:FOLDER"),
        ("torchvision:CIFAR10:data:validation", "Expected train or test for CIFAR10"),
        ("torchvision:EuroSAT:data:test", "Expected no split for EuroSAT"),
        ("torchvision:wrap_dataset_for_transforms_v2:data", "Choose one of .*CIFAR10"),
        ("torchvision:ImageFolder:data", "or give a folder of pictures"),
        ("torchvision:os.system:data", "Expected a data set of torchvision, got 'os.system'"),
    ],
)
def test_other_texts_are_refused_in_words(text, words):
    with pytest.raises(ValueError, match=words):
        open_source(text)
