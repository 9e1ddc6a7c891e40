"""A method is a way to attribute a class score to the image, declared: what it says and needs.

How it is computed stands in `inspector.attribution.runs`, which needs torch; this does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

Settings = Mapping[str, float]
"""What was chosen for the options of a method, by their keys."""


@dataclass(frozen=True)
class Option:
    """A number that a method takes.

    Attributes:
        key: name of the setting.
        label: name for readers.
        start: the value if none is given.
        low: the least value.
        high: the largest value.
        step: from one value to the next; 1 for whole numbers.
        help: a sentence on what it does.
    """

    key: str
    label: str
    start: float
    low: float
    high: float
    step: float
    help: str

    def checked(self, value: float) -> float:
        """The value, as a whole number where the option takes those.

        Raises:
            ValueError: it is out of range, or no whole number.
        """
        whole = self.step >= 1
        if not self.low <= value <= self.high or (whole and value != int(value)):
            kind = "a whole number" if whole else "a number"
            raise ValueError(
                f"Expected {kind} from {self.low:g} to {self.high:g} as {self.key}, got {value}."
            )
        return int(value) if whole else float(value)


@dataclass(frozen=True)
class Method:
    """A way to attribute.

    Attributes:
        key: short name.
        title: name for readers.
        formula: what a cell holds.
        reads: a sentence on what a positive cell (red) and a negative one (blue) say.
        units: of a cell.
        options: the numbers it takes.
        needs: keys of `inspector.attribution.requirements`: what a network must have.
        total: what the sum of the map should be, or "" where the sum means nothing.
        local: whether a cell is a slope, which tells of small changes, and not a contribution.
    """

    key: str
    title: str
    formula: str
    reads: str
    units: str = "logit"
    options: tuple[Option, ...] = ()
    needs: tuple[str, ...] = ()
    total: str = ""
    local: bool = field(default=False)

    def settings(self, given: Settings) -> dict[str, float]:
        """A value for every option: the given one, else the one it starts with.

        Raises:
            ValueError: a setting is not an option of this method, or out of its range.
        """
        known = {option.key: option for option in self.options}
        for key in given:
            if key not in known:
                raise ValueError(
                    f"{self.title} takes {', '.join(known) or 'no options'}; got '{key}'."
                )
        return {key: known[key].checked(given.get(key, known[key].start)) for key in known}
