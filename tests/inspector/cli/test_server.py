"""The app is served at an address that is told, free, and of this machine alone by default."""

import os
import signal
import socket
import sys
import time

import pytest

from inspector.checkpoint_files import VARIABLE
from inspector.cli import main
from inspector.survey_files import PICTURES, SURVEYS
from tests.server import INSPECTOR, App


class Replaced(Exception):
    """Stands for the end of this process, which `execv` would be."""


@pytest.fixture
def replaced(monkeypatch):
    """Runs `inspector app` up to the point where the server takes over; returns its words."""

    def execv(path, words):
        assert path == words[0] == sys.executable
        raise Replaced(*words[1:])

    def run(*words):
        monkeypatch.setattr(os, "execv", execv)
        monkeypatch.setattr("inspector.cli.reported", lambda error, **_: error)
        error = main(["app", *words])
        assert isinstance(error, Replaced)
        return error.args

    return run


@pytest.fixture
def taken():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_the_address_is_printed_and_the_server_takes_over(replaced, taken, monkeypatch, capsys):
    monkeypatch.setattr("inspector.cli.server.FIRST_PORT", taken)
    *server, port, upload_mb = replaced()
    assert server == ["-m", "inspector.ui", "127.0.0.1"]
    assert upload_mb == "0"  # as much as usual
    assert taken < int(port) < taken + 50
    output = capsys.readouterr()
    assert f"http://127.0.0.1:{port} " in output.out
    assert output.err == ""


def test_a_wider_address_is_warned_about(replaced, capsys):
    *_, host, port, upload_mb = replaced("--host", "0.0.0.0")
    output = capsys.readouterr()
    assert (host, upload_mb) == ("0.0.0.0", "20")
    assert output.err.startswith("Warning: whoever reaches 0.0.0.0 over the network can use")
    assert "name the address others type as --host" in output.err
    assert f"http://127.0.0.1:{port} " in output.out


def test_names_and_sizes_for_others_are_handed_on(replaced):
    words = replaced("--allowed-host", "lab.example", "--allowed-host", "*.lab.example")
    assert words[-3:] == ("20", "lab.example", "*.lab.example")
    assert replaced("--upload-mb", "300")[-1] == "300"


def test_a_folder_of_weights_is_told_to_the_server(replaced, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, "")  # and taken back after the test
    replaced("--checkpoints", str(tmp_path))
    assert os.environ[VARIABLE] == str(tmp_path)


def test_folders_of_surveys_and_pictures_are_told_to_the_server(replaced, tmp_path, monkeypatch):
    for name, option in ((SURVEYS, "--surveys"), (PICTURES, "--pictures")):
        monkeypatch.setenv(name, "")
        replaced(option, str(tmp_path))
        assert os.environ[name] == str(tmp_path)


@pytest.mark.parametrize("of", ["checkpoints", "surveys", "pictures"])
def test_a_folder_that_is_none_is_told(fails, tmp_path, of):
    assert f"Expected a folder of {of}" in fails("app", f"--{of}", tmp_path / "none")


def test_a_port_in_use_is_told(fails, taken):
    said = fails("app", "--port", taken)
    assert said.startswith(f"Port {taken} of 127.0.0.1 is in use. Name another with --port")


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_refused(fails, host):
    assert "Expected an address and a port of this machine" in fails("app", "--host", host)


def test_the_app_answers_and_ends_on_ctrl_c(tmp_path):
    with App([*INSPECTOR, "app", "--port"], cwd=tmp_path) as app:
        assert f"{app.url} (Ctrl-C ends it)" in app.log()
        app.process.send_signal(signal.SIGINT)
        start = time.monotonic()
        assert app.process.wait(20) in (0, 130)
        assert time.monotonic() - start < 15
        assert "Traceback" not in app.log()
