"""A report is one page with every view that fits, and nothing of it comes from outside."""

import json
import re
from html.parser import HTMLParser
from itertools import pairwise

import plotly.graph_objects as go
import pytest

from inspector import renderer
from inspector.page import CONFIG, Chart, chart
from inspector.report import COSTLY, report, report_page
from inspector.views import VIEWS, view_of


class Read(HTMLParser):
    """Headings, links, identifiers and attributes of a page."""

    def __init__(self, page):
        super().__init__()
        self.headings, self.links, self.ids, self.outside, self.alts = [], [], [], [], []
        self._heading = None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        self._heading = tag if re.fullmatch("h[1-6]", tag) else None
        self.ids += [told["id"]] if "id" in told else []
        self.links += [told["href"]] if tag == "a" else []
        self.alts += [told.get("aria-label")] if tag == "figure" else []
        self.outside += [told[key] for key in ("src", "data", "action") if key in told]
        self.outside += [told["href"]] if tag == "link" else []

    def handle_data(self, data):
        if self._heading:
            self.headings.append((self._heading, data))
            self._heading = None


@pytest.fixture(scope="module")
def content(pair):
    return report(pair("eamlp_7"))


@pytest.fixture(scope="module")
def page(content):
    return report_page(content, "eamlp_7: <two> pictures").decode()


def test_every_view_is_shown_or_left_out_with_a_reason(content):
    shown = {one.view.title for exhibits in content.exhibits.values() for one in exhibits}
    assert shown | set(content.left_out) == {view.title for view in VIEWS}
    assert not shown & set(content.left_out)
    assert "Needs" in content.left_out[view_of("mrla_retrieval").title]
    assert content.left_out[view_of("attribution").title] == COSTLY


def test_a_view_of_one_image_is_shown_for_each(content, pair):
    slots = [one for one in content.exhibits["Attention"] if one.view.key == "external_slots"]
    assert [one.choices["image"] for one in slots] == ["0", "1"]
    assert slots[1].heading == "External attention slots, image 2: square.png"
    (first, second) = (one.said for one in slots)
    digests = [digest[:12] for digest in pair("eamlp_7").digests]
    assert digests[0] in " ".join(first)
    assert digests[1] in " ".join(second)


def test_views_are_chosen_by_key_even_if_costly(inspected):
    seen = inspected("dia_resnet")
    found = report(seen, ["intervention"])
    ((one,),) = found.exhibits.values()
    assert one.view.key == "intervention"
    assert found.left_out == {}


def test_the_contents_lead_to_every_figure(page, content):
    read = Read(page)
    count = sum(map(len, content.exhibits.values()))
    assert read.links == [f"#figure-{number}" for number in range(1, count + 1)]
    assert {link[1:] for link in read.links} <= set(read.ids)


def test_headings_go_down_step_by_step(page):
    levels = [int(tag[1]) for tag, _ in Read(page).headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_figure_has_words_and_a_table(page, content):
    exhibits = [one for found in content.exhibits.values() for one in found]
    alts = Read(page).alts
    assert len(alts) == len(exhibits)
    assert all(alt.startswith(one.heading) for alt, one in zip(alts, exhibits, strict=True))
    assert page.count("Largest and smallest values") == len(exhibits)
    assert page.count("What this does not show.") == len(exhibits)
    for one in exhibits:
        assert one.view.caveat.split("'")[0] in page.replace("&#x27;", "'")


def test_a_page_asks_for_nothing_from_outside(page):
    assert Read(page).outside == []
    assert json.loads(re.search(r"const CONFIG = (\{.*?\});", page)[1]) == CONFIG
    assert CONFIG["showSendToCloud"] is False


def test_text_of_strangers_stays_text(page):
    assert "<title>eamlp_7: &lt;two&gt; pictures</title>" in page
    assert "<two>" not in page


def test_nothing_in_a_figure_can_end_its_script():
    hostile = "</script><script>alert(1)</script>"
    body = chart(Chart(go.Figure(go.Bar(y=[1], name=hostile)), hostile, (hostile,)))
    assert "<script>alert" not in body
    content = re.search(r'<script type="application/json">(.*?)</script>', body)[1]
    assert json.loads(content)["data"][0]["name"] == hostile


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_is_drawn_offline_in_the_colours_of_its_reader(page, tmp_path, scheme):
    sync_api = pytest.importorskip("playwright.sync_api")
    path = tmp_path / "report.html"
    path.write_text(page)
    asked, faults = [], []
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=renderer._path(), args=["--no-sandbox", "--disable-gpu"]
        )
        opened = browser.new_context(offline=True, color_scheme=scheme).new_page()
        opened.on("request", lambda request: asked.append(request.url))
        opened.on("pageerror", lambda error: faults.append(str(error)))
        opened.goto(path.as_uri())
        opened.wait_for_selector("#figure-1 .main-svg")
        ink = _title(opened).evaluate("text => text.style.fill")
        waiting = opened.locator(".chart:not([data-drawn])").count()
        browser.close()
    assert (asked, faults) == ([path.as_uri()], [])
    assert ink == {"light": "rgb(26, 26, 26)", "dark": "rgb(230, 230, 230)"}[scheme]
    assert waiting > 0  # what is out of sight is drawn when it comes into sight


def _title(page):
    """The title of a panel in the first figure."""
    return page.locator("#figure-1 .main-svg text", has_text="slot").first
