"""Evidence is the largest deviation, told against what rounding allows at that precision."""

from math import inf, nan

import pytest
import torch

from hooks.evidence import attributes, findings, found, proof, settled
from hooks.mechanism import Check, Later


def finding(recomputed, real, slack=None):
    [evidence] = proof((Check("a formula", recomputed, real, slack=slack),), frozenset())
    return found(evidence, *map(float, evidence.extent))


def test_the_error_is_the_largest_difference():
    real = torch.tensor([[0.5, -0.75], [0.25, 1.0]])
    assert finding(real + torch.tensor([[0.0, 0.5], [-0.75, 0.0]]), real).error == 0.75


def test_beyond_one_it_is_told_in_units_of_the_largest_real_value():
    real = torch.tensor([[1.0, -8.0], [2.0, 3.0]])
    assert finding(real + torch.tensor([[0.0, 0.5], [-0.75, 0.0]]), real).error == 0.75 / 8


@pytest.mark.parametrize(
    ("dtype", "relative"),
    [(torch.float64, 1e-10), (torch.float32, 1e-5), (torch.float16, 5e-3), (torch.bfloat16, 4e-2)],
)
def test_the_tolerance_is_relative_to_the_largest_real_value(dtype, relative):
    small, large = (torch.tensor([size, 0.125], dtype=dtype) for size in (0.5, -8.0))
    assert finding(small, small).tolerance == pytest.approx(relative / 2)
    assert finding(large, large).tolerance == pytest.approx(relative)


def test_slack_is_allowed_where_it_is_more_than_the_tolerance_and_told_in_its_unit():
    real = torch.tensor([0.5, -8.0])
    assert finding(real, real, torch.tensor(0.25)).tolerance == pytest.approx(0.25 / 8)
    assert finding(real, real, torch.tensor(1e-6)).tolerance == pytest.approx(1e-5)
    assert finding(real + 0.5, real, torch.tensor(0.25)).error == 0.5 / 8


@pytest.mark.parametrize("slack", [inf, nan])
def test_slack_that_is_no_number_allows_for_nothing(slack):
    real = torch.tensor([0.5, -8.0])
    found = finding(real, real, torch.tensor(slack))
    assert found.error == inf > found.tolerance


def test_zeros_need_not_be_met_exactly():
    zeros = torch.zeros(3)
    assert 0 < finding(zeros + 1e-9, zeros).error < finding(zeros, zeros).tolerance


@pytest.mark.parametrize("where", [0, 1])
def test_what_is_no_number_is_infinitely_wrong(where):
    pair = [torch.ones(3), torch.ones(3)]
    pair[where][1] = nan
    assert finding(*pair).error == inf


@pytest.mark.parametrize("recomputed", [1.0, inf])
def test_nothing_is_verified_against_infinite_values(recomputed):
    """However wide a tolerance is that is relative to them."""
    real = torch.tensor([inf, 2.0])
    told = attributes([finding(torch.tensor([recomputed, 2.0]), real)])
    assert (told["verified"], told["verified_error"]) == (0, inf)


def test_other_shapes_are_infinitely_wrong():
    assert finding(torch.ones(2, 1), torch.ones(2, 3)).error == inf


def test_one_formula_out_of_bounds_is_enough():
    real = torch.tensor([100.0])
    fine, off = finding(real + 1e-4, real), finding(torch.tensor([2e-5]), torch.tensor([1e-8]))
    assert attributes([fine])["verified"] == 1
    told = attributes([fine, off])
    assert told["verified"] == 0
    assert told["verified_error"] == off.error == pytest.approx(2e-5 - 1e-8)
    assert told["verified_by"].count("a formula") == 2


def test_no_formula_left_verifies_nothing():
    assert attributes([])["verified"] == 0
    assert attributes([])["verified_error"] == inf


def apart(recomputed, real):
    """A formula of calls that stand along a first axis."""
    assert recomputed.dim() == real.dim() == 3
    return (Check("as it is", recomputed, real), Check("halved", recomputed / 2, real, "gate"))


def later(difference, size=3, edited=()):
    real = torch.linspace(0.25, 1.0, 2 * size).reshape(2, size)
    tensors = {"recomputed": real + torch.eye(2, size) * difference, "real": real}
    return proof(Later(apart, tensors), frozenset(edited))


def test_each_call_that_is_proven_at_once_has_its_slack():
    def checks(given):
        return (Check("a formula", given, given * 0, slack=given.amax(dim=-1)),)

    known = settled(
        [proof(Later(checks, {"given": torch.ones(2) * size}), frozenset()) for size in (1.0, 3.0)]
    )
    ends = [end.numpy() for _, evidence in known for one in evidence for end in one.extent]
    told = findings(known, iter(ends))
    assert [told[place][0].tolerance for place in range(2)] == pytest.approx([1.0, 3.0])


def test_calls_that_are_proven_at_once_are_told_apart():
    proofs = [
        later(0.5),
        proof((Check("at once", torch.ones(2), torch.zeros(2)),), frozenset()),
        later(0.125, size=5),
        later(0.0),
        later(0.25, edited=("gate",)),
    ]
    known = settled(proofs)
    assert [places for places, _ in known] == [[0, 3], [1], [2], [4]]
    ends = [end.numpy() for _, evidence in known for one in evidence for end in one.extent]
    told = findings(known, iter(ends))
    errors = {place: [finding.error for finding in told[place]] for place in range(5)}
    assert errors == {0: [0.5, 0.5], 1: [1.0], 2: [0.125, 0.5], 3: [0.0, 0.5], 4: [0.25]}
