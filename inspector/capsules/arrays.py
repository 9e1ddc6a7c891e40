"""Stored arrays are what a view computed, as a netCDF file that can be drawn from again.

netCDF-4 is HDF5, in which a small file can name other files of the machine, or claim to be larger
than any memory. A file from elsewhere is therefore looked through before any array is loaded.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import xarray as xr

from inspector.capsules.members import ARRAYS as MEMBER
from inspector.capsules.members import LARGEST, MIB, BadCapsule
from inspector.views.view import Computed, node_of, verdict_on

_MOST_OBJECTS = 4000
"""Groups and arrays in a file; the largest view has some hundred panels."""

_MOST_LABELS = 500_000
"""Texts in a file: labels of cells and of axes."""


def computed_from(
    content: bytes, panels: Sequence[str], verdicts: Sequence[str], notes: Sequence[str]
) -> Computed:
    """What a view computed, from the netCDF file of `Computed.tree`.

    Args:
        content: of the file.
        panels: titles of the panels, in order.
        verdicts: titles of the panels with a verdict.
        notes: that stand beside the picture.

    Raises:
        BadCapsule: the file is damaged, refers to other files, is too large when unfolded, or
            lacks a panel.
    """
    with opened(content) as tree:
        shown = panels_in(tree, panels)
        judged = panels_in(tree, verdicts, verdict_on)
    return Computed(shown, tuple(notes), judged)


@contextmanager
def opened(content: bytes) -> Iterator[xr.DataTree]:
    """The tree of a netCDF file, once it was looked through; its arrays are read when asked for.

    Raises:
        BadCapsule: the file is damaged, refers to other files, or is too large when unfolded; also
            for whatever goes wrong inside the block.
    """
    try:
        _require_harmless(content)
        with xr.open_datatree(BytesIO(content), engine="h5netcdf") as tree:
            yield tree
    except BadCapsule:
        raise
    except Exception as error:  # a broken file may fail in any way
        raise BadCapsule(
            f"{MEMBER} could not be read as netCDF ({type(error).__name__}). The capsule is "
            "damaged, or was made by something else."
        ) from error


def panels_in(
    tree: xr.DataTree, titles: Sequence[str], name: Callable[[str], str] = str
) -> dict[str, xr.Dataset]:
    """The panels below a node, by title.

    Args:
        tree: from `opened`.
        titles: of the panels, in order.
        name: what a panel is called in the file.

    Raises:
        BadCapsule: one is missing.
    """
    return {title: _loaded(tree, name(title)) for title in titles}


def node_in(tree: xr.DataTree, title: str) -> xr.DataTree:
    """The node of this title.

    Raises:
        BadCapsule: there is none.
    """
    node = tree.children.get(node_of(title))
    if node is None:
        raise BadCapsule(
            f"{MEMBER} lacks the panel {title[:60]!r} that the manifest names. The capsule was "
            "changed after it was made."
        )
    return node


def _loaded(tree: xr.DataTree, title: str) -> xr.Dataset:
    return node_in(tree, title).to_dataset(inherit=False).load()


def _require_harmless(content: bytes) -> None:
    import h5py  # noqa: PLC0415 - only what reads a file needs it

    size = labels = 0
    with h5py.File(BytesIO(content), "r") as file:
        for count, member in enumerate(_members(file)):
            if count >= _MOST_OBJECTS:
                raise BadCapsule(f"{MEMBER} holds more than {_MOST_OBJECTS} arrays.")
            if isinstance(member, h5py.Dataset):
                _require_own(member)
                size += member.size * member.dtype.itemsize
                labels += member.size * (member.dtype.kind == "O")
    if size > LARGEST[MEMBER] or labels > _MOST_LABELS:
        raise BadCapsule(
            f"{MEMBER} would unfold to {size / MIB:.0f} MiB with {labels} labels; a capsule's has "
            f"at most {LARGEST[MEMBER] // MIB} MiB and {_MOST_LABELS}. It was not opened."
        )


def _members(group: Any) -> Iterator[Any]:
    """Everything below a group, in breadth; links that leave the file are refused unopened."""
    import h5py  # noqa: PLC0415 - as above

    waiting = [group]
    while waiting:
        inside = waiting.pop()
        for name in inside:
            if not isinstance(inside.get(name, getlink=True), h5py.HardLink):
                raise BadCapsule(f"{MEMBER} refers to another place or file. It was not opened.")
            member = inside[name]
            yield member
            if isinstance(member, h5py.Group):
                waiting.append(member)


def _require_own(array: Any) -> None:
    if array.external or array.is_virtual:
        raise BadCapsule(f"{MEMBER} takes values from another file. It was not opened.")
