"""Restoring makes the exhibit again from what a capsule stores of it: its manifest and arrays."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

import xarray as xr

from inspector.capsules.against import Against
from inspector.capsules.arrays import computed_from, node_in, opened, panels_in
from inspector.capsules.manifest import Manifest
from inspector.capsules.members import BadCapsule
from inspector.comparison import Compared, ComparedExhibit, OverImages, exhibited
from inspector.comparison.comparing import differences
from inspector.comparison.files import CLASSES, OVER_IMAGES
from inspector.provenance import Provenance, Surveyed
from inspector.views import REDRAWN, Computed, view_of
from inspector.views.exhibit import Exhibit, Shown
from inspector.views.sides import SIDES
from inspector.views.surveyed import SurveyExhibit, SurveyView, survey_view_of
from inspector.views.view import Described, View

V = TypeVar("V", View, SurveyView)


def restored(manifest: Manifest, arrays: bytes) -> Shown:
    """The exhibit that a manifest and the bytes of the arrays' file describe.

    Raises:
        BadCapsule: its view is unknown, or the arrays are not such as the manifest tells.
    """
    origin = manifest.provenance
    if isinstance(origin, Surveyed):
        return _of_surveys(manifest, origin, arrays)
    if manifest.against:
        return _comparison(manifest, manifest.against, origin, arrays)
    view = _declared(manifest, partial(view_of, among=REDRAWN))
    computed, named = _computed(manifest, arrays), _named(manifest, view)
    return Exhibit(view, computed, manifest.choices, origin, **named)


def _of_surveys(manifest: Manifest, origin: Surveyed, arrays: bytes) -> SurveyExhibit:
    view = _declared(manifest, survey_view_of)
    if view.of != len(origin.about):
        raise BadCapsule(
            f"Expected {view.of} as the number of surveys of the view {view.key}, got "
            f"{len(origin.about)}. The capsule was made by something else, or changed since."
        )
    computed, named = _computed(manifest, arrays), _named(manifest, view)
    return SurveyExhibit(view, computed, manifest.choices, origin, **named)


def _computed(manifest: Manifest, arrays: bytes) -> Computed:
    return computed_from(arrays, manifest.panels, manifest.verdicts, manifest.notes)


def _named(manifest: Manifest, view: Described) -> dict[str, str]:
    title = "" if manifest.title == view.title else manifest.title
    return {"title": title, "link": manifest.link}


def _comparison(
    manifest: Manifest, against: Against, origin: Provenance, arrays: bytes
) -> ComparedExhibit:
    view = _declared(manifest, view_of)
    with opened(arrays) as tree:
        a, b = (panels_in(node_in(tree, side), manifest.panels) for side in SIDES)
        classes = node_in(tree, CLASSES).to_dataset().load() if against.classes else None
        sure = against.images and not against.refused
        means = panels_in(node_in(tree, OVER_IMAGES), manifest.panels) if sure else {}
    sides = Computed(a, against.notes[0]), Computed(b, against.notes[1])
    found = Compared(
        view,
        manifest.choices,
        (against.origin, origin),
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


def _declared(manifest: Manifest, find: Callable[[str], V]) -> V:
    try:
        return find(manifest.view[:60])
    except ValueError as error:
        raise BadCapsule(f"The capsule is of an unknown view. {error}") from error
