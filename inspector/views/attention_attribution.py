"""The view of attribution onto attention: what a logit owes to weights, gates and affinities."""

from collections.abc import Mapping
from functools import partial

import xarray as xr

from hooks.stacking import chains, stack
from inspector import attribution
from inspector.figures import Panel, Scale, heatmap
from inspector.inspection import Inspection
from inspector.views import questions
from inspector.views.questions import averaged, question_of, target_control
from inspector.views.scaling import Coloured, Maps
from inspector.views.selection import image_control, lacks, layers, unverified
from inspector.views.view import Choices, Choose, Computed, Control, NothingToDraw, Slide, View

AXES = ("retrieved_layer", "slot", "channel", "group", "head")
"""Along the first of these that a quantity has, its cells are drawn."""

QUANTITIES = {
    ("mrla", "weight"): "retrieval weights (MRLA-base)",
    ("mrla", "gate"): "gates (MRLA-light)",
    ("dia", "gate"): "channel gates (DIA)",
    ("external_attention", "affinity"): "affinities (external attention)",
    ("gates", "gate"): "channel gates (SE, ECA, CBAM)",
    ("gates", "spatial_gate"): "spatial gates (SGE, CBAM)",
    ("self_attention", "weight"): "attention weights (self-attention)",
}
"""What networks compute with, by mechanism and name of the array."""

WAYS = {
    "integrated_gradients": "integrated gradients",
    "gradient_x_quantity": "gradient x quantity",
}
BASELINES = {
    "": "even where labels share out a sum of 1, else 0",
    "0": "0: nothing passes",
    "0.25": "0.25: an untrained DIA gate",
    "0.5": "0.5: an untrained gate of SE, ECA, CBAM, SGE or MRLA-light",
}
FLAT = 0.02
"""A quantity whose cells differ by less than this share of the largest is not drawn."""

ABSENT = "no such label in this layer"


def _applies(inspection: Inspection) -> str | None:
    if not _options(inspection):
        return lacks(inspection, "attention whose values can be replaced")
    return questions.applies(inspection)


def _options(inspection: Inspection) -> dict[str, str]:
    """What can be attributed, by mechanism and quantity in one key."""
    return {
        f"{mechanism}.{name}": title
        for (mechanism, name), title in QUANTITIES.items()
        if inspection.variants(mechanism)
        and any(name in layer for layer in layers(inspection, mechanism))
    }


def _controls(inspection: Inspection) -> tuple[Control, ...]:
    return (
        *image_control(inspection),
        Choose("quantity", "Attributed to", _options(inspection)),
        target_control(inspection),
        Choose("way", "Method", WAYS),
        Choose("baseline", "Baseline", BASELINES, help="For integrated gradients."),
        Slide("steps", "Steps", 2, 128, 32, 1, "Points on the path of integrated gradients."),
    )


def _compute(inspection: Inspection, choices: Choices) -> Computed:
    question = question_of(inspection, choices)
    mechanism, name = choices["quantity"].split(".")
    given = choices["baseline"]
    found = attribution.attribute_attention(
        question,
        mechanism,
        way=choices["way"],
        baseline=float(given) if given else None,
        steps=int(choices["steps"]),
    )
    kept, held_back = _having(found, name)
    held = xr.DataTree(children={key: xr.DataTree(_reduced(kept[key], name)) for key in kept})
    both = ["attribution", "quantity"]  # what comes first is what the view is about
    panels = {chain: stack(held, chain, names=both) for chain in chains(held)}
    return Computed(panels, (*averaged(question), *_notes(found, name), *held_back))


def _having(found: xr.DataTree, name: str) -> tuple[dict[str, xr.DataTree], tuple[str, ...]]:
    """Layers that have a quantity and were captured truly; sentences on the others of these.

    Raises:
        NothingToDraw: there is none.
    """
    having = {key: layer for key, layer in found.children.items() if name in layer}
    wrong = {key: unverified(key, [layer.attrs]) for key, layer in having.items()}
    kept = {key: layer for key, layer in having.items() if not wrong[key]}
    said = tuple(reason for reason in wrong.values() if reason)
    if not kept:
        raise NothingToDraw(" ".join(said) or "No layer has that quantity. Choose another.")
    return kept, said


