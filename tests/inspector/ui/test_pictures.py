"""The user's own picture: chosen at once, refused in a sentence, never lost to a bad one."""

import pytest

from inspector.gallery import GALLERY
from inspector.ui import pictures
from inspector.ui.wording import plain


@pytest.fixture
def shown(page):
    return page(model="dia_resnet", picture="cat")


def upload(page, name, content, mime="image/png"):
    page.get_by_key("upload").upload(name, content, mime).run()


def about(page):
    return page.sidebar.caption[0].value


def test_an_upload_is_looked_at_at_once(shown, png):
    upload(shown, "mine.png", png(90))
    assert not shown.exception
    assert about(shown).startswith(plain("mine.png, 40 by 30 pixels; "))


def test_an_upload_is_not_promised_by_the_address(shown, png):
    upload(shown, "mine.png", png(90))
    assert "picture" not in shown.query_params


def test_a_picture_of_the_gallery_can_be_chosen_again_and_back(shown, png):
    upload(shown, "mine.png", png(90))
    shown.get_by_key("picture").set_value("blank").run()
    assert "Blank" in about(shown)
    shown.get_by_key("picture").set_value("own").run()
    assert "mine" in about(shown)


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
    assert "Chelsea" in about(shown)
    upload(shown, "mine.png", png(90))
    upload(shown, "worse.png", b"no picture either")
    assert "mine" in about(shown)
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
