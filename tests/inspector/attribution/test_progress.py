"""Progress of an attribution: counted in forward passes, and ended without a trace."""

import pytest
import torch

from inspector.attribution import METHODS, attribute, room
from inspector.progress import listening
from tests.inspector.attribution.planted import SIDE, Linear, Rectified, loaded


class Enough(Exception):
    """What a listener raises to end the work."""


@pytest.fixture(autouse=True)
def one_image_at_a_time(monkeypatch):
    monkeypatch.setattr(room, "USUAL", (SIDE**2, 99))


def heard(model, pixels, method, end=None, **options):
    """What is told of an attribution, ended at the given count."""
    told = []

    def listener(*said):
        told.append(said)
        if end is not None and len(told) > end:
            raise Enough

    with listening(listener):
        attribute(model, pixels, 1, method, **options)
    return told


@pytest.mark.parametrize("method", METHODS)
def test_the_passes_that_are_expected_are_those_that_come(pixels, method):
    told = heard(loaded(Rectified), pixels, method)
    assert {what for *_, what in told} == {"forward passes"}
    assert told[0][0] == 0
    done, total, _ = told[-1]
    assert done == total
    planned = told[0][1]
    if "segments" in METHODS[method].settings({}):  # SLIC makes about as many as it is asked for
        assert planned >= done / 2
    else:
        assert planned == done


def test_every_image_of_a_path_is_counted(pixels):
    told = heard(loaded(Linear), pixels, "integrated_gradients", steps=5)
    assert [done for done, *_ in told] == [*range(15)]
    assert {total for _, total, _ in told} == {14}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("end", [0, 1])
def test_ended_it_leaves_nothing_behind(pixels, method, end):
    model = loaded(Rectified)
    model.module.train()
    model.module.conv.bias.requires_grad_(False)
    flags = [parameter.requires_grad for parameter in model.module.parameters()]
    before, state = [set(vars(part)) for part in model.module.modules()], torch.get_rng_state()
    with pytest.raises(Enough):
        heard(model, pixels, method, end)
    assert all(part.training for part in model.module.modules())
    assert [parameter.requires_grad for parameter in model.module.parameters()] == flags
    hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks")
    assert not any(getattr(part, kind) for part in model.module.modules() for kind in hooks)
    assert [set(vars(part)) for part in model.module.modules()] == before
    assert torch.equal(torch.get_rng_state(), state)
    assert model.lock.acquire(blocking=False)
    model.lock.release()


def test_an_error_on_the_way_leaves_nothing_behind_either(pixels):
    model = loaded(Rectified)

    class Broken(torch.autograd.Function):
        @staticmethod
        def forward(_context, x):
            return x.clone()

        @staticmethod
        def backward(_context, _gradient):
            raise ArithmeticError("no way back")

    handle = model.module.fc.register_forward_pre_hook(lambda _, args: Broken.apply(*args))
    before = [set(vars(part)) for part in model.module.modules()]
    for method in ("guided_backprop", "grad_cam", "saliency"):
        with pytest.raises(ArithmeticError, match="no way back"):
            attribute(model, pixels, 1, method)
    handle.remove()
    assert [set(vars(part)) for part in model.module.modules()] == before
    assert not any(part._forward_hooks for part in model.module.modules())
