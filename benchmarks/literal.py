"""What a network takes beside a literal implementation of its formulas, and beside its backbone."""

import re
from collections.abc import Iterator

import torch
from _literal import literal
from _networks import FAMILIES, forward, images
from _report import Benchmark, Plan, Row, run
from _timing import compare

from inspector.zoo import LoadedModel, load_model

TOLERANCE = 1e-4
"""Of the largest difference, as a share of the largest logit; both round in float32."""
BACKBONES = {
    r"resnet(\d+)_mrla.*": r"resnet\1",
    r"deit_mrla._(.+)": r"deit_\1",
    r"efficientnet_mrlal_(.+)": r"efficientnet_\1",
    r"(dia|share_.+)_resnet50": "resnet50",
}
"""By name of ours, timm's network without the attention."""


def rows(model: LoadedModel, plan: Plan) -> Iterator[Row]:
    backbone = backbone_of(model.name)
    networks = {"ours": model.module, "literal": literal(model.module)}
    if backbone:
        networks["backbone"] = load_model(backbone, device=str(model.device)).module
    for samples in plan.batches:
        batch = images(model, samples)
        ways = {name: forward(network, batch) for name, network in networks.items()}
        apart = difference(ways["ours"](), ways["literal"]())
        timings = compare(ways, plan.pace)
        plain = 1 / timings["backbone"].ratio if backbone else None
        ours, slower = timings["ours"].milliseconds, timings["literal"].ratio
        yield samples, ours, slower, plain, backbone, apart


def backbone_of(name: str) -> str | None:
    """Returns the name of timm's network that one of ours adds its attention to, if there is one.

    >>> backbone_of("resnet101_mrlab"), backbone_of("eamlp_7")
    ('resnet101', None)
    """
    found = (
        re.sub(ours, plain, name) for ours, plain in BACKBONES.items() if re.fullmatch(ours, name)
    )
    return next(found, None)


def difference(ours: torch.Tensor, other: torch.Tensor) -> float:
    """Returns the largest difference as a share of the largest value.

    Raises:
        ValueError: if it is not small, so that the two do not compute the same.
    """
    apart = float((ours - other).abs().max() / other.abs().max())
    if not apart <= TOLERANCE:
        raise ValueError(
            f"The formulas give other logits: they differ by {apart:.1e} of the largest one, at "
            f"most {TOLERANCE:.0e} is rounding. Their times would not compare."
        )
    return apart


BENCHMARK = Benchmark(
    name="literal",
    about="A network against a literal implementation of its formulas, and its plain backbone",
    columns={
        "batch": "d",
        "ours, ms": ".0f",
        "literal / ours": ".2f",
        "ours / backbone": ".2f",
        "backbone": "",
        "difference": ".1e",
    },
    rows=rows,
    models=("resnet101_mrlab", *FAMILIES),
    batches=(1, 8),
)

if __name__ == "__main__":
    run(BENCHMARK)
