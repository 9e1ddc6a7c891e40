"""A wording is text on its way to the page: a stranger's characters stay characters.

Streamlit reads labels, captions and messages as Markdown. In a file name or an error that quotes
one, this could place a link or fetch a picture from elsewhere.
"""

import re

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_IN_ADDRESSES = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?=@)", re.IGNORECASE)
_JOINER = "\N{WORD JOINER}"
"""Invisible; a bare address is linked even if its punctuation is escaped, unless this parts it."""


def plain(text: object) -> str:
    r"""Returns text that Markdown shows as it is.

    >>> plain("![x](y.png)")
    '\\!\\[x\\]\\(y\\.png\\)'
    """
    return _PUNCTUATION.sub(r"\\\1", _IN_ADDRESSES.sub(_JOINER, str(text)))
