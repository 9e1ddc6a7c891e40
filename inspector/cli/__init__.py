"""The command line is the inspector without a browser: one command in, one file or table out.

A failure is one line on standard error: what was expected, what was found, and the way out.
Importing this package, and listing models or commands, does not wait for torch.
"""

import sys
from collections.abc import Sequence

from inspector.cli import learning, publishing, surveying  # noqa: F401 - they add their commands
from inspector.cli.commands import program
from inspector.cli.failures import reported

__all__ = ["main"]

DEBUG = "--debug"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status; see `inspector.cli.failures` for those.

    Args:
        arguments: the words behind `inspector`; those of this process if not given.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = DEBUG in words  # allowed at any place: it is added to a line that has just failed
    words = [word for word in words if word != DEBUG]
    try:
        return program(words, prog_name="inspector", standalone_mode=False) or 0
    except Exception as error:
        return reported(error, debug=debug)
