"""A capturing is one pass of some images through a network, kept as a file."""

from collections.abc import Sequence
from pathlib import Path

from inspector.cli.messages import say
from inspector.images import Photo, read_image
from inspector.inspection import Inspection, inspect_image
from inspector.views.rendering import proof
from inspector.zoo import LoadedModel, Request


def capture_to(
    output: Path, request: Request, images: Sequence[str], *, detail: str, force: bool
) -> None:
    """Writes what a network shows of some images.

    Args:
        output: netCDF file to write.
        request: which network, with which weights.
        images: picture files.
        detail: "full" or "summary", as for `inspect_image`.
        force: whether an output that exists may be replaced.

    Raises:
        BadImage: a file is not a picture that can be read safely.
        ValueError: the network cannot be loaded as asked.
        MechanismNotFound: the network has no layer attention.
        OutOfMemory: the device has no room for the pass.
    """
    seen = inspected(request, images, detail=detail)
    seen.save(output, force=force)
    weights = seen.about["weights"]
    say(f"{output}: {', '.join(seen.mechanisms)} with {weights}; {proof(seen)}")


def inspected(request: Request, images: Sequence[str], *, detail: str = "full") -> Inspection:
    """Returns what a network shows of some images, the network at hand; raises as `capture_to`."""
    photos = photos_of(images)
    loaded = opened(request)
    say(f"running {len(photos)} image{'s' * (len(photos) > 1)} on {loaded.device}")
    return inspect_image(loaded, photos, detail=detail)


def opened(request: Request) -> LoadedModel:
    """Returns the network, after saying what was chosen and what was not learnt."""
    from inspector.loading import load  # noqa: PLC0415 - torch, when the pictures are in order

    say(f"loading {request.name}")
    loaded = load(request)
    weights = loaded.weights
    for note in (*weights.notes, *([weights.gaps] if weights.gaps else [])):
        say(note)
    return loaded


def photos_of(images: Sequence[str]) -> list[Photo]:
    """Returns the decoded images, after saying of each what was changed."""
    photos = [read_image(image) for image in images]
    for photo in photos:
        say(f"{photo.name}: {', '.join(photo.notes) or 'read as it is'}")
    return photos
