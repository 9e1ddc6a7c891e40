"""Failures: whose errors are told to the user in their own words, and whose are not."""

import numpy as np
import pytest
import torch

from hooks.errors import MechanismNotFound, UnexpectedShape, UnknownLabel
from inspector.decoding import BadImage
from inspector.devices import OutOfMemory, pick_device
from inspector.export import ExportUnavailable
from inspector.failures import sentence
from inspector.images import read_image
from inspector.views import NothingToDraw


def raised(function, *arguments):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - the kind is what is asked about
        function(*arguments)
    return caught.value


@pytest.mark.parametrize(
    "kind",
    [
        BadImage,
        ExportUnavailable,
        MechanismNotFound,
        NothingToDraw,
        OutOfMemory,
        UnexpectedShape,
        UnknownLabel,
    ],
)
def test_an_error_of_ours_is_told_as_it_stands(kind):
    assert sentence(kind("Expected this, got that.")) == "Expected this, got that."


def test_a_value_that_our_code_refused_is_told():
    error = raised(pick_device, "abacus")
    assert type(error) is ValueError
    assert sentence(error) == str(error)


@pytest.mark.parametrize(
    "fault",
    [
        lambda: np.zeros(3).reshape(2, 2),  # the same kind, refused by a library
        lambda: torch.zeros(2) @ torch.zeros(3),
        lambda: read_image(None),
        lambda: {}["missing"],
        lambda: 1 / 0,
    ],
)
def test_a_fault_of_the_program_is_not_told(fault):
    assert sentence(raised(fault)) is None


def test_a_file_that_the_system_refused_is_named(tmp_path):
    path = tmp_path / "absent"
    assert sentence(raised(path.read_bytes)) == f"No such file or directory: {path}"
    renaming = raised(path.rename, tmp_path / "new")
    assert sentence(renaming) == f"No such file or directory: {path}: {tmp_path / 'new'}"
