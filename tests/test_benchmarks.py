"""Benchmarks: what is timed computes the same, and tables tell medians and what they rest on."""

import json
import os
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import timm
import torch
import xarray as xr
from timm.layers import SEModule
from torch import nn

from inspector.cards import CARDS
from inspector.models import dia, external_attention, gates, mrla, mrla_tokens

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "benchmarks"
SCRIPTS = {
    "attribution": ["--models", "dia_resnet"],
    "capture_overhead": ["--models", "dia_resnet", "--batches", "1", "2"],
    "first_figure": ["--models", "dia_resnet"],
    "literal": ["--models", "dia_resnet", "--batches", "2", "--clock", "cpu"],
    "survey": ["--models", "dia_resnet"],
    "survey_costs": ["--models", "dia_resnet"],
    "sweep": ["--models", "dia_resnet"],
    "peers": ["--models", "mobilenetv3_small_050", "--batches", "1"],
}
ONCE = ["--rounds", "1", "--device", "cpu", "--threads", "1", "--no-memory"]


@pytest.fixture
def benchmark(monkeypatch):
    """A function that imports a module of the benchmarks, which are scripts and no package."""
    monkeypatch.syspath_prepend(FOLDER)
    return import_module


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.fixture
def report(benchmark, monkeypatch, tmp_path):
    report = benchmark("_report")
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")
    threads = torch.get_num_threads()
    yield report
    torch.set_num_threads(threads)


def test_every_script_is_tried():
    assert {*SCRIPTS, "survey_scaling"} == {path.stem for path in FOLDER.glob("[a-z]*.py")}


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_prints_a_table_of_times_and_ratios(
    benchmark, report, capsys, monkeypatch, script
):
    words, module = SCRIPTS[script], benchmark(script)
    if hasattr(module, "IMAGES"):
        monkeypatch.setattr(module, "IMAGES", 64)
    report.run(module.BENCHMARK, [*words, *ONCE])
    assert_is_a_table(capsys.readouterr().out, words[1])


@pytest.mark.slow
def test_two_processes_are_timed_beside_one(benchmark, report, capsys, monkeypatch):
    """With few images, and without Ray, which takes half a minute to start."""
    # A new process imports the main module, and Streamlit's tests put a page of the app there.
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    scaling = benchmark("survey_scaling")
    for name, value in {"SHARD": 2, "SHARDS": 4, "UNTIMED": 2}.items():
        monkeypatch.setattr(scaling, name, value)
    monkeypatch.setattr(scaling, "find_spec", lambda name: None)
    report.run(scaling.BENCHMARK, ["--models", "dia_resnet", *ONCE])
    assert_is_a_table(capsys.readouterr().out, "dia_resnet")


def assert_is_a_table(text, model):
    header, rule, *rows = map(cells, text.splitlines())
    assert set(rule) == {"---"}
    assert rows
    assert all(len(row) == len(header) and row[0] == model for row in rows)
    times = [row[place] for row in rows for place, title in enumerate(header) if "ms" in title]
    assert any(float(told) > 0 for told in times if told != "-")


class TestTimings:
    def test_a_ratio_is_the_median_over_rounds_of_paired_ratios(self, benchmark, monkeypatch):
        timing = benchmark("_timing")
        monkeypatch.setattr(timing, "taken", lambda way, clock: way())
        # The machine grows slower from round to round, the first does not count, one is an outlier.
        seconds = {"one": iter((9, 1, 2, 4, 8, 16)), "two": iter((9, 2, 4, 8, 80, 32))}
        ways = {name: taken.__next__ for name, taken in seconds.items()}
        timings = timing.compare(ways, timing.Pace(rounds=5))
        assert timings["one"] == timing.Timing(milliseconds=4000, ratio=1)
        assert timings["two"] == timing.Timing(milliseconds=8000, ratio=2)

    @pytest.mark.parametrize(("rounds", "seconds", "expected"), [(9, 0, 3), (2, 0, 2), (4, 60, 4)])
    def test_time_ends_the_rounds_but_not_before_the_third(
        self, benchmark, rounds, seconds, expected
    ):
        timing, called = benchmark("_timing"), []
        pace = timing.Pace(rounds=rounds, seconds=seconds)
        timing.compare({"one": lambda: called.append("one")}, pace)
        assert len(called) == 1 + expected

    def test_the_clock_of_the_processor_leaves_out_what_others_take(self, benchmark):
        timing = benchmark("_timing")
        ways = {"waiting": lambda: time.sleep(0.02)}
        taken = {
            clock: timing.compare(ways, timing.Pace(1, clock=clock))["waiting"].milliseconds
            for clock in timing.CLOCKS
        }
        assert taken["wall"] >= 20
        assert taken["cpu"] < 10


