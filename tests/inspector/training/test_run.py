import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from inspector import load_model
from inspector.training.images import Images
from inspector.training.recipe import RECIPES, Recipe
from inspector.training.run import LOG, Run


class Killed(Exception):
    """What ends a run in the middle."""


@pytest.fixture
def run(train_images: Images, test_images: Images) -> Any:
    def made(recipe: Recipe, folder: Path, **options: Any) -> Run:
        return Run(recipe, train_images, test_images, folder, **options)

    return made


@pytest.fixture
def whole(run: Any, recipe: Recipe, tmp_path: Path) -> Path:
    return run(recipe, tmp_path / "whole").go()


def _equal(one: Path, other: Path) -> bool:
    first, second = load_file(one), load_file(other)
    same = all(torch.equal(value, second[name]) for name, value in first.items())
    return same and first.keys() == second.keys()


def _log(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / LOG).read_text().splitlines()]


def _killed_after(epoch: int) -> Any:
    def told(line: dict[str, Any]) -> None:
        if line["epoch"] == epoch:
            raise Killed

    return told


@pytest.mark.parametrize("epoch", [1, 2])
def test_a_killed_run_goes_on_to_the_same_weights(run, recipe, whole, tmp_path, epoch):
    folder = tmp_path / "killed"
    with pytest.raises(Killed):
        run(recipe, folder).go(_killed_after(epoch))
    resumed = run(recipe, folder).go()
    assert _equal(whole, resumed)
    assert [line["epoch"] for line in _log(folder)] == [1, 2, 3]
    assert [line["loss"] for line in _log(folder)] == [line["loss"] for line in _log(whole.parent)]


def test_a_run_that_is_killed_before_its_state_was_written_repeats_the_epoch(
    run, recipe, whole, tmp_path, monkeypatch
):
    folder, save = tmp_path / "killed", torch.save

    def full(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(Killed):
        run(recipe, folder).go()
    monkeypatch.setattr(torch, "save", save)
    assert _equal(whole, run(recipe, folder).go())
    assert [line["epoch"] for line in _log(folder)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("writer", "error"),
    [
        ("torch.save", RuntimeError("unexpected pos 576 vs 534")),
        ("safetensors.torch.save_file", SafetensorError("I/O error")),
        ("pathlib.Path.write_text", OSError(28, "No space left on device")),
    ],
)
def test_a_full_disk_is_told_whoever_meets_it(run, recipe, tmp_path, monkeypatch, writer, error):
    def full(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(writer, full)
    with pytest.raises(OSError, match=r"Could not write .*\.part \(.*\)\. Make room"):
        run(recipe, tmp_path / "full").go()


def test_a_killed_run_goes_on_whatever_is_drawn(run, tmp_path):
    """Mixed, erased and dropped, with an optimiser that counts its steps."""
    recipe = replace(
        RECIPES["cifar_vit_external"],
        options={"drop_path_rate": 0.3, "depth": 2},
        epochs=2,
        warmup=1,
        batch_size=16,
    )
    assert min(recipe.mixup, recipe.erasing) > 0
    with pytest.raises(Killed):
        run(recipe, tmp_path / "killed").go(_killed_after(1))
    assert _equal(run(recipe, tmp_path / "whole").go(), run(recipe, tmp_path / "killed").go())


def test_the_seed_alone_decides(run, recipe, whole, tmp_path):
    torch.manual_seed(77)
    assert _equal(whole, run(recipe, tmp_path / "again").go())
    assert not _equal(whole, run(replace(recipe, seed=1), tmp_path / "other").go())


def test_a_compiled_run_learns_the_same_and_its_log_says_so(
    run, recipe, whole, tmp_path, monkeypatch
):
    """The network is traced as for a compiler, and then run as it is: C++ would take minutes."""
    compiling, asked = torch.nn.Module.compile, []

    def traced(module: torch.nn.Module, **how: Any) -> None:
        asked.append(how)
        compiling(module, backend="aot_eager", **how)

    monkeypatch.setattr(torch.nn.Module, "compile", traced)
    weights, expected = load_file(run(recipe, tmp_path, compiled=True).go()), load_file(whole)
    assert asked == [{"dynamic": False}]
    assert weights.keys() == expected.keys()
    ends = [[line["loss"] for line in _log(folder)] for folder in (tmp_path, whole.parent)]
    assert ends[0] == pytest.approx(ends[1], rel=0.05)
    assert all(line["compiled"] for line in _log(tmp_path))
    assert not any("compiled" in line for line in _log(whole.parent))


def test_a_folder_with_another_run_is_refused(run, recipe, whole):
    other = run(replace(recipe, rate=0.1), whole.parent)
    with pytest.raises(ValueError, match=r"Expected .* a run of this recipe, .* another folder"):
        other.go()


def test_it_learns_what_can_be_learnt(run, recipe, tmp_path):
    folder = tmp_path / "longer"
    run(replace(recipe, epochs=10), folder).go()
    assert _log(folder)[-1]["accuracy"] > 0.9


def test_weights_on_the_way_are_kept(whole):
    names = {path.name for path in whole.parent.glob("*.safetensors")}
    expected = {"cifar_resnet56-0.safetensors", "cifar_resnet56-2.safetensors", whole.name}
    assert names == expected
    assert whole.name == "cifar_resnet56.safetensors"
    assert all(value.dtype != torch.float32 for value in load_file(whole).values())


def test_what_was_kept_is_the_average_and_opens_as_a_network(run, recipe, whole, test_images):
    again = run(recipe, whole.parent)
    again.go()
    loaded = load_model("cifar_resnet56", checkpoint=whole, blocks=1, device="cpu")
    assert loaded.trained
    pixels = (test_images.pixels.float() / 255 - 0.45) / 0.2
    with torch.no_grad():
        real, kept = again.average.module.eval()(pixels), loaded.module(pixels)
    assert torch.allclose(kept, real, atol=0.05)
    assert not torch.allclose(again.module.eval()(pixels), real, atol=1e-3)


def test_only_the_last_epochs_see_whole_images(run, recipe, tmp_path):
    sides = []
    training = run(recipe, tmp_path)
    training.module.register_forward_pre_hook(
        lambda module, args: sides.append(args[0].shape[-1]) if module.training else None
    )
    training.go()
    assert sides == [16] * 8 + [32] * 4


def test_recipes_of_a_family_differ_in_the_network_alone():
    resnets = [entry for name, entry in RECIPES.items() if "resnet" in name]
    transformers = [entry for name, entry in RECIPES.items() if "vit" in name]
    assert (len(resnets), len(transformers)) == (5, 2)
    for family in (resnets, transformers):
        alike = {repr(replace(entry, network="", kept=())) for entry in family}
        assert len(alike) == 1


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_trains_its_network(name, train_images, test_images, tmp_path):
    short = replace(RECIPES[name], epochs=1, warmup=0, batch_size=2)
    few = Images(train_images.pixels[:8], train_images.labels[:8])
    training = Run(short, few, Images(test_images.pixels[:4], test_images.labels[:4]), tmp_path)
    before = {key: value.clone() for key, value in training.module.named_parameters()}
    training.go()
    still = [
        key for key, value in training.module.named_parameters() if torch.equal(value, before[key])
    ]
    assert still == []
