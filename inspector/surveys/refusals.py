"""What ends a survey, or keeps it from going on, with a sentence that tells the way out."""


class Interrupted(RuntimeError):
    """A survey that could not go on; what was committed before stays, and can be resumed."""


class NotTheSame(ValueError):
    """A survey that is to be resumed with another source, network or manner."""


def interrupted(what: str) -> Interrupted:
    """The error of a survey that ends for a reason of the machine's."""
    reason = what.rstrip(".")
    return Interrupted(f"{reason}. Finished shards are kept: mend this and go on with --resume.")
