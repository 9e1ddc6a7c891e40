"""Findings as values: their table, and the verdict of their control."""

import numpy as np
import pytest
import xarray as xr

from inspector.findings.finding import Finding, Table
from inspector.measures import outlying


def drawn(seed: int, shift: float = 0.0) -> dict[str, xr.DataArray]:
    values = np.random.default_rng(seed).normal(shift, 1, 30)
    return {"numbers": xr.DataArray(values, dims="layer")}


def finding(verdict) -> Finding:
    return Finding("title", "claim", ("found",), Table(("a",), ()), "caveat", verdicts=verdict)


TWINS = [drawn(seed) for seed in range(1, 20)]


def test_a_table_is_markdown():
    table = Table(("a", "b"), (("1", "2"), ("3", "4")))
    assert table.markdown() == "| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |"


def test_numbers_far_from_all_twins_are_told_apart():
    found = finding({"net": outlying(drawn(0, shift=20.0), TWINS)})
    assert found.told_apart == {"net": True}
    assert found.controls["net"].startswith(
        "Differs from 19 networks with random weights (p = 0.05)"
    )


def test_one_more_random_network_is_not_and_the_text_says_what_follows():
    found = finding({"net": outlying(drawn(0), TWINS)})
    assert found.told_apart == {"net": False}
    assert found.controls["net"].startswith("Does not differ")
    assert found.controls["net"].endswith("can be said to have been learnt.")


@pytest.mark.parametrize("told", ["told_apart", "controls"])
def test_without_a_verdict_nothing_is_said(told):
    assert not getattr(finding({}), told)
