"""Doors: keyed by content, free of old networks, safe for sessions that meet."""

import gc
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from unittest.mock import Mock

import numpy as np
import pytest
from torch import nn

from inspector.checkpoint_files import CheckpointFile
from inspector.devices import OutOfMemory
from inspector.images import read_image
from inspector.inspection import inspect_image
from inspector.interventions import Intervention, intervene
from inspector.sizes import TooLarge
from inspector.ui import doors, turns
from inspector.ui.subject import Subject

MODEL = "dia_resnet"


@pytest.fixture(autouse=True)
def fresh():
    """Each test finds nothing inspected yet."""
    doors.clear()


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
    assert doors._inspections.find(subject.key).model is None


def test_sessions_that_meet_at_one_network_see_their_own_picture(png, small):
    subjects = [Subject(MODEL, (read_image(png(grey)),)) for grey in range(0, 240, 20)]
    alone = [inspect_image(small(MODEL), subject.photos).logits for subject in subjects]
    with ThreadPoolExecutor(4) as sessions:
        together = list(sessions.map(lambda subject: doors.inspection(subject).logits, subjects))
    for expected, found in zip(alone, together, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_libraries_are_out_of_the_collectors_sight_once_a_network_is_open():
    doors.model(Subject(MODEL, ()))
    assert gc.get_freeze_count() > 100_000


def test_sessions_that_meet_with_changes_of_their_own_leave_no_hook(png, small):
    cuts = [Intervention("dia", "layer1.ModuleList.1", "channel", place) for place in range(4)]
    subjects = [
        Subject(MODEL, (read_image(png(9)),), (cut,) * (place % 3 > 0))
        for place, cut in enumerate(cuts)
    ]
    with ThreadPoolExecutor(4) as sessions:
        together = list(sessions.map(lambda subject: doors.inspection(subject).logits, subjects))
    modules = list(small(MODEL).module.modules())
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in modules)
    for subject, found in zip(subjects, together, strict=True):
        alone = intervene(small(MODEL), subject.photos, subject.interventions).after
        np.testing.assert_array_equal(found, alone.logits)


def test_networks_with_other_weights_are_other_networks(png, monkeypatch):
    files = [CheckpointFile("a.pth", digest * 64, None) for digest in "12"]
    monkeypatch.setattr(doors, "_trained", lambda name, file: SimpleNamespace(module=nn.Identity()))
    one, other = (Subject(MODEL, (), checkpoint=file) for file in files)
    assert doors.model(one) is doors.model(one)
    assert doors.model(one) is not doors.model(other)
    assert doors.model(Subject(MODEL, ())) not in (doors.model(one), doors.model(other))


def test_a_giant_is_refused_before_it_is_built(monkeypatch):
    monkeypatch.setattr(doors, "load_model", None)
    with pytest.raises(TooLarge, match="at most 2 GiB, got convnext_xxlarge"):
        doors.model(Subject("convnext_xxlarge", ()))


def test_what_is_kept_is_given_up_where_the_memory_does_not_suffice(png, monkeypatch):
    kept = Subject(MODEL, (doors.photo(png(60), "a.png"),))
    doors.inspection(kept)
    monkeypatch.setattr(doors, "inspect_image", Mock(side_effect=OutOfMemory("None is left.")))
    with pytest.raises(OutOfMemory):
        doors.inspection(Subject(MODEL, (doors.photo(png(61), "a.png"),)))
    assert doors._inspections.bytes == 0


def test_who_computes_has_the_turn(png, monkeypatch):
    """As seen from inside, where the network runs and where a picture is decoded."""
    seen = []
    for name, device in (("inspect_image", "cpu"), ("read_image", turns.DECODING)):
        real = getattr(doors, name)

        def watched(*args, real=real, device=device, **named):
            seen.append(turns.GOVERNOR.jobs(device))
            return real(*args, **named)

        monkeypatch.setattr(doors, name, watched)
    monkeypatch.setattr(turns, "_networks_run_on", lambda: "cpu")
    doors.inspection(Subject(MODEL, (doors.photo(png(62), "a.png"),)))
    assert seen == [1, 1]
