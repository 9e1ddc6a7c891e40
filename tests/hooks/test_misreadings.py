"""A misreading is a deliberate mistake in what a capture looks at: it must deny itself.

Each mechanism reads other tensors, parameters or pasts than those of the network, which stays as it
is; read truly, the same pass is verified.
"""

import copy
from dataclasses import replace
from functools import partial

import pytest
from torch import nn

from hooks import MECHANISMS, UnexpectedShape, capture
from tests.hooks.verdicts import assert_denied, assert_verified, cases, layers_of

READ = {entry.key: entry for entry in MECHANISMS}


def told(**lies):
    """A reading of other tensors than those that passed: each lie is made of the true ones."""

    def read(mechanism, call, past, full):
        seen = dict(call.tensors)
        false = {name: lie(seen) for name, lie in lies.items()}
        return mechanism.read(replace(call, tensors=seen | false), past, full)

    return read


def knowing(**lies):
    """A reading with other parameters than the module has."""

    def read(mechanism, call, past, full):
        context = dict(call.site.context)
        false = {name: lie(context[name]) for name, lie in lies.items()}
        site = replace(call.site, context=context | false)
        return mechanism.read(replace(call, site=site), past, full)

    return read


def forgetting(mechanism, call, past, full):
    """A reading for which every layer begins its chain."""
    return mechanism.read(call, (), full)


def remembering_in_turn(mechanism, call, past, full):
    """A reading that takes each earlier layer's tensors for those of the one after it."""
    tensors = [entry.tensors for entry in past]
    turned = zip(past, tensors[1:] + tensors[:1], strict=True)
    past = [replace(entry, tensors=tensor) for entry, tensor in turned]
    return mechanism.read(call, past, full)


def rolled(module):
    """The same module with its rows, of slots or of features, in another order."""
    other = copy.deepcopy(module)
    other.weight = nn.Parameter(module.weight.roll(1, 0))
    return other


def flipped(name, axis):
    return told(**{name: lambda seen: seen[name].flip(axis)})


def another(name, other):
    return told(**{name: lambda seen: seen[other]})


READINGS_OF_LIGHT = {
    "heads swapped": flipped("gate", 1),
    "key taken for the query": another("query", "key"),
    "feature taken for its value": another("value", "feature"),
    "feature taken for the shortcut": another("shortcut", "feature"),
    "decay with the wrong sign": knowing(decay=lambda decay: -decay),
    "decay of the wrong channels": knowing(decay=lambda decay: decay.flip(0)),
}
READINGS_OF_DIA = {
    "amplifier's channels in the wrong order": flipped("amplified", 1),
    "gate taken for the cell state": another("cell", "gate"),
    "cell state taken for the gate": another("gate", "cell"),
    "channels of the gate in the wrong order": flipped("gate", -1),
    "another image pooled": flipped("pooled", 0),
}
READINGS_OF_EXTERNAL = {
    "slots in the wrong order": told(affinity=lambda seen: seen["affinity"].flip(-1)),
    "scores not normalised": another("affinity", "score"),
    "softmax over the other axis": told(affinity=lambda seen: seen["score"].softmax(-1)),
    "key memory in another order": knowing(key=rolled),
    "value memory in another order": knowing(value=rolled),
}
READINGS_OF_GATES = {
    "channels in the wrong order": flipped("gate", 1),
    "input taken for the output": another("output", "features"),
    "output taken for the input": another("features", "output"),
}
READINGS_OF_BASE = {
    "heads swapped": flipped("weight", 1),
    "layers in the wrong order": flipped("weight", 3),
    "key taken for the query": another("query", "key"),
    "keys and values of the wrong layers": remembering_in_turn,
}
READINGS_OF_CARRYING = {
    "every block begins a chain": forgetting,
    "state taken from another image": flipped("cell_before", 1),
}


def misread(build, family, batch, read, mechanism_of):
    """The capture by a mechanism that reads falsely, after one by the mechanism as it is."""
    mechanism, model = READ[mechanism_of(family)], build(family)
    assert_verified(capture(model, batch, mechanisms=[mechanism]))
    liar = replace(mechanism, read=partial(read, mechanism))
    return capture(model, batch, mechanisms=[liar])


@pytest.mark.parametrize(
    ("family", "read"),
    cases(
        light=READINGS_OF_LIGHT,
        dia=READINGS_OF_DIA,
        external=READINGS_OF_EXTERNAL,
        gates=READINGS_OF_GATES,
    ),
)
def test_a_wrong_reading_is_denied(build, faint, family, read, mechanism_of):
    assert_denied(misread(build, family, faint, read, mechanism_of))


@pytest.mark.parametrize(("family", "read"), cases(base=READINGS_OF_BASE, dia=READINGS_OF_CARRYING))
def test_a_reading_wrong_between_layers_is_denied(build, batch, family, read, mechanism_of):
    tree = misread(build, family, batch, read, mechanism_of)
    assert tree.attrs["verified"] == 0
    assert layers_of(tree)[2].attrs["verified"] == 0


def test_a_base_reading_that_forgets_its_chain_is_refused(build, batch, mechanism_of):
    with pytest.raises(UnexpectedShape, match=r"retrieves from 2 layers.* only 0 MRLA layers"):
        misread(build, "base", batch, forgetting, mechanism_of)
