"""An unrolled weight is what MRLA-light's recurrence implies for an earlier layer of its chain.

Written out, ``o_t = g_t V_t + lambda_t o_(t-1)`` gives layer s the weight ``g_s`` times the
product of the factors after it. Where the shortcut is the block output ``X + A o + B`` before it
(a ResNet in evaluation mode), the whole of the output is known, with ``P_s`` the product of
``lambda_j A_(j-1)`` over the layers j after s:

    o_t = sum_s g_s P_s V_s + sum_(s>1) P_s lambda_s (X_(s-1) + B_(s-1)) + P_1 lambda_1 p_1
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from hooks.mechanism import Quantity
from hooks.points import Call


def unrolled(
    call: Call, own: Tensor, decay: Tensor, before: Mapping[str, Tensor]
) -> dict[str, Quantity]:
    """Weights over retrieved layers that the recurrence implies, (sample, channel, retrieved).

    ``nominal_weight`` takes ``o_t = g_t V_t + lambda_t o_(t-1)`` at its word. ``exact_weight``,
    ``g_s P_s``, holds for the network itself and exists while every shortcut since the chain began
    is the output ``X + A o + B`` of the block before (A, B: gain and shift of the branch's
    BatchNorm): that is compared tensor with tensor, not assumed. With it come ``shortcut_weight``
    (channel, retrieved), ``P_s lambda_s``: the weight of what the shortcut of layer s brings in
    besides attention, that is feature and shift of the layer before, or the input of the chain; and
    ``shift`` (channel), the layer's own B.

    Args:
        call: the run of a light layer.
        own: its gate per channel, (sample, channel).
        decay: its factor per channel.
        before: what ``remembered`` kept of the layer before; empty where a chain begins.
    """
    nominal = _append(before.get("nominal_weight"), decay, own)
    weights = {"nominal_weight": _unrolled_quantity("nominal", nominal)}
    gain = _gain(call)
    if gain is not None and (not before or "exact_weight" in before):
        carried = decay * before["gain"] if before else decay
        exact = _append(before.get("exact_weight"), carried, own)
        shortcut = _append(before.get("shortcut_weight"), carried, decay[:, None])
        holds = _links(before, call) if before else _known(True, own)
        weights["exact_weight"] = _unrolled_quantity("exact", exact, holds)
        weights["shortcut_weight"] = _shortcut_quantity(shortcut, holds)
        weights["shift"] = _shift(call, gain, holds)
    return weights


def remembered(call: Call, implied: Mapping[str, Quantity]) -> dict[str, Tensor]:
    """What the next layer goes on from; the block's output proves the exact recursion there."""
    kept = {name: quantity.values for name, quantity in implied.items()} | _block_output(call)
    holds = {name: quantity.holds for name, quantity in implied.items()}.get("exact_weight")
    return kept if holds is None else kept | {"holds": holds}


def _append(earlier: Tensor | None, factor: Tensor, own: Tensor) -> Tensor:
    """The earlier layers' weights times this layer's factor, and its own weight behind them."""
    if earlier is None:
        return own
    return torch.cat([earlier * factor[:, None], own], dim=-1)


def _gain(call: Call) -> Tensor | None:
    norm = call.site.context["norm"]
    if not isinstance(norm, nn.BatchNorm2d) or norm.running_var is None:
        return None
    scale = torch.ones_like(norm.running_var) if norm.weight is None else norm.weight
    return scale / torch.sqrt(norm.running_var + norm.eps)


def _block_output(call: Call) -> dict[str, Tensor]:
    """``y_t = X_t + BN(o_t)``, which is the next block's shortcut if nothing else intervenes."""
    gain = _gain(call)
    if gain is None:
        return {}
    normed = _batch_norm(call.site.context["norm"], call.tensors["output"])
    return {"gain": gain, "block_output": call.tensors["feature"] + normed}


def _batch_norm(norm: nn.BatchNorm2d, values: Tensor) -> Tensor:
    """Evaluation-mode BatchNorm without the module, whose hooks are not ours to trigger."""
    return nn.functional.batch_norm(
        values, norm.running_mean, norm.running_var, norm.weight, norm.bias, eps=norm.eps
    )


def _links(before: Mapping[str, Tensor], call: Call) -> Tensor:
    """Whether the exact recursion goes on: true if the shortcut is what the last block put out."""
    expected, real = before.get("block_output"), call.tensors["shortcut"]
    if "holds" not in before or expected is None or expected.shape != real.shape:
        return _known(False, real)
    close = (expected - real).abs().max() <= 1e-5 * real.abs().max().clamp(min=1)
    return close & before["holds"]


def _known(answer: bool, like: Tensor) -> Tensor:
    return torch.tensor(answer, device=like.device)


def _unrolled_quantity(kind: str, values: Tensor, holds: Tensor | None = None) -> Quantity:
    dims = ("sample", "channel", "retrieved_layer")
    return Quantity(values, dims, f"{kind} unrolled weight", "factor, signed", holds)


def _shortcut_quantity(values: Tensor, holds: Tensor) -> Quantity:
    dims, title = ("channel", "retrieved_layer"), "exact weight of what the shortcut brings in"
    return Quantity(values, dims, title, "factor, signed", holds)


def _shift(call: Call, gain: Tensor, holds: Tensor) -> Quantity:
    """``B``: what the norm puts out for an input of 0."""
    nothing = torch.zeros_like(gain)[None, :, None, None]
    shift = _batch_norm(call.site.context["norm"], nothing).flatten()
    return Quantity(shift, ("channel",), "shift of the norm", "feature units", holds)
