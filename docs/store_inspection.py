"""The stored inspection of the app's first figure and of its tour, made anew: `make tour`."""

from inspector import shipped, stored
from inspector.gallery import find
from inspector.inspection import inspect_image
from inspector.zoo import load_model


def main() -> None:
    """Inspects the picture with the shipped weights, and writes what was seen."""
    shipped.require_recorded(stored.NETWORK)
    model = load_model(stored.NETWORK, device="cpu")
    seen = inspect_image(model, find(stored.PICTURE).load())
    seen.tree.attrs[stored.FILE_OF_WEIGHTS] = shipped.record_of(stored.NETWORK)["sha256"]
    stored.FILE.parent.mkdir(exist_ok=True)
    seen.save(stored.FILE, force=True)


if __name__ == "__main__":
    main()
