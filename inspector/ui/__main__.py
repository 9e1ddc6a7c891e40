"""The server of the app as a process: `python -m inspector.ui HOST PORT`."""

import sys
from contextlib import suppress
from pathlib import Path

import click
from streamlit.web import cli

from inspector.ui.options import streamlit_options


def main(host: str, port: str) -> None:
    """Serves the app until it is interrupted."""
    script = Path(__file__).parent / "entry" / "app.py"
    with suppress(click.Abort):  # Ctrl-C
        words = ["run", str(script), *streamlit_options(host, int(port))]
        cli.main(words, standalone_mode=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
