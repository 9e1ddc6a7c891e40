"""Surveys of a page are those in the server's folder, by name, and those that the session made."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from inspector import survey_files
from inspector.keeping import Keep
from inspector.served_folder import ServedFolder
from inspector.ui import address, desk

if TYPE_CHECKING:
    from inspector.surveys import Source, Survey

_IN_FOLDER, _OWN = "folder ", "own "
_KEPT_BYTES = 2**29

_open: Keep[tuple[Path, int], "Survey"] = Keep(6, _KEPT_BYTES, lambda kept: kept.tree.nbytes)


@dataclass(frozen=True, eq=False)
class Opened:
    """A survey that was chosen.

    Attributes:
        key: of the choice.
        title: for readers.
        survey: what it holds.
    """

    key: str
    title: str
    survey: "Survey"

    @property
    def stem(self) -> str:
        """The beginning of file names: a-z, 0-9, hyphens and underscores."""
        model = str(self.survey.about["model"])
        return f"{model}-survey-{self.survey.about['listing_sha256'][:8]}"


def offered() -> dict[str, str]:
    """Returns what can be opened, each by its key, with its title; the session's own first."""
    folder = _folder(os.environ.get(survey_files.SURVEYS, ""))
    return {
        **{f"{_OWN}{number}": f"{making.title} (yours)" for number, making in desk.made().items()},
        **{f"{_IN_FOLDER}{name}": name for name in (folder.names() if folder else [])},
    }


def choose(key: str, label: str, options: Mapping[str, str], start: str) -> str:
    """Lets one be chosen, which the address keeps if others can open it as well; returns its key.

    Args:
        key: of the widget, and its name in the address.
        label: what a reader sees.
        options: titles by key.
        start: what is chosen first.
    """
    if (coming := st.session_state.pop(f"{key} next", None)) in options:
        st.session_state[key] = coming
    address.restore(key, options, start)
    st.selectbox(label, list(options), format_func=lambda one: options[one], key=key, width=420)
    own = [one for one in options if one.startswith(_OWN)]
    return address.keep(key, start, *own)


def open_next(key: str, number: str) -> None:
    """Has a widget choose one that the session made, when it is drawn next."""
    st.session_state[f"{key} next"] = f"{_OWN}{number}"


def opened(key: str, title: str) -> Opened:
    """Returns the survey of a choice.

    Raises:
        ValueError: there is none any more, or it is of another version.
    """
    path = _path(key)
    about = path / ".zmetadata"
    stamp = about.stat().st_mtime_ns if about.exists() else 0
    found = _open.find((path, stamp))
    if found is None:
        from inspector.surveys import open_survey  # noqa: PLC0415 - zarr

        found = open_survey(path)
        _open.put((path, stamp), found)
    return Opened(key, title, found)


def source_of(chosen: Opened) -> "Source":
    """Returns the pictures that a survey is of, if they can be had here.

    Raises:
        ValueError: they cannot; the sentence says what would help.
    """
    if chosen.key.startswith(_OWN):
        return desk.desk().made[chosen.key.removeprefix(_OWN)].source
    title = str(chosen.survey.about["source"])
    folder = pictures_folder()
    names = folder.names() if folder else []
    name = next((name for name in names if title == name or title.startswith(f"{name}:")), None)
    if folder is None or name is None:
        raise ValueError(
            f"The pictures of {title} are not offered by this server. Start it with `--pictures "
            f"FOLDER`, the folder that {title} lies in, to open them."
        )
    return _same(f"{folder.path(name)}{title.removeprefix(name)}", chosen)


def pictures_folder() -> ServedFolder | None:
    """Returns the folder of pictures that may be surveyed; None if the server has none."""
    return _sources(os.environ.get(survey_files.PICTURES, ""))


def _same(path: str, chosen: Opened) -> "Source":
    from inspector.surveys.sources import open_source  # noqa: PLC0415 - the readers' libraries

    source = open_source(path)
    if source.listing_hash() != chosen.survey.about["listing_sha256"]:
        raise ValueError(
            f"{source.title} is not what was surveyed: its listing is another one now. Survey it "
            "anew."
        )
    return source


def _path(key: str) -> Path:
    if key.startswith(_OWN):
        return desk.desk().made[key.removeprefix(_OWN)].out
    folder = _folder(os.environ.get(survey_files.SURVEYS, ""))
    if folder is None:
        raise ValueError("This server offers no surveys. Start it with `--surveys FOLDER`.")
    return folder.path(key.removeprefix(_IN_FOLDER))


@lru_cache(maxsize=1)
def _folder(path: str) -> ServedFolder | None:
    return survey_files.finished(path) if path and Path(path).is_dir() else None


@lru_cache(maxsize=1)
def _sources(path: str) -> ServedFolder | None:
    return survey_files.pictures(path) if path and Path(path).is_dir() else None
