"""Benchmarks: each script prints its table, and a comparison tells medians of paired ratios."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = sorted((ROOT / "benchmarks").glob("[a-z]*.py"))


@pytest.fixture
def side_by_side(monkeypatch):
    path = ROOT / "benchmarks" / "_side_by_side.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, path.stem, module)
    spec.loader.exec_module(module)
    return module


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_prints_a_table_of_times_and_ratios(script):
    words = ["--models", "dia_resnet", "--rounds", "1", "--device", "cpu", "--threads", "1"]
    done = subprocess.run(
        [sys.executable, str(script), *words], cwd=ROOT, capture_output=True, text=True, check=True
    )
    header, rule, *rows = map(cells, done.stdout.splitlines())
    assert set(rule) == {"---"}
    assert rows
    assert all(len(row) == len(header) and row[0] == "dia_resnet" for row in rows)
    assert all(float(row[-1]) > 0 for row in rows)


def test_a_ratio_is_the_median_over_rounds_of_paired_ratios(side_by_side, monkeypatch):
    monkeypatch.setattr(side_by_side, "_seconds", lambda way: way())
    # The machine grows slower from round to round, the first does not count, one is an outlier.
    seconds = {"one": iter((9, 1, 2, 4, 8, 16)), "two": iter((9, 2, 4, 8, 80, 32))}
    ways = {name: taken.__next__ for name, taken in seconds.items()}
    timings = side_by_side.compare(ways, 5)
    assert timings["one"] == side_by_side.Timing(milliseconds=4000, ratio=1)
    assert timings["two"] == side_by_side.Timing(milliseconds=8000, ratio=2)


def test_a_saved_table_says_what_it_was_measured_with(side_by_side, monkeypatch, tmp_path):
    monkeypatch.setattr(side_by_side, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(side_by_side.torch, "set_num_threads", lambda _: None)  # others' as well
    benchmark = side_by_side.Benchmark(
        name="counting", about="Counting", header=("model", "n"), rows=lambda *_: [("1",), ("2",)]
    )
    words = ["--models", "dia_resnet", "--rounds", "3", "--device", "cpu", "--threads", "1"]
    side_by_side.run(benchmark, words)
    assert not (tmp_path / "results").exists()
    side_by_side.run(benchmark, [*words, "--save"])
    title, _, conditions, _, *table = (
        (tmp_path / "results" / "counting-cpu.md").read_text().splitlines()
    )
    assert title == "# Counting"
    assert conditions.startswith("CPU, ")
    assert "threads: 1" in conditions
    assert "torch " in conditions
    assert "medians of 3 rounds" in conditions
    assert table == ["| model | n |", "| --- | --- |", "| dia_resnet | 1 |", "| dia_resnet | 2 |"]
