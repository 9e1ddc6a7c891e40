"""Prefixes: what is handed out is what would be computed, and the model is left as it was."""

import threading

import pytest
import torch
from torch import nn

from hooks import Where, capture, editing, zeroed
from hooks.prefixes import record_prefixes
from hooks.recording import sites_of


@pytest.fixture
def image(batch):
    return batch[:1]


def prefixes_of(model, image, key):
    layers = list(capture(model, image)[key].children)
    return record_prefixes(model, image, sites_of(model, [key]), layers), layers


class Counting(nn.Module):
    """A convolution that counts its runs."""

    def __init__(self, inner):
        super().__init__()
        self.inner, self.runs = inner, 0

    def forward(self, x):
        self.runs += 1
        return self.inner(x)


@pytest.mark.parametrize("family", ["base", "light", "dia", "external", "gates", "attending"])
def test_every_layer_begins_with_what_the_full_pass_would_have(build, family, image, mechanism_of):
    model = build(family)
    prefixes, layers = prefixes_of(model, image, mechanism_of(family))
    assert prefixes.starts
    assert set(prefixes.starts) <= set(layers)
    three = image.repeat(3, 1, 1, 1)
    with torch.no_grad():
        full = model(three)
        for layer in prefixes.starts:
            with prefixes.before(layer, 3):
                assert (model(three) - full).abs().max() <= 1e-6 * full.abs().max()


def test_an_edit_behind_a_prefix_is_the_edit_of_the_full_pass(build, image):
    model = build("base")
    prefixes, _ = prefixes_of(model, image, "mrla")
    layer = "stages.0.2"
    cut = zeroed(Where("mrla", layer, "retrieved_layer", "stages.0.0", (("sample", 1),)))
    two, ran = image.repeat(2, 1, 1, 1), prefixes.starts[layer].ran
    assert list(ran) == ["stages.0.0", "stages.0.1"]
    with torch.no_grad():
        with editing(model, [cut]):
            full = model(two)
        with editing(model, [cut], ran=ran), prefixes.before(layer, 2):
            got = model(two)
    torch.testing.assert_close(got, full, rtol=1e-6, atol=1e-6)
    assert not torch.equal(full[0], full[1])


def test_what_comes_before_is_not_computed_again(build, image):
    model = build("base")
    first, last = (Counting(stage[0].conv) for stage in model.stages)
    model.stages[0][0].conv, model.stages[1][0].conv = first, last
    prefixes, _ = prefixes_of(model, image, "mrla")
    runs = first.runs, last.runs
    with torch.no_grad(), prefixes.before("stages.1.0", 2):
        model(image.repeat(2, 1, 1, 1))
    assert (first.runs - runs[0], last.runs - runs[1]) == (0, 1)


def test_a_shared_module_computes_again_from_the_layer_on(build, image):
    model = build("dia")
    prefixes, _ = prefixes_of(model, image, "dia")
    seen = []
    handle = model.layer1.lstm.w_ih[0].register_forward_hook(lambda *_: seen.append(1))
    with torch.no_grad(), prefixes.before("layer1.ModuleList.2", 2):
        model(image.repeat(2, 1, 1, 1))
    handle.remove()
    assert len(seen) == 1  # of the three blocks that call it


def test_the_model_is_left_as_it_was_also_after_an_error(build, image):
    model = build("base")
    prefixes, _ = prefixes_of(model, image, "mrla")
    with pytest.raises(RuntimeError), prefixes.before("stages.1.0", 2):
        raise RuntimeError
    assert all("forward" not in module.__dict__ for module in model.modules())
    with pytest.raises(RuntimeError):
        record_prefixes(model, image[:, :3], sites_of(model, ["mrla"]), ["stages.0.1"])
    assert all("forward" not in module.__dict__ for module in model.modules())


def test_a_forward_of_a_modules_own_comes_back(build, image):
    model = build("base")
    block = model.stages[0][0]
    own = block.forward
    block.forward = own
    prefixes_of(model, image, "mrla")
    assert block.__dict__["forward"] is own


def test_another_thread_computes_everything(build, image):
    model = build("base")
    prefixes, _ = prefixes_of(model, image, "mrla")
    other, found = image.flip(2), []
    with torch.no_grad():
        expected = model(other)

    def run():
        with torch.no_grad():
            found.append(model(other))

    with prefixes.before("stages.1.0", 1):
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    assert torch.equal(found[0], expected)


class Folding(nn.Module):
    """Hands on its samples cut into two halves each, as windows are."""

    def forward(self, x):
        return torch.cat(x.chunk(2, 2))


def test_samples_folded_into_windows_are_not_repeated(build, image):
    class Host(nn.Module):
        def __init__(self):
            super().__init__()
            self.fold, self.stages = Folding(), build("base").stages

        def forward(self, x):
            x, keys, values = self.fold(x), [], []
            for block in self.stages[0]:
                x, keys, values = block(x, keys, values)
            return torch.stack(x.mean((2, 3)).chunk(2)).mean(0)

    host = Host().eval()
    sites, layers = sites_of(host, ["mrla"]), ["stages.0.1"]
    assert not record_prefixes(host, image, sites, layers).starts
