"""A rendering is a view's figure with its provenance burnt in, so that no copy can lose it."""

from collections.abc import Sequence
from hashlib import sha256
from math import isfinite

import xarray as xr

from inspector.figures import Figure, caption
from inspector.inspection import Inspection
from inspector.provenance import About, Origin
from inspector.views.selection import image_of
from inspector.views.view import Choices, Choose, Computed, Control, Described, View

NAMED_DIGESTS = 12
"""Images whose digests are told one by one; of more, one digest of all, which stays a line."""

RANDOM_WEIGHTS = "RANDOM WEIGHTS: this shows the structure of the network, nothing it has learnt."


def render(view: View, inspection: Inspection, computed: Computed, choices: Choices) -> Figure:
    """The figure of computed arrays, with caption and, for random weights, a loud banner."""
    words = subject(view, chosen(view.controls(inspection), choices))
    return drawn(view, computed, choices, inspection, subject=words)


def drawn(
    view: View, computed: Computed, choices: Choices, origin: Origin, *, subject: str | None
) -> Figure:
    """The figure with its warning; with its caption below this subject, or without for None."""
    said = [] if subject is None else [subject, *lines(origin, choices), *computed.notes]
    return caption(view.draw(computed, choices), said, warning=warning(origin))


def arrays(origin: Origin, computed: Computed) -> xr.DataTree:
    """What is saved of a view: its arrays, and where they come from."""
    tree = computed.tree()
    tree.attrs = {**origin.about, **tree.attrs}
    return tree


def subject(view: Described, words: Sequence[str]) -> str:
    """The view and what was chosen in it, as in "MRLA retrieval. Head: mean over heads"."""
    return ". ".join([view.title, *words]) + "."


def chosen(controls: Sequence[Control], choices: Choices) -> tuple[str, ...]:
    """What was chosen of a view's controls, in words: "Head: mean over heads"."""
    return tuple(
        f"{control.label}: {control.options[choices[control.key]]}"
        for control in controls
        if isinstance(control, Choose)
    )


def lines(origin: Origin, choices: Choices) -> list[str]:
    """Where a figure comes from: model, weights, image, preprocessing, proof of the capture."""
    about = origin.about
    said = [
        f"model {about['model']}, {about['weights']}; sha256 {about['weights_sha256'][:12]}, "
        f"run on {about['device']}",
        _images(origin, choices),
        proof(origin),
    ]
    if about.get("class_names"):
        said.append(f"class names: {about['class_names']}")
    if about.get("refused"):
        said.append(f"not captured: {about['refused']}")
    if about.get("interventions"):
        said.append(f"intervention: {about['interventions']}")
    return said


def _images(origin: Origin, choices: Choices) -> str:
    """The image that was drawn and its preprocessing; of a view over several, all of them."""
    count = len(origin.images)
    if count > 1 and "image" not in choices:
        return _all_images(origin)
    place = image_of(choices)
    which = f"image {place + 1} of {count}:" if count > 1 else "image"
    digest, done = origin.digests[place][:12], origin.preprocessing[place]
    return f"{which} {origin.images[place]} (sha256 {digest}), {done}"


def _all_images(origin: Origin) -> str:
    digests = ", ".join(digest[:12] for digest in origin.digests)
    if len(origin.digests) > NAMED_DIGESTS:
        whole = sha256(",".join(origin.digests).encode()).hexdigest()
        digests = f"{whole[:12]} of their digests joined by commas"
    done = dict.fromkeys(origin.preprocessing)
    how = next(iter(done)) if len(done) == 1 else "each resized and cropped by its own size"
    return f"{len(origin.images)} images (sha256 {digests}), {how}"


def proof(origin: Origin) -> str:
    """How far the captured arrays are from what the network computed."""
    about = origin.about
    error = float(about["verified_error"])
    verdict = "verified" if about["verified"] else "NOT VERIFIED"
    if not isfinite(error):
        return f"capture {verdict}: some values are not numbers, or nothing was left to check"
    return f"capture {verdict}: largest error {error:.1e}"


def warning(origin: Origin) -> str | None:
    """The sentence that must not be overlooked, if there is one."""
    return warning_of(origin.about)


def warning_of(about: About) -> str | None:
    """The same of what a survey tells of itself."""
    if about["trained"]:
        return None
    gaps = about.get("weights_gaps")
    return f"INCOMPLETE WEIGHTS: {about['weights']}; {gaps}." if gaps else RANDOM_WEIGHTS
