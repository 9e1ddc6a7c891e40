"""A stored inspection: what the network that the app begins with gave for its first picture.

It lies in the toolkit (`make tour` makes it), so that a newcomer sees real figures while the
libraries that open a network are still imported, and the tour needs no network at all. It is shown
in the place of a pass over the same file of weights and the same picture only, told by digest.
Importing this is instant.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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


def stands_for(network: str, weights: str, picture: str) -> bool:
    """Returns whether it is of this network.

    Args:
        network: its name.
        weights: SHA-256 of the file of its weights.
        picture: SHA-256 of the picture's file.
    """
    if network != NETWORK or not FILE.is_file():
        return False
    here = inspection()
    return here.about.get(FILE_OF_WEIGHTS) == weights and here.digests == (picture,)
