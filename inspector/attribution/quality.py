"""Quality is what can be known of a map without knowing the truth: does it hold what it claims?

Infidelity and sensitivity: Yeh et al., "On the (In)fidelity and Sensitivity of Explanations",
NeurIPS 2019 (arXiv 1901.09392). Randomisation: Adebayo et al., "Sanity Checks for Saliency Maps",
NeurIPS 2018 (arXiv 1810.03292).
"""

from collections.abc import Callable
from dataclasses import replace

import torch
import xarray as xr
from captum.metrics import infidelity as captum_infidelity
from captum.metrics import sensitivity_max
from torch import Tensor

from inspector.attribution.attributing import as_array, passes, run, tasks_of, working
from inspector.attribution.chance import seeded
from inspector.attribution.maps import attribute
from inspector.attribution.methods import METHODS
from inspector.attribution.question import Question
from inspector.attribution.removing import grid, spread_out
from inspector.attribution.task import Task
from inspector.measures import agreement, on_cells
from inspector.twins import twin

CELLS = 8
"""Cells along the shorter side that infidelity covers at random."""

COVERED = 0.2
"""Probability that a cell is covered."""

NOISE = 0.1
"""Deviation of the grey noise that a slope is tried with, as a share of the image's range."""

RADIUS = 0.02
"""Largest change of a pixel that a map should survive, as a share of the image's range."""


