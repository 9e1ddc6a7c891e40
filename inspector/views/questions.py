"""A question is what a view asks a network about one image: the logit of a chosen class."""

from collections.abc import Iterable

import numpy as np
import xarray as xr

from inspector.attribution import METHODS, Method, Option, Question, refusal
from inspector.inspection import Inspection
from inspector.measures import class_shares, segments
from inspector.views.selection import image_of
from inspector.views.view import Choices, Choose, NothingToDraw, Slide

LIKELY = 10
"""Classes of each image that can be chosen: its likeliest."""


def applies(inspection: Inspection) -> str | None:
    """None if the network can be asked again about what it saw, else the sentence why not."""
    if inspection.model is None:
        return (
            "Needs the model itself, which a saved capture does not hold: inspect the image again."
        )
    if inspection.about.get("interventions"):
        return (
            "Needs an inspection without interventions: it runs the network again, and would "
            "attribute the unedited one."
        )
    if not np.isfinite(inspection.logits.values).all():
        return "Needs logits that are numbers; the network returned some that are not."
    return None


def target_control(inspection: Inspection) -> Choose:
    """The class whose logit is asked for."""
    names = inspection.logits["class"].values
    targets = {str(place): str(names[place]) for place in _likely(inspection)}
    return Choose("target", "Class", targets)


def class_name(inspection: Inspection, choices: Choices) -> str:
    """The name of the class that was chosen."""
    return str(inspection.logits["class"].values[int(choices["target"])])


def question_of(inspection: Inspection, choices: Choices) -> Question:
    """What was chosen to be asked.

    Raises:
        NothingToDraw: there is no model, or no pixel of the class.
    """
    if inspection.model is None:
        raise NothingToDraw(applies(inspection))
    pixels = inspection.pixels.isel(sample=[image_of(choices)])
    where = _where(inspection, choices)
    return Question(inspection.model, pixels, int(choices["target"]), where)


def averaged(question: Question) -> tuple[str, ...]:
    """The sentence on what is attributed, where every pixel has logits of its own."""
    where = question.where
    if where is None:
        return ()
    return (
        f"Attributed is the mean logit of the class over the {int(where.sum())} pixels "
        f"({float(where.mean()):.1%}) at which it is the likeliest.",
    )


def fitting(inspection: Inspection) -> dict[str, str]:
    """Titles of the methods that the network takes, by key."""
    return {
        key: method.title
        for key, method in METHODS.items()
        if inspection.model is None or refusal(inspection.model, key) is None
    }


def slides(methods: Iterable[str]) -> tuple[Slide, ...]:
    """A control for each option of some methods, which says for which of them it counts."""
    keys = list(methods)
    options = dict.fromkeys(option for key in keys for option in METHODS[key].options)
    return tuple(_slide(option, keys) for option in options)


def settings(method: Method, choices: Choices) -> dict[str, float]:
    """What was chosen for the options of one method."""
    return {option.key: choices[option.key] for option in method.options}


def _slide(option: Option, methods: Iterable[str]) -> Slide:
    titles = [METHODS[key].title for key in methods if option in METHODS[key].options]
    told = f"{option.help} For {', '.join(titles)}."
    return Slide(option.key, option.label, option.low, option.high, option.start, option.step, told)


def _likely(inspection: Inspection) -> list[int]:
    """Classes that make up most of any image's prediction; first those that do so most."""
    samples = range(len(inspection.images))
    share = np.stack([class_shares(inspection.logits.isel(sample=i)).values for i in samples])
    among = np.argsort(-share, axis=1, kind="stable")[:, :LIKELY]
    largest = share.max(axis=0)
    occurring = [place for place in set(among.ravel().tolist()) if largest[place] > 0]
    return sorted(occurring, key=lambda place: (-largest[place], place))


def _where(inspection: Inspection, choices: Choices) -> xr.DataArray | None:
    """Of a segmentation, the pixels (sample, y, x) at which the chosen class is the likeliest.

    Raises:
        NothingToDraw: there are none.
    """
    if inspection.kind != "segmentation":
        return None
    logits = inspection.logits.isel(sample=image_of(choices))
    where = segments(logits)["likeliest"] == int(choices["target"])
    if not where.any():
        raise NothingToDraw(
            "This class is the likeliest at no pixel of this image, so that it has no logits to "
            "average. Choose another class."
        )
    return where.expand_dims("sample")
