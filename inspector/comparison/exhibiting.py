"""A comparison can be exhibited as any view can: kept, saved, stored in a capsule, drawn again."""

from dataclasses import dataclass, field

import xarray as xr

from inspector.comparison.comparing import DIFFERENCE, Compared
from inspector.comparison.drawing import figure
from inspector.comparison.files import arrays
from inspector.comparison.words import lines, summary, warning
from inspector.figures import Figure
from inspector.views import Computed
from inspector.views.exhibit import Exhibit, Shown
from inspector.views.sides import SIDES


@dataclass(frozen=True, eq=False)
class ComparedExhibit(Exhibit):
    """A, B and B minus A as one figure.

    Attributes:
        computed: the panels of all three, the differences first.
        provenance: of B.
        compared: what is drawn.
    """

    compared: Compared = field(kw_only=True)

    @property
    def heading(self) -> str:
        """What it is called."""
        return self.title or f"{self.view.title}: {DIFFERENCE}"

    @property
    def said(self) -> tuple[str, ...]:
        """The caption: what was chosen, where both come from, how large the difference is."""
        return tuple(lines(self.compared))

    @property
    def summary(self) -> str:
        """How large the difference is, in a sentence."""
        return f"{self.view.title} of A and B. {summary(self.compared)}"

    @property
    def warning(self) -> str | None:
        """The sentences that must not be overlooked, of either side."""
        return warning(*self.compared.origins)

    def draw(self, *, captioned: bool = True) -> Figure:
        """The figure, with the warnings of both, and with the caption if asked for."""
        return figure(self.compared, captioned=captioned)

    def arrays(self) -> xr.DataTree:
        """What is saved of it as numbers."""
        return arrays(self.compared)

    def is_same(self, other: Shown) -> bool:
        """Whether the other is drawn from the very same arrays, as chosen."""
        return (
            isinstance(other, ComparedExhibit)
            and self.choices == other.choices
            and _arrays_of(self.compared) == _arrays_of(other.compared)
        )


def exhibited(compared: Compared, *, title: str = "", link: str = "") -> ComparedExhibit:
    """The exhibit of a comparison."""
    return ComparedExhibit(
        compared.view,
        _panels(compared),
        dict(compared.choices),
        compared.origins[1],
        title=title,
        link=link,
        compared=compared,
    )


def _panels(compared: Compared) -> Computed:
    found = {f"{DIFFERENCE}, {title}": v.to_dataset() for title, v in compared.drawn.items()}
    for side, computed in zip(SIDES, compared.computed, strict=True):
        found |= {f"{side}, {title}": data for title, data in computed.panels.items()}
    return Computed(found, compared.notes)


def _arrays_of(compared: Compared) -> tuple[object, ...]:
    """What tells the arrays of two comparisons apart, whose differences are made anew."""
    a, b = compared.computed
    return id(a), id(b), bool(compared.over and compared.over.panels)
