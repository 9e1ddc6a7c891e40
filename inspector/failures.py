"""A failure is an error that the user can mend, and its words say how.

Such are the errors of our own, a value that our code refused, and a file that the system refused.
Any other error is a fault of the program.
"""

import traceback

_OURS = ("hooks", "inspector", "sample_images")


def sentence(error: BaseException) -> str | None:
    """Returns what a user is told of a failure, None for a fault of the program."""
    if isinstance(error, OSError) and error.strerror:
        names = [str(name) for name in (error.filename, error.filename2) if name]
        return ": ".join([error.strerror, *names])
    if _is_ours(type(error).__module__) or _is_refused_by_us(error):
        return str(error)
    return None


def _is_refused_by_us(error: BaseException) -> bool:
    """Whether our own code raised it, and not a library deep below a call of ours."""
    if not isinstance(error, ValueError | OSError) or error.__traceback__ is None:
        return False
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return _is_ours(frame.f_globals.get("__name__", ""))


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] in _OURS
