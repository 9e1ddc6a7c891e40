"""What can be done and opened is told at once, before any library is loaded."""

import json
import subprocess
import sys
from pathlib import Path

from inspector.cards import LISTED
from inspector.cli import main

ROOT = Path(__file__).parents[3]
HEAVY = ("torch", "timm", "streamlit", "plotly", "xarray", "numpy")


def test_help_and_models_load_nothing_heavy():
    program = (
        "import sys\n"
        "from inspector.cli import main\n"
        "lines = (['--help'], ['models'], ['models', '--json'], ['--version'])\n"
        "assert [main(line) for line in lines] == [0, 0, 0, 0]\n"
        "pages = [main([name, '--help']) for name in ('app', 'doctor', 'capture', 'figure')]\n"
        "assert pages == [0, 0, 0, 0]\n"
        f"assert not set({HEAVY}) & set(sys.modules), set({HEAVY}) & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_without_a_command_the_help_is_shown(capsys):
    assert main([]) == 0
    alone = capsys.readouterr().out
    assert main(["--help"]) == 0
    assert capsys.readouterr().out == alone
    assert {"app", "models", "doctor", "capture", "figure"} <= set(alone.split())


def test_the_module_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "inspector", "--version"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("attention-inspector ")


def test_every_network_is_listed(capsys):
    assert main(["models"]) == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert " ".join(header.split()) == "name family parameters image classes trained weights"
    assert [line.split()[0] for line in lines] == list(LISTED)
    (dia,) = (line for line in lines if line.startswith("dia_resnet "))
    assert dia.split() == ["dia_resnet", "DIA", "1.9", "M", "32x32", "100", "no"]
    (eca,) = (line for line in lines if line.startswith("ecaresnet50t "))
    assert eca.endswith("ECA                  25.6 M     256x256  1000     to download")


def test_models_as_json(capsys):
    assert main(["models", "--json"]) == 0
    entries = {entry["name"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert set(entries) == set(LISTED)
    assert entries["eamlp_7"]["family"] == "External attention"
    assert entries["eamlp_7"]["parameters"] == 6_146_638
    assert entries["dia_resnet"]["input_size"] == [3, 32, 32]
    assert entries["dia_resnet"]["trained_weights"] is False
