"""A view is a declared picture: which arrays it needs, which controls it offers, how to draw them.

Whoever shows a view (the app, the command line, a report) interprets the declaration: it asks
``applies``, turns ``controls`` into widgets or options, calls ``compute`` and then ``draw``. A view
knows no user interface; ``compute`` may run the model again, ``draw`` never does.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import xarray as xr

from inspector.figures import Figure
from inspector.inspection import Inspection
from inspector.measures import Rows

Choices = Mapping[str, Any]
"""What was chosen, by the key of its control."""


class NothingToDraw(ValueError):
    """A view applies, but not with these choices; the sentence says what to choose instead."""


@dataclass(frozen=True)
class Choose:
    """One of several options.

    Attributes:
        key: name of the choice.
        label: what a reader sees.
        options: titles of the options by their keys, in order.
        help: a sentence that explains the choice.
        begin: key of the option chosen at first; the first one if empty.
    """

    key: str
    label: str
    options: Mapping[str, str]
    help: str = ""
    begin: str = ""

    @property
    def start(self) -> str:
        """Key of the option chosen at first."""
        return self.begin or next(iter(self.options))


@dataclass(frozen=True)
class ChooseSome:
    """Up to ``most`` of several options; ``start`` holds the keys chosen at first."""

    key: str
    label: str
    options: Mapping[str, str]
    start: tuple[str, ...]
    most: int = 12
    help: str = ""


@dataclass(frozen=True)
class Slide:
    """A number from ``low`` to ``high`` in steps of ``step``."""

    key: str
    label: str
    low: float
    high: float
    start: float
    step: float
    help: str = ""


@dataclass(frozen=True)
class Toggle:
    """Yes or no."""

    key: str
    label: str
    start: bool = False
    help: str = ""


Control = Choose | ChooseSome | Slide | Toggle


def node_of(title: str) -> str:
    """The name in a file of the panel with this title; a slash would begin a node below."""
    return title.replace("/", "-")


def verdict_on(title: str) -> str:
    """The title of the verdict on a panel."""
    return f"verdict {title}"


@dataclass(frozen=True)
class Computed:
    """Arrays of a view, ready to be drawn or saved.

    Attributes:
        panels: a dataset per panel, by the panel's title.
        notes: sentences that must stand beside the picture: what was left out and why.
        verdicts: what was shown against its control, by panel.
    """

    panels: Mapping[str, xr.Dataset]
    notes: tuple[str, ...] = field(default=())
    verdicts: Mapping[str, xr.Dataset] = field(default_factory=dict)

    def tree(self) -> xr.DataTree:
        """Panels and verdicts as one tree for a file, with the notes at its root."""
        named = {**self.panels, **{verdict_on(t): data for t, data in self.verdicts.items()}}
        nodes = {f"/{node_of(title)}": data for title, data in named.items()}
        tree = xr.DataTree.from_dict(nodes)
        tree.attrs["notes"] = " ".join(self.notes)
        return tree


@dataclass(frozen=True)
class Contrast:
    """That a picture can be held against controls, and what chance needs to know of it.

    Networks with random weights need no more than this: the same choices are computed for them, and
    the first numbers of each panel are compared cell by cell.

    Attributes:
        rows: the softmax rows that the panels show, by title; None where these choices show none.
        unordered: dims whose members two networks have in no common order: head 3 of one is not
            head 3 of another, so that the values along them are compared by rank.
    """

    rows: Callable[[Inspection, Choices], Mapping[str, Rows] | None] | None = None
    unordered: tuple[str, ...] = ()


class Described(Protocol):
    """What any view says of itself, be it of images or of surveys."""

    @property
    def key(self) -> str:
        """Short name, for the command line and addresses."""

    @property
    def title(self) -> str:
        """Name for readers."""

    @property
    def shows(self) -> str:
        """One sentence: what is to be seen."""

    @property
    def caveat(self) -> str:
        """One sentence: what the picture does not show."""


@dataclass(frozen=True)
class View:
    """A declared picture.

    Attributes:
        key: short name, for the command line and addresses.
        title: name for readers.
        shows: one sentence: what is to be seen.
        caveat: one sentence: what the picture does not show.
        applies: None if the inspection has what the view needs, else the sentence why not.
        controls: the choices that this inspection offers.
        compute: the arrays for some choices.
        draw: the figure of those arrays.
        costly: whether ``compute`` runs the model again, so that it should be asked for.
        costly_with: choices with which it does so where it otherwise does not: values by key.
        contrast: how it is held against controls, see ``views.controls``; None if it is not.
        alike: the choices with which two inspections show the same, where the data would choose
            other slots, groups or classes for each; None if the choices alone decide.
        merges: whether ``draw`` also takes the panels of two inspections together, by other titles.
        overview: whether it is the first to be seen of its mechanism, beside those of others.
    """

    key: str
    title: str
    shows: str
    caveat: str
    applies: Callable[[Inspection], str | None]
    controls: Callable[[Inspection], tuple[Control, ...]]
    compute: Callable[[Inspection, Choices], Computed]
    draw: Callable[[Computed, Choices], Figure]
    costly: bool = False
    costly_with: Mapping[str, Collection[str]] = field(default_factory=dict, hash=False)
    contrast: Contrast | None = None
    alike: Callable[[Inspection, Inspection, Choices], Choices] | None = None
    merges: bool = True
    overview: bool = False

    def takes_long(self, choices: Choices) -> bool:
        """Whether ``compute`` runs the model with these choices."""
        chosen = (choices.get(key) in values for key, values in self.costly_with.items())
        return self.costly or any(chosen)


def starts(view: View, inspection: Inspection) -> dict[str, Any]:
    """The choices a view begins with."""
    return {control.key: control.start for control in view.controls(inspection)}
