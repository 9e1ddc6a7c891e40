"""Mass and effect: does an edge over which more is retrieved matter more to the prediction?

The mass of a retrieval edge is its weight, also over that of a uniform row, or times the norm of
the value that it weighs. Its effect is how far the logits move when it alone is cut.
"""

from collections.abc import Iterator

import numpy as np
import xarray as xr
from PIL import Image
from torch import Tensor

from hooks import stack
from inspector.figures import Figure, scatter
from inspector.findings.finding import Finding, Numbers, Table
from inspector.findings.study import Seen, Study, Subject, require_verified
from inspector.findings.words import among, estimate, short, span
from inspector.images import Photo
from inspector.inspection import Inspection, inspect_image
from inspector.interventions import Intervention, edges, sweep
from inspector.measures import (
    mean_interval,
    outlying,
    rank_association,
    retrieved_norm,
    uniform_weight,
)
from inspector.zoo import LoadedModel

CLAIM = (
    "The MRLA paper's abstract claims nothing of it (Fang et al., ICLR 2023, arXiv 2302.03985). "
    "That attention weights tell what matters is a habit of reading them, disputed since Jain and "
    "Wallace, NAACL 2019 (arXiv 1902.10186)."
)
CAVEAT = (
    "A cut leaves its row without the weight that was cut, so that by construction a larger "
    "weight takes away more: what a random twin shows too is no more than that. A row whose other "
    "weights make up for the cut, or the mean over images in its place, may answer otherwise. "
    "Edges that stand in for each other each look idle. Stages differ in both mass and effect, "
    "and a longer row has smaller weights, so that edges of all rows together can go together "
    "where those of no single row do. The interval across edges is a bootstrap over edges, which "
    "are not independent."
)
MASSES = {
    "weight": "weight",
    "ratio": "weight / uniform weight",
    "norm": "weight x norm of the value",
}
FORMS = {
    "across": "across edges, of means over images",
    "within": "within an image, mean",
    "row": "within an image and a layer's row, mean",
}


def look(model: LoadedModel, pixels: Tensor) -> Seen:
    """Mass and effect of each edge in each image, (sample, edge)."""
    seen = inspect_image(model, list(photos(pixels)))
    require_verified(seen.tree)
    cuts = _with_choice(edges(seen))
    names = [f"{cut.layer} from {cut.label}" for cut in cuts]
    swept = [
        sweep(model, seen, cuts, image=place)["distance"].values for place in range(len(pixels))
    ]
    found = {name: _of(values, cuts) for name, values in _masses(seen).items()}
    found["effect"] = np.stack(swept)
    return {
        name: xr.DataArray(values, dims=("sample", "edge"), coords={"edge": names})
        for name, values in found.items()
    }


SUBJECT = Subject("cifar_resnet56_mrlab", look, costly=True)


def photos(pixels: Tensor) -> Iterator[Photo]:
    """Yields images of a data set, uint8 [n, 3, y, x], as photos that no network resizes."""
    for place, values in enumerate(pixels.permute(0, 2, 3, 1).numpy()):
        image = Image.fromarray(values)
        yield Photo(f"image {place}", image, "", (), image.size, "PNG")


def _with_choice(cuts: tuple[Intervention, ...]) -> tuple[Intervention, ...]:
    """Cuts of layers that retrieve from more than themselves: another weight is always 1."""
    count = [cut.layer for cut in cuts]
    return tuple(cut for cut in cuts if count.count(cut.layer) > 1)


def _masses(seen: Inspection) -> dict[str, xr.DataArray]:
    """Each kind of mass, (sample, layer, retrieved_layer), mean over heads."""
    node = seen.tree.children["mrla"]
    names = sorted({str(layer.attrs["chain"]) for layer in node.children.values()})
    found: dict[str, list[xr.DataArray]] = {name: [] for name in MASSES}
    for chain in names:
        data = stack(node, chain, names=["weight", "value_norm"])
        weight = data["weight"]
        found["weight"].append(weight.mean("head"))
        found["ratio"].append((weight / uniform_weight(weight, "retrieved_layer")).mean("head"))
        # Heads are channels of their own: what is retrieved is as long as all of them together.
        norm = retrieved_norm(weight, data["value_norm"])
        found["norm"].append((norm**2).sum("head") ** 0.5)
    return {
        name: xr.concat(parts, "layer", join="outer", coords="minimal", compat="override")
        for name, parts in found.items()
    }


def _of(values: xr.DataArray, cuts: tuple[Intervention, ...]) -> np.ndarray:
    """Numbers of edges (sample, edge)."""
    each = [values.sel(layer=cut.layer, retrieved_layer=cut.label).values for cut in cuts]
    return np.stack(each, axis=-1)


def finding(study: Study) -> Finding:
    """Returns how far mass and effect go together, against random twins."""
    seen, first = study.seen(SUBJECT), study.first(SUBJECT)
    shown = [(numbers(one), hits(one)) for one in study.twins(SUBJECT)]
    own, twins = numbers(first), [one for one, _ in shown]
    told = {mass: _associations(seen, mass) for mass in MASSES}
    beside = study.beside(SUBJECT)
    return Finding(
        title="Does mass predict effect? (MRLA-base, every edge cut in turn)",
        claim=CLAIM,
        found=(
            _shown(seen, beside),
            *_told(told),
            *_trained(own, twins, beside),
            _largest(seen),
            f"In {beside} images, in so many %: "
            f"{among(100 * hits(first), [100 * one for _, one in shown])}.",
        ),
        table=_table(told, own, twins, beside),
        caveat=CAVEAT,
        figures={"Mean weight and mean effect of each edge": _figure(seen)},
        verdicts={"MRLA-base": outlying(own, twins)},
    )


