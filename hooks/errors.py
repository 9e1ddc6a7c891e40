"""An error of a capture says what was expected, what was found, and the way out."""


class MechanismNotFound(LookupError):
    """The model holds none of the mechanisms that were looked for, or none of them ran."""


class UnexpectedShape(ValueError):
    """A captured tensor does not have the form that its mechanism's definition gives it."""


class UnknownLabel(KeyError):
    """A mechanism, layer, dim or label was named that this model or capture does not have."""

    def __str__(self) -> str:
        """The sentence itself: a plain ``KeyError`` would show it in quotes."""
        return str(self.args[0])
