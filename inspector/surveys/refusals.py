"""What ends a survey, or keeps it from going on, with a sentence that tells the way out."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager


class Interrupted(RuntimeError):
    """A survey that could not go on; what was committed before stays, and can be resumed."""


class NotTheSame(ValueError):
    """A survey that is to be resumed with another source, network or manner."""


def interrupted(what: str) -> Interrupted:
    """The error of a survey that ends for a reason of the machine's."""
    reason = what.rstrip(".")
    return Interrupted(f"{reason}. Finished shards are kept: mend this and go on with --resume.")


@contextmanager
def deaths_told() -> Iterator[None]:
    """Turns what torch's loader raises when a process that decodes has died into a sentence.

    Raises:
        Interrupted: in the place of torch's error.
    """
    died = False
    try:
        yield
    except (RuntimeError, ConnectionError, EOFError) as error:
        # what it was sending breaks off, or torch finds it gone
        died = not isinstance(error, RuntimeError) or "DataLoader worker" in str(error)
        if not died:
            raise
        traceback.clear_frames(error.__traceback__)  # they hold the loader, and it its processes
    if died:
        raise interrupted("A process that decodes pictures was ended")