def numbers(seen: Seen) -> Numbers:
    """Returns Spearman's coefficient of effect with each mass, in each form."""
    told = [_associations(seen, mass, resamples=1) for mass in MASSES]
    masses = {"mass": list(MASSES)}
    return {
        form: xr.DataArray([float(one[form]["value"]) for one in told], dims="mass", coords=masses)
        for form in FORMS
    }


def _associations(seen: Seen, mass: str, resamples: int = 2000) -> dict[str, xr.Dataset]:
    """Spearman's coefficient of effect with a mass and its interval, in each form."""
    return {
        "across": _across(seen, mass, resamples),
        "within": mean_interval(_within(seen, mass)),
        "row": mean_interval(_rowwise(seen, mass)),
    }


def _across(seen: Seen, mass: str, resamples: int) -> xr.Dataset:
    means = (seen[name].mean("sample") for name in (mass, "effect"))
    return rank_association(*means, resamples=resamples).rename(rho="value")


def _within(seen: Seen, mass: str) -> xr.DataArray:
    """Spearman's coefficient over the edges of each image, (sample)."""
    from scipy.stats import rankdata  # noqa: PLC0415 - half a second

    ranks = [rankdata(seen[name].values, axis=1) for name in (mass, "effect")]
    one, other = (rank - rank.mean(axis=1, keepdims=True) for rank in ranks)
    size = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    product = (one * other).sum(axis=1)
    known = np.divide(product, size, out=np.full_like(size, np.nan), where=size > 0)
    return xr.DataArray(known, dims="sample")


def _rowwise(seen: Seen, mass: str) -> xr.DataArray:
    """The same over the edges of each layer, mean over layers, (sample)."""
    each = [_within(row, mass) for row in _rows(seen)]
    return xr.concat(each, "layer").mean("layer", skipna=False)


def _rows(seen: Seen) -> Iterator[Seen]:
    """What was seen of the edges of each layer."""
    layers = np.array([name.partition(" from ")[0] for name in seen["effect"]["edge"].values])
    for layer in dict.fromkeys(layers.tolist()):
        yield {name: values[:, layers == layer] for name, values in seen.items()}


def _stages(seen: Seen) -> np.ndarray:
    """Name of the stage of each edge."""
    return np.array([name.partition(".")[0] for name in seen["effect"]["edge"].values])


def _shown(seen: Seen, beside: int) -> str:
    images, count = seen["effect"].sizes["sample"], seen["effect"].sizes["edge"]
    return f"{count} edges cut one by one in {images} images; in {beside} for each twin."


def _told(told: dict[str, dict[str, xr.Dataset]]) -> Iterator[str]:
    for mass, title in MASSES.items():
        each = (f"{FORMS[form]}, {_verdict(found)}" for form, found in told[mass].items())
        yield f"{title.capitalize()} and effect, Spearman: {'; '.join(each)}."


def _trained(own: Numbers, twins: list[Numbers], beside: int) -> Iterator[str]:
    """Where the coefficients lie among those of random twins, in the same images."""
    for mass, title in MASSES.items():
        each = []
        for form, words in FORMS.items():
            one, *others = (network[form].sel(mass=mass) for network in (own, *twins))
            each.append(f"{words}, {among(one, others)}")
        yield f"{title.capitalize()}, in {beside} images: {'; '.join(each)}."


def _verdict(found: xr.Dataset) -> str:
    """A coefficient, and what its interval allows to say: "0.3 (0.1 to 0.5), they go together"."""
    low, high = float(found["low"]), float(found["high"])
    said = "not told apart from 0"
    if low > 0:
        said = "they go together"
    elif high < 0:
        said = "they go against each other"
    return f"{estimate(found)}, {said if np.isfinite(low) else 'without an interval'}"


def hits(seen: Seen) -> float:
    """Returns in which share of rows the edge of largest weight is that of largest effect."""
    return float(np.mean([_hit(row).mean() for row in _rows(seen)]))


def _hit(row: Seen) -> np.ndarray:
    """Whether they are the same edge of a row, in each image."""
    weight, effect = (row[name].values.argmax(axis=1) for name in ("weight", "effect"))
    found: np.ndarray = weight == effect
    return found


def _largest(seen: Seen) -> str:
    chance = float(np.mean([1 / row["effect"].sizes["edge"] for row in _rows(seen)]))
    return (
        "The edge of a row with the largest weight is that with the largest effect in "
        f"{short(100 * hits(seen))} % of rows and images ({short(100 * chance)} % by chance)."
    )


def _table(
    told: dict[str, dict[str, xr.Dataset]], own: Numbers, twins: list[Numbers], beside: int
) -> Table:
    head = ["mass"]
    for title in FORMS.values():
        head += [title, f"in {beside} images", "twins, in the same"]
    rows = []
    for mass, title in MASSES.items():
        cells = [title]
        for form, found in told[mass].items():
            others = span(np.array([one[form].sel(mass=mass).item() for one in twins]))
            cells += [estimate(found), short(own[form].sel(mass=mass).item()), others]
        rows.append(tuple(cells))
    return Table(tuple(head), tuple(rows))


def _figure(seen: Seen) -> Figure:
    points = xr.Dataset({name: seen[name].mean("sample") for name in ("weight", "effect")})
    points["weight"].attrs = {"long_name": "mean retrieval weight", "units": "share of 1"}
    points["effect"].attrs = {"long_name": "mean change of all logits, L2", "units": "logit"}
    points = points.assign_coords(chain=("edge", _stages(seen)))
    return scatter(points, x="weight", y="effect", group="chain", label="edge")
