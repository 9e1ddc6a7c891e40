"""Restoring makes the exhibit again from what a capsule stores of it: its manifest and arrays."""

from collections.abc import Mapping

import xarray as xr

from inspector.capsules.against import Against
from inspector.capsules.arrays import computed_from, node_in, opened, panels_in
from inspector.capsules.manifest import Manifest
from inspector.capsules.members import BadCapsule
from inspector.comparison import Compared, OverImages, exhibited
from inspector.comparison.comparing import differences
from inspector.comparison.files import CLASSES, OVER_IMAGES
from inspector.comparison.matching import SIDES
from inspector.views import Computed, View, view_of
from inspector.views.exhibit import Exhibit


def restored(manifest: Manifest, arrays: bytes) -> Exhibit:
    """The exhibit that a manifest and the bytes of the arrays' file describe.

    Raises:
        BadCapsule: its view is unknown, or the arrays are not such as the manifest tells.
    """
    view = _view(manifest)
    if manifest.against:
        return _comparison(manifest, manifest.against, view, arrays)
    computed = computed_from(arrays, manifest.panels, manifest.verdicts, manifest.notes)
    title = "" if manifest.title == view.title else manifest.title
    return Exhibit(
        view, computed, manifest.choices, manifest.provenance, title=title, link=manifest.link
    )


def _comparison(manifest: Manifest, against: Against, view: View, arrays: bytes) -> Exhibit:
    with opened(arrays) as tree:
        a, b = (panels_in(node_in(tree, side), manifest.panels) for side in SIDES)
        classes = node_in(tree, CLASSES).to_dataset().load() if against.classes else None
        sure = against.images and not against.refused
        means = panels_in(node_in(tree, OVER_IMAGES), manifest.panels) if sure else {}
    sides = Computed(a, against.notes[0]), Computed(b, against.notes[1])
    found = Compared(
        view,
        manifest.choices,
        (against.origin, manifest.provenance),
        sides,
        _differences(view, *sides),
        classes,
        manifest.notes,
        _over(against, means),
    )
    return exhibited(found, title=manifest.title, link=manifest.link)


def _over(against: Against, means: Mapping[str, xr.Dataset]) -> OverImages | None:
    if against.images is None:
        return None
    return OverImages(means, against.images, against.paired, against.refused)


def _differences(view: View, a: Computed, b: Computed) -> dict[str, xr.Dataset]:
    try:
        return differences(view, a, b)
    except Exception as error:  # a stranger's arrays may fail in any way
        raise BadCapsule(
            f"The arrays of A and B cannot be compared ({type(error).__name__}: "
            f"{str(error)[:200]}). The capsule was made by another version, or changed since."
        ) from error


def _view(manifest: Manifest) -> View:
    try:
        return view_of(manifest.view[:60])
    except ValueError as error:
        raise BadCapsule(f"The capsule is of an unknown view. {error}") from error
