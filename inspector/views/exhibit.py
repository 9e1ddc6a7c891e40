"""An exhibit is one figure and all that it was drawn from: view, arrays, choices, provenance.

It needs no network and no inspection, so it can be kept, stored, and drawn again.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import Self

import plotly.graph_objects as go
import xarray as xr

from inspector.figures import Figure
from inspector.inspection import Inspection
from inspector.provenance import Provenance, Surveyed
from inspector.views.rendering import arrays, chosen, drawn, lines, subject, warning
from inspector.views.view import Choices, Computed, Described, View


@dataclass(frozen=True, eq=False)
class Shown(ABC):
    """Whatever can be put on paper, kept and stored: an exhibit, or one of surveys.

    Attributes:
        view: how it is drawn.
        computed: its arrays, in native cells.
        choices: what was chosen in the view, by key.
        provenance: where the arrays come from.
        title: what its keeper calls it; the view's title if empty.
        link: the address that shows it in the app, without the host; empty if there is none.
    """

    view: Described
    computed: Computed
    choices: Choices
    provenance: Provenance | Surveyed
    title: str = field(default="", kw_only=True)
    link: str = field(default="", kw_only=True)

    @property
    def heading(self) -> str:
        """What it is called."""
        return self.title or self.view.title

    @property
    def summary(self) -> str:
        """What it shows in a sentence; empty where its arrays say it (`inspector.reading`)."""
        return ""

    @property
    @abstractmethod
    def model(self) -> str:
        """Name of the network."""

    @property
    @abstractmethod
    def said(self) -> tuple[str, ...]:
        """The caption, line by line."""

    @property
    @abstractmethod
    def warning(self) -> str | None:
        """The sentence that must not be overlooked, if there is one."""

    @abstractmethod
    def draw(self, *, captioned: bool = True) -> Figure:
        """The figure with its warning if there is one, and with its caption if asked for."""

    def figure(self, *, captioned: bool = True) -> go.Figure:
        """The same in plotly's own objects, checked: for files, and for whoever goes on with it.

        Raises:
            ValueError: plotly knows no such figure.
        """
        return self.draw(captioned=captioned).checked

    @abstractmethod
    def arrays(self) -> xr.DataTree:
        """What is saved of it as numbers: panels and verdicts, and where they come from."""

    def is_same(self, other: "Shown") -> bool:
        """Whether the other is drawn from the very same arrays, as chosen."""
        return self.computed is other.computed and self.choices == other.choices

    def named(self, title: str) -> Self:
        """The same under another title."""
        return replace(self, title=title)

    def linked(self, link: str) -> Self:
        """The same with the address that shows it."""
        return replace(self, link=link)


@dataclass(frozen=True, eq=False)
class Exhibit(Shown):
    """One figure of images, ready to be drawn.

    Attributes:
        view: how it is drawn.
        provenance: where the arrays come from.
    """

    view: View
    provenance: Provenance

    @property
    def model(self) -> str:
        """Name of the network."""
        return str(self.provenance.about["model"])

    @property
    def said(self) -> tuple[str, ...]:
        """The caption: what was chosen, where it comes from, and what was left out."""
        origin = lines(self.provenance, self.choices)
        return (self._subject, *origin, *self.computed.notes)

    @property
    def warning(self) -> str | None:
        """The sentence that must not be overlooked, if there is one."""
        return warning(self.provenance)

    def draw(self, *, captioned: bool = True) -> Figure:
        """The figure, with its warning if there is one, and with the caption if asked for."""
        words = self._subject if captioned else None
        return drawn(self.view, self.computed, self.choices, self.provenance, subject=words)

    def arrays(self) -> xr.DataTree:
        """What is saved of it as numbers: panels and verdicts, and where they come from."""
        return arrays(self.provenance, self.computed)

    @property
    def _subject(self) -> str:
        return subject(self.view, self.provenance.chosen)


def exhibit(
    view: View, inspection: Inspection, computed: Computed, choices: Choices, *, link: str = ""
) -> Exhibit:
    """The exhibit of what a view computed of an inspection."""
    return Exhibit(view, computed, dict(choices), provenance(view, inspection, choices), link=link)


def provenance(view: View, inspection: Inspection, choices: Choices) -> Provenance:
    """Where a view of an inspection comes from."""
    return Provenance(
        about=inspection.about,
        images=inspection.images,
        digests=inspection.digests,
        preprocessing=inspection.preprocessing,
        chosen=chosen(view.controls(inspection), choices),
    )
