"""The page of surveys: the server's and one's own, small ones made, ended and resumed."""

import shutil

import numpy as np
import pytest

from inspector import survey, survey_files
from inspector.images import read_image
from inspector.progress import TookTooLong, listening
from inspector.ui import desk, downloads, pictures
from inspector.ui.subject import Subject
from inspector.views.surveyed import SURVEY_VIEWS
from tests.inspector.surveys.made import Made, network


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with two surveys of the same network."""
    path = tmp_path_factory.mktemp("offered")
    model = network(classes=("cat", "dog", "emu"))
    survey(model, Made(12, ("cat", "dog", "emu"), damaged=(3,)), path / "a.zarr")
    survey(model, Made(8), path / "b.zarr")
    return path


@pytest.fixture
def offered(folder, monkeypatch):
    monkeypatch.setenv(survey_files.SURVEYS, str(folder))


@pytest.fixture
def few(monkeypatch, png):
    """Three samples in place of all."""
    photos = {f"{grey}": read_image(png(grey), name=f"{grey}.png") for grey in (10, 90, 200)}
    monkeypatch.setattr(pictures, "at_hand", lambda: photos)
    return photos


@pytest.fixture
def ask(page):
    return lambda **address: page(page="survey", model="dia_resnet", **address)


def said(page):
    every = [*page.main.markdown, *page.main.caption, *page.main.info, *page.main.error]
    return " ".join(text.value.replace("\\", "") for text in every)


def press(page, key):
    page.get_by_key(key).click().run()
    assert not page.exception
    return page


def test_without_surveys_the_page_says_how_there_are_some(ask):
    shown = ask()
    assert not shown.exception
    assert "There is no survey yet" in said(shown)
    assert [button.key for button in shown.main.button] == ["survey-start", "cancel"]


def test_a_survey_of_the_servers_folder_is_told_and_drawn(ask, offered):
    shown = ask()
    assert not shown.exception
    assert "11 images of made, 1 damaged and skipped" in said(shown)
    assert len(shown.get("plotly_chart")) == 1
    labels = [box.options for box in shown.main.selectbox if box.key == "survey"]
    assert labels == [["a.zarr", "b.zarr"]]


@pytest.mark.parametrize("view", [view.key for view in SURVEY_VIEWS if view.of == 1])
def test_every_view_opens_by_its_address(ask, offered, view):
    if view == "survey_map":
        return  # of what this network has none of
    shown = ask(**{"survey.view": view})
    assert not shown.exception
    assert not shown.error
    assert len(shown.get("plotly_chart")) == 1


def test_two_surveys_are_held_against_each_other(ask, offered):
    shown = ask(**{"survey.b": "folder b.zarr"})
    assert "8 images of made" in said(shown)
    assert "Difference of two surveys" in shown.get_by_key("survey.view").options
    assert len(shown.get("plotly_chart")) == 1


@pytest.mark.parametrize("name", ["folder ../../etc", "/etc", "own 1", "folder secret.zarr"])
def test_an_address_names_nothing_that_is_not_offered(ask, offered, name):
    shown = ask(survey=name)
    assert not shown.exception
    assert shown.get_by_key("survey").value == "folder a.zarr"


def test_an_image_whose_source_is_not_here_says_what_would_help(ask, offered):
    shown = press(ask(**{"survey.view": "survey_extremes"}), "outlier-0")
    assert "The pictures of made are not offered by this server" in said(shown)
    assert shown.session_state["page"] == "survey"


def test_a_survey_of_what_is_at_hand_is_made_and_its_images_open_in_inspect(ask, few):
    shown = press(ask(), "survey-start")
    shown.run()
    assert "3 images of samples and own pictures" in said(shown)
    shown.get_by_key("survey.view").set_value("survey_extremes").run()
    first = said(shown)
    assert "the highest of 3 images in channel gate" in first


def test_a_survey_that_was_ended_goes_on_where_it_was(ask, few, monkeypatch):
    monkeypatch.setattr(desk, "_SHARD", 1)
    monkeypatch.setattr(desk, "_BATCH", 1)
    make, heard = desk._survey, []

    def ended_after(most):
        def listen(done, total, what):
            heard.append(done)
            if done >= most:
                raise TookTooLong("planted")

        def made(making):
            with listening(listen):
                return make(making)

        return made

    monkeypatch.setattr(desk, "_survey", ended_after(2))
    shown = press(ask(), "survey-start")
    assert "planted" in said(shown)
    shown.run()
    assert "not finished. What it had is kept." in said(shown)
    assert heard == [0, 1, 2]
    monkeypatch.setattr(desk, "_survey", ended_after(99))
    press(shown, "survey-resume").run()
    assert heard == [0, 1, 2, 2, 3]
    assert "3 images of samples and own pictures" in said(shown)


@pytest.fixture
def packed(folder, monkeypatch, tmp_path):
    """A packed file of pictures in the folder that may be surveyed, and a survey of it."""
    pixels = np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), dtype=np.uint8)
    np.save(tmp_path / "noise.npy", pixels)
    survey(network(), tmp_path / "noise.npy", folder / "0.zarr", force=True)
    monkeypatch.setenv(survey_files.PICTURES, str(tmp_path))
    yield tmp_path / "noise.npy"
    shutil.rmtree(folder / "0.zarr")


def test_an_image_of_a_packed_file_opens_in_inspect_with_its_rank(ask, offered, packed):
    shown = press(ask(**{"survey.view": "survey_extremes"}), "outlier-2")
    shown.run()
    assert shown.session_state["page"] == "inspect"
    assert "is the 3rd highest of 20 images in channel gate" in said(shown)
    assert "The weights at the left are others." in said(shown)
    assert shown.session_state["picture"].startswith("own ")


def test_what_was_changed_since_is_not_opened(ask, offered, packed):
    np.save(packed, np.zeros((20, 32, 32, 3), dtype=np.uint8))
    shown = press(ask(**{"survey.view": "survey_extremes"}), "outlier-0")
    assert "noise.npy is not what was surveyed" in said(shown)


def test_a_part_of_what_the_server_offers_is_surveyed(ask, packed):
    shown = ask()
    shown.get_by_key("survey-of").set_value("noise.npy").run()
    shown.get_by_key("survey-most").set_value(8).run()
    press(shown, "survey-start").run()
    assert "8 images of noise.npy, 8 of 20 images" in said(shown)


def test_what_was_ended_can_be_discarded(ask, few, monkeypatch):
    monkeypatch.setattr(desk, "_survey", lambda making: (_ for _ in ()).throw(TookTooLong("x")))
    shown = press(ask(), "survey-start")
    shown.run()
    press(shown, "survey-discard").run()
    assert "survey-start" in [button.key for button in shown.main.button]


def test_nobody_else_sees_what_a_session_made(ask, few):
    press(ask(), "survey-start")
    other = ask()
    assert "There is no survey yet" in said(other)


class TestDesk:
    """A desk keeps its room, and what it began."""

    SUBJECT = Subject("dia_resnet", ())

    @pytest.fixture
    def made(self, monkeypatch):
        def write(making):
            making.out.mkdir()
            (making.out / "x").write_bytes(b"x" * 100)

        monkeypatch.setattr(desk, "_survey", write)

    def test_the_oldest_goes(self, made):
        mine = desk.Desk()
        for number in range(desk.MOST_MADE + 2):
            mine.begin(f"{number}", self.SUBJECT, Made(1))
            mine.go_on()
        assert [making.title for making in mine.made.values()] == ["2", "3", "4"]
        assert mine.bytes == 300
        assert all(making.out.is_dir() for making in mine.made.values())

    def test_all_desks_together_have_so_much_room(self, made, monkeypatch):
        mine, yours = desk.Desk(), desk.Desk()
        mine.begin("mine", self.SUBJECT, Made(1))
        mine.go_on()
        monkeypatch.setattr(desk, "ROOM", 50)
        with pytest.raises(ValueError, match="Try again later, or make it with `inspector survey`"):
            yours.begin("yours", self.SUBJECT, Made(1))

    def test_the_folder_goes_with_the_session(self, made):
        mine = desk.Desk()
        mine.begin("mine", self.SUBJECT, Made(1))
        mine.go_on()
        folder = next(iter(mine.made.values())).out.parent
        assert folder.is_dir()
        del mine
        assert not folder.exists()


def keep(page):
    """The button that keeps the figure."""
    (button,) = (one for one in page.main.button if (one.key or "").startswith("keep-"))
    return button


def test_a_figure_is_kept_and_stands_in_the_tray(ask, offered, monkeypatch):
    monkeypatch.setattr(downloads, "hindrance", lambda: "no browser here")
    shown = ask(**{"survey.view": "survey_means"})
    keep(shown).click().run()
    (kept,) = shown.session_state["tray"]
    assert "survey.view=survey_means" in kept.shown.link
    assert (keep(shown).label, keep(shown).disabled) == ("Kept", True)
    there = shown.get_by_key("page").set_value("tray").run()
    assert not there.exception
    assert [box.value for box in there.main.text_input] == [kept.shown.heading]
    assert "11 images of made, 1 damaged and skipped" in said(there)
