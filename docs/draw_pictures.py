"""The pictures of the documents, and docs/views.md, which shows every view: `make pictures`.

A view is drawn for the first network below that has something for it, with the choices it begins
with, of the pictures that come with the toolkit. The pages are photographed in a browser.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from inspector.devices import pick_device
from inspector.export import figure_bytes
from inspector.gallery import GALLERY
from inspector.inspection import Inspection, inspect_image
from inspector.views import TOPICS, View, starts
from inspector.views.exhibit import exhibit
from inspector.zoo import load_model

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
PAGE = ROOT / "docs" / "views.md"
NETWORKS = (
    "resnet50_mrlab",
    "resnet50_mrlal",
    "dia_resnet",
    "eamlp_7",
    "cbamresnet50",
    "deit_tiny_patch16_224",
    "eanet_r50",
)
MANY = {"dia_integration": 40, "correlation_average": 8}
"""Pictures that a view needs, where one is not enough."""

PLACES = {
    "inspect": "",
    "compare": "page=compare&model=dia_resnet",
    "whatif": "page=whatif&do=mrla~stages.2.4~retrieved_layer~stages.2.0~cut",
    "tray": "page=tray",
}
HEAD = """# Every view

Drawn by `make pictures`, with the choices a view begins with. The weights are random, so the
pictures show what a view looks like and nothing that a network has learnt; each says so.
Keys are those of `inspector analyse --view KEY` and of the app's address.
"""


def main() -> None:
    """Draws every view and every page."""
    PICTURES.mkdir(exist_ok=True)
    drawn = dict(_views())
    sections = (_section(topic, views, drawn) for topic, views in TOPICS.items())
    PAGE.write_text(HEAD + "".join(sections))
    _photograph()


def _views() -> Iterator[tuple[str, str]]:
    """Draws each view once; gives its key and the network it was drawn for."""
    waiting = {view.key: view for views in TOPICS.values() for view in views}
    for name in NETWORKS:
        model = load_model(name, device=str(pick_device("auto")))
        photos = [picture.load() for picture in GALLERY]
        one = inspect_image(model, photos[0])
        for key, view in list(waiting.items()):
            count = MANY.get(key, 1)
            seen = one if count == 1 else inspect_image(model, photos[: min(count, len(photos))])
            if view.applies(seen) is None:
                _draw(view, seen)
                del waiting[key]
                yield key, name
    if waiting:
        raise SystemExit(f"No network here has something for {', '.join(waiting)}.")


def _draw(view: View, seen: Inspection) -> None:
    choices = starts(view, seen)
    shown = exhibit(view, seen, view.compute(seen, choices), choices)
    (PICTURES / f"{view.key}.png").write_bytes(figure_bytes(shown.figure(), "png", scale=1))
    print(f"{view.key}: {seen.about['model']}", file=sys.stderr)  # noqa: T201 - a command's words


def _section(topic: str, views: tuple[View, ...], drawn: dict[str, str]) -> str:
    told = [
        f"\n### {view.title} (`{view.key}`)\n\n{view.shows}\n\n"
        f"![{view.title} of {drawn[view.key]}](pictures/{view.key}.png)\n\n"
        f"*What it does not show.* {view.caveat}\n"
        for view in views
    ]
    return f"\n## {topic}\n" + "".join(told)


def _photograph() -> None:
    """Takes a picture of each page of the app."""
    sys.path.insert(0, str(ROOT))
    from tests.browser import Browser  # noqa: PLC0415 - behind the line above
    from tests.server import INSPECTOR, App  # noqa: PLC0415

    folder = Path(tempfile.mkdtemp())
    with App([*INSPECTOR, "app", "--port"], cwd=folder) as app, Browser(timeout_s=120) as browser:
        for name, query in PLACES.items():
            browser.shot(browser.open(f"{app.url}/?{query}"), PICTURES / f"page-{name}.png")


if __name__ == "__main__":
    main()
