"""Doors: keyed by content, free of old networks, safe for sessions that meet."""

import gc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from inspector.images import read_image
from inspector.inspection import inspect_image
from inspector.ui import doors
from inspector.ui.subject import Subject

MODEL = "dia_resnet"


@pytest.fixture(autouse=True)
def fresh():
    """Each test finds nothing inspected yet."""
    doors._inspection.clear()


def test_pictures_that_differ_in_little_do_not_share_results(png):
    one, other = (Subject(MODEL, (doors.photo(png(grey), "a.png"),)) for grey in (100, 101))
    assert one.key != other.key
    assert not np.array_equal(doors.inspection(one).logits, doors.inspection(other).logits)


def test_the_same_bytes_are_decoded_once(png):
    assert doors.photo(png(7), "a.png") is doors.photo(png(7), "a.png")
    assert doors.photo(png(7), "b.png").name == "b.png"


def test_one_forward_pass_serves_all_who_ask(png, monkeypatch):
    subject = Subject(MODEL, (doors.photo(png(50), "a.png"),))
    seen = doors.inspection(subject)
    monkeypatch.setattr(doors, "inspect_image", None)
    assert doors.inspection(subject).tree is seen.tree


def test_what_is_kept_does_not_hold_its_network(png, small):
    subject = Subject(MODEL, (doors.photo(png(50), "a.png"),))
    assert doors.inspection(subject).model is small(MODEL)
    assert doors._inspection(subject.key, subject).model is None


def test_sessions_that_meet_at_one_network_see_their_own_picture(png, small):
    subjects = [Subject(MODEL, (read_image(png(grey)),)) for grey in range(0, 240, 20)]
    alone = [inspect_image(small(MODEL), subject.photos).logits for subject in subjects]
    with ThreadPoolExecutor(4) as sessions:
        together = list(sessions.map(lambda subject: doors.inspection(subject).logits, subjects))
    for expected, found in zip(alone, together, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_libraries_are_out_of_the_collectors_sight_once_a_network_is_open():
    doors.model(MODEL)
    assert gc.get_freeze_count() > 100_000


def test_no_hook_is_left_on_a_shared_network(png, small):
    doors.inspection(Subject(MODEL, (read_image(png(9)),)))
    modules = small(MODEL).module.modules()
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in modules)
