"""Rows of several panels that are judged as one are told the same as one by one."""

import numpy as np
import pytest
import xarray as xr

from inspector.measures import Rows, judged, random_logits, sentence
from inspector.measures.together import together
from inspector.views.chance import held_against_chance


@pytest.fixture
def rows():
    """Random softmax rows over 7 tokens, for 5 slots and 3 heads."""
    logits = np.random.default_rng(1).normal(size=(5, 3, 7))
    shares = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    return Rows(xr.DataArray(shares, dims=("slot", "head", "token")), "token")


def panels(rows, *slots, average=("head",)):
    return {f"slot {slot}": rows.showing({"slot": [slot]}, average) for slot in slots}


def test_panels_of_the_same_weights_are_one_and_each_finds_its_rows(rows):
    ((joined, places),) = together(panels(rows, 4, 1, 2))
    assert list(joined.drawn["slot"]) == [4, 1, 2]
    assert joined.average == ("head",)
    drawn = np.array(joined.drawn["slot"])
    assert {title: drawn[place["slot"]].tolist() for title, place in places.items()} == {
        "slot 4": [4],
        "slot 1": [1],
        "slot 2": [2],
    }


def test_what_is_judged_together_is_what_is_judged_alone(rows):
    asked = panels(rows, 4, 1, 2)
    verdicts, said = held_against_chance(asked, "logits")
    alone = judged({title: random_logits(one) for title, one in asked.items()})
    assert list(verdicts) == list(alone)
    for title, data in alone.items():
        xr.testing.assert_identical(verdicts[title], data)
    assert said[0] == sentence(alone)


@pytest.mark.parametrize("against", ["logits", "permuted"])
def test_panels_of_other_weights_stay_apart_in_their_order(rows, against):
    other = Rows(rows.weight.copy(), "token")
    asked = {**panels(rows, 3), "chain": other, **panels(rows, 0)}
    assert len(list(together(asked))) == 2
    verdicts, _ = held_against_chance(asked, against)
    assert list(verdicts) == ["slot 3", "chain", "slot 0"]
    assert dict(verdicts["chain"].sizes) == {"quantile": 5, "slot": 5, "head": 3}
    assert dict(verdicts["slot 0"].sizes) == {"quantile": 5, "slot": 1}


def test_panels_that_differ_in_two_dims_or_share_a_row_stay_apart(rows):
    both = {name: rows.showing({"slot": [n], "head": [n]}) for n, name in enumerate("ab")}
    shared = {
        name: rows.showing({"slot": slots}) for name, slots in {"a": [0, 1], "b": [1]}.items()
    }
    twice = {name: rows.showing({"slot": [0]}) for name in "ab"}
    for asked in (both, shared, twice):
        assert [(part, list(shown)) for part, shown in together(asked)] == [
            (asked["a"], ["a"]),
            (asked["b"], ["b"]),
        ]


def test_one_head_of_several_slots_is_told_of_that_head(rows):
    asked = {f"slot {n}": rows.showing({"head": [2], "slot": [n]}) for n in (3, 0)}
    verdicts, _ = held_against_chance(asked, "logits")
    for n in (3, 0):
        largest = rows.weight.values[n, 2].max()
        assert verdicts[f"slot {n}"]["observed"].values.item() == pytest.approx(largest)
