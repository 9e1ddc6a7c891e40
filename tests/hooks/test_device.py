"""What is read stays on its device while the network runs, and is fetched at once afterwards."""

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from hooks import capture
from hooks.labelled import _at_once, fetched

LOOKS = ("aten::_local_scalar_dense", "aten::item", "aten::is_nonzero", "aten::equal")
"""Operations that hand a number to the processor, which on a GPU waits for it."""


class Looks(TorchDispatchMode):
    """Notes every operation that looks into a tensor or moves one."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func._schema.name
        if name in LOOKS or (name == "aten::_to_copy" and "device" in (kwargs or {})):
            self.seen.append(name)
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("detail", ["summary", "full"])
def test_nothing_is_looked_into_while_the_network_runs(model, batch, detail):
    plain, watched = Looks(), Looks()
    with plain, torch.no_grad():
        model(batch)
    with watched:
        capture(model, batch, detail=detail)
    assert watched.seen == plain.seen


def test_the_watch_sees_a_look():
    with Looks() as watch:
        bool(torch.ones(2).any())
    assert watch.seen


def tensors():
    return [
        torch.arange(6.0).reshape(2, 3),
        torch.tensor(7.5),
        torch.tensor([[1.5], [-2.25]], dtype=torch.bfloat16),
        torch.tensor(True),
        torch.arange(4.0, dtype=torch.float64)[::2],
    ]


def test_what_is_fetched_is_what_was_there():
    arrays = fetched(tensors())
    for array, tensor in zip(arrays, tensors(), strict=True):
        assert array.shape == tuple(tensor.shape)
        np.testing.assert_array_equal(array, tensor.double().numpy())
    assert arrays[2].dtype == np.float32


def test_one_transfer_keeps_shapes_and_order():
    pieces = [torch.arange(6.0).reshape(2, 3), torch.tensor(7.5), torch.ones(1, 4)]
    for array, piece in zip(_at_once(pieces), pieces, strict=True):
        assert array.shape == tuple(piece.shape)
        np.testing.assert_array_equal(array, piece.numpy())


def test_what_is_overwritten_after_it_was_read_is_kept(build, batch, family, mechanism_of):
    """A network may go on in place, on the very tensors that were read."""
    expected = capture(build(family), batch, detail="full")[mechanism_of(family)]
    model, passed = build(family), []
    for module in model.modules():
        # What a dropout of attention weights puts out has no other user: it is kept uncopied.
        if not isinstance(module, torch.nn.Dropout):
            module.register_forward_hook(lambda *call: passed.append(call[2]))
    model.register_forward_hook(lambda *_: [spoil(output) for output in passed])
    assert capture(model, batch, detail="full")[mechanism_of(family)].identical(expected)


def spoil(output):
    for tensor in output if isinstance(output, (tuple, list)) else [output]:
        if isinstance(tensor, torch.Tensor):
            tensor.fill_(float("nan"))
