"""What cutting every edge of a network costs, beside passing as many images without a cut."""

import io
from collections.abc import Iterator
from functools import partial

import numpy as np
import torch
from _report import Benchmark, Plan, Row, run
from _timing import compare
from PIL import Image

from inspector.inspection import Inspection, inspect_image
from inspector.interventions import Intervention, batch_of, sweep
from inspector.interventions.edges import parts
from inspector.interventions.sweeping import images_per_pass
from inspector.zoo import LoadedModel

KINDS = ("edge", "carried", "state", "slot", "gate")
"""What is cut: the first of these that a network has."""
MOST = 128
"""Cuts of a network that are timed."""


def rows(model: LoadedModel, plan: Plan) -> Iterator[Row]:
    seen = inspect_image(model, noise())
    kind, cuts = found(seen)
    ways = {
        "plain": partial(plain, model, seen, len(cuts)),
        "full": partial(sweep, model, seen, cuts, reuse=False),
        "reused": partial(sweep, model, seen, cuts),
    }
    timings = compare(ways, plan.pace)
    floor = sweep(model, seen, cuts).attrs["floor"]
    ratios = (timings[name].ratio for name in ("full", "reused"))
    yield (kind, len(cuts), timings["plain"].milliseconds, *ratios, floor)


def noise() -> bytes:
    """Returns a picture file of noise."""
    pixels = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def found(seen: Inspection) -> tuple[str, tuple[Intervention, ...]]:
    """Returns what a network has to cut, and the cuts."""
    listed = {kind: parts(seen, kind)[:MOST] for kind in KINDS}
    return next((kind, cuts) for kind, cuts in listed.items() if cuts)


@torch.no_grad()
def plain(model: LoadedModel, seen: Inspection, count: int) -> None:
    """Passes an image so many times, in batches of the size that a sweep has."""
    picture = batch_of(model, seen)
    most = images_per_pass(picture)
    for done in range(0, count, most):
        model.module(picture.repeat(min(most, count - done), 1, 1, 1))


BENCHMARK = Benchmark(
    name="sweep",
    about="Every edge of a network cut in turn, against as many images passed without a cut",
    columns={
        "cut": "",
        "cuts": "d",
        "as many images, ms": ".0f",
        "full passes / plain": ".2f",
        "sweep / plain": ".2f",
        "rounding of logits": ".0e",
    },
    rows=rows,
    models=(
        "resnet50_mrlab",
        "resnet101_mrlab",
        "deit_mrlab_tiny_patch16_224",
        "resnet50_mrlal",
        "dia_resnet",
        "eamlp_7",
    ),
)

if __name__ == "__main__":
    run(BENCHMARK)
