"""Attention and attribution: do their maps rank the places of an image alike?"""

from collections.abc import Iterator, Mapping
from itertools import product

import numpy as np
import xarray as xr
from torch import Tensor

from inspector.attribution import METHODS, attribute
from inspector.figures import Figure, estimates
from inspector.findings.finding import Finding, Numbers, Table
from inspector.findings.mass import photos
from inspector.findings.study import Seen, Study, Subject, require_verified
from inspector.findings.words import among, estimate, short, span
from inspector.inspection import Inspection, inspect_image
from inspector.measures import mean_interval, on_cells, outlying
from inspector.progress import tracked
from inspector.training.images import SIDE
from inspector.views.placed import options, placed_map
from inspector.zoo import LoadedModel

CLAIM = (
    "Maps of attention are commonly shown as what a network looks at. That they tell what a "
    "prediction rests on is disputed (Jain and Wallace, NAACL 2019, arXiv 1902.10186; Adebayo et "
    "al., NeurIPS 2018, arXiv 1810.03292, ask for the control of random weights)."
)
CAVEAT = (
    "To agree is not to explain: both maps may follow a trait of all photographs, such as a "
    "subject in the middle, which the maps of other images allow for. Weights of MRLA and DIA "
    "have no place in the image, so that no map is made of them. Where slots are used nearly "
    "alike, which of them has the largest mass is nearly arbitrary."
)
USED = ("integrated_gradients", "saliency")
KINDS = ("rollout:", "slot:")
"""Of the maps of attention, that of the last layer is taken."""

OWN = "attention"


def look(model: LoadedModel, pixels: Tensor) -> Seen:
    """Maps (sample, y, x) in pixels: of attention, and sizes of the logit's attributions."""
    seen = inspect_image(model, list(photos(pixels)))
    require_verified(seen.tree)
    found = {name: [] for name in (OWN, *USED)}  # type: dict[str, list[xr.DataArray]]
    for place in tracked(range(len(pixels)), "images attributed"):
        for name, values in _maps(model, seen, place):
            flat = on_cells(values, SIDE, SIDE).reset_coords(drop=True)
            found[name].append(flat.drop_vars(["y", "x"], errors="ignore"))
    return {name: xr.concat(maps, "sample", coords="minimal") for name, maps in found.items()}


SUBJECTS = {
    "self-attention, rollout": Subject("cifar_vit", look, costly=True),
    "external attention, slot of largest mass": Subject("cifar_vit_external", look, costly=True),
}


def _maps(model: LoadedModel, seen: Inspection, place: int) -> Iterator[tuple[str, xr.DataArray]]:
    last = [key for key in options(seen) if key.startswith(KINDS)][-1]
    yield OWN, placed_map(seen, {"map": last, "image": str(place)})[0]
    target = int(seen.logits.isel(sample=place).argmax("class"))
    for method in USED:
        found = attribute(model, seen.pixels.isel(sample=[place]), target, method)
        yield method, abs(found["attribution"].isel(sample=0, drop=True))


def finding(study: Study) -> Finding:
    """Returns how far maps agree, against those of other images and of random twins."""
    told = {name: correlations(study.seen(subject)) for name, subject in SUBJECTS.items()}
    own = {name: numbers(study.first(subject)) for name, subject in SUBJECTS.items()}
    twins = {
        name: [numbers(one) for one in study.twins(subject)] for name, subject in SUBJECTS.items()
    }
    return Finding(
        title="Do maps of attention agree with attributions?",
        claim=CLAIM,
        found=(*_sentences(told), *_trained(own, twins)),
        table=_table(told, twins, study.beside(next(iter(SUBJECTS.values())))),
        caveat=CAVEAT,
        figures={
            "Rank correlation of attention with attribution, own image and others": _figure(told)
        },
        verdicts={name: outlying(own[name], twins[name]) for name in SUBJECTS},
    )


def numbers(seen: Seen) -> Numbers:
    """Returns mean correlations by method, with the own image's map and beyond others'."""
    each = correlations(seen)
    means = each.mean("sample")
    return {"own image": means["own"], "beyond other images": means["own"] - means["others"]}


