"""Ahead of figures an empty one is sent once, and none of it stays."""

from streamlit.delta_generator import DeltaGenerator
from streamlit.testing.v1 import AppTest

from inspector.ui.ahead import EMPTY


def script():
    import streamlit as st  # noqa: PLC0415 - the function is a script of its own

    from inspector.ui import ahead  # noqa: PLC0415

    with ahead.of_figures():
        st.write("opening")


def test_the_empty_figure_is_sent_once_in_a_session_and_goes_with_the_block(monkeypatch):
    sent, send = [], DeltaGenerator.plotly_chart

    def noting(place, figure, **options):
        sent.append(figure)
        return send(place, figure, **options)

    monkeypatch.setattr(DeltaGenerator, "plotly_chart", noting)
    session = AppTest.from_function(script).run()
    assert sent == [EMPTY]
    assert session.markdown[0].value == "opening"
    assert not session.get("plotly_chart")
    session.run()
    assert sent == [EMPTY]
    assert not session.exception
