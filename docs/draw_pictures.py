"""The pictures of the documents, and docs/views.md, which shows every view: `make pictures`.

A view is drawn for the first network below that has something for it, with the choices it begins
with, of the pictures that come with the toolkit. The pages are photographed in a browser.
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from inspector.export import figure_bytes
from inspector.gallery import GALLERY
from inspector.inspection import Inspection, inspect_image
from inspector.views import TOPICS, NothingToDraw, View, starts
from inspector.views.exhibit import exhibit
from inspector.zoo import load_model

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
PAGE = ROOT / "docs" / "views.md"
NETWORKS = (
    "cifar_resnet56_mrlab",
    "cifar_resnet56_mrlal",
    "cifar_resnet56_dia",
    "cifar_vit_external",
    "cifar_resnet56_se",
    "cifar_vit",
    "cbamresnet50",
    "eanet_r50",
)
"""Those with trained weights first, then the smallest: some views run a network many times."""

TAKEN = 4
"""Pictures in a batch, of which the first is drawn where a view shows one."""

PLACES = {
    "inspect": "",
    "compare": "page=compare",
    "whatif": "page=whatif&do=mrla~layer3.4~retrieved_layer~layer3.0~cut",
}
HEAD = """# Every view

Drawn by `make pictures`, with the choices a view begins with, of trained networks where some come
with the toolkit. The others have random weights, so their pictures show what a view looks like and
nothing that a network has learnt; each says so.
Keys are those of `inspector analyse --view KEY` and of the app's address.
"""


def main() -> None:
    """Draws every view and every page."""
    PICTURES.mkdir(exist_ok=True)
    shown = dict(_views())
    sections = (_section(topic, views, shown) for topic, views in TOPICS.items())
    PAGE.write_text(HEAD + "".join(sections))
    _photograph()


def _views() -> Iterator[tuple[str, str]]:
    """Draws each view once; gives its key and what stands in its place on the page."""
    waiting = {view.key: view for views in TOPICS.values() for view in views}
    reasons: dict[str, dict[str, str]] = {key: {} for key in waiting}
    for name in NETWORKS:
        seen = inspect_image(load_model(name), [picture.load() for picture in GALLERY[:TAKEN]])
        for key, view in list(waiting.items()):
            if reason := view.applies(seen):
                reasons[key][name] = reason
                continue
            del waiting[key]
            yield key, _drawn(view, seen)
    for key in waiting:
        yield key, f"*Not drawn here.* {_telling(reasons[key])}"


def _telling(reasons: Mapping[str, str]) -> str:
    """Of reasons by network the one that fewest share: the others only lack the mechanism."""
    bare = {name: reason.replace(name, "") for name, reason in reasons.items()}
    shared = Counter(bare.values())
    return reasons[min(bare, key=lambda name: shared[bare[name]])]


def _drawn(view: View, seen: Inspection) -> str:
    """Draws a view; gives the line that shows it, or says why there is nothing to draw."""
    name, choices = seen.about["model"], starts(view, seen)
    print(f"{view.key}: {name}", file=sys.stderr)  # noqa: T201 - a command's words
    try:
        shown = exhibit(view, seen, view.compute(seen, choices), choices)
    except NothingToDraw as nothing:
        return f"*Not drawn here.* {nothing}"
    (PICTURES / f"{view.key}.png").write_bytes(figure_bytes(shown.figure(), "png", scale=1))
    return f"![{view.title} of {name}](pictures/{view.key}.png)"


def _section(topic: str, views: tuple[View, ...], shown: Mapping[str, str]) -> str:
    told = [
        f"\n### {view.title} (`{view.key}`)\n\n{view.shows}\n\n{shown[view.key]}\n\n"
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
