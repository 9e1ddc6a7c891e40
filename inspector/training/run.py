"""A run trains one network by its recipe, and can be ended and taken up again at any epoch.

Each epoch draws from a seed of its own, made of the recipe's and its number. So nothing of torch's
generators has to be kept, and a run that was killed goes on as if it had not been.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from timm.data import Mixup
from timm.data.random_erasing import RandomErasing
from timm.optim import create_optimizer_v2
from timm.scheduler import CosineLRScheduler
from timm.utils import ModelEmaV3, random_seed
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from inspector.cards import CARDS
from inspector.loading import seeded
from inspector.training.augmentation import cropped, mirrored
from inspector.training.evaluation import normalised, score
from inspector.training.images import Images
from inspector.training.recipe import Recipe

STATE, LOG = "state.pt", "log.jsonl"
EVALUATED = 5
"""Epochs from one evaluation to the next, which takes as long as a quarter of an epoch."""
EPOCH_SEEDS = 100_000
"""Between the seeds of two runs: more than any run has epochs."""


@dataclass(eq=False)
class Run:
    """A network in training.

    Attributes:
        recipe: how it is trained.
        train: images that it learns from.
        test: images that it is evaluated on, after every fifth epoch, those kept and the last.
        folder: where state, log and kept weights are.
        device: where it is trained, in automatic mixed precision (bfloat16).
        log: a line for each epoch that is done.
        compiled: whether `torch.compile` makes the network's code anew, which takes minutes, halves
            the time of a step on a CPU and rounds otherwise; the log tells of each epoch.
    """

    recipe: Recipe
    train: Images
    test: Images
    folder: Path
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    log: list[dict[str, Any]] = field(default_factory=list)
    compiled: bool = False

    def __post_init__(self) -> None:
        recipe = self.recipe
        card = CARDS[recipe.network]
        self.norm = card.mean, card.std
        # Channels last, where convolutions need less time on a CPU: two thirds of it here.
        module = _network(recipe).to(self.device)
        self.module: nn.Module = module.to(memory_format=torch.channels_last)
        self.average = ModelEmaV3(self.module, decay=recipe.average, use_warmup=True)
        self.optimiser = create_optimizer_v2(
            self.module, recipe.optimiser, lr=recipe.rate, weight_decay=recipe.weight_decay
        )
        self.updates = len(self.train) // recipe.batch_size
        self.schedule = CosineLRScheduler(
            self.optimiser,
            t_initial=recipe.epochs * self.updates,
            warmup_t=recipe.warmup * self.updates,
            warmup_prefix=False,
            t_in_epochs=False,
        )
        self.change = _changes(recipe, self.device, card.num_classes)
        if self.compiled:
            # A code for each of the two sizes of crops; one for any size would be slower.
            self.module.compile(dynamic=False)

    @property
    def epoch(self) -> int:
        """Returns how many epochs are done."""
        return len(self.log)

    def go(self, told: Callable[[dict[str, Any]], None] = lambda _: None) -> Path:
        """Trains to the last epoch, from the first or from where the folder's state ends.

        Args:
            told: is given each line of the log as it is written.

        Returns:
            The file of the averaged weights as they are at the end, in half precision.

        Raises:
            ValueError: the folder holds the state of another recipe.
            OSError: there is no room for the state.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._take_up()
        if self.epoch == 0 and 0 in self.recipe.kept:
            self.keep()
        while self.epoch < self.recipe.epochs:
            start = time.monotonic()
            loss = self._pass()
            line = {"epoch": self.epoch + 1, "loss": loss} | self._evaluated(self.epoch + 1)
            line["seconds"] = round(time.monotonic() - start, 1)
            line |= {"compiled": True} if self.compiled else {}
            self.log.append(line)
            self._save()
            told(line)
        return self._file()

    def keep(self) -> Path:
        """Writes the averaged weights as they are now, in half precision; returns the file."""
        from safetensors.torch import save_file  # noqa: PLC0415

        state = self.average.module.state_dict()
        halved = {name: _halved(value) for name, value in state.items()}
        _replace(path := self._file(), lambda draft: save_file(halved, draft))
        return path

    def _file(self) -> Path:
        """Where the weights of now are kept."""
        last = self.epoch == self.recipe.epochs
        stem = self.recipe.network if last else f"{self.recipe.network}-{self.epoch}"
        return self.folder / f"{stem}.safetensors"

    def _pass(self) -> float:
        """One epoch; returns the mean loss."""
        random_seed(self.recipe.seed + EPOCH_SEEDS * (self.epoch + 1))
        self.module.train()
        total = torch.zeros((), device=self.device)
        for update, (pixels, labels) in enumerate(self._batches(), self.epoch * self.updates):
            self.schedule.step_update(update + 1)
            total += self._update(pixels, labels, update)
        return float(total) / self.updates

    def _batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Images as the network takes them, and their labels, each image once an epoch."""
        side = self._side()
        order = torch.randperm(len(self.train))[: self.updates * self.recipe.batch_size]
        for part in order.split(self.recipe.batch_size):
            pixels = self.train.pixels[part].to(self.device)
            labels = self.train.labels[part].to(self.device)
            seen = mirrored(cropped(pixels, side, self.recipe.margin))
            prepared = normalised(seen, *self.norm).contiguous(memory_format=torch.channels_last)
            yield self.change(prepared, labels)

    def _side(self) -> int:
        """Of the crops of this epoch."""
        last = self.epoch >= self.recipe.epochs - self.recipe.whole
        return self.train.pixels.shape[-1] if last else self.recipe.crop

    def _update(self, pixels: Tensor, targets: Tensor, number: int) -> Tensor:
        """One step of the optimiser; returns the loss."""
        with torch.autocast(self.device.type, torch.bfloat16):
            logits = self.module(pixels)
        loss = cross_entropy(logits.float(), targets, label_smoothing=self._smoothing(targets))
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self.average.update(self.module, step=number)
        return loss.detach()

    def _smoothing(self, targets: Tensor) -> float:
        """Mixed targets are smoothed already."""
        return 0.0 if targets.is_floating_point() else self.recipe.smoothing

    def _evaluated(self, epoch: int) -> dict[str, float]:
        """The share of test images that the average names rightly, after some of the epochs."""
        if epoch % EVALUATED and epoch not in (*self.recipe.kept, self.recipe.epochs):
            return {}
        return {"accuracy": score(self.average.module.eval(), self.test, self.norm).accuracy}

    def _save(self) -> None:
        """Writes log and state of the run, and the weights that are kept, each file as a whole."""
        if self.epoch in (*self.recipe.kept, self.recipe.epochs):
            self.keep()
        lines = "".join(f"{json.dumps(line)}\n" for line in self.log)
        _replace(self.folder / LOG, lambda draft: draft.write_text(lines))
        state = {
            "recipe": repr(self.recipe),
            "log": self.log,
            "module": self.module.state_dict(),
            "average": self.average.module.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }
        _replace(self.folder / STATE, lambda draft: torch.save(state, draft))

    def _take_up(self) -> None:
        """Goes on from the state in the folder, if there is one."""
        path = self.folder / STATE
        if not path.exists():
            return
        state = torch.load(path, map_location=self.device, weights_only=True)
        if state["recipe"] != repr(self.recipe):
            raise ValueError(
                f"Expected in {self.folder} a run of this recipe, found one of another: "
                f"{state['recipe']}. Choose another folder, or remove that one."
            )
        self.log = state["log"]
        self.module.load_state_dict(state["module"])
        self.average.module.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    """Puts a file in the place of another at once: a run that is killed finds one or the other.

    Raises:
        OSError: it could not be written, of which torch tells in words of its own.
    """
    draft = path.with_name(f"{path.name}.part")
    try:
        write(draft)
    except (OSError, RuntimeError, SafetensorError) as error:
        raise OSError(
            f"Could not write {draft} ({error}). Make room on that disk: the same command goes on "
            "from the last epoch that was written."
        ) from error
    draft.replace(path)


def _network(recipe: Recipe) -> nn.Module:
    import timm  # noqa: PLC0415

    import inspector.models  # noqa: F401, PLC0415 - makes our names known to timm

    with seeded(recipe.seed):
        return timm.create_model(recipe.network, **recipe.options)


def _halved(value: Tensor) -> Tensor:
    return (value.half() if value.is_floating_point() else value).contiguous().cpu()


def _changes(
    recipe: Recipe, device: torch.device, classes: int
) -> Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """What is done to a batch of images and labels before the network sees it."""
    erase = RandomErasing(recipe.erasing, mode="const", device=device.type)
    mix = Mixup(recipe.mixup, label_smoothing=recipe.smoothing, num_classes=classes)

    def changed(pixels: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        if recipe.erasing:
            pixels = erase(pixels)
        return mix(pixels, labels) if recipe.mixup else (pixels, labels)

    return changed
