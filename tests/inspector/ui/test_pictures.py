"""The user's own picture: chosen at once, refused in a sentence, never lost to a bad one."""

from hashlib import sha256

import pytest

from inspector.gallery import GALLERY
from inspector.ui import pictures
from inspector.ui.wording import plain


@pytest.fixture
def shown(page):
    return page(model="dia_resnet", picture="coffee")


def upload(page, name, content, mime="image/png"):
    page.get_by_key("upload").upload(name, content, mime).run()


def linked(page):
    """What the address says of the picture."""
    found = page.query_params["picture"]
    return found if isinstance(found, str) else found[0]


def about(page):
    return page.sidebar.caption[0].value


def test_an_upload_is_looked_at_at_once(shown, png):
    upload(shown, "mine.png", png(90))
    assert not shown.exception
    assert about(shown).startswith(plain("mine.png, 40 by 30 pixels; "))


def test_several_are_offered_and_the_last_is_looked_at(shown, png):
    uploader = shown.get_by_key("upload")
    uploader.set_value([("a.png", png(10), "image/png"), ("b.png", png(20), "image/png")]).run()
    assert about(shown).startswith(plain("b.png"))
    assert len(shown.get_by_key("picture").options) == len(GALLERY) + 2
    shown.get_by_key("picture").set_value(f"own {sha256(png(10)).hexdigest()}").run()
    assert about(shown).startswith(plain("a.png"))


def test_a_picture_of_the_gallery_can_be_chosen_again_and_back(shown, png):
    upload(shown, "mine.png", png(90))
    shown.get_by_key("picture").set_value("blank").run()
    assert "Blank" in about(shown)
    shown.get_by_key("picture").set_value(f"own {sha256(png(90)).hexdigest()}").run()
    assert "mine" in about(shown)


def test_an_upload_that_is_taken_back_is_gone(shown, png):
    upload(shown, "mine.png", png(90))
    shown.get_by_key("upload").clear().run()
    assert "mine" not in about(shown)
    assert len(shown.get_by_key("picture").options) == len(GALLERY)


def test_a_link_asks_for_an_upload_by_name_and_knows_it_by_its_content(page, shown, png):
    upload(shown, "mine.png", png(90))
    link = linked(shown)
    assert link == f"{sha256(png(90)).hexdigest()[:12]}-mine.png"
    again = page(model="dia_resnet", picture=link)
    assert plain("mine.png") in again.sidebar.info[0].value
    assert len(again.get("plotly_chart")) > 0
    upload(again, "other.png", png(91))
    assert linked(again) == link
    assert plain("mine.png") in again.sidebar.info[0].value
    again.get_by_key("upload").set_value([("renamed.png", png(90), "image/png")]).run()
    assert not again.sidebar.info
    assert about(again).startswith(plain("renamed.png"))


def test_who_chooses_something_else_is_not_asked_again(page):
    asked = page(model="dia_resnet", picture=f"{'0' * 12}-lost.png")
    assert plain("lost.png") in asked.sidebar.info[0].value
    asked.get_by_key("picture").set_value("coffee").run()
    assert not asked.sidebar.info
    assert linked(asked) == "coffee"


@pytest.mark.parametrize("text", ["../../etc/passwd", "0123456789ab", "own x", "<b>", "0" * 400])
def test_what_a_link_cannot_mean_is_passed_over(page, text):
    shown = page(model="dia_resnet", picture=text)
    assert not shown.exception
    assert not shown.sidebar.info
    assert "Chelsea" in about(shown)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("empty.png", b"", "empty"),
        ("page.png", b"<html><script>1</script></html>", "markup"),
        ("text.jpg", b"plain words", "picture"),
        ("cut.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "PNG"),
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence(shown, name, content, sentence):
    upload(shown, name, content)
    assert not shown.exception
    (error,) = shown.sidebar.error
    assert sentence in error.value
    assert error.value.endswith(plain("."))


def test_a_bad_upload_loses_nothing(shown, png):
    upload(shown, "bad.png", b"no picture")
    assert "espresso" in about(shown)
    files = [("mine.png", png(90)), ("worse.png", b"no picture either")]
    shown.get_by_key("upload").set_value([(*file, "image/png") for file in files]).run()
    assert "mine" in about(shown)
    (error,) = shown.sidebar.error
    assert error.value.startswith(plain("worse.png: "))
    assert len(shown.get("plotly_chart")) == 2


def test_a_strange_name_is_shown_as_it_is(shown, png):
    name = "![x](http:__example.invalid_y.png) :red[a] $b$.png"
    upload(shown, name, png(90))
    assert plain(name) in about(shown)
    assert name not in about(shown)


def test_companions_leave_out_the_chosen_picture():
    chosen = GALLERY[2].load()
    beside = pictures.companions(chosen)
    assert len(beside) == pictures.COMPANIONS
    assert chosen.sha256 not in {photo.sha256 for photo in beside}


def test_every_picture_of_the_gallery_is_offered_by_a_thumbnail(shown):
    labels = shown.get_by_key("picture").options
    assert len(labels) == len(GALLERY)
    assert all(label.startswith("![") and "](data:image/jpeg;base64," in label for label in labels)
    assert max(map(len, labels)) < 8000
