"""An option is what the server must be told so that it stays on this machine and looks right.

The same settings stand in `.streamlit/config.toml`, with their reasons, for those who type
`streamlit run app.py`; an installed package has no such file.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MAX_UPLOAD_MB = 128
"""The largest upload; a picture may take 20 of it, weights all."""
EVERY_HOST = ("0.0.0.0", "::")
OPTIONS: Mapping[str, Any] = {
    "server.address": "127.0.0.1",
    "server.allowedHosts": ("localhost", "127.0.0.1"),
    "server.headless": True,
    "server.maxUploadSize": MAX_UPLOAD_MB,
    "server.maxMessageSize": 50,
    "server.fileWatcherType": "none",
    "server.disconnectedSessionTTL": 60,
    "runner.postScriptGC": False,
    "browser.gatherUsageStats": False,
    "client.toolbarMode": "viewer",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "theme.light.primaryColor": "#0b5cad",
    "theme.light.textColor": "#111111",
    "theme.dark.primaryColor": "#7ab8ff",
}
"""Streamlit's options by name."""


def streamlit_options(
    host: str = "127.0.0.1",
    port: int = 8501,
    upload_mb: int = 0,
    names: Sequence[str] = (),
) -> list[str]:
    """Returns the arguments that follow `streamlit run SCRIPT`.

    Args:
        host: address to listen on; it is then also a name under which the app may be opened.
        port: port to listen on.
        upload_mb: size of the largest file that may be uploaded; the usual one if 0.
        names: others under which the app may be opened, as behind a proxy.
    """
    hosts = dict.fromkeys([*OPTIONS["server.allowedHosts"], host, *names])
    chosen: dict[str, Any] = {
        "server.address": host,
        "server.port": port,
        "server.maxUploadSize": upload_mb or MAX_UPLOAD_MB,
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
