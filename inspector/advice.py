"""An advice is the next step after a diagnosis, as a sentence that can be acted on."""

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from inspector.fits import percent
from inspector.labels import class_names

if TYPE_CHECKING:
    from inspector.diagnosis import Diagnosis
    from inspector.likeness import Likeness
    from inspector.zoo import Request


def advice(found: "Diagnosis", request: "Request") -> tuple[str, ...]:
    """Returns what to do next, the most urgent first.

    Args:
        found: what was found.
        request: what had been asked for.
    """
    if found.weights is None:
        return _for_a_misfit(found, request)
    if found.check is None:
        return (
            "Choose a network with layer attention: `inspector models` lists those.",
            "Or put it on a ResNet, EfficientNet or ViT of timm's, from Python: "
            "`inspector.models.add_layer_attention`.",
        )
    if not found.check.verified:
        return (
            "Draw no conclusions from figures of it: tell the authors of this toolkit, with the "
            "output of this command.",
        )
    return _for_a_capture(found, request)


def _for_a_misfit(found: "Diagnosis", request: "Request") -> tuple[str, ...]:
    fitting = [like for like in found.likenesses if like.fits]
    if fitting:
        return tuple(_as_another(like, request) for like in fitting)
    share = found.file.share if found.file else 0.0
    rest = (
        f"`--partial` loads the {percent(share)} of parameters that fit and leaves the rest random."
    )
    return (
        "No network here takes this file whole: compare the names above with the code that it was "
        "trained by, and state its options with --option.",
        *((rest,) if share else ()),
    )


def _as_another(like: "Likeness", request: "Request") -> str:
    command = _command("doctor", like.name, request, {})
    return f"Open it as {like.name}{f' ({like.gaps})' if like.gaps else ''}: `{command}`."


def _for_a_capture(found: "Diagnosis", request: "Request") -> tuple[str, ...]:
    command = _command("capture", request.name, request, request.options)
    said = [*_on_weights(found), f"Look at it: `{command} -o OUT.nc`."]
    if class_names(found.card) is None:
        said.append(
            f"Its {found.card.num_classes} classes have no names: give them with --classes FILE."
        )
    return tuple(said)


def _on_weights(found: "Diagnosis") -> tuple[str, ...]:
    weights = found.weights
    if weights is None or weights.trained:
        return ()
    if not weights.gaps:
        download = ", or download timm's with --option pretrained=True"
        more = download if found.card.has_weights else ""
        return (f"These weights are random: give trained ones with --checkpoint FILE{more}.",)
    return (
        "Say beside every figure what was not learnt, or train it first: figures of random "
        "attention show the network's structure alone.",
    )


def _command(verb: str, name: str, request: "Request", options: Mapping[str, Any]) -> str:
    """Returns the command line that asks for the same again."""
    flags = {"--checkpoint": request.checkpoint, "--entry": request.entry}
    if isinstance(request.classes, str) and verb != "doctor":
        flags["--classes"] = request.classes
    words = [verb, name, *(["IMAGE"] if verb == "capture" else [])]
    for flag, value in flags.items():
        words += [flag, str(value)] if value is not None else []
    for key, value in options.items():
        words += ["--option", f"{key}={value}"]
    partial = ["--partial"] if not request.strict and verb != "doctor" else []
    return shlex.join(["inspector", *words, *partial])
