"""A page is an HTML document that holds all it needs and asks nothing of the network.

It is light or dark as its reader prefers, and so are its figures. A figure is drawn when it comes
into sight, so that a page of fifty opens as fast as one of one.
"""

import html
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from inspector.figures.theme import CLEAR, WARNING, template

Row = tuple[str, ...]

CONFIG = {"displaylogo": False, "showSendToCloud": False, "responsive": False}
"""Plotly's buttons without its own web site: one of them would upload the figure."""

_STYLE = f"""
:root {{ color-scheme: light dark; --ink: #1a1a1a; --paper: #fff; --line: #ccc; --link: #0b57a4; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --ink: #e6e6e6; --paper: #0e1117; --line: #444; --link: #8ab8ff; }}
}}
body {{ font: 15px/1.5 Arial, Helvetica, sans-serif; margin: 1rem auto; padding: 0 1rem;
  max-width: 62rem; color: var(--ink); background: var(--paper); }}
a {{ color: var(--link); }}
h1 {{ font-size: 1.6rem; }} h2 {{ font-size: 1.3rem; margin-top: 2.5rem; }}
h3 {{ font-size: 1.1rem; margin-top: 2rem; }}
figure {{ margin: 0.5rem 0; }}
figcaption {{ font-size: 0.85rem; }} figcaption p {{ margin: 0.2rem 0; }}
.chart {{ overflow-x: auto; }}
.warning {{ background: {WARNING}; color: #fff; font-weight: 700; padding: 0.4rem 0.6rem; }}
table {{ border-collapse: collapse; font-size: 0.85rem; }}
th, td {{ border-bottom: 1px solid var(--line); padding: 0.2rem 0.6rem; text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }}
summary {{ cursor: pointer; }}
@media print {{ section {{ break-inside: avoid; }} nav {{ display: none; }} }}
"""

_SCRIPT = """
const DARK = matchMedia("(prefers-color-scheme: dark)");
const chartOf = (place) => JSON.parse(place.nextElementSibling.textContent);
function draw(place) {
  const chart = chartOf(place);
  const layout = Object.assign(chart.layout, {
    template: TEMPLATES[DARK.matches ? "dark" : "light"], paper_bgcolor: CLEAR,
  });
  place.dataset.drawn = "yes";
  return Plotly.newPlot(place, chart.data, layout, CONFIG);
}
const places = [...document.querySelectorAll(".chart")];
const sight = new IntersectionObserver((seen) => seen.forEach((entry) => {
  if (entry.isIntersecting) { sight.unobserve(entry.target); draw(entry.target); }
}), { rootMargin: "400px" });
places.forEach((place) => {
  place.style.minHeight = chartOf(place).layout.height + "px";
  sight.observe(place);
});
DARK.addEventListener("change", () => places.filter((p) => p.dataset.drawn).forEach(draw));
addEventListener("beforeprint", () => places.filter((p) => !p.dataset.drawn).forEach(draw));
"""

_DOCUMENT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
<script>{library}</script>
</head>
<body>
<main>
{body}
</main>
<script>{settings}{script}</script>
</body>
</html>
"""


@dataclass(frozen=True)
class Chart:
    """A figure on a page.

    Attributes:
        figure: what is drawn.
        alt: what it shows, for those who cannot see it.
        caption: lines of text below it.
    """

    figure: go.Figure
    alt: str = ""
    caption: tuple[str, ...] = ()


def document(title: str, body: str) -> bytes:
    """A page with this body; plotly's own code is inside, once."""
    settings = {"TEMPLATES": _templates(), "CLEAR": CLEAR, "CONFIG": CONFIG}
    page = _DOCUMENT.format(
        title=html.escape(title),
        style=_STYLE,
        library=get_plotlyjs(),
        body=body,
        settings="".join(f"const {name} = {_json(value)};" for name, value in settings.items()),
        script=_SCRIPT,
    )
    return page.encode()


def chart(shown: Chart) -> str:
    """A figure as part of a body, with its text alternative and its caption."""
    content = json.loads(shown.figure.to_json(engine="json"))
    content["layout"].pop("template", None)  # the page has one for light and one for dark
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in shown.caption)
    return (
        f'<figure aria-label="{html.escape(shown.alt or "figure")}">\n'
        '<div class="chart" tabindex="0"></div>'
        f'<script type="application/json">{_json(content)}</script>\n'
        f"{f'<figcaption>{lines}</figcaption>' if lines else ''}</figure>"
    )


def table(header: Row, rows: Sequence[Row]) -> str:
    """A table with a head."""
    return f"<table>\n{''.join(_rows(header, rows))}</table>"


def _rows(header: Row, rows: Sequence[Row]) -> Iterator[str]:
    heads = "".join(f'<th scope="col">{html.escape(word)}</th>' for word in header)
    yield f"<thead><tr>{heads}</tr></thead>\n"
    for row in rows:
        yield f"<tr>{''.join(f'<td>{html.escape(word)}</td>' for word in row)}</tr>\n"


def _templates() -> dict[str, object]:
    kinds = {"light": False, "dark": True}
    return {name: template(dark=dark) for name, dark in kinds.items()}


def _json(value: object) -> str:
    """JSON that cannot end the script it stands in."""
    return json.dumps(value).replace("<", "\\u003c")
