"""A rerunning gives the images of a capsule to its network once more and compares the arrays."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from inspector.capsules.members import BadCapsule
from inspector.comparison import ComparedExhibit
from inspector.images import Photo
from inspector.inspection import Inspection, inspect_image
from inspector.interventions import from_text, intervene
from inspector.provenance import Provenance
from inspector.views.exhibit import Exhibit, Shown, exhibit
from inspector.views.intervention import EFFECT, effect

if TYPE_CHECKING:
    from inspector.zoo import LoadedModel


class NotTheSame(ValueError):
    """Network, weights or images are not those of the capsule, so that nothing can be compared."""


@dataclass(frozen=True)
class Difference:
    """How far the arrays of two exhibits are apart.

    Attributes:
        largest: the largest absolute difference of two numbers at the same place.
        where: panel and quantity at which it is.
        unlike: arrays that cannot be compared: one is missing, or labels or text differ.
    """

    largest: float
    where: str
    unlike: tuple[str, ...]

    @property
    def identical(self) -> bool:
        """Whether every number and every label is the same."""
        return self.largest == 0 and not self.unlike


def rerun(shown: Shown, model: "LoadedModel", photos: Sequence[Photo]) -> Exhibit:
    """The exhibit as the network gives it now.

    Raises:
        NotTheSame: network, weights, images or their preprocessing are others, or it compares two,
            or is of surveys.
        BadCapsule: the choices are not such as the view computes.
    """
    one = of_one_network(shown)
    require_same_images(one.provenance, photos)
    _require_same_weights(one.provenance, model)
    seen = inspect_image(model, photos)
    done = str(one.provenance.about.get("interventions_text", ""))
    if one.view is EFFECT:
        one = replace(one, view=effect(seen))
    if done:
        seen = intervene(model, seen, from_text(done)).after
    _require_same_preprocessing(one.provenance, seen)
    return _exhibited(one, seen).named(one.title)


def of_one_network(shown: Shown) -> Exhibit:
    """Returns what is shown, if it is of one network and its images.

    Raises:
        NotTheSame: it compares two, or is of surveys.
    """
    if not isinstance(shown, Exhibit):
        raise NotTheSame(
            "The capsule is of a survey, whose images are not in it. Make the survey again with "
            "`inspector survey`, its figure with `inspector figure`, and compare both files."
        )
    if isinstance(shown, ComparedExhibit):
        a, b = (origin.about["model"] for origin in shown.compared.origins)
        raise NotTheSame(
            f"The capsule compares A ({a}) with B ({b}), and one network at a time can be run "
            "again. Capture both and use `inspector compare`."
        )
    return shown


def _require_same_weights(told: Provenance, model: "LoadedModel") -> None:
    expected, got = told.about.get("weights_sha256"), model.weights_sha256
    if got != expected:
        raise NotTheSame(
            f"The weights are not those of the capsule: expected SHA-256 {expected} "
            f"({told.about.get('weights')}), got {got} ({model.weights_label}). "
            f"{_hint(told)}"
        )


def require_same_images(told: Provenance, photos: Sequence[Photo]) -> None:
    """Checks images before anything is computed of them.

    Raises:
        NotTheSame: they are not those that a provenance names.
    """
    digests = tuple(photo.sha256 for photo in photos)
    if digests != told.digests:
        names = ", ".join(told.images)
        raise NotTheSame(
            f"The images are not those of the capsule: expected {names} with SHA-256 "
            f"{_short(told.digests)}, got {_short(digests)}. Give the original files, in this "
            "order, with --image for each."
        )


def difference(stored: Shown, now: Shown) -> Difference:
    """How far the arrays of two exhibits are apart, panels and verdicts."""
    before, after = dict(_values(stored)), dict(_values(now))
    shared = before.keys() & after.keys()
    same = {name for name in shared if _comparable(before[name], after[name])}
    apart = {name: _largest(before[name], after[name]) for name in sorted(same)} or {"": 0.0}
    where = max(apart, key=lambda name: apart[name])
    unlike = (before.keys() | after.keys()) - same
    return Difference(apart[where], where, tuple(sorted(unlike)))


def _values(shown: Shown) -> Iterator[tuple[str, xr.DataArray]]:
    """Every array of an exhibit, its labels included, by panel and name."""
    for node in shown.computed.tree().subtree:
        data = node.to_dataset(inherit=False)
        yield from ((f"{node.path} {name}", data[name]) for name in data.variables)


def _comparable(one: xr.DataArray, other: xr.DataArray) -> bool:
    """Whether two arrays have the same shape and, where they are text, the same text."""
    if one.shape != other.shape or one.dims != other.dims:
        return False
    if one.dtype.kind in "fiub" and other.dtype.kind in "fiub":
        return bool((np.isnan(_float(one)) == np.isnan(_float(other))).all())
    return bool((one.values.astype(str) == other.values.astype(str)).all())


def _largest(one: xr.DataArray, other: xr.DataArray) -> float:
    if one.dtype.kind not in "fiub":
        return 0.0
    a, b = _float(one), _float(other)
    with np.errstate(invalid="ignore"):  # infinities of one sign are equal, their difference is not
        apart = np.where(a == b, 0.0, np.abs(a - b))
    return float(np.nanmax(apart, initial=0.0))


def _float(values: xr.DataArray) -> np.ndarray:
    return np.asarray(values.values, np.float64)


def _require_same_preprocessing(told: Provenance, seen: Inspection) -> None:
    if seen.preprocessing != told.preprocessing:
        raise NotTheSame(
            f"The network is given the images in another way: expected {told.preprocessing[0]}; "
            f"got {seen.preprocessing[0]}. {_hint(told)}"
        )


def _exhibited(shown: Exhibit, seen: Inspection) -> Exhibit:
    reason = shown.view.applies(seen)
    if reason:
        raise NotTheSame(f"{shown.view.key} does not fit this network: {reason}")
    try:
        computed = shown.view.compute(seen, shown.choices)
        return exhibit(shown.view, seen, computed, shown.choices)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise BadCapsule(
            f"The choices of the capsule do not fit the view {shown.view.key} "
            f"({type(error).__name__}: {str(error)[:200]}). It was made by another version."
        ) from error


def _hint(told: Provenance) -> str:
    """The options that the capsule was made with, as far as it tells."""
    about = told.about
    words = [str(about["options"])] if about.get("options") else []
    words += [f"--seed {about['seed']}"] if "seed" in about else []
    made = f"It was made with {' '.join(words)}." if words else "Give its checkpoint and options."
    return f"{made} The network was {about.get('model')}."


def _short(digests: Sequence[str]) -> str:
    return ", ".join(digest[:12] for digest in digests)
