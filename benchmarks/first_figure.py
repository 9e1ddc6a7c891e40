"""How long an uploaded photograph takes to its first figure, against a bare forward pass of it."""

import io
from collections.abc import Iterator

import numpy as np
import torch
from _networks import FAMILIES
from _report import Benchmark, Plan, Row, run
from _timing import compare
from PIL import Image

from inspector.cards import CARDS
from inspector.images import prepare, read_image
from inspector.inspection import inspect_image
from inspector.views import VIEWS, View, starts
from inspector.views.rendering import render
from inspector.zoo import LoadedModel

WIDTH, HEIGHT = 4000, 3000


def upload() -> bytes:
    """Returns a JPEG of 12 megapixels: soft shapes under noise, as a camera would give it."""
    random = np.random.default_rng(0)
    shapes = Image.fromarray(random.integers(0, 256, (30, 40, 3), dtype=np.uint8))
    noise = random.integers(-8, 9, (HEIGHT, WIDTH, 1), dtype=np.int16)
    pixels = np.asarray(shapes.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)) + noise
    file = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=90)
    return file.getvalue()


def rows(model: LoadedModel, plan: Plan) -> Iterator[Row]:
    data = upload()
    view = first_view(model, data)
    timings = compare(
        {
            "forward": lambda: forward(model, data),
            "figure": lambda: figure(model, data, view),
            "decode": lambda: read_image(data),
        },
        plan.pace,
    )
    milliseconds = (timings[way].milliseconds for way in ("decode", "forward", "figure"))
    yield (view.key, *milliseconds, timings["figure"].ratio)


@torch.inference_mode()
def forward(model: LoadedModel, data: bytes) -> torch.Tensor:
    """What a script does without any of this: decode, prepare, one pass."""
    return model.module(prepare(read_image(data), model.card).tensor.to(model.device)).cpu()


def figure(model: LoadedModel, data: bytes, view: View) -> str:
    """What the app does: decode, pass with capture, arrays, figure, JSON for the browser."""
    seen = inspect_image(model, data)
    choices = starts(view, seen)
    return render(view, seen, view.compute(seen, choices), choices).to_json()


def first_view(model: LoadedModel, data: bytes) -> View:
    """Returns the view that the app shows first: the first that fits and needs no further pass."""
    seen = inspect_image(model, data)
    return next(view for view in VIEWS if view.applies(seen) is None and not view.costly)


BENCHMARK = Benchmark(
    name="first_figure",
    about="Time from a 12-megapixel JPEG to the first figure, as a ratio to a bare forward pass",
    columns={
        "view": "",
        "decode, ms": ".0f",
        "decode + forward, ms": ".0f",
        "first figure, ms": ".0f",
        "ratio": ".2f",
    },
    rows=rows,
    models=[name for name in FAMILIES if CARDS[name].kind == "classification"],
)

if __name__ == "__main__":
    run(BENCHMARK)
