"""A page is one way to work with the subject that is chosen at the left; each has a module here."""

from collections.abc import Callable
from dataclasses import dataclass

from inspector.ui.pages import compare, inspect, survey, tour, tray, whatif
from inspector.ui.subject import Subject


@dataclass(frozen=True)
class Page:
    """A page, declared.

    Attributes:
        key: its name in the address.
        title: its name for readers.
        show: draws it.
    """

    key: str
    title: str
    show: Callable[[Subject], None]


PAGES = (
    Page("inspect", "Inspect", inspect.show),
    Page("compare", "Compare", compare.show),
    Page("whatif", "What if", whatif.show),
    Page("survey", "Survey", survey.show),
    Page("tray", "Tray", tray.show),
    Page("tour", "Tour", tour.show),
)

__all__ = ["PAGES", "Page"]
