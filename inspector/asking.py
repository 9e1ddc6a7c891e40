"""Asking is what is refused or filled in of a request before anything is built for it."""

import difflib
from dataclasses import replace

import timm
from timm.models import get_pretrained_cfg

from inspector import shipped
from inspector.sources import PREFIXES
from inspector.zoo import Request

_ELSEWHERE = {"checkpoint_path", "pretrained_cfg", "pretrained_cfg_overlay"}
"""Options of timm's that load weights from a place of their own."""


def require_sensible(request: Request) -> None:
    """Checks what can be told from the request alone.

    Raises:
        ValueError: there is no network of this name, or its weights are to come from two places.
    """
    _require_known(request.name)
    _require_one_origin(request)


def completed(request: Request) -> Request:
    """Returns the request with the weights that are shipped for the network, if it wants them."""
    path, asked = shipped.trained(request.name), request.options.get("pretrained")
    others = {key: value for key, value in request.options.items() if key != "pretrained"}
    if path is None:  # not to want weights is nothing to tell of where there are none
        return request if asked else replace(request, options=others)
    if request.checkpoint is not None:
        return request
    if asked if asked is not None else not others:
        return replace(request, checkpoint=path, options=others)
    return replace(request, options={**others, "pretrained": False})


def _require_known(name: str) -> None:
    if name.startswith(PREFIXES):
        return
    if timm.is_model(name):
        _require_tag(name)
        return
    close = difflib.get_close_matches(name, timm.list_models(), n=3)
    hint = f"Did you mean {' or '.join(close)}? " if close else ""
    raise ValueError(
        f"There is no model named {name!r}. {hint}`inspector models` lists those with layer "
        "attention; every name of timm and hf-hub:OWNER/NAME can be opened too."
    )


def _require_tag(name: str) -> None:
    try:
        get_pretrained_cfg(name)
    except RuntimeError as error:
        raise ValueError(f"{error} Leave out what follows the dot, or choose another.") from error


def _require_one_origin(request: Request) -> None:
    if elsewhere := sorted(_ELSEWHERE & request.options.keys()):
        raise ValueError(
            f"Expected weights from a checkpoint or by pretrained=True, got {elsewhere[0]}, which "
            "would load others that nobody could name later. Give the file as checkpoint."
        )
    if request.checkpoint is not None and request.options.get("pretrained"):
        raise ValueError(
            "Expected either a checkpoint or pretrained=True, got both. Leave one of them out."
        )
    if request.checkpoint is None and request.entry is not None:
        raise ValueError(
            f"Expected a checkpoint to take the entry {request.entry!r} from, got none."
        )
