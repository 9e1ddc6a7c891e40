"""A gallery picture: one that comes with the installation, known by a key that fits in an address.

First a cat, which every network here has a class for, then the project's own drawings
(`sample_images`), then photographs. Those lie in scikit-image's wheel. Nothing is downloaded, and
nothing is read before a picture is loaded.
"""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import PurePosixPath

from inspector.images import BadImage, Photo, read_image

_DRAWN = "drawn for this project (sample_images/SOURCES.md)"


@dataclass(frozen=True)
class Picture:
    """One picture of the gallery.

    Attributes:
        key: a-z, 0-9 and hyphens; does not change between releases.
        title: what is in it, in a few words.
        asks: what to look for in an attention map of it.
        credit: who made it, and under which terms it may be shown.
        package: the installed package it lies in.
        file: its path inside that package.
    """

    key: str
    title: str
    asks: str
    credit: str
    package: str
    file: str

    @property
    def is_photograph(self) -> bool:
        """Whether a camera took it, and nobody drew it."""
        return self.credit != _DRAWN

    def load(self) -> Photo:
        """Return the picture, decoded.

        Raises:
            BadImage: the package that holds it is not installed, or comes without it.
        """
        try:
            data = files(self.package).joinpath(self.file).read_bytes()
        except (FileNotFoundError, ModuleNotFoundError) as error:
            raise BadImage(
                f"Expected {self.file} in the installed package {self.package}, got none. "
                "Install attention-inspector and its dependencies anew, or choose another picture."
            ) from error
        return read_image(data, name=PurePosixPath(self.file).name)


def find(key: str) -> Picture:
    """Return the picture with this key.

    Raises:
        ValueError: there is none; the message lists the keys.
    """
    for picture in GALLERY:
        if picture.key == key:
            return picture
    known = ", ".join(picture.key for picture in GALLERY)
    raise ValueError(f"Expected the key of a gallery picture, got {key!r}. Choose one of: {known}.")


def _drawing(key: str, title: str, asks: str) -> Picture:
    return Picture(key, title, asks, _DRAWN, "sample_images", f"{key}.png")


def _photograph(key: str, title: str, asks: str, credit: str, file: str) -> Picture:
    return Picture(key, title, asks, credit, "skimage", f"data/{file}")


GALLERY = (
    _photograph(
        "cat",
        "Chelsea the cat",
        "Face, fur and whiskers at three scales.",
        "Stefan van der Walt, CC0",
        "chelsea.png",
    ),
    _drawing(
        "still-life",
        "Still life",
        "Seven solids of several sizes: does attention follow size, colour or edge?",
    ),
    _drawing(
        "balloons",
        "Hot-air balloons",
        "One thing in five sizes: at which depth do the small ones come in?",
    ),
    _drawing(
        "small-object",
        "Ladybird on a wide ground",
        "One small thing off centre: is it found, or does attention rest in the middle?",
    ),
    _drawing(
        "hidden-cat",
        "Cat behind a fence",
        "One thing in pieces: do the pieces belong together?",
    ),
    _drawing(
        "odd-one-out",
        "A red fish among blue ones",
        "Near copies and one exception: does one place stand out?",
    ),
    _drawing(
        "clutter",
        "Cluttered desk",
        "Some seventy overlapping things: how flat does attention become?",
    ),
    _drawing(
        "horizon",
        "Lake at dusk",
        "Layers and one boat: does attention run along the horizon?",
    ),
    _drawing(
        "stripes",
        "Stripes",
        "Four directions, three frequencies: which channels answer to which?",
    ),
    _drawing("textures", "Six textures", "Is a texture one thing or many?"),
    _drawing(
        "soft-lights",
        "Soft lights",
        "No edge anywhere: what remains when there is nothing to outline?",
    ),
    _drawing(
        "blank",
        "Blank",
        "The map of nothing: whatever shows is the network's own habit.",
    ),
    _photograph(
        "astronaut",
        "Eileen Collins, astronaut",
        "A face, a suit, a flag and a model of a shuttle: which of them decides?",
        "NASA, public domain",
        "astronaut.png",
    ),
    _photograph(
        "coffee",
        "Cup of espresso",
        "One centred thing on wood grain.",
        "Rachel Michetti, courtesy of Pikolo Espresso Bar, CC0",
        "coffee.png",
    ),
    _photograph(
        "rocket",
        "Rocket on the launch pad",
        "A thin bright thing in a dark scene.",
        "SpaceX, public domain",
        "rocket.jpg",
    ),
    _photograph(
        "photographer",
        "Photographer with a tripod",
        "Grey: what is left without colour?",
        "Lav Varshney, CC0",
        "camera.png",
    ),
    _photograph(
        "coins",
        "Greek coins from Pompeii",
        "Twenty-four like things under uneven light.",
        "Brooklyn Museum, no known copyright restrictions",
        "coins.png",
    ),
    _photograph(
        "galaxies",
        "Hubble eXtreme Deep Field",
        "Many small bright things; unlike anything in ImageNet.",
        "NASA, public domain",
        "hubble_deep_field.jpg",
    ),
    _photograph(
        "retina",
        "Retina of a left eye",
        "A disc with fine vessels; unlike anything in ImageNet.",
        "Mikael Häggström, CC0",
        "retina.jpg",
    ),
    _photograph(
        "tissue",
        "Stained colon tissue",
        "Repeated rings in two stains; unlike anything in ImageNet.",
        "Center for Microscopy and Molecular Imaging, no known copyright restrictions",
        "ihc.png",
    ),
    _photograph(
        "bricks",
        "Brick wall",
        "One texture over the whole field.",
        "CC0Textures, CC0",
        "brick.png",
    ),
    _photograph(
        "grass",
        "Grass",
        "A texture without a grid.",
        "linolafett, CC0",
        "grass.png",
    ),
)
