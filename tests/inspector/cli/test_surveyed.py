"""Figures of surveys from a shell: listed, drawn, saved, and refused in one line."""

import pytest
import xarray as xr

from inspector import survey
from inspector.cli import main
from tests.inspector.surveys.made import Made, network


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    """Two surveys of one network, of 6 and of 4 images."""
    folder = tmp_path_factory.mktemp("stores")
    model = network()
    for name, count in (("a", 6), ("b", 4)):
        survey(model, Made(count), folder / f"{name}.zarr")
    return folder


def test_the_views_of_a_survey_are_listed(stores, capsys):
    assert main(["figure", str(stores / "a.zarr")]) == 0
    said = capsys.readouterr().out
    assert "views of this survey:" in said
    assert "survey_quantiles" in said
    assert "Its images have no classes." in said


def test_the_choices_of_a_view_are_listed(stores, capsys):
    assert main(["figure", str(stores / "a.zarr"), "--view", "survey_histogram", "--list"]) == 0
    assert "what=dia.gate layer1.ModuleList.0" in capsys.readouterr().out


def test_a_figure_and_its_arrays_are_written(stores, tmp_path):
    words = ["figure", str(stores / "a.zarr"), "--view", "survey_means"]
    for name in ("out.html", "out.nc"):
        assert main([*words, "-o", str(tmp_path / name)]) == 0
    assert "6 images of made" in (tmp_path / "out.html").read_text()
    with xr.open_datatree(tmp_path / "out.nc", engine="h5netcdf") as tree:
        assert tree.attrs["images"] == 6
        assert tree.attrs["model"] == "dia_resnet"
        assert set(tree["all"].data_vars) == {"value", "low", "high"}


def test_a_survey_is_held_against_another(stores, tmp_path):
    against = ["--against", str(stores / "a.zarr"), "-o", str(tmp_path / "out.html")]
    assert main(["figure", str(stores / "b.zarr"), "--view", "survey_difference", *against]) == 0
    said = (tmp_path / "out.html").read_text()
    assert "A: 6 images of made" in said
    assert "B: 4 images of made" in said


def test_a_view_of_two_needs_another(stores, tmp_path, fails):
    words = ("figure", stores / "a.zarr", "--view", "survey_difference", "-o", tmp_path / "x.html")
    assert "is of two surveys: expected --against OTHER.zarr" in fails(*words)


def test_what_does_not_apply_is_refused_with_the_reason(stores, tmp_path, fails):
    words = ("figure", stores / "a.zarr", "--view", "survey_classes", "-o", tmp_path / "x.html")
    assert "Survey a source that has them, such as folders by class" in fails(*words)
    assert not (tmp_path / "x.html").exists()


@pytest.fixture
def packed(stores, tmp_path):
    path = tmp_path / "means.zip"
    words = ["--view", "survey_means", "-o", str(path)]
    assert main(["figure", str(stores / "a.zarr"), *words]) == 0
    return path


def test_a_figure_is_packed_and_drawn_again_without_the_survey(packed, tmp_path, capsys):
    assert main(["reproduce", str(packed), "-o", str(tmp_path / "again.html")]) == 0
    assert "figure: identical" in capsys.readouterr().out
    assert "6 images of made" in (tmp_path / "again.html").read_text()


def test_the_network_of_a_packed_figure_is_not_run_again(packed, fails):
    said = fails("reproduce", packed, "--rerun", "--image", "any.png")
    assert "Make the survey again" in said
