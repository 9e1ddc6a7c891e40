"""A command ends with its output, or with one line and a status that say why not."""

import signal
import subprocess

import pytest

from inspector.cli import main
from inspector.cli.outputs import require_writable
from tests.server import INSPECTOR


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("out.txt", r"ending in \.nc or \.svg, got 'out\.txt'"),
        ("absent/out.nc", "Expected a folder"),
        ("folder.nc", "got the folder"),
        ("file.nc", "exists already"),
    ],
)
def test_an_output_that_cannot_be_written_is_refused_first(tmp_path, name, said):
    (tmp_path / "folder.nc").mkdir()
    (tmp_path / "file.nc").touch()
    with pytest.raises(ValueError, match=said):
        require_writable(tmp_path / name, (".nc", ".svg"), force=False)


def test_an_output_of_any_case_may_be_written(tmp_path):
    (tmp_path / "FILE.NC").touch()
    require_writable(tmp_path / "FILE.NC", (".nc",), force=True)
    require_writable(tmp_path / "new.nc", (".nc",), force=False)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nope"], "No such command 'nope'. See `inspector --help`."),
        (["capture"], "Missing argument 'MODEL'. See `inspector capture --help`."),
        (["models", "--jsn"], "No such option: --jsn"),
        (["app", "--port", "0"], "--port"),
        (["capture", "m", "i.png"], "Missing option"),
        (["capture", "m", "i.png", "-o", "o.nc", "--detail", "all"], "'full', 'summary'"),
    ],
)
def test_a_line_that_cannot_be_parsed_is_one_line_too(fails, words, said):
    assert said in fails(*words, status=2)


def test_a_fault_of_the_program_says_so(fails, monkeypatch, capsys):
    monkeypatch.setattr("inspector.cli.commands.models_table", lambda: 1 / 0)
    line = "unexpected error: ZeroDivisionError: division by zero (run with --debug to see where)"
    assert fails("models", status=70) == line
    assert main(["models", "--debug"]) == 70
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_debug_shows_where_an_expected_failure_was_raised(capsys, tmp_path):
    assert main(["figure", str(tmp_path / "none.nc"), "--list", "--debug"]) == 1
    output = capsys.readouterr().err
    assert "Traceback (most recent call last)" in output
    assert output.splitlines()[-1].startswith("inspector: Expected a captured file")


def test_a_message_cannot_command_the_terminal(fails):
    assert "\x1b" not in fails("capture", "m", "\x1b[31mred\n.png", "-o", "out.nc")


@pytest.mark.slow
def test_ctrl_c_ends_quietly_and_leaves_nothing(photo, tmp_path):
    batch = [photo] * 16  # seconds in which to interrupt
    command = [*INSPECTOR, "capture", "resnet50_mrlab", *batch, "-o", str(tmp_path / "out.nc")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, bufsize=1)
    assert process.stderr is not None
    while not process.stderr.readline().startswith("running"):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    rest = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert "Traceback" not in rest
    assert not list(tmp_path.iterdir())
