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

    Faults of the program pass through: Streamlit names their kind, the server's log the place.
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
