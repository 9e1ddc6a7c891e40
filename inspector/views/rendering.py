"""A rendering is a view's figure with its provenance burnt in, so that no copy can lose it."""

from hashlib import sha256
from math import isfinite

import plotly.graph_objects as go
import xarray as xr

from inspector.figures import caption
from inspector.inspection import Inspection
from inspector.views.selection import image_of
from inspector.views.view import Choices, Choose, Computed, View

NAMED_DIGESTS = 12
"""Images whose digests are told one by one; of more, one digest of all, which stays a line."""

RANDOM_WEIGHTS = "RANDOM WEIGHTS: this shows the structure of the network, nothing it has learnt."


def render(view: View, inspection: Inspection, computed: Computed, choices: Choices) -> go.Figure:
    """The figure of computed arrays, with caption and, for random weights, a loud banner."""
    said = [subject(view, inspection, choices), *lines(inspection, choices), *computed.notes]
    return caption(view.draw(computed, choices), said, warning=warning(inspection))


def arrays(inspection: Inspection, computed: Computed) -> xr.DataTree:
    """What is saved of a view: its arrays, and where they come from."""
    tree = computed.tree()
    tree.attrs = {**inspection.about, **tree.attrs}
    return tree


def subject(view: View, inspection: Inspection, choices: Choices) -> str:
    """The view and what was chosen in it, as in "MRLA retrieval. Head: mean over heads"."""
    chosen = [
        f"{control.label}: {control.options[choices[control.key]]}"
        for control in view.controls(inspection)
        if isinstance(control, Choose)
    ]
    return ". ".join([view.title, *chosen]) + "."


def lines(inspection: Inspection, choices: Choices) -> list[str]:
    """Where a figure comes from: model, weights, image, preprocessing, proof of the capture."""
    about = inspection.about
    said = [
        f"model {about['model']}, {about['weights']}; sha256 {about['weights_sha256'][:12]}, "
        f"run on {about['device']}",
        _origin(inspection, choices),
        proof(inspection),
    ]
    if about.get("refused"):
        said.append(f"not captured: {about['refused']}")
    if about.get("interventions"):
        said.append(f"intervention: {about['interventions']}")
    return said


def _origin(inspection: Inspection, choices: Choices) -> str:
    """The image that was drawn and its preprocessing; of a view over several, all of them."""
    count = len(inspection.images)
    if count > 1 and "image" not in choices:
        return _origins(inspection)
    place = image_of(choices)
    which = f"image {place + 1} of {count}:" if count > 1 else "image"
    digest, done = inspection.digests[place][:12], inspection.preprocessing[place]
    return f"{which} {inspection.images[place]} (sha256 {digest}), {done}"


def _origins(inspection: Inspection) -> str:
    digests = ", ".join(digest[:12] for digest in inspection.digests)
    if len(inspection.digests) > NAMED_DIGESTS:
        whole = sha256(",".join(inspection.digests).encode()).hexdigest()
        digests = f"{whole[:12]} of their digests joined by commas"
    done = dict.fromkeys(inspection.preprocessing)
    how = next(iter(done)) if len(done) == 1 else "each resized and cropped by its own size"
    return f"{len(inspection.images)} images (sha256 {digests}), {how}"


def proof(inspection: Inspection) -> str:
    """How far the captured arrays are from what the network computed."""
    about = inspection.about
    error = float(about["verified_error"])
    verdict = "verified" if about["verified"] else "NOT VERIFIED"
    if not isfinite(error):
        return f"capture {verdict}: some values are not numbers, or nothing was left to check"
    return f"capture {verdict}: largest error {error:.1e}"


def warning(inspection: Inspection) -> str | None:
    """The sentence that must not be overlooked, if there is one."""
    about = inspection.about
    if about["trained"]:
        return None
    gaps = about.get("weights_gaps")
    return f"INCOMPLETE WEIGHTS: {about['weights']}; {gaps}." if gaps else RANDOM_WEIGHTS
