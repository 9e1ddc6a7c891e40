"""A refusal says why an attention that a model has cannot be captured truthfully."""

from collections import Counter
from collections.abc import Sequence

from torch import nn

from hooks.mechanism import Mechanism, children


def refusals(model: nn.Module, mechanisms: Sequence[Mechanism]) -> str:
    """All refusals in a line, "self-attention WindowAttention (12 modules): ..."; or nothing."""
    counted = Counter(
        (mechanism.title, type(model.get_submodule(path)).__name__, reason)
        for mechanism in mechanisms
        for path, reason in mechanism.refuse(model).items()
    )
    return "; ".join(
        f"{title} {kind} ({count} module{'s' if count > 1 else ''}): {reason}"
        for (title, kind, reason), count in counted.items()
    )


def nothing_found(model: nn.Module, mechanisms: Sequence[Mechanism]) -> str:
    """The sentences on a model without anything to capture: what was refused, or looked for."""
    if refused := refusals(model, mechanisms):
        return (
            f"{type(model).__name__} holds no attention that can be captured truthfully. Refused: "
            f"{refused}. {_WAY_OUT}"
        )
    looked = "; ".join(f"{mechanism.title}: {mechanism.looks_for}" for mechanism in mechanisms)
    classes: dict[str, list[str]] = {}
    for module in model.modules():
        if names := sorted(children(module)):
            classes.setdefault(type(module).__name__, names)
    held = ", ".join(f"{name} ({', '.join(names[:6])})" for name, names in classes.items())
    return (
        f"{type(model).__name__} holds no layer attention that is known here. Looked for modules "
        f"with these children: {looked}. Found: {held or 'no nested modules'}. {_WAY_OUT}"
    )


_WAY_OUT = (
    "A model with other names or axes needs a mechanism of its own (see CONTRIBUTING.md): pass it "
    "as `mechanisms=[...]`."
)
