"""A failure on the command line is one line on standard error and an exit status."""

import traceback

from typer.exceptions import TyperException

from inspector.cli.messages import say
from inspector.failures import sentence

FAILED = 1
MISUSED = 2
"""Status of a command line that cannot be parsed."""
UNEXPECTED = 70
"""Status of a fault of the program, EX_SOFTWARE in sysexits.h."""


def reported(error: Exception, *, debug: bool = False) -> int:
    """Writes the line of an error to standard error and returns the exit status.

    Args:
        error: what ended the command.
        debug: whether its traceback is written too, before the line.
    """
    if debug:
        traceback.print_exception(error)
    line, status = _ending(error)
    say(f"inspector: {line}")
    return status


def _ending(error: Exception) -> tuple[str, int]:
    if isinstance(error, TyperException):
        return _misuse(error), MISUSED
    told = sentence(error)
    if told is not None:
        return told, FAILED
    kind = type(error).__name__
    return f"unexpected error: {kind}: {error} (run with --debug to see where)", UNEXPECTED


def _misuse(error: TyperException) -> str:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "inspector"
    return f"{error.format_message().rstrip('.')}. See `{path} --help`."
