"""Attributing is running a method on a network, image by image, and leaving no trace."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from inspector.attribution.chance import seeded
from inspector.attribution.method import Settings
from inspector.attribution.question import Question
from inspector.attribution.quiet import quiet
from inspector.attribution.room import chunk_of
from inspector.attribution.runs import RUNS
from inspector.attribution.task import Score, Tally, Task
from inspector.cards import Card
from inspector.devices import memory_guard
from inspector.zoo import LoadedModel


def tasks_of(question: Question, settings: Settings) -> list[Task]:
    """One task per image; all count on one tally."""
    sides = question.pixels.sizes
    chunk = chunk_of(question.model, (sides["rgb"], sides["y"], sides["x"]))
    tally = Tally()
    return [
        Task(_score(question, place, tally), *_input(question, place), chunk, settings)
        for place in range(sides["sample"])
    ]


def _score(question: Question, place: int, tally: Tally) -> Score:
    model, where = question.model, question.where
    if where is None:
        return Score(model.module, question.target, tally=tally)
    chosen = torch.from_numpy(where.values[place, None, None].astype(np.float32))
    return Score(model.module, question.target, chosen.to(model.device), tally)


def _input(question: Question, place: int) -> tuple[Tensor, np.ndarray, Tensor]:
    """The network's input again from the pixels that it saw; the picture; black and white."""
    card, device = question.model.card, question.model.device
    picture = question.pixels.values[place].astype(np.float32) / np.float32(255)
    scaled = _normalised(picture, card).transpose(2, 0, 1)[None].copy()
    ends = _normalised(np.array([[0.0] * 3, [1.0] * 3], np.float32), card)
    batch = torch.from_numpy(scaled).to(device).requires_grad_()
    return batch, picture, torch.from_numpy(ends).to(device)


def attributed(
    question: Question, key: str, settings: Settings
) -> tuple[np.ndarray, dict[str, float]]:
    """The maps (sample, y, x) of a method, and its notes, each the largest over the images."""
    with working(question.model):
        tasks = tasks_of(question, settings)
        tally = tasks[0].score.tally
        tally.planned = len(tasks) * passes(key, tasks[0])
        found = [run(key, task) for task in tasks]
        tally.finish()
    maps, notes = zip(*found, strict=True)
    return np.concatenate([as_array(values) for values in maps]), _worst(notes)


@contextmanager
def working(model: LoadedModel) -> Iterator[None]:
    """The network ready to be attributed inside the block; a lack of room is told in words."""
    _require_gradients(model.module)
    with memory_guard(), quiet(model):
        yield


def run(key: str, task: Task) -> tuple[Tensor, dict[str, float]]:
    """The map (1, y, x) of one image, and notes by name."""
    with seeded(int(task.settings.get("seed", 0)), task.batch.device):
        return RUNS[key].of(task)


def passes(key: str, task: Task) -> float:
    """How many images a task sends through the network."""
    return RUNS[key].passes(task.settings, tuple(task.batch.shape[2:]))


def as_array(values: Tensor) -> np.ndarray:
    """A tensor as numbers of single precision on the CPU."""
    return values.detach().float().cpu().numpy()


def _normalised(picture: np.ndarray, card: Card) -> np.ndarray:
    mean, std = (np.array(values, np.float32) for values in (card.mean, card.std))
    return (picture - mean) / std


def _worst(notes: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """By name, the largest over images."""
    found: dict[str, float] = {}
    for note in notes:
        found |= {name: max(value, found.get(name, value)) for name, value in note.items()}
    return found


def _require_gradients(module: nn.Module) -> None:
    """Refuses a network made under inference mode: nothing can be differentiated through it."""
    if any(tensor.is_inference() for tensor in (*module.parameters(), *module.buffers())):
        raise ValueError(
            "Expected a network that gradients can pass, got one that was loaded under "
            "torch.inference_mode(). Load it outside of that block."
        )