class TestReports:
    @pytest.fixture
    def counting(self, report):
        return report.Benchmark(
            name="counting",
            about="Counting",
            columns={"n": "d", "share": ".1f"},
            rows=lambda model, plan: [(samples, None) for samples in plan.batches],
            models=["dia_resnet"],
            batches=(1, 2),
        )

    def test_a_saved_table_says_what_it_was_measured_with(self, report, counting, capsys):
        words = ["--rounds", "3", "--device", "cpu", "--clock", "cpu"]
        report.run(counting, words)
        assert not report.RESULTS.exists()
        report.run(counting, [*words, "--save"])
        page = (report.RESULTS / "counting-cpu.md").read_text().splitlines()
        table = ["| model | n | share |", "| --- | --- | --- |"]
        table += ["| dia_resnet | 1 | - |", "| dia_resnet | 2 | - |"]
        assert page[0] == "# Counting"
        assert page[4:] == table
        assert capsys.readouterr().out.splitlines() == table * 2
        for told in ("device: CPU", "threads: 1", "clock: processor time", "rounds: 3", "torch: "):
            assert told in page[2]

    def test_nothing_is_saved_unasked_beside_nnsight(self, report, counting):
        """It gives every object a method `save`, which is as good as an option that was given."""
        pytest.importorskip("nnsight")
        report.run(counting, ["--device", "cpu"])
        assert not report.RESULTS.exists()

    def test_the_same_numbers_are_kept_for_programs(self, report, counting):
        report.run(counting, ["--device", "cpu", "--threads", "1", "--batches", "8", "--save"])
        kept = json.loads((report.RESULTS / "counting-cpu.json").read_text())
        assert kept["rows"] == [{"model": "dia_resnet", "n": 8, "share": None}]
        assert kept["conditions"]["clock"] == "wall time"

    def test_the_clock_of_the_processor_is_refused_for_a_gpu(
        self, report, counting, monkeypatch, capsys
    ):
        monkeypatch.setattr(report, "pick_device", torch.device)
        with pytest.raises(SystemExit):
            report.run(counting, ["--device", "cuda:0", "--clock", "cpu"])
        assert "cannot tell the time of cuda:0; add --device cpu" in capsys.readouterr().err


