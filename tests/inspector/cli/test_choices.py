"""A choice on the command line is read by its control, which knows what is allowed."""

import pytest

from inspector.cli.assignments import literals
from inspector.cli.choices import chosen
from inspector.views import Choose, ChooseSome, Slide, Toggle
from inspector.views.choosing import allowed

CONTROLS = (
    Choose("head", "Head", {"mean": "mean over heads", "0": "head 0"}),
    ChooseSome("layers", "Layers", {"a": "a", "b": "b", "c, d": "c, d"}, ("a",), most=2),
    Slide("opacity", "Opacity", 0.0, 1.0, 0.6, 0.05),
    Slide("count", "Count", 1, 10, 5, 1),
    Toggle("beside", "Image beside"),
)
STARTS = {"head": "mean", "layers": ("a",), "opacity": 0.6, "count": 5, "beside": False}


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        ([], {}),
        (["head=0"], {"head": "0"}),
        (["head=mean", "head=0"], {"head": "0"}),
        (["layers=b"], {"layers": ("b",)}),
        (["layers=b,a"], {"layers": ("b", "a")}),
        (["layers=b", "layers=c, d"], {"layers": ("b", "c, d")}),
        (["opacity=0.35"], {"opacity": 0.35}),
        (["count=7", "beside=Yes"], {"count": 7, "beside": True}),
        (["beside=off"], {"beside": False}),
    ],
)
def test_choices_are_read_by_their_control(words, changed):
    assert chosen(CONTROLS, words) == STARTS | changed


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("head=2", r"one of mean \(mean over heads\), 0 \(head 0\); got '2'"),
        ("layers=a,e", "up to 2, with commas between, of a, b, c, d; got 'a,e'"),
        ("layers=a,b,a,c, d", "got 'a,b,a,c, d'"),
        ("opacity=1.05", "0 to 1 in steps of 0.05; got '1.05'"),
        ("opacity=0.33", "steps of 0.05"),
        ("opacity=nan", "got 'nan'"),
        ("count=2.5", "1 to 10 in steps of 1; got '2.5'"),
        ("beside=maybe", "yes or no; got 'maybe'"),
        ("colour=red", "Expected --set of head or layers or opacity or count or beside"),
        ("head", "Expected --set KEY=VALUE, got 'head'"),
        ("=0", "Expected --set KEY=VALUE, got '=0'"),
    ],
)
def test_a_choice_that_is_not_allowed_names_those_that_are(word, said):
    with pytest.raises(ValueError, match=said):
        chosen(CONTROLS, [word])


def test_a_long_list_of_options_is_cut():
    many = Choose("class", "Class", {f"{place}": f"{place}" for place in range(1000)})
    assert allowed(many).endswith("18, 19, ... (1000 in all)")


def test_options_of_a_network_are_literals_or_text():
    words = ["depth=20", "se=True", "scheme=(7, 15)", "act_layer=gelu", "name==x"]
    expected = {"depth": 20, "se": True, "scheme": (7, 15), "act_layer": "gelu", "name": "=x"}
    assert literals(words) == expected
