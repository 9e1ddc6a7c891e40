"""A stored inspection: what the network that the app begins with gave for its first picture.

It lies in the toolkit (`make tour` makes it), so that a newcomer sees real figures while the
libraries that open a network are still imported, and the tour needs no network at all. It is shown
in the place of a pass over the same file of weights and the same picture only, told by digest and
name. Importing this is instant.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inspector.checkpoint_files import CheckpointFile
    from inspector.images import Photo
    from inspector.inspection import Inspection

NETWORK, PICTURE = "cifar_resnet56_mrlab", "cat"
"""What was captured: a network of `inspector.cards`, and the first picture of the gallery."""

FILE = Path(__file__).parent / "stored" / "capture.nc"
FILE_OF_WEIGHTS = "weights_file_sha256"
"""Name of the attribute with the digest of the file that the weights were read from."""


@cache
def inspection() -> "Inspection":
    """Returns the inspection, without its network; shared, and never changed.

    Raises:
        ValueError: it did not come with the installation, or was damaged.
    """
    from inspector.inspection import load_inspection  # noqa: PLC0415 - xarray and h5py

    found = load_inspection(FILE)
    found.tree.load()
    return found


def stands_for(network: str, weights: "CheckpointFile", photo: "Photo") -> bool:
    """Returns whether it is of this network, file and picture, by the same names as well.

    It is of none where it did not come with the installation or was damaged: nothing needs it.
    """
    if network != NETWORK:
        return False
    try:
        here = inspection()
    except ValueError:
        return False
    file = here.about.get(FILE_OF_WEIGHTS), here.about["weights"]
    picture = here.digests, here.images
    return (file, picture) == ((weights.sha256, weights.name), ((photo.sha256,), (photo.name,)))
