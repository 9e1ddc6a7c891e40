"""Names of classes on the page: a known set or a session's own text file, for weights of one's own.

The weights are those of `dia_resnet` with its hundred classes.
"""

import hashlib

import pytest
import timm
import torch

from inspector.checkpoint_files import VARIABLE
from inspector.ui import checkpoints, doors
from inspector.ui.wording import plain

HUNDRED = "\n".join(f"kind <b>{n}</b>" for n in range(100)).encode()


@pytest.fixture
def opened(page, tmp_path, monkeypatch):
    """Opens the page with the weights of a folder."""
    torch.manual_seed(1)
    state = timm.create_model("dia_resnet", depth=20).state_dict()
    torch.save(state, tmp_path / "mine.pth")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    checkpoints._folder.cache_clear()
    doors.clear()
    digest = hashlib.sha256((tmp_path / "mine.pth").read_bytes()).hexdigest()
    link = f"{digest[:12]}-mine.pth"
    yield lambda **address: page(model="dia_resnet", weights=link, view="predictions", **address)
    checkpoints._folder.cache_clear()
    doors.clear()


def upload(shown, name, content):
    return shown.get_by_key("upload-names").set_value([(name, content, "text/plain")]).run()


def drawn(shown):
    (chart,) = shown.get("plotly_chart")
    return chart.proto.spec


def test_random_weights_have_nothing_to_name(page):
    shown = page(model="dia_resnet", names="cifar-100")
    assert "Class names" not in [box.label for box in shown.selectbox]


def test_a_known_set_is_chosen_linked_and_told_under_the_figure(opened):
    shown = opened()
    assert "class names" not in drawn(shown)
    shown.get_by_key("names").set_value("cifar-100").run()
    assert not shown.exception
    assert shown.query_params["names"] == "cifar-100"
    assert "class names: cifar-100" in drawn(shown)
    assert "class names: cifar-100" in drawn(opened(names="cifar-100"))


def test_names_of_a_file_are_drawn_and_are_this_sessions_alone(opened):
    shown = upload(opened(), "../mine.txt", HUNDRED)
    assert not shown.exception
    digest = hashlib.sha256(HUNDRED).hexdigest()[:12]
    assert shown.get_by_key("names").options[-1] == "mine.txt (yours)"
    assert shown.query_params["names"] == digest
    assert f"class names: mine.txt, sha256 {digest}" in drawn(shown)
    assert "kind &lt;b&gt;" in drawn(shown)
    assert "kind <b>" not in drawn(shown)
    other = opened(names=digest)
    assert any(digest in info.value for info in other.sidebar.info)
    assert "class names" not in drawn(other)
    assert other.query_params["names"] == digest
    again = upload(other, "renamed.txt", HUNDRED)
    assert not again.sidebar.info
    assert "class names: renamed.txt" in drawn(again)


def test_the_wrong_number_of_names_is_refused_with_the_way_out(opened):
    shown = opened(names="cifar-10")
    assert not shown.exception
    (error,) = (one.value for one in shown.error)
    assert plain("Expected 100 class names") in error
    assert plain("cifar-10 has 10. Give other names") in error
    shown.get_by_key("names").set_value("known").run()
    assert not shown.error


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe\x00names", "to be text in UTF-8"),
        (b"one\n\nthree", "Line 2 of evil.txt is empty"),
        (b"one\nt\x00wo", "Line 2 of evil.txt is no name"),
        (b"x" * (2**20 + 1), "at most 1 MiB of text"),
    ],
    ids=["no text", "empty line", "unprintable", "too large"],
)
def test_what_is_no_list_of_names_is_refused_in_a_sentence(opened, content, words):
    shown = upload(opened(), "evil.txt", content)
    assert not shown.exception
    assert any(plain(words) in error.value for error in shown.sidebar.error)
    assert "class names" not in drawn(shown)


@pytest.mark.parametrize("text", ["../../etc/passwd", "<b>", "cifar-1000", "own 12", "0" * 13])
def test_a_strangers_link_names_nothing(opened, text):
    shown = opened(names=text)
    assert not shown.exception
    assert "names" not in shown.query_params
    assert not shown.sidebar.info


def test_all_names_share_one_network(opened):
    shown = opened()
    shown.get_by_key("names").set_value("cifar-100").run()
    assert not shown.exception
    assert len(doors._models._values) == 1
    assert len(doors._inspections._values) == 2
