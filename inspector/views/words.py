"""Words are what several views say in the same way."""

from inspector.figures.text import number


def counted(count: int, noun: str) -> str:
    """A number of things: "1 edge", "2 edges"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def span(low: float, high: float) -> str:
    """From one number to another: "0.25 to 1", or "1" where three digits tell no difference."""
    return " to ".join(dict.fromkeys(map(number, (low, high))))
