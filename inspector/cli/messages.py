"""A message is a line on standard error: what a command is doing, and never its result."""

import sys


def say(message: str) -> None:
    """Writes a message as one line, without what a terminal would take for a command."""
    line = " ".join(message.split())
    sys.stderr.write("".join(filter(str.isprintable, line)) + "\n")
