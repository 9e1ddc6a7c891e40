"""A report is one offline page of exhibits: contents, figures, what they do not show, their values.

It lists, too, what is not in it and why, so that nobody takes the choice of views for all there is.
"""

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from inspector import reading
from inspector.inspection import Inspection
from inspector.page import Chart, chart, document, table
from inspector.views import TOPICS, Choices, NothingToDraw, View, starts
from inspector.views.exhibit import Exhibit, Shown, exhibit

COSTLY = "It runs the network again: ask for it with --costly, or by its key with --view."


@dataclass(frozen=True)
class Report:
    """What stands in a report.

    Attributes:
        exhibits: what is shown, in order, by topic.
        left_out: why a view is not shown, by its title.
    """

    exhibits: Mapping[str, Sequence[Shown]]
    left_out: Mapping[str, str] = field(default_factory=dict)


def report(inspection: Inspection, keys: Sequence[str] = (), *, costly: bool = False) -> Report:
    """The views that apply to an inspection, with the choices that they begin with.

    A view of one image is shown for each of the images.

    Args:
        inspection: what is shown.
        keys: of the views that are wanted; all of them if empty.
        costly: whether views are shown that run the network again, where none are named.
    """
    exhibits: dict[str, list[Exhibit]] = {}
    left_out: dict[str, str] = {}
    for topic, views in TOPICS.items():
        for view in views:
            if keys and view.key not in keys:
                continue
            found, reason = _shown(view, inspection, costly or bool(keys))
            exhibits[topic] = [*exhibits.get(topic, []), *found]
            left_out |= {view.title: reason} if reason else {}
    return Report({topic: found for topic, found in exhibits.items() if found}, left_out)


def report_page(content: Report, title: str) -> bytes:
    """The report as an HTML page that opens without a network."""
    numbered = list(_numbered(content))
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        *_warnings(content),
        _contents(numbered),
        *_sections(numbered),
        *_left_out(content.left_out),
    ]
    return document(title, "\n".join(parts))


def _shown(view: View, inspection: Inspection, costly: bool) -> tuple[list[Exhibit], str | None]:
    """The exhibits of a view, one for each image that can be chosen, or the reason for none."""
    if reason := view.applies(inspection):
        return [], reason
    if view.takes_long(starts(view, inspection)) and not costly:
        return [], COSTLY
    try:
        return [_made(view, inspection, choices) for choices in _images(view, inspection)], None
    except NothingToDraw as reason:
        return [], str(reason)


def _images(view: View, inspection: Inspection) -> Iterator[Choices]:
    """The choices that a view begins with, for each image that it can show."""
    begun = starts(view, inspection)
    if "image" not in begun:
        yield begun
        return
    for place in range(len(inspection.images)):
        yield begun | {"image": str(place)}


def _made(view: View, inspection: Inspection, choices: Choices) -> Exhibit:
    made = exhibit(view, inspection, view.compute(inspection, choices), choices)
    if "image" not in choices:
        return made
    name = inspection.images[int(choices["image"])]
    return made.named(f"{view.title}, image {int(choices['image']) + 1}: {name}")


def _numbered(content: Report) -> Iterator[tuple[str, list[tuple[int, Shown]]]]:
    number = 0
    for topic, exhibits in content.exhibits.items():
        yield topic, list(enumerate(exhibits, number + 1))
        number += len(exhibits)


def _warnings(content: Report) -> Iterator[str]:
    """What must not be overlooked, once."""
    said = [shown.warning for exhibits in content.exhibits.values() for shown in exhibits]
    for warning in dict.fromkeys(filter(None, said)):
        yield f'<p class="warning">{html.escape(warning)}</p>'


def _contents(numbered: Sequence[tuple[str, Sequence[tuple[int, Shown]]]]) -> str:
    topics = "".join(
        f"<li>{html.escape(topic)}<ul>"
        + "".join(
            f'<li><a href="#figure-{number}">{html.escape(shown.heading)}</a></li>'
            for number, shown in exhibits
        )
        + "</ul></li>\n"
        for topic, exhibits in numbered
    )
    return f'<nav aria-label="Contents"><h2>Contents</h2>\n<ul>\n{topics}</ul></nav>'


def _sections(numbered: Sequence[tuple[str, Sequence[tuple[int, Shown]]]]) -> Iterator[str]:
    for topic, exhibits in numbered:
        yield f"<h2>{html.escape(topic)}</h2>"
        yield from (_section(number, shown) for number, shown in exhibits)


def _section(number: int, shown: Shown) -> str:
    """One figure with what it shows, what it does not, and its largest and smallest values."""
    alt = reading.words(shown)
    peaks = [
        (p.panel, p.quantity, p.size, p.largest, p.smallest) for p in reading.peaks(shown.computed)
    ]
    header = ("panel", "quantity", "size", "largest", "smallest")
    values = (
        f"<details><summary>Largest and smallest values</summary>{table(header, peaks)}</details>"
    )
    return "\n".join(
        [
            f'<section id="figure-{number}">',
            f"<h3>{number}. {html.escape(shown.heading)}</h3>",
            f"<p>{html.escape(shown.view.shows)}</p>",
            chart(Chart(shown.figure(captioned=False), alt, shown.said)),
            f"<p><strong>What this does not show.</strong> {html.escape(shown.view.caveat)}</p>",
            values if peaks else "",
            "</section>",
        ]
    )


def _left_out(reasons: Mapping[str, str]) -> Iterator[str]:
    if reasons:
        rows = list(reasons.items())
        yield f"<section><h2>Not in this report</h2>\n{table(('view', 'why'), rows)}</section>"
