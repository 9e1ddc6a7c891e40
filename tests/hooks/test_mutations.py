"""A mutation is a deliberate mistake in a network's code: a capture must deny what it then reads.

Each ends as ``verified`` 0 far outside the tolerance, or as an error, where the same network as it
was is verified: without its checks a mechanism would fail either half.
"""

import copy
from functools import partial
from itertools import permutations

import pytest
from torch import nn

from hooks import UnexpectedShape, capture
from tests.hooks.verdicts import assert_denied, assert_verified, cases, layers_of


def method(name, wrong):
    """Every module's method of a name, made wrong: it gets the true one before its arguments."""

    def mutate(model):
        for module in [module for module in model.modules() if hasattr(module, name)]:
            setattr(module, name, partial(wrong, getattr(module, name)))

    return mutate


def part(name, other):
    """Every module's child of a name, replaced."""

    def mutate(model):
        for module in [module for module in model.modules() if hasattr(module, name)]:
            setattr(module, name, other)

    return mutate


def in_rows(rows, wrong):
    """A method that is wrong in some rows of what it returns, and the true one in the others."""

    def partly(true, *args):
        out = true(*args).clone()
        at = rows(out.shape[-2])
        out[..., at, :] = wrong(true, *args)[..., at, :]
        return out

    return partly


