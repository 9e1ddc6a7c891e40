"""Packing makes the capsule of an exhibit.

The figure in it is drawn from the arrays as they were stored, so that whoever opens the capsule
draws the very same.
"""

from dataclasses import replace

from inspector.capsules.manifest import manifest_of, to_json
from inspector.capsules.members import (
    ARRAYS,
    FIGURE,
    LARGEST,
    MANIFEST,
    MIB,
    VECTOR,
    digest,
    zipped,
)
from inspector.capsules.restoring import restored
from inspector.export import ExportUnavailable, arrays_bytes, figure_bytes
from inspector.views.exhibit import Shown


def packed(shown: Shown) -> bytes:
    """The capsule of an exhibit, as the bytes of a ZIP archive.

    Without a browser there is no vector figure in it, and the manifest says why.

    Raises:
        ValueError: the arrays or the figure are larger than a capsule may be.
    """
    arrays, told = arrays_bytes(shown.arrays()), manifest_of(shown)
    figure = restored(told, arrays).figure()
    members = {ARRAYS: arrays, FIGURE: figure.to_json(engine="json").encode()}
    without = {}
    try:
        members[VECTOR] = figure_bytes(figure, "svg")
    except ExportUnavailable as reason:
        without[VECTOR] = str(reason)
    _require_small(members)
    digests = {name: digest(content) for name, content in members.items()}
    signed = replace(told, members=digests, without=without)
    return zipped({**members, MANIFEST: to_json(signed)})


def _require_small(members: dict[str, bytes]) -> None:
    for name, content in members.items():
        if len(content) > LARGEST[name]:
            raise ValueError(
                f"{name} has {len(content) / MIB:.0f} MiB; a capsule takes {LARGEST[name] // MIB}. "
                "Save figure and arrays as files of their own, or choose fewer parts."
            )
