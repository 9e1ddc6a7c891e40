"""What Integrated Gradients take through `attribute` beside Captum called by hand, chunk for chunk.

By hand: the same images at once, the same points of the path and the same convergence delta, on a
network whose parameters rest. What `attribute` adds is the lock, the seed, labels and progress.
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import torch
import xarray as xr
from _networks import images
from _report import Benchmark, Plan, Row, run
from _timing import compare
from captum.attr import IntegratedGradients

from inspector.attribution import attribute
from inspector.attribution.room import chunk_of
from inspector.zoo import LoadedModel

STEPS = 50
TARGET = 0


def rows(model: LoadedModel, plan: Plan) -> Iterator[Row]:
    pixels = seen(model)
    ours = partial(attribute, model, pixels, TARGET, steps=STEPS)
    chunk = chunk_of(model, model.card.input_size)
    by_hand = captum(model, pixels, chunk)
    found, other = ours()["attribution"].values[0], by_hand()
    apart = float(np.abs(found - other).max() / np.abs(other).max())
    timings = compare({"captum": by_hand, "ours": ours}, plan.pace)
    captums = timings["captum"].milliseconds
    yield STEPS, chunk, captums, timings["ours"].milliseconds, timings["ours"].ratio, apart


def seen(model: LoadedModel) -> xr.DataArray:
    """Returns an image of noise as an inspection holds it (sample, y, x, rgb)."""
    noise = (255 * images(model, 1)).round().byte().cpu().permute(0, 2, 3, 1).numpy()
    return xr.DataArray(noise, dims=("sample", "y", "x", "rgb"), coords={"sample": [0]})


def captum(model: LoadedModel, pixels: xr.DataArray, chunk: int) -> Callable[[], np.ndarray]:
    """Returns what a user of Captum would write."""
    mean, std = (torch.tensor(values) for values in (model.card.mean, model.card.std))
    scaled = (torch.from_numpy(pixels.values[0]) / 255 - mean) / std
    batch = scaled.permute(2, 0, 1)[None].to(model.device)
    network = model.module.requires_grad_(False)

    def computed() -> np.ndarray:
        values, _ = IntegratedGradients(network).attribute(
            batch,
            target=TARGET,
            n_steps=STEPS,
            internal_batch_size=chunk,
            return_convergence_delta=True,
        )
        return values.sum(1)[0].detach().cpu().numpy()

    return computed


BENCHMARK = Benchmark(
    name="attribution",
    about="Integrated Gradients through `attribute` against Captum called by hand, the same chunk",
    columns={
        "steps": "d",
        "chunk": "d",
        "Captum, ms": ".0f",
        "attribute, ms": ".0f",
        "attribute / Captum": ".2f",
        "difference": ".1e",
    },
    rows=rows,
    models=("resnet50_mrlab", "deit_tiny_patch16_224", "dia_resnet"),
)

if __name__ == "__main__":
    run(BENCHMARK)
