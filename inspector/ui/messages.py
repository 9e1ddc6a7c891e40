"""A message is a failure told on the page, in the place of what could not be shown."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from inspector.failures import sentence
from inspector.ui.wording import plain


@contextmanager
def told() -> Iterator[None]:
    """Shows a failure of the block as a message; the rest of the page lives on.

    Faults of the program pass through, to `unexpected`.
    """
    try:
        yield
    except Exception as error:
        if not _tell(error):
            raise


def _tell(error: Exception) -> bool:
    """Shows a failure if it has words for a user; whether it has."""
    # imported here, since the server and the heading of the page need no views
    from inspector.views import NothingToDraw  # noqa: PLC0415

    if isinstance(error, NothingToDraw):
        st.info(plain(error), icon=":material/info:")
        return True
    if words := sentence(error):
        st.error(plain(words), icon=":material/error:")
    return words is not None


def unexpected(error: Exception) -> bool:
    """Tells a failure that nobody else told; of a fault, what it is stands in the log alone."""
    fault = "Something went wrong in the program; its log says what. Reload the page to go on."
    st.error(plain(sentence(error) or fault), icon=":material/error:")
    return True
