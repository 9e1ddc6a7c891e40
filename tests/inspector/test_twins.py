"""A twin shares everything with its network except the numbers that could be learnt."""

import threading
from dataclasses import replace

import pytest
import torch
from torch import nn

from inspector.gallery import find
from inspector.inspection import inputs_of
from inspector.settling import settle
from inspector.twins import twin
from inspector.wrapping import wrap
from inspector.zoo import load_model

ZOO = {
    "dia_resnet": {"depth": 11},
    "deit_mrlal_tiny_patch16_224": {"img_size": 64},
    "ecaresnet26t": {},
}


class Own(nn.Module):
    """A network of which no module but two knows how it is begun."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.token = nn.Parameter(torch.linspace(1, 2, 4))
        self.scale = nn.Parameter(torch.tensor(3.0))
        self.zero = nn.Parameter(torch.zeros(4))
        self.tied = self.token

    def forward(self, image):
        return self.scale * self.token * self.norm(self.conv(image)).mean((2, 3)) + self.zero


def learnt(model):
    """The network as if it had been trained: every number of it moved."""
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for value in model.module.state_dict().values():
            if value.is_floating_point():
                value.add_(0.1 * torch.rand(value.shape, generator=generator) + 0.01)
    return model


def held(module):
    return {name: value.clone() for name, value in module.state_dict().items()}


@pytest.fixture(scope="module", params=[*ZOO, "own"])
def model(request):
    """A network whose every parameter differs from its beginning."""
    if request.param == "own":
        torch.manual_seed(0)
        return learnt(wrap(Own(), size=8, classes=list("abcd")))
    return learnt(load_model(request.param, device="cpu", **ZOO[request.param]))


def test_no_parameter_is_equal_and_all_else_is(model):
    before, training = held(model.module), model.module.training
    model.module.train()
    next(model.module.parameters()).requires_grad_(False)
    made = twin(model)
    flags = [parameter.requires_grad for parameter in model.module.parameters()]
    assert made.module.training
    assert [parameter.requires_grad for parameter in made.module.parameters()] == flags
    assert (made.card, made.device, made.name) == (model.card, model.device, model.name)
    assert made.weights_label.startswith("random twin, seed 0")
    assert not made.trained
    model.module.train(training)

    pairs = dict(made.module.named_parameters())
    assert pairs.keys() == dict(model.module.named_parameters()).keys()
    for name, old in model.module.named_parameters():
        assert pairs[name].shape == old.shape
        assert not torch.equal(pairs[name], old), name
    assert all(torch.equal(before[name], now) for name, now in model.module.state_dict().items())


def test_the_seed_decides(model):
    state = torch.random.get_rng_state()
    first, again, other = twin(model), twin(model), twin(model, seed=1)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert first.weights_sha256 == again.weights_sha256
    assert len({model.weights_sha256, first.weights_sha256, other.weights_sha256}) == 3


def test_its_logits_differ(model):
    image = torch.rand(1, *model.card.input_size, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        logits, others = model.module(image), twin(model).module.eval()(image)
    assert not torch.allclose(logits, others)


def photographs(model):
    """The first eight of the gallery, as the network sees them."""
    names = ("cat", "astronaut", "coffee", "rocket", "photographer", "coins", "galaxies", "retina")
    return torch.cat([entry.tensor for entry in inputs_of(model, [find(n).load() for n in names])])


def reaching(module, batch):
    """What reaches each batch normalisation, channel by channel (channel, -1)."""
    found = {}

    def note(norm, args):
        found[norm] = args[0].transpose(0, 1).flatten(1)

    norms = [part for part in module.modules() if isinstance(part, nn.BatchNorm2d)]
    hooks = [norm.register_forward_pre_hook(note) for norm in norms]
    with torch.no_grad():
        module.eval()(batch)
    for hook in hooks:
        hook.remove()
    return found


def test_statistics_of_normalisations_are_those_of_what_reaches_them(model):
    module = twin(model).module
    found = reaching(module, photographs(model))
    for norm, values in found.items():
        spread = values.std(1)
        assert ((norm.running_mean - values.mean(1)).abs() < 1e-2 * spread + 1e-6).all()
        torch.testing.assert_close(norm.running_var, values.var(1), rtol=2e-2, atol=1e-6)
    drawn = [part for part in module.modules() if isinstance(part, nn.BatchNorm2d)]
    assert len(found) == len(drawn)


def test_statistics_begin_anew_where_the_network_s_own_have_not_moved():
    made = twin(load_model("dia_resnet", depth=11, device="cpu")).module
    norms = [part for part in made.modules() if isinstance(part, nn.BatchNorm2d)]
    assert len(norms) > 10
    assert not any(norm.running_mean.any() for norm in norms)
    assert all((norm.running_var == 1).all() for norm in norms)


def test_name_and_digest_tell_of_the_statistics():
    model = load_model("dia_resnet", depth=11, device="cpu")
    fresh, settled = twin(model), twin(learnt(model))
    assert fresh.weights_label == "random twin, seed 0"
    assert settled.weights_label == "random twin, seed 0, normalised by 8 photographs"
    assert torch.equal(fresh.module.fc.weight, settled.module.fc.weight)
    assert fresh.weights_sha256 != settled.weights_sha256


class Alone(Own):
    """Takes one image at a time."""

    def forward(self, image):
        if len(image) > 1:
            raise RuntimeError("one image")
        return super().forward(image)


def test_a_network_that_takes_one_image_gets_the_mean_of_what_each_gives():
    made = twin(learnt(wrap(Alone(), size=8)))
    with torch.no_grad():
        found = [made.module.conv(one).flatten(2) for one in photographs(made).split(1)]
    torch.testing.assert_close(
        made.module.norm.running_mean, torch.stack([f.mean((0, 2)) for f in found]).mean(0)
    )
    torch.testing.assert_close(
        made.module.norm.running_var, torch.stack([f.var((0, 2)) for f in found]).mean(0)
    )


def test_a_channel_that_never_varies_keeps_its_size():
    model = learnt(wrap(Own(), size=8))
    module = twin(model).module
    with torch.no_grad():
        module.conv.weight[1] = 0
    settle(replace(model, module=module))
    assert module.norm.running_var[1] == 1
    assert module.norm.running_mean[1] == module.conv.bias[1]


def test_nothing_else_of_a_normalisation_is_touched(model):
    model.module.eval()
    before = [part for part in model.module.modules() if isinstance(part, nn.BatchNorm2d)]
    after = [part for part in twin(model).module.modules() if isinstance(part, nn.BatchNorm2d)]
    for old, new in zip(before, after, strict=True):
        assert (new.momentum, new.training) == (old.momentum, False)


def test_values_do_not_grow_from_layer_to_layer():
    made = twin(load_model("cifar_resnet56_mrlab"))
    batch = photographs(made)
    settled = max(values.std().item() for values in reaching(made.module, batch).values())
    for part in made.module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.reset_running_stats()
    fresh = max(values.std().item() for values in reaching(made.module, batch).values())
    assert settled < fresh / 3


def test_the_twin_of_random_weights_is_another_draw():
    model = load_model("dia_resnet", depth=11, device="cpu")
    made = twin(model)
    assert not torch.equal(made.module.fc.weight, model.module.fc.weight)
    assert made.weights_sha256 != model.weights_sha256


def test_a_parameter_without_a_beginning_keeps_its_entries():
    model = wrap(Own(), size=8)
    made = twin(model).module
    assert torch.equal(made.token.sort().values, torch.linspace(1, 2, 4))
    assert made.tied is made.token
    assert torch.equal(made.zero, torch.zeros(4))


def test_a_network_of_the_zoo_that_was_changed_is_drawn_as_it_is_now():
    model = load_model("dia_resnet", depth=11, device="cpu")
    model.module.fc = nn.Linear(256, 7)
    assert twin(model).module.fc.weight.shape == (7, 256)


class Nothing(nn.Module):
    """No parameters at all."""

    def forward(self, image):
        return image.mean((2, 3))


class Locked(Own):
    """Holds what nothing can copy."""

    def __init__(self):
        super().__init__()
        self.guard = threading.Lock()


@pytest.mark.parametrize(
    ("module", "sentence"),
    [
        (Nothing(), "Nothing has no random twin: none of its parameters could be drawn anew"),
        (Locked(), r"Locked cannot be copied: .*lock.* Load it by name, or wrap a module that"),
    ],
)
def test_what_cannot_have_a_twin_is_told_why(module, sentence):
    with pytest.raises(ValueError, match=sentence):
        twin(wrap(module, size=8))
