"""The page of the tour: every step is there at once, and no network is opened for it."""

import json

import pytest

from inspector import tour
from inspector.ui import doors
from inspector.ui.wording import plain


def framed(shown):
    (chart,) = shown.get("plotly_chart")
    shapes = json.loads(chart.proto.spec)["layout"].get("shapes", ())
    return any(shape["line"].get("color") == "#d81b60" for shape in shapes)


@pytest.fixture
def opened(page, monkeypatch):
    monkeypatch.setattr(doors, "model", lambda _: pytest.fail("opened a network"))
    return page(page="tour")


def test_it_goes_through_its_steps_and_back(opened):
    for place, step in enumerate(tour.STEPS, start=1):
        assert not opened.exception
        (said,) = [one.value for one in opened.main.markdown if step.title in one.value]
        assert said.startswith(f"**{place} of {len(tour.STEPS)}: ")
        assert plain(step.told) in said
        assert framed(opened) == bool(step.framed)
        if place < len(tour.STEPS):
            opened.get_by_key("stored-tour-next").click().run()
    assert opened.get_by_key("stored-tour-next").disabled
    opened.get_by_key("stored-tour-back").click().run()
    assert any(tour.STEPS[-2].title in one.value for one in opened.main.markdown)


def test_it_says_whose_weights_it_shows_and_what_they_do_not(opened):
    about = tour.shown("overview").provenance.about
    said = " ".join(one.value for one in opened.main.caption)
    assert plain(f"Stored results of {about['model']}, {about['weights']}") in said
    assert (plain("Nothing here was learnt") in said) == (not about["trained"])
    assert "What this does not show." in said
    (chart,) = opened.get("plotly_chart")
    assert chart.proto.alt.startswith("MRLA retrieval. ")
