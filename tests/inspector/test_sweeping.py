"""Sweeps: each intervention alone, whatever is computed once; planted edges are found."""

import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from hooks.prefixes import Prefixes
from inspector import wrap
from inspector.inspection import inspect_image
from inspector.interventions import Intervention, edges, intervene, sweep
from inspector.interventions.edges import parts
from inspector.interventions.sweeping import FEW
from inspector.models.mrla import BaseLayer
from inspector.progress import listening

NET = "deit_mrlab_tiny_patch16_224"
ROUNDING = 1e-5
"""Of the length of a difference of 1000 logits near 1, between batches of unlike size."""

KNOWN, DECOY, OWN = (
    Intervention("mrla", "blocks.2", "retrieved_layer", f"blocks.{place}") for place in range(3)
)


class Planted(nn.Module):
    """Three layers retrieve from the same picture, and the last one's retrieval is classified.

    Keys and values are the pooled picture and the picture, times a number per layer: the last layer
    retrieves mostly from the second, whose value is 0, and what counts comes from the first.
    """

    KEYS, VALUES = (0.0, 12.0, 0.0), (1.0, 0.0, 0.1)

    def __init__(self, keys=KEYS):
        super().__init__()
        self.stem = nn.Identity()
        self.blocks = nn.ModuleList(BaseLayer(3, 1, kernel=1) for _ in keys)
        self.fc = nn.Linear(3, 2, bias=False)
        with torch.no_grad():
            for block, key, value in zip(self.blocks, keys, self.VALUES, strict=True):
                nn.init.ones_(block.Wq.weight)
                block.Wk.weight.fill_(key)
                block.Wv.weight.zero_()[:, :, 1, 1] = value
            self.fc.weight.copy_(torch.tensor([[3.0, 1.0, 2.0], [0.0, 0.5, 0.0]]))

    def forward(self, x):
        x, keys, values = self.stem(x), None, ()
        for block in self.blocks:
            out, keys, values = block(x, keys, values)
        return self.fc(out.mean((2, 3)))


class Remembering(nn.Module):
    """Leaves what it saw on the side, for another module."""

    def forward(self, x):
        self.left = x.mean((1, 2, 3))
        return x


class Leaky(Planted):
    def forward(self, x):
        return super().forward(x) * self.stem.left[:, None]


def planted(net):
    return wrap(net, size=8, mean=(0, 0, 0), std=(1, 1, 1), name="planted")


@pytest.fixture
def model():
    return planted(Planted())


@pytest.fixture
def seen(model, picture):
    return inspect_image(model, picture)


def effect_of(data, one):
    found = (data["layer"] == one.layer) & (data["label"] == one.label)
    return abs(data["logit"].values[found.values][0])


def test_the_planted_edge_ranks_first_and_the_heavy_decoy_last(model, seen):
    weight = seen.attention["mrla"]["blocks.2"]["weight"].isel(sample=0, head=0)
    assert weight.idxmax("retrieved_layer") == "blocks.1"
    assert weight.sel(retrieved_layer="blocks.0") < 0.1 < weight.sel(retrieved_layer="blocks.1")
    found = sweep(model, seen, edges(seen))
    assert abs(found["logit"]).max() == effect_of(found, KNOWN) > 0
    assert effect_of(found, DECOY) == 0
    assert effect_of(found, KNOWN) == pytest.approx(10 * effect_of(found, OWN), rel=1e-4)


def test_an_edge_without_weight_changes_nothing(picture):
    blind = planted(Planted(keys=(0.0, -1e4, 0.0)))
    seen = inspect_image(blind, picture)
    weight = seen.attention["mrla"]["blocks.2"]["weight"]
    assert not weight.sel(retrieved_layer="blocks.1").any()
    found = sweep(blind, seen, edges(seen))
    assert effect_of(found, DECOY) == 0
    done = intervene(blind, seen, DECOY)
    assert np.array_equal(done.after.logits.values, seen.logits.values)


