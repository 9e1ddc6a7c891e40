"""Widgets: each kind of control becomes one, begins as declared, and hands back its choice."""

import pytest
from streamlit.testing.v1 import AppTest

from inspector.views import Choose, ChooseSome, Slide, Toggle


def script(controls):
    # the script runs as a file of its own, without this module's imports
    import streamlit as st  # noqa: PLC0415

    from inspector.ui import widgets  # noqa: PLC0415

    st.session_state.result = widgets.choices("view", controls)


def shown(*controls):
    return AppTest.from_function(script, args=(controls,)).run()


HEADS = {"mean": "mean over heads", "0": "head 0", "1": "head 1"}


def test_one_of_several():
    page = shown(Choose("head", "Head", HEADS, begin="0"))
    (box,) = page.selectbox
    assert (box.label, box.options) == ("Head", list(HEADS.values()))
    assert page.session_state.result == {"head": "0"}
    box.set_value("1").run()
    assert page.session_state.result == {"head": "1"}


def test_some_of_several():
    page = shown(ChooseSome("slots", "Slots", {"a": "A", "b": "B", "c": "C"}, ("b",), most=2))
    assert page.session_state.result == {"slots": ("b",)}
    assert page.multiselect[0].max_selections == 2
    page.multiselect[0].set_value(["b", "c"]).run()
    assert page.session_state.result == {"slots": ("b", "c")}


def test_a_number():
    page = shown(Slide("opacity", "Opacity", 0, 1, 0.5, 0.25))
    assert page.session_state.result == {"opacity": 0.5}
    page.slider[0].set_value(0.75).run()
    assert page.session_state.result == {"opacity": 0.75}


def test_a_whole_number_has_no_decimals():
    page = shown(Slide("row", "Row", 0, 13, 7, 1))
    assert page.slider[0].proto.format == "%d"
    assert page.session_state.result == {"row": 7}


def test_yes_or_no():
    page = shown(Toggle("beside", "Beside", start=True))
    assert page.session_state.result == {"beside": True}
    page.toggle[0].set_value(False).run()
    assert page.session_state.result == {"beside": False}


def test_without_controls_there_is_no_row():
    page = shown()
    assert page.session_state.result == {}
    assert not page.main.children


def test_words_of_a_control_are_no_markup():
    (toggle,) = shown(Toggle("t", "q*k* $x$", help="a_b_")).toggle
    assert (toggle.label, toggle.help) == (r"q\*k\* \$x\$", r"a\_b\_")


@pytest.mark.parametrize(
    ("again", "kept"), [(HEADS, "1"), ({"2": "head 2", "1": "head 1"}, "1"), ({"2": "x"}, "2")]
)
def test_a_choice_is_kept_where_it_is_offered_again(again, kept):
    page = shown(Choose("head", "Head", HEADS))
    page.selectbox[0].set_value("1").run()
    page.args = ((Choose("head", "Head", again),),)
    page.run()
    assert page.session_state.result == {"head": kept}
    page.args = ((Choose("head", "Head", HEADS),),)
    page.run()
    assert page.session_state.result == {"head": "1"}
