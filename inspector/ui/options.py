"""An option is what the server must be told so that it stays on this machine and looks right.

The same settings stand in `.streamlit/config.toml`, with their reasons, for those who type
`streamlit run app.py`; an installed package has no such file.
"""

from collections.abc import Iterator, Mapping
from typing import Any

MAX_UPLOAD_MB = 20
EVERY_HOST = ("0.0.0.0", "::")
OPTIONS: Mapping[str, Any] = {
    "server.address": "127.0.0.1",
    "server.allowedHosts": ("localhost", "127.0.0.1"),
    "server.headless": True,
    "server.maxUploadSize": MAX_UPLOAD_MB,
    "server.maxMessageSize": 50,
    "server.fileWatcherType": "none",
    "server.disconnectedSessionTTL": 60,
    "browser.gatherUsageStats": False,
    "client.toolbarMode": "viewer",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "theme.light.primaryColor": "#0b5cad",
    "theme.light.textColor": "#111111",
    "theme.dark.primaryColor": "#7ab8ff",
}
"""Streamlit's options by name."""


def streamlit_options(host: str = "127.0.0.1", port: int = 8501) -> list[str]:
    """Returns the arguments that follow `streamlit run SCRIPT`.

    Args:
        host: address to listen on; it is then also a name under which the app may be opened.
        port: port to listen on.
    """
    hosts = dict.fromkeys([*OPTIONS["server.allowedHosts"], host])
    chosen: dict[str, Any] = {
        "server.address": host,
        "server.port": port,
        "server.allowedHosts": tuple(hosts),
        # Left out, Streamlit asks an outside address for this machine's own when told every host.
        "browser.serverAddress": "localhost" if host in EVERY_HOST else host,
    }
    return [word for name, value in {**OPTIONS, **chosen}.items() for word in _words(name, value)]


def _words(name: str, value: Any) -> Iterator[str]:
    """A list is passed as one argument per entry, a switch as true or false."""
    for entry in value if isinstance(value, tuple) else (value,):
        text = str(entry).lower() if isinstance(entry, bool) else str(entry)
        yield f"--{name}={text}"
