"""The server of the app as a process: `python -m inspector.ui HOST PORT UPLOAD_MB [NAME...]`."""

import sys
from contextlib import suppress
from pathlib import Path

import click
from streamlit.web import cli

from inspector.ui.options import streamlit_options


def main(host: str, port: str, upload_mb: str, *names: str) -> None:
    """Serves the app until it is interrupted; see `streamlit_options` for the words."""
    script = Path(__file__).parent / "entry" / "app.py"
    with suppress(click.Abort):  # Ctrl-C
        options = streamlit_options(host, int(port), int(upload_mb), names)
        cli.main(["run", str(script), *options], standalone_mode=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
