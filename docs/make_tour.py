"""The stored figures of the app's tour, made anew from the network as it is now: `make tour`.

Give a file of weights to show trained ones: `make tour ARGS=weights.pth`.
"""

import sys

from inspector import tour
from inspector.capsules import packed
from inspector.gallery import find
from inspector.inspection import inspect_image
from inspector.zoo import load_model


def main(checkpoint: str | None = None) -> None:
    """Captures the picture and writes a capsule for each figure."""
    model = load_model(tour.NETWORK, checkpoint=checkpoint, device="cpu")
    seen = inspect_image(model, find(tour.PICTURE).load())
    tour.FOLDER.mkdir(exist_ok=True)
    for name, shown in tour.made(seen).items():
        (tour.FOLDER / f"{name}.zip").write_bytes(packed(shown))


if __name__ == "__main__":
    main(*sys.argv[1:])
