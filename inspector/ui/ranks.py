"""A rank is where a picture that was opened from a survey lies in a distribution there."""

import streamlit as st

from inspector.inspection import Inspection
from inspector.ui.subject import Subject
from inspector.ui.wording import plain

_TOLD = "rank in a survey"


def remember(digest: str, sentence: str, weights: str) -> None:
    """Keeps the sentence on a picture until another one is opened.

    Args:
        digest: of the picture.
        sentence: its rank.
        weights: SHA-256 of those that were surveyed.
    """
    st.session_state[_TOLD] = digest, sentence, weights


def tell(subject: Subject, seen: Inspection) -> None:
    """Prints the rank of the picture that is looked at, if it was opened from a survey."""
    digest, sentence, weights = st.session_state.get(_TOLD, ("", "", ""))
    if digest and digest == subject.photos[0].sha256:
        others = " The weights at the left are others." * (seen.about["weights_sha256"] != weights)
        st.caption(f":material/leaderboard: {plain(sentence)}{others}")
