"""Effects on a sample are what full passes with one cut make of the logits of its pictures."""

import numpy as np
import pytest

from hooks import record
from hooks.edits import zeroed
from inspector.interventions import from_text
from inspector.interventions.making import where_of
from inspector.measures import NotNumbers
from inspector.progress import listening
from inspector.surveys import NotTheSame, cutting
from inspector.surveys.batches import batches, network_input
from inspector.surveys.items import Shard
from inspector.surveys.sample import Sample
from tests.inspector.surveys.made import LABELS, Made, Stopped, content, network, small, stop_at

pytestmark = pytest.mark.usefixtures("one_thread")
SOURCE = Made(11, LABELS, damaged=(3,))
MEASURES = ("logit", "probability", "distance")


@pytest.fixture(scope="module")
def deep():
    """Two blocks in each of three stages: parts enough to compute once what comes before them."""
    return network(depth=20, classes=LABELS)


@pytest.fixture(scope="module")
def told(deep, tmp_path_factory):
    """Effects on all pictures, in shards of 4 and batches of 2."""
    out = tmp_path_factory.mktemp("effects") / "out.zarr"
    return small(deep, SOURCE, out, shard_size=4, batch_size=2, effects=11).effects


@pytest.fixture(scope="module")
def expected(deep, told):
    """The labels, whether each picture is taken right, and effects (picture, part) by measure."""
    (batch,) = batches(SOURCE, SOURCE.shards(11)[0], deep.card, 11)
    given = network_input(batch.pixels, deep.card, deep.device)
    before = record(deep.module, given).output.double().numpy()
    taken = before.argmax(1)
    found = {name: [] for name in MEASURES}
    for text in told["text"].values:
        (cut,) = from_text(str(text))
        edits = [zeroed(where_of(cut))]
        after = record(deep.module, given, edits=edits).output.double().numpy()
        each = np.arange(len(taken))
        found["logit"].append((after - before)[each, taken])
        found["probability"].append((softmax(after) - softmax(before))[each, taken])
        found["distance"].append(np.linalg.norm(after - before, axis=1))
    effects = {name: np.stack(parts, axis=1) for name, parts in found.items()}
    labels = np.array(batch.labels)
    return labels, labels == taken, effects


def softmax(logits):
    return np.exp(logits) / np.exp(logits).sum(1, keepdims=True)


@pytest.mark.parametrize("measure", MEASURES)
def test_they_are_numpys_over_full_passes_with_each_cut(told, expected, measure):
    labels, correct, effects = expected
    values, close = effects[measure], {"rtol": 1e-4, "atol": 1e-6}
    assert values.std() > 1e-3
    for split, rows in {"all": correct | ~correct, "correct": correct, "wrong": ~correct}.items():
        own = told.sel(split=split)
        assert own["images"] == rows.sum()
        np.testing.assert_allclose(own[f"{measure}_mean"], values[rows].mean(0), **close)
        spread = values[rows].var(0, ddof=1)
        np.testing.assert_allclose(own[f"{measure}_variance"], spread, rtol=1e-3, atol=1e-9)
        np.testing.assert_allclose(own[f"{measure}_min"], values[rows].min(0), **close)
        np.testing.assert_allclose(own[f"{measure}_max"], values[rows].max(0), **close)
    for place, label in enumerate(LABELS):
        own, rows = told.sel({"class": label}), labels == place
        assert own["class_images"] == rows.sum()
        np.testing.assert_allclose(own[f"{measure}_class_mean"], values[rows].mean(0), **close)


def test_every_part_of_the_network_is_cut(told):
    """The gate of each block, and behind the first of a stage both states before it."""
    kinds = told["kind"].values.tolist()
    assert (kinds.count("gate"), kinds.count("state"), len(kinds)) == (6, 6, 12)
    assert sorted(set(told["chain"].values.tolist())) == ["layer1", "layer2", "layer3"]
    assert 0 <= told.attrs["floor"] < 1e-4


def test_a_sample_is_part_of_the_identity_and_of_the_manifest(model, tmp_path):
    out = tmp_path / "out.zarr"
    with pytest.raises(Stopped), listening(stop_at(8)):
        small(model, SOURCE, out, effects=4, effects_seed=3)
    with pytest.raises(NotTheSame, match=r"effects 4 images drawn with seed 3.*got none"):
        small(model, SOURCE, out, resume=True)
    resumed = small(model, SOURCE, out, effects=4, effects_seed=3, resume=True)
    straight = small(model, SOURCE, tmp_path / "straight.zarr", effects=4, effects_seed=3)
    assert content(resumed.path) == content(straight.path)
    words = "4 images drawn with seed 3, cut by edge, layer, gate, carried, state, slot"
    assert straight.about["effects"] == words


def test_without_a_sample_there_are_none(finished):
    assert finished.about["effects"] == "none"
    assert not finished.effects.sizes


def test_a_picture_whose_logits_become_no_numbers_is_left_out(model, tmp_path, monkeypatch):
    sweep, calls = cutting.sweep_input, iter(range(9))

    def sweep_input(*given):
        if next(calls) == 1:
            raise NotNumbers
        return sweep(*given)

    monkeypatch.setattr(cutting, "sweep_input", sweep_input)
    found = small(model, Made(4, LABELS), tmp_path / "out.zarr", effects=4)
    assert found.about["images"] == 4
    assert found.effects["images"].sel(split="all") == 3


def test_what_a_network_does_not_have_cannot_be_cut(model, tmp_path):
    with pytest.raises(ValueError, match=r"none of kind slot\. Choose another with --effects-of"):
        small(model, SOURCE, tmp_path / "out.zarr", effects=1, effects_of=["slot"])


def test_kinds_that_there_are_not_are_refused(model, tmp_path):
    with pytest.raises(ValueError, match=r"Parts are of kind edge, .* got knee"):
        small(model, SOURCE, tmp_path / "out.zarr", effects=1, effects_of=["knee"])


class TestSamples:
    def test_a_draw_is_of_the_source_however_it_is_cut_into_shards(self):
        source = Made(1000)
        draws = [everywhere(Sample(50).drawn(source.shards(size)), size) for size in (1000, 7)]
        assert draws[0] == draws[1]
        assert len(draws[0]) == 50
        assert 400 < np.mean(list(draws[0])) < 600
        assert everywhere(Sample(50, seed=1).drawn(source.shards(7)), 7) != draws[0]

    def test_shards_may_be_of_any_length(self):
        shards = [Shard(0, 2, None), Shard(1, 0, None), Shard(2, 3, None)]
        drawn = Sample(9).drawn(shards)
        assert drawn.places == {0: {0, 1}, 2: {0, 1, 2}}

    def test_a_source_may_be_empty(self):
        assert Sample(9).drawn([]).places == {}


def everywhere(drawn, size):
    return {number * size + place for number, own in drawn.places.items() for place in own}
