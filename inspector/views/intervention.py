"""The view of an intervention: parts of the attention are changed, and the logits answer."""

from dataclasses import replace

import numpy as np
import xarray as xr

from hooks.errors import UnknownLabel
from inspector.figures import Figure, bars
from inspector.inspection import Inspection
from inspector.interventions import Intervention, Outcome, from_text, intervene, to_text
from inspector.interventions.edges import KINDS, parts
from inspector.views.part_words import SUMMED, title
from inspector.views.rerunning import compared_by_class, needs_parts
from inspector.views.selection import MEAN, head_control, image_control, image_of, layers
from inspector.views.view import (
    Choices,
    Choose,
    ChooseSome,
    Computed,
    Control,
    NothingToDraw,
    Slide,
    Toggle,
    View,
)

SHOWN = 10
"""Classes that are drawn: the likeliest without the intervention, and those that it moves most."""

NAMED = 3
"""Classes that are named with the change of their logit."""

LISTED = 600
"""Parts of a kind up to which each is an option."""

WAYS = {"cut": "cut: 0 instead", "scale": "scale by the amount", "set": "set to the amount"}
AMONG = {"average": "the mean over the images", "resample": "what the next image has"}
QUANTITIES = {
    "logit": "logits before and after",
    "change": "change of the logit",
    "probability": "probabilities before and after",
}
SHOW = Choose("shown", "Show", QUANTITIES)


def _controls(inspection: Inspection) -> tuple[Control, ...]:
    options = _options(inspection)
    several = len(inspection.images) > 1
    normalised = any(one.dim in SUMMED for key in options for one in from_text(key))
    renormalise = Toggle(
        "renormalise",
        "Renormalise the rest",
        help="Scales the other entries of the row so that its sum stays.",
    )
    return (
        *image_control(inspection),
        ChooseSome("parts", "Change", options, start=(_first(options),), most=8),
        *_heads(inspection),
        Choose("how", "How", WAYS | (AMONG if several else {})),
        Slide("amount", "Amount", 0.0, 2.0, 0.5, 0.05),
        *([renormalise] if normalised else []),
        SHOW,
    )


def _options(inspection: Inspection) -> dict[str, str]:
    """Every part that can be cut, in words, by the text of its cut."""
    found = (parts(inspection, kind) for kind in KINDS)
    listed = [one for kind in found if len(kind) <= LISTED for one in kind]
    return {to_text(one): title(one) for one in listed}


def _first(options: dict[str, str]) -> str:
    """The first part that is no layer's retrieval of itself, or else the first.

    A layer that retrieves itself alone has weight 1 on it whatever the image.
    """
    own = {key for key in options for one in from_text(key) if one.layer == one.label}
    return next((key for key in options if key not in own), next(iter(options)))


def _heads(inspection: Inspection) -> tuple[Control, ...]:
    if "base" not in inspection.variants("mrla"):
        return ()
    heads = head_control(layer.sizes["head"] for layer in layers(inspection, "mrla", "base"))
    return (replace(heads, options={**heads.options, MEAN: "every head"}),)


def _compute(inspection: Inspection, choices: Choices) -> Computed:
    if inspection.model is None:
        raise NothingToDraw(_applies(inspection))
    try:
        outcome = intervene(inspection.model, inspection, _chosen(choices))
    except (UnknownLabel, ValueError) as error:
        raise NothingToDraw(str(error)) from error
    return _effect(outcome, choices)


def _effect(outcome: Outcome, choices: Choices) -> Computed:
    """What interventions did to the classes of the chosen image."""
    compared = outcome.comparison.isel(sample=image_of(choices), drop=True)
    shown = compared[["logit", "probability"]].isel({"class": _telling(compared)})
    return Computed({"classes": shown}, _notes(outcome, compared))


def _chosen(choices: Choices) -> list[Intervention]:
    how, amount = choices["how"], float(choices["amount"])
    changed = [one for key in choices["parts"] for one in from_text(key)]
    return [
        replace(
            one,
            how=how,
            value=amount if how in ("scale", "set") else None,
            within=_within(one, choices),
            renormalise=bool(choices.get("renormalise")) and one.dim in SUMMED,
        )
        for one in changed
    ]