def correlations(seen: Seen) -> xr.Dataset:
    """Returns Spearman's coefficients of attention with each attribution, (method, sample).

    ``own`` is that of the same image, ``others`` the mean over the attributions of other images.
    """
    attended = _unit_ranks(seen[OWN])
    found: dict[str, list[np.ndarray]] = {"own": [], "others": []}
    for method in USED:
        table = attended @ _unit_ranks(seen[method]).T
        own = table.diagonal()
        found["own"].append(own)
        found["others"].append((table.sum(axis=1) - own) / max(len(table) - 1, 1))
    dims = ("method", "sample")
    numbers_of = {name: (dims, np.stack(rows)) for name, rows in found.items()}
    return xr.Dataset(numbers_of, coords={"method": list(USED)})


def _unit_ranks(maps: xr.DataArray) -> np.ndarray:
    """Ranks (sample, cell) around 0, of length 1, so that products are Spearman's coefficients."""
    from scipy.stats import rankdata  # noqa: PLC0415 - half a second

    flat = maps.transpose("sample", "y", "x").values.reshape(maps.sizes["sample"], -1)
    ranks = rankdata(flat, axis=1)
    away = ranks - ranks.mean(axis=1, keepdims=True)
    size = np.linalg.norm(away, axis=1, keepdims=True)
    return np.divide(away, size, out=np.zeros_like(away), where=size > 0)


def _sentences(told: Mapping[str, xr.Dataset]) -> Iterator[str]:
    for name, data in told.items():
        for method in USED:
            one = data.sel({"method": method})
            gain = mean_interval(one["own"] - one["others"])
            own = estimate(mean_interval(one["own"]))
            said = "not told apart from that"
            if gain["low"] > 0 or gain["high"] < 0:
                said = "more than" if gain["value"] > 0 else "less than"
            yield (
                f"{name.capitalize()}, with {METHODS[method].title}: mean correlation {own}, "
                f"{said} with the attribution of other images (difference "
                f"{estimate(gain)}), in {one.sizes['sample']} images."
            )


def _trained(own: Mapping[str, Numbers], twins: Mapping[str, list[Numbers]]) -> Iterator[str]:
    """Where mean correlations lie among those of random twins, on the same images."""
    for name, method in product(own, USED):
        each = []
        for what in own[name]:
            networks = (own[name], *twins[name])
            one, *others = (network[what].sel({"method": method}) for network in networks)
            each.append(f"{what}, {among(one, others)}")
        yield (
            f"{name.capitalize()}, with {METHODS[method].title}, on the images of the twins: "
            f"{'; '.join(each)}."
        )


def _table(
    told: Mapping[str, xr.Dataset], twins: Mapping[str, list[Numbers]], beside: int
) -> Table:
    others = f"twins, {beside} images"
    head = ("attention", "attribution", "own image", "other images", "own image, " + others)
    rows = []
    for name, method in product(told, USED):
        one = told[name].sel({"method": method})
        theirs = np.array([t["own image"].sel({"method": method}).item() for t in twins[name]])
        own, rest = estimate(mean_interval(one["own"])), short(float(one["others"].mean()))
        rows.append((name, METHODS[method].title, own, rest, span(theirs)))
    return Table(head, tuple(rows))


def _labels(name: str) -> list[str]:
    return [f"{name.rpartition(', ')[2]}: {METHODS[key].title}" for key in USED]


def _figure(told: Mapping[str, xr.Dataset]) -> Figure:
    series = {}
    for what, title in (("own", "same image"), ("others", "other images")):
        parts = {name: mean_interval(data[what]) for name, data in told.items()}
        joined = [data.assign_coords(method=_labels(name)) for name, data in parts.items()]
        series[title] = xr.concat(joined, "method")
        series[title]["value"].attrs = {"long_name": "Spearman correlation", "units": "1"}
    return estimates(series, x="method", references={"none": 0.0})
