"""An effect table is the effects of a survey as labelled arrays, the node ``/effects`` of a store.

``logit_mean``, ``probability_mean`` and ``distance_mean`` (split, intervention) of ``images``
(split), with ``_variance``, ``_min`` and ``_max`` likewise; ``_class_mean`` and ``_class_variance``
(class, intervention) of ``class_images``. Coordinates are those of a sweep, and the ``kind``.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from inspector.interventions import from_text
from inspector.interventions.sweeping import coordinates
from inspector.measures.effects import EFFECTS
from inspector.surveys.effects import Effects
from inspector.surveys.statistics import About, splits


def effect_table(effects: Effects, labels: Sequence[str], about: About) -> xr.Dataset:
    """The table of effects; labels name the source's classes, which may have none."""
    by_split = splits(effects.moments)
    whole = [moments.told() for moments in by_split.values()]
    found = {what: np.concatenate([told[what] for told in whole]) for what in whole[0]}
    images = np.concatenate([moments.count for moments in by_split.values()])
    variables: dict[str, Any] = {"images": ("split", images.astype(np.int64))}
    variables |= _measures("split", found)
    coords: dict[str, Any] = {"split": list(by_split), **_coordinates(effects, about)}
    if labels:
        by_class = effects.classes.spread(len(labels))
        variables["class_images"] = ("class", by_class.count.astype(np.int64))
        told = by_class.told().items()
        variables |= _measures("class", {f"class_{what}": values for what, values in told})
        coords["class"] = list(labels)
    return xr.Dataset(variables, coords=coords, attrs={"floor": float(effects.floor)})


def _measures(dim: str, found: Mapping[str, np.ndarray]) -> Iterator[tuple[str, xr.Variable]]:
    """Values (dim, measure x part) as a variable for each measure."""
    for what, values in found.items():
        parts = np.split(values, len(EFFECTS), axis=1)
        for (name, (title, unit)), own in zip(EFFECTS.items(), parts, strict=True):
            attrs = {"long_name": title, "units": f"({unit})^2" if "variance" in what else unit}
            yield f"{name}_{what}", xr.Variable((dim, "intervention"), own, attrs)


def _coordinates(effects: Effects, about: About) -> dict[str, Any]:
    kinds, texts = effects.parts.T.tolist()
    chains = {
        (mechanism, layer): str(told["chain"])
        for mechanism, layers in about.items()
        for layer, told in layers.items()
    }
    cuts = [cut for text in texts for cut in from_text(text)]
    return {"kind": ("intervention", kinds), **coordinates(cuts, chains)}
