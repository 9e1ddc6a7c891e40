"""Pairs are networks on one host: does one classify more images correctly than the other?"""

from itertools import chain

import numpy as np
import xarray as xr
from torch import Tensor

from inspector.figures import Figure, estimates
from inspector.findings.finding import Finding, Table
from inspector.findings.study import Seen, Study, Subject
from inspector.findings.words import estimate, percent
from inspector.measures import mean_interval
from inspector.training.evaluation import predictions
from inspector.training.images import Images
from inspector.zoo import LoadedModel

CLAIM = (
    "Each attention was published as a gain: MRLA of 1.6 points for ResNet-50 on ImageNet (Fang "
    "et al., ICLR 2023, arXiv 2302.03985, abstract), DIA as a significant improvement (Huang et "
    "al., AAAI 2020, arXiv 1905.10671, abstract), external attention as comparable or superior to "
    "self-attention (Guo et al., arXiv 2105.02358, abstract)."
)
CAVEAT = (
    "One training run of each network: how far two runs of one recipe lie apart was not measured, "
    "so that a difference here is one of these files, not of their attentions. An attention "
    "brings parameters of its own, and as published MRLA-base has a ReLU behind its normalisation "
    "that MRLA-light has not. Optimiser and rate were chosen on the plain network. None of the "
    "papers' networks, data or lengths of training are these."
)
PAIRS = (
    ("cifar_resnet56_se", "cifar_resnet56"),
    ("cifar_resnet56_dia", "cifar_resnet56"),
    ("cifar_resnet56_dia", "cifar_resnet56_se"),
    ("cifar_resnet56_mrlab", "cifar_resnet56"),
    ("cifar_resnet56_mrlal", "cifar_resnet56"),
    ("cifar_resnet56_mrlab", "cifar_resnet56_mrlal"),
    ("cifar_vit_external", "cifar_vit"),
)
LEVEL = 1 - 0.05 / len(PAIRS)
"""Of each interval, so that all of them hold together with 95 % (Bonferroni)."""


def look(model: LoadedModel, pixels: Tensor) -> Seen:
    """The likeliest class of each image, (sample)."""
    unlabelled = Images(pixels, pixels.new_zeros(len(pixels)).long())
    norm = model.card.mean, model.card.std
    return {"class": xr.DataArray(predictions(model.module, unlabelled, norm), dims="sample")}


SUBJECTS = {name: Subject(name, look) for name in chain.from_iterable(PAIRS)}


def finding(study: Study) -> Finding:
    """Returns which network of each pair classifies more images correctly, image by image."""
    right = {name: _right(study, name) for name in SUBJECTS if study.model(name).trained}
    pairs = [pair for pair in PAIRS if right.keys() >= set(pair)]
    told = {pair: gain(right[pair[0]], right[pair[1]]) for pair in pairs}
    return Finding(
        title="How accurate, with one attention and with another",
        claim=CLAIM,
        found=(_shown(study), *(_sentence(*pair, told.get(pair)) for pair in PAIRS)),
        table=_table(right, told),
        caveat=CAVEAT,
        figures={"Difference of accuracy within each pair": _figure(told)} if told else {},
    )


def gain(one: xr.DataArray, other: xr.DataArray) -> xr.Dataset:
    """Returns by how many points of accuracy one network is above another, with its interval.

    The images are the same, so that what counts is where the two differ.

    Args:
        one: whether each image was classified correctly, (sample).
        other: the same of the other network.
    """
    return mean_interval(100 * (one.astype(float) - other.astype(float)), level=LEVEL)


def _right(study: Study, name: str) -> xr.DataArray:
    return study.seen(SUBJECTS[name])["class"] == study.labels


def _shown(study: Study) -> str:
    return (
        f"{len(study.images)} images. Intervals here are of {100 * LEVEL:.1f} % each, so that all "
        f"{len(PAIRS)} hold together with 95 %."
    )


def _sentence(one: str, other: str, found: xr.Dataset | None) -> str:
    if found is None:
        return f"`{one}` and `{other}` are not compared: trained weights of both are needed."
    said = "not told apart"
    if found["low"] > 0 or found["high"] < 0:
        said = "above it" if found["value"] > 0 else "below it"
    return f"`{one}` against `{other}`: {estimate(found)} points, {said}."


def _table(right: dict[str, xr.DataArray], told: dict[tuple[str, str], xr.Dataset]) -> Table:
    head = (
        "network",
        "against",
        "accuracies",
        "the first alone correct",
        "the second alone correct",
        "points",
    )
    rows = []
    for (one, other), found in told.items():
        ours, theirs = right[one].values, right[other].values
        alone = (str(np.sum(ours & ~theirs)), str(np.sum(theirs & ~ours)))
        both = f"{percent(ours.mean())}, {percent(theirs.mean())}"
        rows.append((f"`{one}`", f"`{other}`", both, *alone, estimate(found)))
    return Table(head, tuple(rows))


def _figure(told: dict[tuple[str, str], xr.Dataset]) -> Figure:
    names = [" against ".join(pair).replace("cifar_", "") for pair in told]
    joined = xr.concat(list(told.values()), "pair").assign_coords(pair=names)
    joined["value"].attrs = {"long_name": "difference of accuracy", "units": "points"}
    return estimates({"paired": joined}, x="pair", references={"none": 0.0})