@pytest.mark.parametrize("renormalise", [False, True])
def test_both_ways_to_cut_are_what_their_formulas_say(model, seen, renormalise):
    weight = seen.attention["mrla"]["blocks.2"]["weight"].values[0, 0].astype(float)
    pooled = seen.pixels.values[0].astype(float).mean((0, 1)) / 255
    plain = weight @ Planted.VALUES
    for place, cut in enumerate((KNOWN, DECOY, OWN)):
        left = np.where(np.arange(3) == place, 0, weight)
        left = left / left.sum() if renormalise else left
        expected = (left @ Planted.VALUES - plain) * pooled @ np.array([3.0, 1.0, 2.0])
        found = sweep(model, seen, [replace(cut, renormalise=renormalise)])
        assert found["logit"].item() == pytest.approx(expected, rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("reuse", [False, True])
def test_a_sweep_is_each_edit_alone(small, inspected, reuse):
    model, seen = small(NET), inspected(NET)
    cuts = [*edges(seen)[::3], *parts(seen, "layer")[:2], *parts(seen, "head")[::17]]
    found = sweep(model, seen, cuts, reuse=reuse)
    assert found.attrs["reused"] == reuse
    for place, cut in enumerate(cuts):
        alone = intervene(model, seen, cut).comparison.isel(sample=0)
        for measure in ("logit", "probability", "distance"):
            got = found[measure].values[place]
            assert got == pytest.approx(alone[f"effect_{measure}"].item(), abs=ROUNDING)


def test_full_passes_are_as_few_as_memory_allows(model, seen):
    found = sweep(model, seen, edges(seen))
    full = sweep(model, seen, edges(seen), reuse=False)
    assert (found.attrs["reused"], full.attrs["reused"]) == (1, 0)
    assert full.attrs["passes"] == 1
    assert full.attrs["images"] == 1 + len(edges(seen))


@pytest.mark.parametrize("way", ["average", "resample"])
def test_other_images_give_what_they_have(small, pair, inspected, way):
    model, seen = small(NET), inspected(NET)
    other = pair(NET).pixels.isel(sample=[1])
    cuts = [replace(cut, how=way) for cut in edges(seen)[10:16]]
    found = sweep(model, seen, cuts, other=other)
    for place, cut in enumerate(cuts):
        alone = intervene(model, seen, cut, other=other).comparison
        expected = alone["effect_distance"].item()
        assert found["distance"].values[place] == pytest.approx(expected, abs=ROUNDING)


def test_what_a_network_leaves_on_the_side_ends_reuse(picture):
    leaky = Leaky()
    leaky.stem = Remembering()
    model = planted(leaky)
    seen = inspect_image(model, picture)
    found = sweep(model, seen, edges(seen))
    assert len(edges(seen)) > FEW
    assert found.attrs["reused"] == 0
    alone = intervene(model, seen, KNOWN).comparison["effect_logit"].item()
    assert -effect_of(found, KNOWN) == pytest.approx(alone, rel=1e-4)


def test_a_wrong_prefix_is_noticed_by_the_unedited_sample(model, seen, monkeypatch):
    before = Prefixes.before

    def wrong(self, layer, samples):
        for run in self.starts[layer].over:
            run.returned = run.returned * 1.01
        return before(self, layer, samples)

    right = sweep(model, seen, edges(seen))
    monkeypatch.setattr(Prefixes, "before", wrong)
    found = sweep(model, seen, edges(seen))
    assert found.attrs["reused"] == 0
    np.testing.assert_allclose(found["logit"], right["logit"], atol=1e-6)


class Cancelled(Exception):
    pass


def test_a_cancelled_sweep_leaves_the_model_as_it_was(model, seen):
    module = model.module.train()
    heard = []

    def listen(done, total, what):
        heard.append((done, total, what))
        if done == 1:
            raise Cancelled

    with pytest.raises(Cancelled), listening(listen):
        sweep(model, seen, edges(seen))
    assert heard == [(0, 3, "batches of interventions"), (1, 3, "batches of interventions")]
    assert all(part.training for part in module.modules())
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in module.modules())
    assert all("forward" not in part.__dict__ for part in module.modules())
    assert free(model.lock)


def free(lock):
    """Whether another thread could take the lock."""
    taken = []
    thread = threading.Thread(target=lambda: taken.append(lock.acquire(timeout=1)))
    thread.start()
    thread.join()
    return taken[0]


def test_what_cannot_be_swept_is_refused(model, seen, small, inspected):
    with pytest.raises(ValueError, match="at least one intervention"):
        sweep(model, seen, [])
    by_pixel = inspected("eanet_r50")
    with pytest.raises(ValueError, match="gives every pixel its own"):
        sweep(small("eanet_r50"), by_pixel, parts(by_pixel, "slot"))
    with pytest.raises(ValueError, match="one image only"):
        sweep(model, seen, [replace(KNOWN, how="average")])
