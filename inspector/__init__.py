"""attention-inspector: see, test and publish what layer attention does inside a vision network.

    import inspector

    model = inspector.load_model("resnet50_mrlal")
    seen = inspector.inspect_image(model, "photo.jpg")

The names load on first use, so that importing the package does not wait for torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inspector.attribution import attribute
    from inspector.comparison import compare
    from inspector.images import read_image
    from inspector.inspection import Inspection, inspect_image
    from inspector.interventions import Intervention, intervene, sweep
    from inspector.surveys import Survey, open_survey, survey
    from inspector.twins import twin
    from inspector.wrapping import wrap
    from inspector.zoo import LoadedModel, load_model

_HOMES = {
    "attribute": "attribution",
    "compare": "comparison",
    "read_image": "images",
    "Inspection": "inspection",
    "inspect_image": "inspection",
    "Intervention": "interventions",
    "intervene": "interventions",
    "sweep": "interventions",
    "LoadedModel": "zoo",
    "load_model": "zoo",
    "Survey": "surveys",
    "open_survey": "surveys",
    "survey": "surveys",
    "twin": "twins",
    "wrap": "wrapping",
}

__all__ = [
    "Inspection",
    "Intervention",
    "LoadedModel",
    "Survey",
    "attribute",
    "compare",
    "inspect_image",
    "intervene",
    "load_model",
    "open_survey",
    "read_image",
    "survey",
    "sweep",
    "twin",
    "wrap",
]


def __getattr__(name: str) -> Any:
    """Returns a public name from its module, loading the module first (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'inspector' has no attribute {name!r}")
    value = getattr(import_module(f"inspector.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
