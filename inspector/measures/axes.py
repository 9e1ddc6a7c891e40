"""The axes of an array in words, for those who read what a measure says."""

from collections.abc import Hashable, Iterable


def axes(dims: Iterable[Hashable]) -> str:
    """Names of dims as one phrase: "sample, retrieved layer"."""
    return ", ".join(map(words, dims))


def words(dim: Hashable) -> str:
    """The name of a dim without underscores."""
    return str(dim).replace("_", " ")