ROWS = {
    "the lower half": lambda height: slice(height // 2, None),
    "the first row": lambda _: slice(1),
}


def key_of_the_layer_before(project, x, kept=[]):  # noqa: B006 - it is to outlive the call
    query, key, value = project(x)
    kept.append(key)
    return query, kept[-2] if len(kept) > 1 else key.flip(1), value


def memories_swapped(model):
    """The value memory's place taken by the key memory, of the same shape when transposed."""
    for module in [module for module in model.modules() if hasattr(module, "names")]:
        key, value = (module.get_submodule(name) for name in module.names)
        wrong = copy.deepcopy(value)
        wrong.weight = nn.Parameter(key.weight.transpose(0, 1))
        value.forward = wrong.forward


def memory_of_another_layer(model):
    """Key memories exchanged for those of a like shape with other weights."""
    for module in [module for module in model.modules() if hasattr(module, "names")]:
        key = module.get_submodule(module.names[0])
        wrong = copy.deepcopy(key)
        wrong.weight = nn.Parameter(key.weight.roll(1, 0))
        key.forward = wrong.forward


HEADS_IN_TURN = method("split", lambda _, v: v.view(-1, v.shape[1] // 2, 2).transpose(1, 2))
NOT_SCALED = method("score", lambda f, q, k: 2 * f(q, k))  # sqrt of the 4 channels of a head
BASE = {
    "heads swapped in the sum": method("weighted", lambda f, w, v: f(w.flip(1), v)),
    "heads dealt out in turn": HEADS_IN_TURN,
    "products not divided by sqrt(d)": NOT_SCALED,
    "softmax over heads": part("softmax", nn.Softmax(dim=1)),
    "weights not normalised": part("softmax", nn.Sigmoid()),
    "keys of the wrong layers": method("retrieve", lambda f, q, k, v: f(q, k[::-1], v)),
    "values of the wrong layers": method("retrieve", lambda f, q, k, v: f(q, k, v[::-1])),
    "its own key for every layer": method("retrieve", lambda f, q, k, v: f(q, k[-1:] * len(k), v)),
    "keys of another image": method(
        "retrieve", lambda f, q, k, v: f(q, [key.flip(0) for key in k], v)
    ),
} | {
    f"values of the wrong layers in {part}": method(
        "retrieve", in_rows(rows, lambda f, q, k, v: f(q, k, v[::-1]))
    )
    for part, rows in ROWS.items()
}
LIGHT = {
    "heads swapped at the gate": method("weighted", lambda f, g, v: f(g.flip(1), v)),
    "heads dealt out in turn": HEADS_IN_TURN,
    "product not divided by sqrt(d)": NOT_SCALED,
    "gate normalised over heads": part("sigmoid", nn.Softmax(dim=1)),
    "tanh in place of the gate's sigmoid": part("sigmoid", nn.Tanh()),
    "key of the layer before": method("project", key_of_the_layer_before),
    "decay with the wrong sign": method("carried", lambda f, x, p: f(x, -p)),
    "decay of the wrong channels": method("carried", lambda f, x, p: f(x, p.flip(1))),
    "the feature decayed, not the shortcut": method("carried", lambda f, x, p: f(x, x)),
    "shortcut left out": method("carried", lambda f, x, p: f(x, 0 * p)),
} | {
    f"decay with the wrong sign in {part}": method(
        "carried", in_rows(rows, lambda f, x, p: f(x, -p))
    )
    for part, rows in ROWS.items()
}
DIA = {
    f"gates in the order {' '.join('ifgo'[place] for place in order)}": method(
        "cut", lambda f, p, order=order: [f(p)[place] for place in order]
    )
    for order in permutations(range(4))
    if order != (0, 1, 2, 3)
} | {
    "gates dealt out in turn": method("cut", lambda _, p: p.view(-1, 8, 4).unbind(2)),
    "tanh in place of the output's sigmoid": method(
        "hidden", lambda _, o, c: o.sigmoid() * c.tanh()
    ),
    "output gate left out": method("hidden", lambda _, o, c: c.sigmoid()),
    "amplifiers swapped": method("joined", lambda f, y, h: f(h, y)),
}
CARRYING = {
    "cell state not carried": method("step", lambda f, y, s: f(y, (s[0], 0 * s[1]))),
    "hidden state not carried": method("step", lambda f, y, s: f(y, (0 * s[0], s[1]))),
    "hidden and cell state swapped": method("step", lambda f, y, s: f(y, s[::-1])),
    "state emptied in place": method("step", lambda f, y, s: f(y, [t.zero_() for t in s])),
    "state of another image": method("step", lambda f, y, s: f(y, [t.flip(1) for t in s])),
    "state of the wrong channels": method("step", lambda f, y, s: f(y, [t.flip(2) for t in s])),
}
EXTERNAL = {
    "softmax over slots, l1 over tokens": method("normalised", lambda f, s, t, m: f(s, m, t)),
    "softmax over slots alone": method("normalised", lambda _, s, t, m: s.softmax(m)),
    "l1 over slots left out": method("normalised", lambda _, s, t, m: s.softmax(t)),
    "scores divided by sqrt(d)": method("normalised", lambda f, s, t, m: f(s / 2, t, m)),
    "tokens in the wrong order": method("normalised", lambda f, s, t, m: f(s, t, m).flip(t)),
    "slots in the wrong order": method("normalised", lambda f, s, t, m: f(s, t, m).flip(m)),
    "heads, or images, swapped": method(
        "normalised", lambda f, s, t, m: f(s, t, m).flip(s.dim() - 3)
    ),
    "memories swapped": memories_swapped,
    "key memory of another layer": memory_of_another_layer,
}
GATES = {
    "factors of the wrong channels": method("applied", lambda f, x, g: f(x.flip(1), g).flip(1)),
    "factors of the wrong places": method(
        "applied", lambda f, x, g: f(x, g.flip(-1) if g.shape[-1] > 1 else g.flip(1))
    ),
    "what is held back taken for what passes": method("applied", lambda f, x, g: f(x, 1 - g)),
    "factors added": method("applied", lambda _, x, g: x + g),
    "factors applied twice": method("applied", lambda f, x, g: f(f(x, g), g)),
    "factors not applied": method("applied", lambda _, x, g: x),
} | {
    f"factors not applied in {part}": method("applied", in_rows(rows, lambda _, x, g: x))
    for part, rows in ROWS.items()
}


@pytest.mark.parametrize(
    ("family", "mutate"), cases(light=LIGHT, dia=DIA, external=EXTERNAL, gates=GATES)
)
def test_a_wrong_network_is_denied(build, faint, family, mutate):
    model = build(family)
    assert_verified(capture(model, faint))
    mutate(model)
    assert_denied(capture(model, faint))


@pytest.mark.parametrize(("family", "mutate"), cases(base=BASE, dia=CARRYING))
def test_a_network_wrong_between_layers_is_denied_from_the_second_on(build, batch, family, mutate):
    """The first layer of a chain has one weight, 1, and a state of zeros: nothing to get wrong."""
    model = build(family)
    assert_verified(capture(model, batch))
    mutate(model)
    assert_denied(capture(model, batch), from_depth=1)


def test_a_state_that_is_lost_between_blocks_ends_the_chain(build, batch):
    """Neither state carried: what remains is no recurrence, and is not shown as one."""
    model = build("dia")
    method("step", lambda f, y, s: f(y, [0 * part for part in s]))(model)
    layers = layers_of(capture(model, batch))
    assert len({layer.attrs["chain"] for layer in layers}) == len(layers) == 5


@pytest.mark.parametrize("family", ["dia", "gates"])
@pytest.mark.parametrize("dropped", [0, 1, 2])
def test_a_call_around_a_shared_module_is_refused(build, batch, family, dropped):
    """Whichever call it is: nothing after the last one could tell that it is missing."""
    model = build(family)
    model.layer1.used = (True, True, True)
    calls = []

    def around_the_hooks(step, *args):
        calls.append(args)
        shared = model.layer1.lstm if family == "dia" else model.layer1.share_fc
        return shared.forward(*args) if len(calls) == dropped + 1 else step(*args)

    assert_verified(capture(model, batch))
    model.layer1.step = partial(around_the_hooks, model.layer1.step)
    with pytest.raises(UnexpectedShape, match=r"which blocks share, ran without being called"):
        capture(model, batch)


def test_a_call_around_a_base_layer_leaves_its_chain_short(build, batch):
    model = build("base")
    layer = model.stages[0][1].mrla.mrla
    layer.__class__ = type("Around", (type(layer),), {"__call__": type(layer).forward})
    with pytest.raises(UnexpectedShape, match=r"retrieves from 3 layers.* only 1 MRLA layers"):
        capture(model, batch)


@pytest.mark.parametrize(
    ("family", "path"),
    [
        ("light", "layer2.1.mrla"),
        ("external", "blocks.1.attn"),
        ("gates", "layer2.2.se"),
    ],
)
def test_a_call_around_the_last_layer_is_named(build, batch, family, path):
    model = build(family)
    assert capture(model, batch).attrs["not_run"] == ""
    attention = model.get_submodule(path)
    kind = type(attention)
    attention.__class__ = type("Around", (kind,), {"__call__": kind.forward})
    assert capture(model, batch).attrs["not_run"] == path
