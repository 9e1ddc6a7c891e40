"""Training from the shell makes a network by a recipe; an evaluation tells how good one is."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import typer

from inspector import allocation, shipped
from inspector.cli.messages import Meter, say
from inspector.devices import pick_device
from inspector.loading import load
from inspector.progress import listening
from inspector.training.evaluation import score
from inspector.training.images import cifar10
from inspector.training.modelcard import write_card
from inspector.training.recipe import RECIPES, Recipe
from inspector.training.record import Score, record, write
from inspector.training.run import Run
from inspector.zoo import LoadedModel, Request, load_model


def recipe_of(name: str, seed: int | None, epochs: int | None) -> Recipe:
    """Returns a recipe by name.

    Args:
        name: of the network that it trains.
        seed: in the place of its own.
        epochs: in the place of its own.

    Raises:
        ValueError: there is no such recipe, or not as few epochs.
    """
    if name not in RECIPES:
        raise ValueError(f"There is no recipe named {name!r}; there are: {', '.join(RECIPES)}.")
    asked: dict[str, Any] = {"seed": seed, "epochs": epochs}
    recipe = replace(
        RECIPES[name], **{key: value for key, value in asked.items() if value is not None}
    )
    if recipe.epochs <= recipe.warmup:
        raise ValueError(f"Expected more epochs than the {recipe.warmup} of the warm-up.")
    return recipe


def train_to(
    folder: Path, recipe: Recipe, data: Path, device: str, *, compiled: bool = False
) -> Score:
    """Trains a network, from where an earlier run in the folder ended; returns how good it is.

    Args:
        folder: where state, log, weights and record are written.
        recipe: of the network.
        data: the packed file of CIFAR-10, or torchvision's folder.
        device: "auto", or PyTorch's name.
        compiled: see `Run`.

    Raises:
        ValueError: what compiles is not there.
    """
    if compiled:
        _require_compiler()
    allocation.keep_freed_memory()
    train, test = (cifar10(data, split) for split in ("train", "test"))
    run = Run(recipe, train, test, folder, pick_device(device), compiled=compiled)
    file = run.go(lambda line: say(_told(line, recipe)))
    result = _scored(load_model(recipe.network, checkpoint=file, device=device), data)
    told = record(file, result, run)
    write(told, file)
    write_card(told, file)
    say(f"{file}: {result}")
    return result


def evaluate(request: Request, data: Path, *, as_json: bool) -> int:
    """Prints how many of the test images a network names rightly; returns the exit status.

    It is 1 only if these are shipped weights whose record tells another number.

    Args:
        request: which network, with which weights.
        data: the packed file of CIFAR-10, or torchvision's folder.
        as_json: whether to print JSON instead of a line.

    Raises:
        ValueError: a network of other classes, or shipped weights that are not those recorded.
    """
    model = load(request)
    told = _recorded(model, request)
    result = _scored(model, data)
    typer.echo(
        _json(model, result, told) if as_json else f"{model.name}, {model.weights.label}: {result}"
    )
    if told not in {None, result}:
        say(f"The record of these weights tells {told}: another machine may round otherwise.")
    return int(told not in {None, result})


def _require_compiler() -> None:
    """Torch would look for it after a minute, and then tell of its own inside."""
    if not any(map(shutil.which, (os.environ.get("CXX", "g++"), "g++", "clang++"))):
        raise ValueError(
            "Expected a C++ compiler for --compile, found neither g++ nor clang++ nor one that CXX "
            "names. Install one (Debian: apt install g++), or leave --compile out: training "
            "takes longer, and nothing else changes but rounding."
        )


def _scored(model: LoadedModel, data: Path) -> Score:
    if model.card.label_set != "cifar-10":
        raise ValueError(
            f"Expected a network of the ten classes of CIFAR-10; {model.name} has "
            f"{model.card.num_classes} classes ({model.card.label_set or 'unknown'})."
        )
    with listening(Meter()):
        return score(model.module, cifar10(data, "test"), (model.card.mean, model.card.std))


def _recorded(model: LoadedModel, request: Request) -> Score | None:
    """What the record of shipped weights tells; None for others."""
    if shipped.trained(model.name) is None:
        return None
    if model.trained and request.checkpoint is None:
        shipped.require_recorded(model.name)
    told = shipped.record_of(model.name)
    same = told["sha256"].startswith(model.weights.sha256)
    return Score(told["right"], told["images"]) if same else None


def _json(model: LoadedModel, result: Score, told: Score | None) -> str:
    low, high = result.interval
    about: dict[str, Any] = {
        "network": model.name,
        "weights": model.weights.label,
        "sha256": model.weights.sha256,
        "right": result.right,
        "images": result.images,
        "accuracy": result.accuracy,
        "interval": [low, high],
        "recorded": told.accuracy if told else None,
        "torch": torch.__version__,
    }
    return json.dumps(about, indent=2)


def _told(line: Mapping[str, Any], recipe: Recipe) -> str:
    done, seconds = line["epoch"], line["seconds"]
    left = (recipe.epochs - done) * seconds / 60
    seen = f" {line['accuracy']:.2%} of the test images," if "accuracy" in line else ""
    return (
        f"epoch {done} of {recipe.epochs}: loss {line['loss']:.3f},{seen} {seconds:.0f} s; "
        f"about {left:.0f} min to go"
    )
