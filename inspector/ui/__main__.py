"""The server of the app as a process: `python -m inspector.ui HOST PORT`."""

import sys
from pathlib import Path

from streamlit.web import cli

from inspector.ui.options import streamlit_options


def main(host: str, port: str) -> None:
    """Serves the app until it is interrupted."""
    script = Path(__file__).parent / "entry" / "app.py"
    cli.main(["run", str(script), *streamlit_options(host, int(port))])


if __name__ == "__main__":
    main(*sys.argv[1:])
