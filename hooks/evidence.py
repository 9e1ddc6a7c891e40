"""Evidence is how far a recomputed tensor lies from the network's own.

Differences are absolute for values up to one, such as shares, and else in units of the largest real
value: what rounding does to features and scores grows with them.

It is measured where the tensors are and told after the pass: a number that is asked for on the way
would make the processor wait for the device. A mechanism may also leave its checks for after the
pass (`Later`), where those of all calls alike are made at once: for 54 small layers that takes
2.8 ms instead of 5.5.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from operator import attrgetter
from typing import Any

import numpy as np
import torch
from torch import Tensor

from hooks.mechanism import Check, Later

# What a chain of float operations may lose, relative to the largest value compared.
TOLERANCES = {torch.float64: 1e-10, torch.float32: 1e-5, torch.float16: 5e-3, torch.bfloat16: 4e-2}
# Keeps a tensor of nothing but zeros from asking for exact zeros.
SMALLEST = 1e-3

_FORM = attrgetter("shape", "dtype", "device")


@dataclass(frozen=True)
class Evidence:
    """One check, measured: of a call, or of several at once.

    Attributes:
        what: the formula, in words.
        extent: largest absolute difference and largest absolute real value, on the device, and the
            check's slack if it has one; for several calls an entry each.
        relative: what rounding allows, relative to the second.
    """

    what: str
    extent: tuple[Tensor, ...]
    relative: float


@dataclass(frozen=True)
class Finding:
    """Evidence as numbers in its unit: the largest difference, and what rounding allows."""

    what: str
    error: float
    tolerance: float


@dataclass(frozen=True)
class Pending:
    """A proof that is made after the pass: how, and the points where an edit answered."""

    later: Later
    edited: frozenset[str]

    @property
    def kind(self) -> Hashable:
        """What the calls have in common that are proven at once."""
        alike = tuple(map(_FORM, self.later.tensors.values()))
        return self.later.checks, self.edited, alike


Proof = tuple[Evidence, ...] | Pending
"""The evidence of every check of a call that no edit made pointless."""
Settled = list[tuple[Sequence[int], tuple[Evidence, ...]]]
"""Evidence, and the calls that it is of, as places in a list of proofs."""


def proof(checks: tuple[Check, ...] | Later, edited: frozenset[str]) -> Proof:
    """What proves a call, as far as it is known while the network runs.

    Args:
        checks: of its reading.
        edited: names of the points where an edit answered.
    """
    return Pending(checks, edited) if isinstance(checks, Later) else _measured(checks, edited)


def settled(proofs: Sequence[Proof]) -> Settled:
    """All evidence, once the pass is over."""
    alike: dict[Hashable, list[int]] = defaultdict(list)
    for place, known in enumerate(proofs):
        alike[known.kind if isinstance(known, Pending) else place].append(place)
    with torch.no_grad():  # a formula may use parameters
        return [(places, _evidence([proofs[p] for p in places])) for places in alike.values()]


def findings(known: Settled, ends: Iterator[np.ndarray]) -> dict[int, list[Finding]]:
    """What each call's evidence says.

    Args:
        known: from `settled`.
        ends: the extents of all that evidence as arrays, one after the other.
    """
    told: dict[int, list[Finding]] = {place: [] for places, _ in known for place in places}
    for places, evidence in known:
        for one in evidence:
            extents = zip(*(np.atleast_1d(next(ends)).tolist() for _ in one.extent), strict=True)
            for place, numbers in zip(places, extents, strict=True):
                told[place].append(found(one, *numbers))
    return told


def _evidence(alike: Sequence[Proof]) -> tuple[Evidence, ...]:
    """The evidence of a call, or of several of one kind, stacked along a first axis."""
    first = alike[0]
    if not isinstance(first, Pending):
        return first
    tensors = [known.later.tensors for known in alike if isinstance(known, Pending)]
    stacked = {name: torch.stack([one[name] for one in tensors]) for name in tensors[0]}
    return _measured(first.later.checks(**stacked), first.edited, calls=1)


def _measured(
    checks: Sequence[Check], edited: frozenset[str], calls: int = 0
) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(check.what, _extent(check, calls), TOLERANCES[check.real.dtype])
        for check in checks
        if check.point not in edited
    )


def _extent(check: Check, calls: int) -> tuple[Tensor, ...]:
    """Largest difference and largest real value, over all axes but the first ``calls``; slack."""
    real = check.real.contiguous()  # a sample is spread over memory: it is gathered once
    largest = _largest(real, calls)
    slack = () if check.slack is None else (check.slack,)
    if check.recomputed.shape != real.shape:
        return torch.full_like(largest, inf), largest, *slack
    return _largest(check.recomputed - real, calls), largest, *slack


def _largest(values: Tensor, calls: int) -> Tensor:
    return values.abs().reshape(*values.shape[:calls], -1).amax(dim=-1)


def found(evidence: Evidence, error: float, largest: float, slack: float = 0.0) -> Finding:
    """The finding of some evidence, once its extent is at hand; what is no number is infinite."""
    if not all(map(isfinite, (error, largest, slack))):  # relative to infinity all would be allowed
        return Finding(evidence.what, inf, evidence.relative)
    unit = max(1.0, largest)
    allowed = max(evidence.relative * max(SMALLEST, largest), slack)
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
