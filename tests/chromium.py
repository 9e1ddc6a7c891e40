"""Chromium: the executable that the browser tests drive, found on this machine or installed.

As a command, `python tests/chromium.py`, it installs one where none is found.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "no Chromium runs here, which the browser tests drive. `make test` installs one where it may. "
    "Else install one (Debian: apt-get install chromium; elsewhere: playwright install chromium) "
    "or name one: CHROMIUM=/path/to/chromium"
)


@functools.cache
def find() -> str | None:
    """The first Chromium that answers `--version`, or None; where CHROMIUM is set, only that."""
    return next((path for path in _candidates() if _runs(path)), None)


def required() -> bool:
    """Whether a missing browser is a failure: it is where CI is set, so that it is noticed."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def install() -> str | None:
    """Installs a Chromium by the first way that works; its path, or None."""
    for commands in _ways():
        print("Chromium is missing. Trying:", " && ".join(map(" ".join, commands)), file=sys.stderr)
        succeeded = all(_call(command) for command in commands)
        find.cache_clear()
        if succeeded and find():
            return find()
    return None


def _candidates() -> Iterator[str]:
    named = os.environ.get("CHROMIUM")
    if named:
        yield named
        return
    yield from filter(None, map(shutil.which, NAMES))
    yield _playwrights_own()


def _playwrights_own() -> str:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - starts only when asked

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def _runs(path: str) -> bool:
    # To be there is not enough: Ubuntu's chromium-browser only says "install the snap".
    return _call([path, "--version"], quiet=True)


def _ways() -> Iterator[list[list[str]]]:
    if shutil.which("apt-get"):
        if os.geteuid() == 0:
            yield _with_apt()
        elif shutil.which("sudo") and _call(["sudo", "-n", "true"], quiet=True):
            yield [["sudo", "-n", *command] for command in _with_apt()]
    yield [[sys.executable, "-m", "playwright", "install", "chromium"]]


def _with_apt() -> list[list[str]]:
    quietly = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    return [[*quietly, "update"], [*quietly, "install", "-y", "chromium"]]


def _call(command: list[str], *, quiet: bool = False) -> bool:
    output = subprocess.DEVNULL if quiet else None
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            timeout=900,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def main() -> int:
    """Finds or installs a Chromium; 1 where there is none and one is required."""
    if find() or (not os.environ.get("CHROMIUM") and install()):
        return 0
    ending = "fail here, since CI is set" if required() else "are skipped"
    print(f"The browser tests {ending}: {MISSING}", file=sys.stderr)
    return int(required())


if __name__ == "__main__":
    sys.exit(main())
