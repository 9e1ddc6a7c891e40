"""Devices are found by name, and a lack of memory is said in words."""

import weakref

import pytest
import torch

from inspector.devices import (
    OutOfMemory,
    device_title,
    explain_out_of_memory,
    memory_guard,
    pick_device,
)


@pytest.fixture
def machine(monkeypatch):
    """Pretends a number of GPUs, and whether there is one of Apple's."""

    def pretend(gpus, *, apple):
        monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: apple)

    return pretend


@pytest.mark.parametrize(
    ("gpus", "apple", "name", "expected"),
    [
        (0, False, "auto", "cpu"),
        (0, True, "auto", "mps"),
        (2, False, "auto", "cuda:0"),
        (2, False, "cuda", "cuda:0"),
        (2, False, "cuda:1", "cuda:1"),
        (2, False, "cpu", "cpu"),
    ],
)
def test_pick_device(machine, gpus, apple, name, expected):
    machine(gpus, apple=apple)
    assert str(pick_device(name)) == expected


@pytest.mark.parametrize("name", ["cuda", "cuda:0", "mps", "tpu"])
def test_absent_devices_are_named(machine, name):
    machine(0, apple=False)
    with pytest.raises(ValueError, match=f"no device '{name}' here, only cpu"):
        pick_device(name)


def test_titles(monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA H100")
    assert device_title(torch.device("cpu")) == "CPU"
    assert device_title(torch.device("cuda:0")) == "NVIDIA H100 (cuda:0)"


@pytest.mark.parametrize(
    ("error", "size"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 512.00 MiB."), "0.5 GiB"),
        (RuntimeError("can't allocate memory: you tried to allocate 4294967296 bytes."), "4 GiB"),
    ],
)
def test_the_size_asked_for_is_told(error, size):
    assert f"no memory left for {size} more" in explain_out_of_memory(error)


def test_other_errors_are_not_explained():
    assert explain_out_of_memory(RuntimeError("shapes differ")) is None
    assert explain_out_of_memory(ValueError("out of memory")) is None
    assert "no memory left" in explain_out_of_memory(MemoryError())


def test_memory_guard_frees_what_the_failed_call_held():
    held = []

    def fails():
        kept = torch.zeros(8)
        held.append(weakref.ref(kept))
        return torch.empty(2**50)

    with pytest.raises(OutOfMemory, match="smaller image") as caught, memory_guard():
        fails()
    assert held[0]() is None
    assert caught.value.__cause__ is None


def test_memory_guard_lets_other_errors_pass():
    with pytest.raises(RuntimeError, match="shapes differ"), memory_guard():
        raise RuntimeError("shapes differ")
