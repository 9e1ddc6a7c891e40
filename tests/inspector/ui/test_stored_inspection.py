"""The first figure: what is stored of it, until the network is open."""

import json

import pytest

from inspector import shipped, stored
from inspector.checkpoint_files import Folder
from inspector.gallery import find
from inspector.ui import doors, network
from inspector.ui.pages import inspect
from inspector.ui.subject import Subject
from tests.inspector.ui.test_page import charts


@pytest.fixture
def first():
    weights = Folder(shipped.FOLDER).file(f"{stored.NETWORK}.safetensors")
    return Subject(stored.NETWORK, (find(stored.PICTURE).load(),), checkpoint=weights)


@pytest.fixture
def pages(page, monkeypatch):
    """Opens the app on what it begins with; each page that is drawn meanwhile is noted down."""
    monkeypatch.setattr(network, "FIRST_MODEL", stored.NETWORK)
    doors.clear()
    drawn, draw = [], inspect._draw
    monkeypatch.setattr(inspect, "_draw", lambda subject: (drawn.append(subject), draw(subject)))
    return lambda **address: (page(**address), drawn)


def test_only_the_first_subject_is_stored(first):
    kept = first.as_stored
    assert kept.stored
    assert kept.key != first.key
    other = find("coffee").load()
    for changed in (
        Subject(first.model, first.photos),
        Subject(first.model, (other,), checkpoint=first.checkpoint),
        Subject(first.model, (*first.photos, other), checkpoint=first.checkpoint),
        Subject(first.model, first.photos, twin=0, checkpoint=first.checkpoint),
        Subject("cifar_resnet56", first.photos, checkpoint=first.checkpoint),
    ):
        assert changed.as_stored is None


def test_it_needs_no_network(first, monkeypatch):
    monkeypatch.setattr(doors, "model", lambda _: pytest.fail("opened a network"))
    seen = doors.inspection(first.as_stored)
    assert seen.model is None
    assert seen.digests == (first.photos[0].sha256,)


def test_the_page_shows_it_and_then_what_the_network_gives(pages):
    shown, drawn = pages()
    assert not shown.exception
    assert [subject.stored for subject in drawn] == [True, False]
    assert doors.inspection(drawn[1]).model is not None
    assert len(charts(shown)) == 2


def test_a_network_that_is_open_is_asked_at_once(pages, page):
    _, drawn = pages()
    drawn.clear()
    page()
    assert [subject.stored for subject in drawn] == [False]


def test_a_link_to_a_view_waits_for_the_network(pages):
    _, drawn = pages(view="mrla_keys")
    assert [subject.stored for subject in drawn] == [False]


def test_what_a_link_chose_stays_chosen(pages):
    shown, drawn = pages(**{"set.layer": "layer3.4"})
    assert [subject.stored for subject in drawn] == [True, False]
    assert json.dumps(charts(shown)).count("#d81b60")
    assert shown.query_params["set.layer"] == "layer3.4"
