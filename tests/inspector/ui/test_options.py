"""Options: the installed app and `streamlit run app.py` are told the same."""

import subprocess
import sys
import tomllib
from pathlib import Path

from inspector.ui.options import OPTIONS, streamlit_options

CONFIG = Path(__file__).parents[3] / ".streamlit" / "config.toml"
ONLY_IN_THE_FILE = {"chartSequentialColors"}
"""Not to be had on a command line, and not used: figures bring their own colours."""


def flat(table, prefix=""):
    for name, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        elif name not in ONLY_IN_THE_FILE:
            yield prefix + name, tuple(value) if isinstance(value, list) else value


def test_the_options_are_those_of_the_file():
    assert dict(flat(tomllib.loads(CONFIG.read_text()))) == OPTIONS


def test_streamlit_understands_them(tmp_path):
    command = [sys.executable, "-m", "streamlit", "config", "show"]
    done = subprocess.run(
        [*command, *streamlit_options("0.0.0.0", 8600)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    told = tomllib.loads(done.stdout[done.stdout.index("[global]") :])
    assert told["server"]["address"] == "0.0.0.0"
    assert told["server"]["port"] == 8600
    assert told["server"]["allowedHosts"] == ["localhost", "127.0.0.1", "0.0.0.0"]
    assert told["browser"]["gatherUsageStats"] is False
    assert told["browser"]["serverAddress"] == "localhost"  # unset, it is asked for outside


def test_what_others_need_is_told():
    words = streamlit_options("127.0.0.1", 8501, 20, ["lab.example", "localhost"])
    assert "--server.maxUploadSize=20" in words
    hosts = [word.partition("=")[2] for word in words if "allowedHosts" in word]
    assert hosts == ["localhost", "127.0.0.1", "lab.example"]


def test_a_host_is_named_once():
    hosts = [word for word in streamlit_options() if "allowedHosts" in word]
    assert hosts == ["--server.allowedHosts=localhost", "--server.allowedHosts=127.0.0.1"]
