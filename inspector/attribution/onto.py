"""Attribution onto the attention: what a class score owes to the weights and gates themselves.

The network is taken as a function of one quantity (retrieval weights, gates, affinities) in all
layers at once: each is put in the place of what the layer computed, so that nothing it depends on
has a say. On the straight path from a baseline b to the real values a,

    attribution = (a - b) x mean gradient of the logit on the path    (integrated gradients)
    attribution = a x gradient of the logit at a                      (gradient x quantity)

The first adds up, over all layers and labels, to the logit minus the logit that the network would
have with the baseline's values (Sundararajan et al., ICML 2017).
"""

from collections.abc import Iterator, Mapping
from typing import Literal, get_args

import numpy as np
import xarray as xr
from torch import Tensor

from hooks.mechanism import Mechanism
from hooks.recording import MECHANISMS, capture
from inspector.attribution.attributing import as_array, tasks_of, working
from inspector.attribution.held import Baseline, Held, Values
from inspector.attribution.question import Question

Way = Literal["integrated_gradients", "gradient_x_quantity"]

FORMULAS: Mapping[Way, str] = {
    "integrated_gradients": "(value - baseline) x mean gradient of the logit on the straight path "
    "between them, all layers at once",
    "gradient_x_quantity": "value x gradient of the logit, the values of all other layers held",
}


def attribute_attention(
    question: Question,
    mechanism: str,
    *,
    way: Way = "integrated_gradients",
    baseline: Baseline | None = None,
    steps: int = 32,
) -> xr.DataTree:
    """What the logit of a class owes to each value of a mechanism, layer by layer, for one image.

    Args:
        question: of one image.
        mechanism: key of the mechanism, such as "mrla".
        way: a key of ``FORMULAS``.
        baseline: where the path begins: "even", all labels alike where they share out a sum of 1
            (retrieval weights, affinities, attention weights), or one number; "even" where that
            can be, else 0, if not given.
        steps: points on the path (Gauss-Legendre).

    Returns:
        A node per layer. Its arrays are the quantities that the network uses, such as ``weight``,
        with their own dims, and beside each ``weight_attribution``, in logits, signed. The root's
        attributes hold the formula and, of integrated gradients, ``total``, the sum over all
        layers; ``difference``, the logit minus that with the baseline's values; and
        ``convergence_delta``, by how much these two differ.

    Raises:
        ValueError: there are several images, the network does not have the mechanism, way or
            baseline are unknown, or nothing shares out a sum of 1, so that nothing can be even.
        OutOfMemory: the device has no room.
    """
    _require(question, way)
    chosen = _mechanism(mechanism)
    with working(question.model):
        task = tasks_of(question, {})[0]
        seen = capture(task.score.module, task.batch.detach(), mechanisms=[chosen], detail="full")
        held = Held(task, chosen)
        if way == "integrated_gradients":
            found, about = held.integrated(baseline, steps)
        else:
            found, about = held.sloped(), {}
        task.score.tally.finish()
    said = {"mechanism": mechanism, "way": way, "formula": FORMULAS[way], **about}
    tree = xr.DataTree()
    tree.children = {
        name: xr.DataTree(data)
        for name, data in _layers(seen.children[mechanism], held, found)
        if data.data_vars
    }
    tree.attrs = said
    return tree


def _require(question: Question, way: str) -> None:
    if (count := question.pixels.sizes["sample"]) != 1:
        raise ValueError(f"Expected one image to attribute the attention of, got {count}.")
    if way not in get_args(Way):
        raise ValueError(f"Expected one of {', '.join(get_args(Way))}, got {way!r}.")


def _mechanism(key: str) -> Mechanism:
    known = {mechanism.key: mechanism for mechanism in MECHANISMS}
    if key not in known:
        raise ValueError(f"No mechanism is called '{key}'; there are: {', '.join(known)}.")
    return known[key]


def _layers(seen: xr.DataTree, held: Held, found: Values) -> Iterator[tuple[str, xr.Dataset]]:
    """Each captured layer with the quantities that were attributed, in execution order."""
    runs: dict[str, int] = {}
    for name, layer in sorted(seen.children.items(), key=lambda one: int(one[1].attrs["depth"])):
        path = str(layer.attrs["module"])
        run = runs[path] = runs.get(path, -1) + 1
        data = layer.to_dataset(inherit=False)
        own = [str(key) for key in data.data_vars if (path, run, str(key)) in found]
        kept = data[own]
        for key in own:
            values = _in_axes(held.in_order((path, run, key), data[key].dims, found), data[key])
            about = {"long_name": f"{data[key].attrs['long_name']}: attribution", "units": "logit"}
            kept[f"{key}_attribution"] = data[key].copy(data=values).assign_attrs(about)
        yield name, kept


def _in_axes(values: Tensor, like: xr.DataArray) -> np.ndarray:
    """Axes of length one, which a layout has and the labels do not, or the other way round."""
    return as_array(values).reshape(like.shape)
