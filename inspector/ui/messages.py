"""A message is a failure told on the page, in the place of what could not be shown."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from inspector.failures import sentence
from inspector.ui.wording import plain
from inspector.views import NothingToDraw


@contextmanager
def told() -> Iterator[None]:
    """Shows a failure of the block as a message; the rest of the page lives on.

    Faults of the program pass through, to `unexpected`.
    """
    try:
        yield
    except NothingToDraw as nothing:
        st.info(plain(nothing), icon=":material/info:")
    except Exception as error:
        words = sentence(error)
        if words is None:
            raise
        st.error(plain(words), icon=":material/error:")


def unexpected(error: Exception) -> bool:
    """Tells a failure that nobody else told; of a fault, what it is stands in the log alone."""
    fault = "Something went wrong in the program; its log says what. Reload the page to go on."
    st.error(plain(sentence(error) or fault), icon=":material/error:")
    return True