def infidelity(
    question: Question, method: str, *, changes: int = 64, seed: int = 0, **options: float
) -> xr.DataArray:
    """How much of what random changes do to the logit a map fails to foresee.

    A contribution is tried with patches in the mean colour, a slope with grey noise; values of the
    two kinds do not compare. The map is given its best factor first, as units of methods differ.

    Args:
        question: network, images and class.
        method: a key of ``METHODS``.
        changes: random changes of each image.
        seed: of those.
        options: of the method.

    Returns:
        (sample): 0 where the map foresees every change, 1 where it foresees none; NaN where no
        change moves the logit.
    """
    settings, local = METHODS[method].settings(options), METHODS[method].local
    change = _grey_noise if local else _patches

    def of(task: Task) -> float:
        values, _ = run(method, task)
        spread = spread_out(as_array(values), tuple(task.batch.shape[2:]))
        weights = torch.from_numpy(spread[:, None]).to(task.batch) / task.batch.shape[1]
        given = weights.expand_as(task.batch)
        missed, whole = (
            _missed(task, part, change, changes, seed) for part in (given, torch.zeros_like(given))
        )
        return missed / whole if whole else float("nan")

    def planned(task: Task) -> float:
        # Captum asks for the image itself beside each portion of its changes
        return passes(method, task) + 2 * (changes + -(-changes // min(task.chunk, changes)))

    found = _each(question, settings, of, planned)
    about = {"long_name": "infidelity", "units": "share of 1"}
    return found.assign_attrs(about, method=method, changes=changes, seed=seed)


def sensitivity(
    question: Question, method: str, *, changes: int = 8, seed: int = 0, **options: float
) -> xr.DataArray:
    """How much a map changes when the image does by less than can be seen.

    Args:
        question: network, images and class.
        method: a key of ``METHODS``.
        changes: noisy copies of each image, up to 2 % of its range in each pixel.
        seed: of the noise.
        options: of the method.

    Returns:
        (sample): the largest change of the map, as a share of its norm.
    """
    settings = METHODS[method].settings(options)

    def of(task: Task) -> float:
        low, high = task.batch.detach().aminmax()

        def explained(batch: Tensor | tuple[Tensor, ...]) -> tuple[Tensor]:
            images = batch if isinstance(batch, Tensor) else batch[0]
            copies = (replace(task, batch=image[None].requires_grad_()) for image in images)
            with torch.enable_grad():
                return (torch.cat([run(method, copy)[0].detach() for copy in copies]).contiguous(),)

        with seeded(seed, task.batch.device):
            largest = sensitivity_max(
                explained,
                task.batch.detach(),
                perturb_radius=RADIUS * float(high - low),
                n_perturb_samples=changes,
            )
        return float(largest)

    found = _each(question, settings, of, lambda task: (1 + changes) * passes(method, task))
    about = {"long_name": "sensitivity", "units": "share of the map's norm"}
    return found.assign_attrs(about, method=method, changes=changes, seed=seed)


def randomisation(
    question: Question, method: str, *, twins: int = 3, cells: int = 14, **options: float
) -> xr.Dataset:
    """The map of one image beside those of the same network with fresh random weights.

    A map that stays as it is with random weights shows the image and the architecture, and nothing
    that was learnt.

    Args:
        question: of one image.
        method: a key of ``METHODS``.
        twins: how many random networks; their seeds are 0, 1, 2, ...
        cells: along the shorter side, on which maps are compared.
        options: of the method.

    Returns:
        ``attribution`` (network, y, x), the network's own first; ``signed`` and ``size`` (network),
        Spearman's correlation of each with the first, of values and of their sizes; ``p_signed``
        and ``p_size`` (network), the share of shifted maps that agree as much.
    """
    networks = {"this network": question.model}
    networks |= {f"twin {seed}": twin(question.model, seed) for seed in range(twins)}
    maps = [_of_one(replace(question, model=model), method, options) for model in networks.values()]
    size = question.pixels.sizes["y"], question.pixels.sizes["x"]
    coarse = [on_cells(values, *grid(cells, size)) for values in maps]
    compared = {
        kind: [agreement(change(coarse[0]), change(other)) for other in coarse]
        for kind, change in (("signed", lambda v: v), ("size", abs))
    }
    data = xr.Dataset({"attribution": xr.concat(maps, "network")})
    for kind, found in compared.items():
        about = {"long_name": f"Spearman correlation ({kind})", "units": "1"}
        data[kind] = ("network", [float(one["correlation"]) for one in found], about)
        data[f"p_{kind}"] = ("network", [float(one["p"]) for one in found])
    return data.assign_coords(network=list(networks))


def _of_one(question: Question, method: str, options: dict[str, float]) -> xr.DataArray:
    data = attribute(
        question.model,
        question.pixels,
        question.target,
        method,
        where=question.where,
        **options,
    )
    return data["attribution"].isel(sample=0, drop=True)


def _each(
    question: Question,
    settings: dict[str, float],
    of: Callable[[Task], float],
    planned: Callable[[Task], float],
) -> xr.DataArray:
    """A number of every image (sample)."""
    with working(question.model):
        tasks = tasks_of(question, settings)
        tasks[0].score.tally.planned = sum(map(planned, tasks))
        found = [of(task) for task in tasks]
        tasks[0].score.tally.finish()
    return xr.DataArray(found, dims="sample", coords={"sample": question.pixels["sample"].values})


def _missed(
    task: Task,
    given: Tensor,
    change: Callable[[Task, Tensor], tuple[Tensor, Tensor]],
    changes: int,
    seed: int,
) -> float:
    """Mean square of what a map, at its best factor, leaves of the changes of the logit."""
    with seeded(seed, task.batch.device), torch.no_grad():
        found = captum_infidelity(
            task.score,
            lambda images: change(task, images),
            task.batch.detach(),
            given,
            n_perturb_samples=changes,
            max_examples_per_batch=min(task.chunk, changes),
            normalize=bool(given.any()),
            **task.score.options,
        )
    return max(float(found), 0.0)  # Captum adds up the terms of the square, which round


def _patches(_task: Task, images: Tensor) -> tuple[Tensor, Tensor]:
    """Random cells in the mean colour: which they are, and the images that remain."""
    size = tuple(images.shape[2:])
    rows, columns = grid(CELLS, (size[0], size[1]))
    draw = torch.rand(len(images), rows, columns).numpy() < COVERED
    gone = torch.from_numpy(spread_out(draw, size)[:, None]).to(images).expand_as(images)
    return gone, images * (1 - gone)


def _grey_noise(task: Task, images: Tensor) -> tuple[Tensor, Tensor]:
    """Noise that is the same in each channel, and the images without it."""
    low, high = task.batch.detach().aminmax()
    noise = torch.randn(len(images), 1, *images.shape[2:]).to(images).expand_as(images)
    noise = NOISE * (high - low) * noise
    return noise, images - noise
