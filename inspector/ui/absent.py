"""An absent file is one that a link names and that this session has not got.

An upload stays with its session, so a link holds no more of it than digest and name. Whoever opens
the link is asked for the file by that name; given it, the page is as it was.
"""

import re
from dataclasses import dataclass

import streamlit as st

from inspector.images import display_name
from inspector.ui import address

_TEXT = re.compile(r"(?P<digest>[0-9a-f]{12})-(?P<name>.+)", re.DOTALL)
_DIGITS = 12


@dataclass(frozen=True)
class Named:
    """A file as a link names it: the first digits of its digest, and its name for readers."""

    digest: str
    name: str

    def is_of(self, sha256: str) -> bool:
        """Whether this is the file with such a content."""
        return sha256.startswith(self.digest)


def text_of(sha256: str, name: str) -> str:
    """Returns how a link names a file.

    >>> text_of("0123456789abcdef", "cat.png")
    '0123456789ab-cat.png'
    """
    return f"{sha256[:_DIGITS]}-{name}"


def named(text: str) -> Named | None:
    """Returns the file that a text of a link names, if it names one; anybody may have written it.

    >>> named("0123456789ab-../cat.png")
    Named(digest='0123456789ab', name='cat.png')
    """
    found = _TEXT.fullmatch(text)
    return Named(found["digest"], display_name(found["name"], "file")) if found else None


def awaited(parameter: str) -> Named | None:
    """Returns the file that the link of this session named and that has not come yet."""
    key = f"awaited {parameter}"
    if key not in st.session_state:
        st.session_state[key] = named(st.query_params.get(parameter, ""))
    found: Named | None = st.session_state[key]
    return found


def give_up(parameter: str) -> None:
    """Awaits the file no longer: it has come, or something else was chosen."""
    st.session_state[f"awaited {parameter}"] = None


def keep(parameter: str, text: str) -> None:
    """Writes into the address what is awaited, or else what is chosen."""
    waiting = awaited(parameter)
    address.put(parameter, text_of(waiting.digest, waiting.name) if waiting else text)
