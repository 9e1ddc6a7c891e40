"""A server is the app as a process of this machine, at an address that was free when it began."""

import errno
import ipaddress
import os
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path

import typer

from inspector.cli.messages import say

FIRST_PORT = 8501
_TRIED = 50
STRANGERS_UPLOAD_MB = 20
"""The largest upload where others reach the server: what they send stays in its memory."""
_EVERY = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Names of every address of a machine, and how the machine itself reaches them."""


@dataclass(frozen=True)
class Folders:
    """What of this machine the app offers to everybody, by name.

    Attributes:
        checkpoints: files of weights.
        surveys: finished ones.
        pictures: folders and files of pictures that may be surveyed.
    """

    checkpoints: Path | None = None
    surveys: Path | None = None
    pictures: Path | None = None


@dataclass(frozen=True)
class Settings:
    """What a server is told when it starts.

    Attributes:
        folders: of weights, surveys and pictures that the app offers to everybody.
        upload_mb: size of the largest upload in MB; small where others reach the server, if None.
        names: under which the app may be opened beside its address, as behind a proxy.
    """

    folders: Folders = field(default_factory=Folders)
    upload_mb: int | None = None
    names: tuple[str, ...] = ()


def serve(host: str, port: int | None, settings: Settings) -> None:
    """Becomes the app's server: this process is replaced, so signals reach the server itself.

    Args:
        host: address to listen at.
        port: port to listen at; the first free one from 8501 if None.
        settings: what else it is told.

    Raises:
        ValueError: the address is not one of this machine, the port is in use, or there is no
            such folder.
    """
    port = _port(host, port)
    os.environ.update(_offered(settings.folders))
    if not is_loopback(host):
        say(_warning(host))
    typer.echo(f"The app opens at {address(host, port)} (Ctrl-C ends it)")
    alone = is_loopback(host) and not settings.names
    upload_mb = settings.upload_mb or (0 if alone else STRANGERS_UPLOAD_MB)
    words = [host, str(port), str(upload_mb), *settings.names]
    os.execv(sys.executable, [sys.executable, "-m", "inspector.ui", *words])


def address(host: str, port: int) -> str:
    """Returns what a browser on this machine is given to reach a server.

    >>> address("0.0.0.0", 8501), address("::1", 8501)
    ('http://127.0.0.1:8501', 'http://[::1]:8501')
    """
    named = _EVERY.get(host, host)
    return f"http://[{named}]:{port}" if ":" in named else f"http://{named}:{port}"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address.

    >>> is_loopback("localhost"), is_loopback("127.0.0.2"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _offered(folders: Folders) -> dict[str, str]:
    """The variables of the environment that tell the app of folders.

    Raises:
        ValueError: there is no such folder.
    """
    from inspector import checkpoint_files, survey_files  # noqa: PLC0415 - numpy

    openers = {
        checkpoint_files.VARIABLE: (checkpoint_files.Folder, folders.checkpoints),
        survey_files.SURVEYS: (survey_files.finished, folders.surveys),
        survey_files.PICTURES: (survey_files.pictures, folders.pictures),
    }
    given = {name: (opens, path) for name, (opens, path) in openers.items() if path is not None}
    for opens, path in given.values():
        opens(path)  # or it is refused here
    return {name: str(path.expanduser().resolve()) for name, (_, path) in given.items()}


def _warning(host: str) -> str:
    # the page's connection is refused under names that the server was not told
    named = "To open it elsewhere, name the address others type as --host. " * (host in _EVERY)
    return (
        f"Warning: whoever reaches {host} over the network can use the app and this machine's "
        f"processor. {named}Leave --host out to serve this machine alone."
    )


def _port(host: str, wanted: int | None) -> int:
    if wanted is None:
        free = (port for port in range(FIRST_PORT, FIRST_PORT + _TRIED) if _is_free(host, port))
        found = next(free, None)
        if found is None:
            raise ValueError(
                f"Ports {FIRST_PORT} to {FIRST_PORT + _TRIED - 1} of {host} are all in use. "
                "Name a free one with --port."
            )
        return found
    if not _is_free(host, wanted):
        raise ValueError(
            f"Port {wanted} of {host} is in use. Name another with --port, or leave --port out "
            "for a free one."
        )
    return wanted


def _is_free(host: str, port: int) -> bool:
    """Whether a server may listen there now.

    Raises:
        ValueError: it could not even if nobody else listened.
    """
    try:
        family, kind, *_, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            # as the server itself does: a connection that has just ended does not block the port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return False
        raise ValueError(
            f"Expected an address and a port of this machine, got {host} and {port}: "
            f"{error.strerror}. The usual --host is 127.0.0.1."
        ) from error
    return True