HOLDING = """
from types import SimpleNamespace
from _memory import MEBIBYTE, peaks
from torch import device

def way(model, samples, name):
    return lambda: len(b"x" * (int(name) * samples * MEBIBYTE))

if __name__ == "__main__":
    model = SimpleNamespace(name="dia_resnet", device=device("cpu"))
    for peak in peaks(way, ["1", "32"], model, 3).values():
        print(peak / MEBIBYTE)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peaks are read on Linux alone")
def test_a_peak_is_what_a_way_holds_at_once(tmp_path):
    script = tmp_path / "holding.py"
    script.write_text(HOLDING)
    path = os.pathsep.join(map(str, (FOLDER, ROOT)))
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": path},
    )
    small, large = map(float, done.stdout.split())
    assert small == pytest.approx(3, abs=1)
    assert large == pytest.approx(96, abs=2)


def shapes(*sizes):
    """Normal numbers of each size, the same in every run."""
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(*size, generator=generator) for size in sizes]


MAP, TOKENS = (2, 16, 4, 4), (2, 1 + 9, 16)


class TestLiteral:
    @pytest.mark.parametrize(
        ("module", "inputs"),
        [
            (lambda: mrla.LightBranch(16, 4), shapes(MAP, MAP)),
            (lambda: mrla_tokens.TokenLightBranch(16, 4), shapes(TOKENS, TOKENS)),
            (lambda: mrla_tokens.NormedLightBranch(16, 4), shapes(TOKENS, TOKENS)),
            (
                lambda: dia.SharedLstm(16, layers=2),
                [shapes((2, 16))[0], shapes((2, 2, 16), (2, 2, 16))],
            ),
            (lambda: external_attention.SpatialExternalAttention(16), shapes(MAP)),
            (lambda: external_attention.TokenExternalAttention(16, 8), shapes(TOKENS)),
            (lambda: external_attention.MultiHeadExternalAttention(16, 2), shapes(TOKENS)),
            (lambda: gates.SharedSqueezeExcitation(16), shapes(MAP)),
            (lambda: gates.SpatialGroupEnhance(4), shapes(MAP)),
        ],
    )
    def test_the_formulas_give_what_the_module_gives(self, benchmark, module, inputs):
        torch.manual_seed(0)
        ours = module().eval()
        other = benchmark("_literal").literal(ours)
        assert other.forward is not ours.forward
        with torch.no_grad():
            torch.testing.assert_close(other(*inputs), ours(*inputs))

    def test_the_formula_of_the_base_form_chains(self, benchmark):
        torch.manual_seed(0)
        ours = mrla.BaseLayer(16, 4).eval()
        other = benchmark("_literal").literal(ours)
        cached, stacked = (None, ()), (None, ())
        with torch.no_grad():
            for x in shapes(MAP, MAP, MAP):
                (expected, *cached), (found, *stacked) = ours(x, *cached), other(x, *stacked)
                torch.testing.assert_close(found, expected)
        assert stacked[1].shape == (2, 3, *MAP[1:])

    def test_every_attention_of_a_network_is_replaced_in_a_copy(self, benchmark):
        network = nn.Sequential(mrla.LightBranch(16, 4), nn.ReLU())
        other = benchmark("_literal").literal(network)
        replaced = [name for name, module in other.named_modules() if "forward" in vars(module)]
        assert replaced == ["0", "0.mrla"]
        assert not any("forward" in vars(module) for module in network.modules())

    def test_a_network_without_attention_is_refused(self, benchmark):
        with pytest.raises(ValueError, match="Sequential holds no attention"):
            benchmark("_literal").literal(nn.Sequential())

    def test_logits_that_differ_are_not_timed(self, benchmark):
        literal = benchmark("literal")
        logits = torch.tensor([1.0, -4.0])
        assert literal.difference(logits + 4e-5, logits) == pytest.approx(1e-5, rel=0.05)
        for wrong in (logits + 1e-2, logits * torch.nan):
            with pytest.raises(ValueError, match="formulas give other logits"):
                literal.difference(wrong, logits)

    @pytest.mark.parametrize(
        ("name", "backbone"),
        [
            ("resnet101_mrlab", "resnet101"),
            ("resnet50_mrlab_plain", "resnet50"),
            ("deit_mrlal_small_patch16_224", "deit_small_patch16_224"),
            ("efficientnet_mrlal_b1", "efficientnet_b1"),
            ("dia_resnet50", "resnet50"),
            ("share_sge_resnet50", "resnet50"),
            ("dia_resnet", None),
            ("eamlp_7", None),
        ],
    )
    def test_a_network_is_told_from_its_backbone(self, benchmark, name, backbone):
        assert name in CARDS
        assert benchmark("literal").backbone_of(name) == backbone
        assert backbone is None or timm.is_model(backbone)


class TestPeers:
    @pytest.fixture
    def gated(self):
        torch.manual_seed(0)
        return nn.Sequential(nn.Conv2d(3, 16, 1), SEModule(16), SEModule(16)).eval()

    @pytest.mark.parametrize("package", ["timm", "torchvision", "captum", "nnsight", "torchlens"])
    def test_a_peer_reads_what_the_modules_put_out(self, benchmark, gated, package):
        pytest.importorskip(package)
        peers = benchmark("_peers")
        peer = next(peer for peer in peers.PEERS if peer.package == package)
        batch = shapes((2, 3, 4, 4))[0]
        seen = peer.reader(gated, ["1.gate", "2.gate"], batch)()
        peers.restore()
        x = gated[0](batch)
        for path in ("1.gate", "2.gate"):
            se = gated[int(path[0])]
            gate = torch.sigmoid(se.fc2(torch.relu(se.fc1(x.mean((2, 3), keepdim=True)))))
            torch.testing.assert_close(seen[path], gate)
            x = x * gate
        assert not any(module._forward_hooks for module in gated.modules())

    @pytest.mark.parametrize(
        ("error", "told"),
        [
            (
                ModuleNotFoundError(name="nowhere"),
                "nowhere is not installed: pip install '.[bench]'",
            ),
            (RuntimeError("no graph\nat all"), "cannot: RuntimeError, no graph"),
            (ValueError(), "cannot: ValueError, "),
        ],
    )
    def test_a_peer_that_cannot_says_why(self, benchmark, error, told):
        assert benchmark("peers")._reason(error) == told

    def test_other_numbers_than_ours_are_refused(self, benchmark):
        peers = benchmark("peers")
        gate = np.array([[0.25, 0.5]], dtype=np.float32)
        tree = xr.DataTree.from_dict(
            {
                f"gates/{layer}": xr.Dataset({"gate": (("s", "c"), gate)})
                for layer in ("a.1", "a.10")
            }
        )
        read = peers.Read("gates", "gate", "*.se.gate")
        seen = {
            f"a.{number}.se.gate": torch.from_numpy(gate)[:, :, None, None] for number in (1, 10)
        }
        assert peers.difference(read, tree, seen) == 0
        with pytest.raises(ValueError, match=r"2 layers, up to 1\.0e-01 apart"):
            peers.difference(read, tree, seen | {"a.10.se.gate": seen["a.10.se.gate"] + 0.1})
        with pytest.raises(ValueError, match="other numbers: 3 layers"):
            peers.difference(read, tree, seen | {"b.se.gate": seen["a.1.se.gate"]})

    def test_what_is_read_is_found_by_the_names_of_modules(self, benchmark):
        reads = {read.mechanism: read for read in benchmark("peers").READS}
        network = nn.ModuleDict({"mrla": mrla.LightBranch(16, 4), "se": SEModule(16)})
        host = nn.ModuleDict({"block": network})
        assert reads["mrla"].paths(host) == ["block.mrla.mrla.sigmoid"]
        assert reads["gates"].paths(host) == ["block.se.gate"]
        assert reads["self_attention"].paths(host) == []
