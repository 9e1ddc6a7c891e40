"""A coefficient of similarity is declared: what it compares, and how it gets an interval."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from inspector.measures import cka, correlation
from inspector.measures.comparison import Comparison
from inspector.measures.correlation import Definition
from inspector.measures.layers import Layer
from inspector.measures.resampling import BOOTSTRAP, JACKKNIFE, Alternative, Interval


@dataclass(frozen=True)
class Measure:
    """One way to say how alike two layers are.

    Attributes:
        key: short name.
        title: name for readers.
        compare: two layers ready to be scored, under a definition.
        interval: how an interval is made.
        alternative: which differences from the baseline count.
        labelled: whether it pairs values label by label, so that layers must share labels; the
            definitions are for these.
        least_images: images that it needs under any definition.
    """

    key: str
    title: str
    compare: Callable[[Layer, Layer, Definition], Comparison]
    interval: Interval = BOOTSTRAP
    alternative: Alternative = "two-sided"
    labelled: bool = True
    least_images: int = 1


MEASURES = {
    measure.key: measure
    for measure in (
        Measure(
            "pearson",
            "Pearson correlation",
            partial(correlation.compare, unit=correlation.pearson, least=3),
        ),
        Measure(
            "spearman",
            "Spearman correlation",
            partial(correlation.compare, unit=correlation.spearman, least=3),
        ),
        Measure(
            "cosine",
            "cosine similarity",
            partial(correlation.compare, unit=correlation.cosine, least=2),
        ),
        Measure(
            "cka",
            "linear CKA, unbiased",
            lambda one, other, _definition: cka.compare(one, other),
            interval=JACKKNIFE,
            alternative="greater",
            labelled=False,
            least_images=cka.LEAST_IMAGES,
        ),
    )
}
"""By key. Pearson's and Spearman's coefficients of two values are always 1, -1 or undefined, so
they need three."""


def measure_of(key: str) -> Measure:
    """The measure with this key.

    Raises:
        ValueError: there is none; the message lists those there are.
    """
    if key not in MEASURES:
        raise ValueError(f"expected a measure out of {', '.join(MEASURES)}; got '{key}'.")
    return MEASURES[key]
