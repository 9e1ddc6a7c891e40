"""A rank is where a picture that was opened from a survey lies in a distribution there."""

import streamlit as st

from inspector.ui.subject import Subject
from inspector.ui.wording import plain

_TOLD = "rank in a survey"


def remember(digest: str, sentence: str) -> None:
    """Keeps the sentence on a picture, by its digest, until another one is opened."""
    st.session_state[_TOLD] = digest, sentence


def tell(subject: Subject) -> None:
    """Prints the rank of the picture that is looked at, if it was opened from a survey."""
    digest, sentence = st.session_state.get(_TOLD, ("", ""))
    if digest and digest == subject.photos[0].sha256:
        st.caption(f":material/leaderboard: {plain(sentence)}")
