"""A requirement is what a network must have for a method to say what it claims to say."""

import re
from collections.abc import Callable, Mapping, Sequence

from torch import nn

from inspector.attribution.graph import Graph, Node, graph_of, name_of, parents
from inspector.zoo import LoadedModel

_LINEAR = re.compile(
    r"AccumulateGrad|Add|Sub|Neg|View|UnsafeView|Reshape|Alias|Clone|ToCopy|Mean|"
    r"Sum|Cat|Stack|Unbind|Split|SplitWithSizes|Select|Slice|Index|IndexSelect|"
    r"Permute|Transpose|T|Expand|Repeat|Squeeze|Unsqueeze|AsStrided|Roll|Flip|"
    r"ConstantPadNd|Im2Col|Col2Im|Unfold|AvgPool2D|AdaptiveAvgPool2D|"
    r"MkldnnAdaptiveAvgPool2D|UpsampleBilinear2D|UpsampleNearest2D"
)
_FACTORS: Mapping[str, tuple[int, ...]] = {
    "Mul": (0, 1),
    "Mm": (0, 1),
    "Bmm": (0, 1),
    "Addmm": (1, 2),
    "Addcmul": (1, 2),
    "Baddbmm": (1, 2),
    "Convolution": (0, 1),
    "NativeBatchNorm": (0, 1),
}
"""Places of the operands that an operation multiplies; linear while one of them is constant."""


def feature_map(model: LoadedModel) -> str | None:
    """Grad-CAM weighs the channels of the map that the network pools."""
    if final_pool(model.module) is not None:
        return None
    return (
        "Grad-CAM needs a convolutional network that pools its last feature map; "
        f"{type(model.module).__name__} has none. Use Integrated Gradients or Saliency."
    )


def final_pool(module: nn.Module) -> nn.Module | None:
    """The pooling that ends a convolutional network; its input is the last feature map."""
    for name in ("avgpool", "global_pool", "pool"):
        pool = getattr(module, name, None)
        if isinstance(pool, nn.Module) and not isinstance(pool, nn.Identity):
            return pool
    return None


def rectifiers(model: LoadedModel) -> str | None:
    """Guided Backprop changes what every ReLU passes back, so every one must be a module."""
    graph = graph_of(model, model.card.input_size)
    if graph is None:
        return _unseen("Guided Backprop")
    relus = [node for node in graph.nodes if name_of(node) == "Relu"]
    if not relus:
        return "Guided Backprop changes the gradient of ReLUs; this network has none. Use Saliency."
    if any(node not in graph.activations for node in relus):
        return (
            "Guided Backprop needs every ReLU to be a module of its own; this network computes "
            "some by a function, which would pass gradients as they are. Use Saliency."
        )
    shared = [graph.activations[node] for node in relus if graph.uses[node.next_functions[0]] > 1]
    if not shared:
        return None
    return (
        f"Guided Backprop would also cut gradients that do not pass the ReLU {shared[0]}, since "
        "what enters it is read elsewhere too. Use Saliency."
    )


def rescaling(model: LoadedModel) -> str | None:
    """DeepLift needs every bend of the network to be an activation that it knows, used once."""
    graph = graph_of(model, model.card.input_size)
    if graph is None:
        return _unseen("DeepLift")
    for path, times in graph.runs.items():
        if times > 1:
            return (
                f"DeepLift needs activations that run once in a pass, and {path} runs {times} "
                "times, as blocks share it (DIA shares its whole LSTM). Use Integrated Gradients."
            )
    bent = [node for node in graph.nodes if node not in graph.activations and not _is_linear(node)]
    return _unruled(bent, graph) if bent else None


def _unruled(bent: Sequence[Node], graph: Graph) -> str:
    products = [node for node in bent if name_of(node) in _FACTORS]
    others = sorted({name_of(node) for node in bent} - {name_of(node) for node in products})
    if others:
        return (
            f"DeepLift has no rule for {', '.join(others)} as this network computes it (by a "
            "function, or by a module that Captum does not know). Use Integrated Gradients."
        )
    return (
        f"DeepLift has no rule for a product of two quantities that both depend on the image, and "
        f"this network computes {len(products)} ({name_of(products[0])}), as every gate and every "
        "weighted sum is one: its map would not add up to the logit. Use Integrated Gradients."
    )


def _is_linear(node: Node) -> bool:
    name = name_of(node)
    if name == "Div":
        return len(parents(node)) < 2 or parents(node)[1] is None
    if name in _FACTORS:
        operands = parents(node)
        depending = [at for at in _FACTORS[name] if at < len(operands) and operands[at] is not None]
        return len(depending) < 2
    return _LINEAR.fullmatch(name) is not None


def _unseen(title: str) -> str:
    return (
        f"{title} needs to know the operations of the network beforehand, and this one computes "
        "some by the values it meets. Use Integrated Gradients or Saliency."
    )


REQUIREMENTS: Mapping[str, Callable[[LoadedModel], str | None]] = {
    "feature_map": feature_map,
    "rectifiers": rectifiers,
    "rescaling": rescaling,
}
"""By key, what tells why a network does not meet the requirement, or None if it does."""
