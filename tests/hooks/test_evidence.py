"""Evidence is the largest deviation, told against what rounding allows at that precision."""

from math import inf, nan

import pytest
import torch

from hooks.evidence import attributes, findings, proof, settled
from hooks.mechanism import Check, Later


def told_of(proofs):
    """The findings of each of some proofs, as those of a pass are told."""
    known = settled(proofs)
    ends = [end.double().numpy() for evidence in known for end in evidence.extent]
    told = findings(known, iter(ends))
    return [told.get(place, []) for place in range(len(proofs))]


def finding(recomputed, real, slack=None):
    checks = (Check("a formula", recomputed, real, slack=slack),)
    [[found]] = told_of([proof(checks, frozenset())])
    return found


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


@pytest.mark.parametrize("shape", [(), (1,), (5,), (2**17,), (2, 2**16)])
def test_a_check_may_be_of_any_size(shape):
    real = torch.full(shape, 0.5)
    assert finding(real + 0.25, real).error == 0.25
    later = Later(lambda given: (Check("a formula", given + 0.25, given),), {"given": real})
    assert told_of([proof(later, frozenset())])[0][0].error == 0.25


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_slack_is_one_number_in_any_shape(shape):
    real = torch.tensor([0.5, -0.75])
    assert finding(real, real, torch.full(shape, 0.25)).tolerance == 0.25


@pytest.mark.parametrize(("size", "most"), [(8, 8), (2**17, 1)])
def test_a_large_check_is_measured_as_a_small_one_is_and_holds_its_extent_alone(size, most):
    recomputed, real = torch.linspace(0.0, 1.0, size), torch.linspace(0.0, 1.0, size)
    recomputed[3], real[5] = -0.75, -4.0
    recomputed[5] = -3.5
    found = finding(recomputed, real, torch.tensor(0.5))
    assert found.error == pytest.approx((0.75 + float(real[3])) / 4)
    assert found.tolerance == pytest.approx(0.5 / 4)
    [held] = proof((Check("a formula", recomputed, real),), frozenset())
    assert max(tensor.numel() for tensor in held.tensors) == most


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

    proofs = [proof(Later(checks, {"given": torch.ones(2) * size}), frozenset()) for size in (1, 3)]
    assert [found.tolerance for [found] in told_of(proofs)] == pytest.approx([1.0, 3.0])


def test_calls_that_are_proven_at_once_are_told_apart():
    proofs = [
        later(0.5),
        proof((Check("at once", torch.ones(2), torch.zeros(2)),), frozenset()),
        later(0.125, size=5),
        later(0.0),
        later(0.25, edited=("gate",)),
    ]
    errors = [[found.error for found in findings] for findings in told_of(proofs)]
    assert errors == [[0.5, 0.5], [1.0], [0.125, 0.5], [0.0, 0.5], [0.25]]


def test_checks_of_one_form_are_measured_at_once_and_told_in_the_order_of_their_call():
    real = torch.tensor([1.0, 0.5])

    def checks(first, second, size=2):
        wide = torch.ones(size)
        return (
            Check("one", real + first, real),
            Check("size", wide, wide),
            Check("one", real + second, real, slack=torch.tensor(second)),
        )

    proofs = [checks(0.25, 0.5), checks(0.75, 0.125, size=3), checks(1.0, 0.0)]
    proofs = [proof(one, frozenset()) for one in proofs]
    told = told_of(proofs)
    assert [[(f.what, f.error) for f in of] for of in told] == [
        [("one", 0.25), ("size", 0.0), ("one", 0.5)],
        [("one", 0.75), ("size", 0.0), ("one", 0.125)],
        [("one", 1.0), ("size", 0.0), ("one", 0.0)],
    ]
    assert [of[2].tolerance for of in told] == pytest.approx([0.5, 0.125, 1e-5])
    assert len(settled(proofs)) == 4


def test_what_the_network_writes_after_a_check_changes_nothing():
    recomputed, real = torch.ones(3), torch.full((3,), 0.5)
    for passed in (recomputed, real):
        known = proof((Check("a formula", recomputed, real),), frozenset())
        passed.fill_(8.0)
        assert told_of([known])[0][0].error == 0.5
        passed.fill_(1.0 if passed is recomputed else 0.5)
