"""Evidence is how far a recomputed tensor lies from the network's own.

Differences are absolute for values up to one, such as shares, and else in units of the largest real
value: what rounding does to features and scores grows with them.

It is measured where the tensors are and told after the pass: a number that is asked for on the way
would make the processor wait for the device.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any

import torch
from torch import Tensor

from hooks.mechanism import Check

# What a chain of float operations may lose, relative to the largest value compared.
TOLERANCES = {torch.float64: 1e-10, torch.float32: 1e-5, torch.float16: 5e-3, torch.bfloat16: 4e-2}
# Keeps a tensor of nothing but zeros from asking for exact zeros.
SMALLEST = 1e-3


@dataclass(frozen=True)
class Evidence:
    """One check, measured.

    Attributes:
        what: the formula, in words.
        extent: largest absolute difference and largest absolute real value; scalars on the device.
        relative: what rounding allows, relative to the second.
    """

    what: str
    extent: tuple[Tensor, Tensor]
    relative: float


@dataclass(frozen=True)
class Finding:
    """Evidence as numbers in its unit: the largest difference, and what rounding allows."""

    what: str
    error: float
    tolerance: float


def measured(check: Check) -> Evidence:
    """The evidence of a check; an infinite difference where the shapes differ."""
    return Evidence(check.what, _extent(check.recomputed, check.real), TOLERANCES[check.real.dtype])


def _extent(recomputed: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
    real = real.contiguous()  # a sample is spread over memory: it is gathered once
    largest = real.abs().max()
    if recomputed.shape != real.shape:
        return torch.full_like(largest, inf), largest
    return (recomputed - real).abs().max(), largest


def found(evidence: Evidence, error: float, largest: float) -> Finding:
    """The finding of some evidence, once its extent is at hand; what is no number is infinite."""
    if not isfinite(error) or not isfinite(largest):  # relative to infinity all would be allowed
        return Finding(evidence.what, inf, evidence.relative)
    unit = max(1.0, largest)
    allowed = evidence.relative * max(SMALLEST, largest)
    return Finding(evidence.what, error / unit, allowed / unit)


def attributes(findings: Sequence[Finding]) -> dict[str, Any]:
    """How well a layer's capture was verified, by all its findings.

    ``verified_error`` is the largest difference in its unit, ``verified_tolerance`` what rounding
    allows there, ``verified`` 1 if all differences are within theirs.
    """
    worst = max(findings, key=lambda f: f.error, default=Finding("", inf, 0.0))
    told = (f"{finding.what}: {finding.error:.1e}" for finding in findings)
    return {
        "verified_error": worst.error,
        "verified_tolerance": worst.tolerance,
        "verified": int(bool(findings) and all(f.error <= f.tolerance for f in findings)),
        "verified_by": "; ".join(told) or "nothing: the edit replaced what would be checked",
    }
