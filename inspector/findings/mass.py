"""Mass and effect: does an edge over which more is retrieved matter more to the prediction?

The mass of a retrieval edge is its weight, also over that of a uniform row, or times the norm of
the value that it weighs. Its effect is how far the logits move when it alone is cut.
"""

from collections.abc import Iterator

import numpy as np
import plotly.graph_objects as go
import xarray as xr
from PIL import Image
from torch import Tensor

from hooks import stack
from inspector.figures import scatter
from inspector.findings.finding import Finding, Numbers, Table
from inspector.findings.study import Seen, Study, Subject, require_verified
from inspector.findings.words import estimate, short, span
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
    "None that could be found in the MRLA paper (Fang et al., ICLR 2023). That attention weights "
    "tell what matters is a habit of reading them, disputed since Jain and Wallace, NAACL 2019 "
    "(arXiv 1902.10186)."
)
CAVEAT = (
    "A cut leaves its row without the weight that was cut, so that by construction a larger weight "
    "takes away more; edges that stand in for each other each look idle. The interval across edges "
    "is a bootstrap over edges, which are not independent."
)
MASSES = {
    "weight": "weight",
    "ratio": "weight / uniform weight",
    "norm": "weight x norm of the value",
}
FORMS = {"across": "across edges, of means over images", "within": "within an image, mean"}


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
        found["norm"].append(retrieved_norm(weight, data["value_norm"]).mean("head"))
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
    seen = study.seen(SUBJECT)
    twins = [numbers(one) for one in study.twins(SUBJECT)]
    across = {mass: _across(seen, mass) for mass in MASSES}
    within = {mass: mean_interval(_within(seen, mass)) for mass in MASSES}
    return Finding(
        title="Does mass predict effect? (MRLA-base, every edge cut in turn)",
        claim=CLAIM,
        found=(_shown(seen, study.beside(SUBJECT)), *_told(across, within), _largest(seen)),
        table=_table(across, within, twins),
        caveat=CAVEAT,
        figures={"Mean weight and mean effect of each edge": _figure(seen)},
        verdicts={"MRLA-base": outlying(numbers(study.first(SUBJECT)), twins)},
    )


def numbers(seen: Seen) -> Numbers:
    """Returns Spearman's coefficient of effect with each mass, across and within."""
    across = [_across(seen, mass, resamples=1)["value"].item() for mass in MASSES]
    within = [float(_within(seen, mass).mean()) for mass in MASSES]
    masses = {"mass": list(MASSES)}
    return {
        "across": xr.DataArray(across, dims="mass", coords=masses),
        "within": xr.DataArray(within, dims="mass", coords=masses),
    }


def _across(seen: Seen, mass: str, resamples: int = 2000) -> xr.Dataset:
    means = (seen[name].mean("sample") for name in (mass, "effect"))
    return rank_association(*means, resamples=resamples).rename(rho="value")


def _within(seen: Seen, mass: str) -> xr.DataArray:
    """Spearman's coefficient over the edges of each image, (sample)."""
    from scipy.stats import rankdata  # noqa: PLC0415 - half a second

    ranks = [rankdata(seen[name].values, axis=1) for name in (mass, "effect")]
    one, other = (rank - rank.mean(axis=1, keepdims=True) for rank in ranks)
    size = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    return xr.DataArray((one * other).sum(axis=1) / size, dims="sample")


def _shown(seen: Seen, beside: int) -> str:
    images, count = seen["effect"].sizes["sample"], seen["effect"].sizes["edge"]
    return f"{count} edges cut one by one in {images} images; in {beside} for each twin."


def _told(across: dict[str, xr.Dataset], within: dict[str, xr.Dataset]) -> Iterator[str]:
    for mass, title in MASSES.items():
        low, high = (float(across[mass][end]) for end in ("low", "high"))
        verdict = "go together" if low > 0 else "go against each other" if high < 0 else ""
        said = verdict or "are not shown to go together, as the interval holds 0"
        yield (
            f"{title.capitalize()} and effect {said}: Spearman {estimate(across[mass])} across "
            f"edges, {estimate(within[mass])} within an image."
        )


def _largest(seen: Seen) -> str:
    """Whether the edge of most weight is that of most effect."""
    weight, effect = (seen[name].values.argmax(axis=1) for name in ("weight", "effect"))
    share = float((weight == effect).mean())
    return (
        f"The edge of largest weight is that of largest effect in {short(100 * share)} % of images "
        f"({short(100 / seen['effect'].sizes['edge'])} % by chance)."
    )


def _table(
    across: dict[str, xr.Dataset], within: dict[str, xr.Dataset], twins: list[Numbers]
) -> Table:
    head = ("mass", FORMS["across"], "twins", FORMS["within"], "twins")
    rows = []
    for mass, title in MASSES.items():
        ranges = [
            span(np.array([one[form].sel(mass=mass).item() for one in twins])) for form in FORMS
        ]
        rows.append((title, estimate(across[mass]), ranges[0], estimate(within[mass]), ranges[1]))
    return Table(head, tuple(rows))


def _figure(seen: Seen) -> go.Figure:
    points = xr.Dataset({name: seen[name].mean("sample") for name in ("weight", "effect")})
    points["weight"].attrs = {"long_name": "mean retrieval weight", "units": "share of 1"}
    points["effect"].attrs = {"long_name": "mean change of all logits, L2", "units": "logit"}
    stage = [name.partition(".")[0] for name in points["edge"].values]
    points = points.assign_coords(chain=("edge", stage))
    return scatter(points, x="weight", y="effect", group="chain", label="edge")
