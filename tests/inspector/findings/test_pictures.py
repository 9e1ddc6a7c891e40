"""Pictures and their controls: each view on each image that it is of."""

from dataclasses import replace

import pytest

from inspector.findings import pictures as subject
from inspector.findings.mass import photos
from inspector.findings.pictures import Held, held
from inspector.inspection import inspect_image
from inspector.views import NothingToDraw, view_of
from inspector.zoo import load_model

APART = {"p": 0.05, "differs": 1, "outside": 12, "cells": 63}
ALIKE = {"p": 0.3, "differs": 0, "outside": 4, "cells": 63}


@pytest.fixture
def seen(pictures):
    model = load_model("cifar_resnet56_se", blocks=1, device="cpu", seed=5)
    return inspect_image(model, list(photos(pictures(2).pixels)))


def test_a_view_of_one_image_is_held_against_twins_on_each(seen):
    found = held(view_of("channel_gates"), seen)
    assert (found.network, found.images) == ("cifar_resnet56_se", "each of 2")
    assert len(found.verdicts) == 2
    assert found.verdicts[0] != found.verdicts[1]
    assert all(0.05 <= told["p"] <= 1 for told in found.verdicts)


def test_what_cannot_be_compared_says_why(seen):
    def dark(_seen, _choices):
        raise NothingToDraw("It is dark.")

    found = held(replace(view_of("channel_gates"), compute=dark), seen)
    assert found.row[2:] == ("each of 2", "", "It is dark.", "not compared")


@pytest.mark.parametrize(
    ("verdicts", "told", "p", "outside"),
    [
        ((APART,), "yes", "0.05", "12 of 63"),
        ((ALIKE, ALIKE), "no", "0.3", "4 of 63"),
        ((APART | {"outside": 1992, "cells": 2688},), "yes", "0.05", "1992 of 2688"),
        ((APART, ALIKE, ALIKE), "on 1 of 3 images", "0.05 to 0.3", "4 to 12 of 63"),
    ],
)
def test_a_line_is_of_all_images(verdicts, told, p, outside):
    row = Held("net", "View", verdicts, "so many").row
    assert row == ("`net`", "View", "so many", p, outside, told)


def test_pictures_are_counted_that_are_told_apart_on_every_image(monkeypatch):
    every = [
        Held("net", "Always", (APART, APART), ""),
        Held("net", "Sometimes", (APART, ALIKE), ""),
        Held("net", "Never", (ALIKE,), ""),
        Held("net", "Dark", (), "", "It is dark."),
    ]
    monkeypatch.setattr(subject, "NETWORKS", ("net",))
    monkeypatch.setattr(subject, "_of", lambda _study, _name: every)
    assert subject.finding(None).found == (
        "Trained network and random twins are told apart in 1 of 3 pictures, on every image that "
        "was tried.",
        "On some images only: Sometimes of `net`.",
        "Not told apart: Never of `net`.",
    )
