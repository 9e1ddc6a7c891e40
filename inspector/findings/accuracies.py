"""Accuracies are how often each network that ships names a test image rightly, as recorded."""

from inspector.findings.finding import Table
from inspector.findings.words import percent
from inspector.shipped import record_of, require_recorded, trained
from inspector.training.recipe import RECIPES
from inspector.training.record import Score

HEAD = ("network", "right", "images", "accuracy", "95 % interval", "epochs", "sha256 of the file")


def accuracies() -> Table:
    """Returns a line for each recipe's network: what its record tells, if it ships.

    Raises:
        ValueError: a record is that of another file.
    """
    return Table(HEAD, tuple(_line(name) for name in RECIPES))


def _line(name: str) -> tuple[str, ...]:
    if trained(name) is None:
        return (f"`{name}`", "", "", "no trained weights", "", "", "")
    require_recorded(name)
    told = record_of(name)
    score = Score(told["right"], told["images"])
    low, high = (percent(end) for end in score.interval)
    return (
        f"`{name}`",
        str(score.right),
        str(score.images),
        f"{100 * score.accuracy:.2f} %",
        f"{low} to {high}",
        str(told["recipe"]["epochs"]),
        str(told["sha256"])[:12],
    )