def _within(one: Intervention, choices: Choices) -> tuple[tuple[str, int], ...]:
    head = choices.get("head", MEAN)
    alone = one.dim == "retrieved_layer" and head != MEAN
    return (("head", int(head)),) if alone else ()


def _telling(compared: xr.Dataset) -> list[int]:
    """Places of the classes to draw, the likeliest without the intervention first."""
    before = compared["logit"].sel(state="before").values
    moved = abs(compared["logit"].sel(state="change")).values
    half = SHOWN // 2
    likely = np.argsort(-before, kind="stable")[:half]
    others = [int(place) for place in np.argsort(-moved, kind="stable") if place not in likely]
    return [*map(int, likely), *others[: SHOWN - half]]


def _notes(outcome: Outcome, compared: xr.Dataset) -> tuple[str, ...]:
    about = outcome.after.about
    before, after = (str(compared[f"predicted_{side}"].item()) for side in ("before", "after"))
    verdict = f"stays {before}" if before == after else f"turns from {before} into {after}"
    total = compared.sizes["class"]
    done = about["interventions"] or "nothing: no part is chosen"
    text = f" As text: {about['interventions_text']}." if about["interventions_text"] else ""
    return (
        f"Intervention: {done}.{text}",
        f"The predicted class {verdict}; its logit changes by "
        f"{compared['effect_logit'].item():.3g}, its probability by "
        f"{compared['effect_probability'].item():.3g}, all logits by "
        f"{compared['effect_distance'].item():.3g} (L2).",
        _moved_most(compared),
        f"Drawn are the {min(SHOWN // 2, total)} likeliest of {total} classes, and below them "
        "those whose logits move most.",
    )


def _moved_most(compared: xr.Dataset) -> str:
    change = compared["logit"].sel(state="change")
    order = np.argsort(-abs(change.values), kind="stable")[:NAMED]
    moved = change.isel({"class": order})
    told = (
        f"{name} {value:+.3g}"
        for name, value in zip(moved["class"].values, moved.values, strict=True)
    )
    return f"The logits that move most: {', '.join(told)}."


def _draw(computed: Computed, choices: Choices) -> Figure:
    return bars(_series(computed.panels["classes"], choices["shown"]), horizontal=True)


def _series(data: xr.Dataset, shown: str) -> xr.DataArray | xr.Dataset:
    if shown == "change":
        change = data["logit"].sel(state="change", drop=True)
        return change.assign_attrs(long_name="change of the logit", units="")
    values = data[shown].assign_attrs(units="" if shown == "logit" else "share of 1")
    return xr.Dataset({side: values.sel(state=side, drop=True) for side in ("before", "after")})


_applies = needs_parts(*KINDS)

INTERVENTION = View(
    key="intervention",
    title="Intervention",
    shows="What the logits become when parts of the attention are changed: retrieval edges, whole "
    "retrieved layers, heads, states, gates, memory slots.",
    caveat="One image and one replacement value: another value, or the rest renormalised, may tell "
    "something else. A network that was never trained with a part missing may fail for that reason "
    "alone.",
    applies=_applies,
    controls=_controls,
    compute=_compute,
    draw=_draw,
    costly=True,
    merges=False,
)


EFFECT = replace(
    INTERVENTION,
    key="effect",
    title="Effect on the classes",
    applies=lambda after: "Needs the same images and network without interventions as well.",
    controls=lambda after: (*image_control(after), replace(SHOW, begin="change")),
    costly=False,
)
"""Draws what `effect` computed; alone it has nothing to compute it from."""


def effect(before: Inspection) -> View:
    """The view of what the interventions of an inspection did, with no further pass.

    Its second note says what becomes of the predicted class, its third which logits move most.

    Args:
        before: the same images and network without interventions.
    """

    def compute(after: Inspection, choices: Choices) -> Computed:
        done = from_text(after.about["interventions_text"])
        return _effect(Outcome(before, after, done), choices)

    return replace(
        EFFECT,
        applies=lambda after: compared_by_class(before) or compared_by_class(after),
        compute=compute,
    )