def _reduced(layer: xr.DataTree, name: str) -> xr.Dataset:
    """A layer's quantity, mean over all axes but one, and its attribution, their sum."""
    data = layer.to_dataset(inherit=False).isel(sample=0, drop=True)
    kept = next(dim for dim in AXES if dim in data[name].dims)
    others = [dim for dim in data[name].dims if dim != kept]
    reduced = xr.Dataset(
        {
            "quantity": data[name].mean(others, keep_attrs=True),
            "attribution": data[f"{name}_attribution"].sum(others, keep_attrs=True),
        }
    )
    return reduced.assign_attrs(data.attrs)


def _notes(found: xr.DataTree, name: str) -> tuple[str, ...]:
    about = found.attrs
    others = _summed_over(found, name)
    notes = [f"Each cell: {about['formula']}{others}. Red raised the logit, blue lowered it."]
    if "total" in about:
        notes.append(
            f"Baseline: {about['baseline']}. The sum over all layers is {about['total']:.3g}; the "
            f"logit minus that with the baseline's values is {about['difference']:.3g}: it misses "
            f"that by {about['convergence_delta']:.2g} with {about['steps']} steps (convergence "
            "delta)."
        )
    return tuple(notes)


def _summed_over(found: xr.DataTree, name: str) -> str:
    """The words on axes that are not drawn."""
    dims = next(layer[name].dims for layer in found.children.values() if name in layer)
    kept = next(dim for dim in AXES if dim in dims)
    others = [str(dim) for dim in dims if dim not in {kept, "sample"}]
    return f", summed over {' and '.join(others)} (the quantity: its mean)" if others else ""


def _maps(computed: Computed, _choices: Choices) -> Maps:
    panels, scales = {}, {}
    shared = _scales(computed.panels)
    for chain, data in computed.panels.items():
        for kind in ("quantity", "attribution"):
            values = data[kind]
            if kind == "quantity" and _is_flat(values):
                continue
            word = kind if kind == "attribution" else values.attrs["long_name"]
            title = f"{word} in {chain}"
            panels[title], scales[title] = Panel(values), shared[str(kind)]
    axis = next(dim for dim in next(iter(panels.values())).values.dims if dim != "layer")
    return Maps(panels, scales, partial(heatmap, x=axis, y="layer", absent=ABSENT))


def _is_flat(values: xr.DataArray) -> bool:
    """Whether a mean says nothing, as that of weights over an axis along which they sum to 1."""
    return float(values.max() - values.min()) < FLAT * float(abs(values).max())


def _scales(panels: Mapping[str, xr.Dataset]) -> dict[str, Scale]:
    """One for the attribution of all chains, one for their quantity."""
    attributed = [data["attribution"] for data in panels.values()]
    size = max(float(abs(values).max()) for values in attributed) or 1.0
    quantities = [data["quantity"] for data in panels.values()]
    about = quantities[0].attrs
    return {
        "attribution": Scale.diverging(size, "attribution (logit)"),
        "quantity": Scale.of(quantities, f"{about['long_name']} ({about['units']})"),
    }


ATTENTION = View(
    key="attention_attribution",
    title="Attribution onto attention",
    shows="What the logit of a class owes to the attention's own values (retrieval weights, gates, "
    "affinities), layer by layer, beside these values.",
    caveat="Values are moved without the features they come from, which no image does to a "
    "network, and the answer depends on the baseline. What acts through a later layer's attention "
    "alone counts there. A large attribution says that the logit would change, not that the "
    "network decides by it.",
    applies=_applies,
    controls=_controls,
    compute=_compute,
    draw=Coloured(_maps),
    costly=True,
)
