"""A part is a JSON object of a manifest, whose entries are asked for by name and kind.

What a stranger wrote there may be of any kind, so each entry is checked when it is read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from inspector.capsules.members import BadCapsule
from inspector.provenance import Provenance

_LARGEST = 2**63 - 1
"""Whole number."""


@dataclass(frozen=True)
class Part:
    """A JSON object and its name; every reader raises `BadCapsule` for what is of another kind."""

    content: Any
    name: str

    def has(self, key: str) -> bool:
        """Whether there is such an entry."""
        return isinstance(self.content, dict) and self.content.get(key) is not None

    def text(self, key: str) -> str:
        """A text."""
        return str(self._entry(key, "a text", lambda value: isinstance(value, str)))

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(self._entry(key, "a list of texts", _all_of(str)))

    def counts(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        return tuple(self._entry(key, "a list of whole numbers", _all_of(int)))

    def truth(self, key: str) -> bool:
        """Yes or no."""
        return bool(self._entry(key, "true or false", lambda value: isinstance(value, bool)))

    def named_texts(self, key: str) -> dict[str, str]:
        """Texts by name."""
        return dict(self._entry(key, "texts by name", _named(lambda v: isinstance(v, str))))

    def values(self, key: str) -> dict[str, Any]:
        """Texts and numbers by name; lists of them become tuples."""
        return _frozen(self._entry(key, "texts and numbers by name", _by_name))

    def own_values(self) -> dict[str, Any]:
        """Texts and numbers by name, which the whole part consists of."""
        return _frozen(self._of_kind(self.content, "texts and numbers by name", _by_name))

    def part(self, key: str) -> "Part":
        """An object."""
        return Part(self._entry(key, "an object", lambda v: isinstance(v, dict)), key)

    def parts(self, key: str) -> list["Part"]:
        """A list of objects."""
        found = self._entry(key, "a list of objects", lambda v: isinstance(v, list))
        return [Part(entry, key) for entry in found]

    def _entry(self, key: str, kind: str, fits: Callable[[Any], bool]) -> Any:
        value = self.content.get(key) if isinstance(self.content, dict) else None
        return self._of_kind(value, f"{kind} as '{key}'", fits)

    def _of_kind(self, value: Any, kind: str, fits: Callable[[Any], bool]) -> Any:
        if value is None or not fits(value):
            raise BadCapsule(
                f"Expected {kind} in the {self.name} of a capsule, got {type(value).__name__}. "
                "It was made by something else, or changed since."
            )
        return value


def told(origin: Provenance) -> dict[str, Any]:
    """The entries of a part that say where a figure comes from, save what was chosen."""
    return {
        "origin": {key: value for key, value in origin.about.items() if value is not None},
        "images": [
            {"name": name, "sha256": sha256, "preprocessing": done}
            for name, sha256, done in zip(
                origin.images, origin.digests, origin.preprocessing, strict=True
            )
        ],
    }


def provenance(part: Part, chosen: tuple[str, ...]) -> Provenance:
    """What `told` wrote, and what was chosen."""
    images = part.parts("images")
    return Provenance(
        about=part.values("origin"),
        images=tuple(image.text("name") for image in images),
        digests=tuple(image.text("sha256") for image in images),
        preprocessing=tuple(image.text("preprocessing") for image in images),
        chosen=chosen,
    )


def _all_of(kind: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(isinstance(entry, kind) for entry in value)


def _named(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and all(map(fits, value.values()))


def _by_name(value: Any) -> bool:
    return _named(_is_value)(value)


def _frozen(found: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(v) if isinstance(v, list) else v for key, v in found.items()}


def _is_value(value: Any) -> bool:
    return _is_one(value) or (isinstance(value, list) and all(map(_is_one, value)))


def _is_one(value: Any) -> bool:
    """A text, or a number that a file of arrays can hold."""
    return isinstance(value, str | float) or (isinstance(value, int) and abs(value) <= _LARGEST)
