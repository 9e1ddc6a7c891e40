"""A refusal says why an attention that a model has cannot be captured truthfully."""

from collections import Counter
from collections.abc import Sequence

from hooks.mechanism import Mechanism
from hooks.modules import Modules


def refusals(modules: Modules, mechanisms: Sequence[Mechanism]) -> str:
    """All refusals in a line, "self-attention WindowAttention (12 modules): ..."; or nothing."""
    counted = Counter(
        (mechanism.title, type(modules[path]).__name__, reason)
        for mechanism in mechanisms
        for path, reason in mechanism.refuse(modules).items()
    )
    return "; ".join(
        f"{title} {kind} ({count} module{'s' if count > 1 else ''}): {reason}"
        for (title, kind, reason), count in counted.items()
    )


def nothing_found(modules: Modules, mechanisms: Sequence[Mechanism]) -> str:
    """The sentences on a model without anything to capture: what was refused, or looked for."""
    model = type(modules[""]).__name__
    if refused := refusals(modules, mechanisms):
        return (
            f"{model} holds no attention that can be captured truthfully. Refused: "
            f"{refused}. {_WAY_OUT}"
        )
    looked = "; ".join(f"{mechanism.title}: {mechanism.looks_for}" for mechanism in mechanisms)
    classes: dict[str, list[str]] = {}
    for module in modules.values():
        if names := sorted(name for name, _ in module.named_children()):
            classes.setdefault(type(module).__name__, names)
    held = ", ".join(f"{name} ({', '.join(names[:6])})" for name, names in classes.items())
    return (
        f"{model} holds no layer attention that is known here. Looked for modules "
        f"with these children: {looked}. Found: {held or 'no nested modules'}. {_WAY_OUT}"
    )


_WAY_OUT = (
    "A model with other names or axes needs a mechanism of its own (see CONTRIBUTING.md): pass it "
    "as `mechanisms=[...]`."
)
