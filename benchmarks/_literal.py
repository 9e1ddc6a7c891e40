"""A literal network computes its attention word for word as the papers' formulas are written.

It is a copy of one of ours, with the same weights, in which the modules of the three mechanisms
compute by the functions below. What they give is to be equal; what they take is what a direct
implementation takes.
"""

import copy
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from inspector.models import dia, external_attention, gates, mrla, mrla_tokens
from inspector.models.grids import as_map, as_tokens, behind_class_token

Cached = tuple[Tensor, Tensor, Tensor]


def literal(network: nn.Module) -> nn.Module:
    """Returns a copy of a network that computes its attention by the formulas.

    Raises:
        ValueError: if it holds none of the three mechanisms.
    """
    copied = copy.deepcopy(network)
    ours = [module for module in copied.modules() if type(module) in FORMULAS]
    if not ours:
        raise ValueError(f"{type(network).__name__} holds no attention of inspector.models.")
    for module in ours:
        module.forward = partial(FORMULAS[type(module)], module)
    return copied


def mrla_base(
    layer: mrla.BaseLayer, x: Tensor, keys: Tensor | None = None, values: Any = ()
) -> Cached:
    """Equation 6: keys [b, t, c] and values [b, t, c, h, w] grow by concatenation."""
    query, key = layer.query_and_key(x)
    value = layer.Wv(x)[:, None]
    keys = key[:, None] if keys is None else torch.cat((keys, key[:, None]), dim=1)
    values = torch.cat((values, value), dim=1) if len(values) else value
    split = keys.unflatten(2, (layer.heads, -1)).permute(0, 2, 3, 1)  # [b, heads, d, t]
    score = query.unflatten(1, (layer.heads, 1, -1)) @ split * layer.scale
    heads = values.unflatten(2, (layer.heads, -1)).transpose(1, 2).flatten(3)
    retrieved = score.softmax(-1) @ heads  # [b, heads, 1, t] @ [b, heads, t, d * h * w]
    return retrieved.reshape(x.shape), keys, values


def mrla_light(layer: mrla.LightLayer, x: Tensor) -> Tensor:
    """Equation 8, its first term: the gate is expanded over the value and multiplied."""
    query, key = (part.unflatten(1, (layer.heads, -1)) for part in layer.query_and_key(x))
    gate = torch.sigmoid((query * key * layer.scale).sum(-1))[:, :, None, None, None]
    value = layer.value(x).unflatten(1, (layer.heads, -1))
    return (gate.expand_as(value) * value).flatten(1, 2)


def light_branch(branch: mrla.LightBranch, x: Tensor, shortcut: Tensor) -> Tensor:
    """Equation 8 on maps: the decay is expanded over the shortcut, multiplied and added."""
    decay = branch.lambda_t.expand_as(shortcut)
    return branch.get_submodule(branch.layer_name)(x) + decay * shortcut


def token_light_branch(branch: mrla_tokens.TokenLightBranch, x: Tensor, previous: Tensor) -> Tensor:
    """Equation 8 on patch tokens, both terms normalised."""
    return _among_tokens(branch, branch.mrla, branch.normx(x), branch.normo(previous))


def normed_light_branch(
    branch: mrla_tokens.NormedLightBranch, x: Tensor, previous: Tensor
) -> Tensor:
    """Equation 8 on patch tokens, as they are."""
    return _among_tokens(branch, branch.mla, x, previous)


def dia_lstm(lstm: dia.SharedLstm, x: Tensor, state: dia.State) -> dia.State:
    """The cell: i, f, g, o of both projections; c = f c + i g, h = sigmoid(o) sigmoid(c)."""
    hidden, cell = [], []
    for w_ih, w_hh, h, c in zip(lstm.w_ih, lstm.w_hh, *state, strict=True):
        p = w_ih(x) + w_hh(h)
        i, f, g, o = (p[:, k * lstm.channels : (k + 1) * lstm.channels] for k in range(4))
        cell.append(torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g))
        x = torch.sigmoid(o) * torch.sigmoid(cell[-1])
        hidden.append(x)
    return torch.stack(hidden), torch.stack(cell)


def spatial_external(module: external_attention.SpatialExternalAttention, x: Tensor) -> Tensor:
    """A softmax over places, a division by the sum over slots; [b, slots, n]."""
    query = module.conv1(x)
    share = torch.softmax(module.linear_0(query.flatten(2)), dim=-1)
    affinity = share / (1e-9 + share.sum(dim=1, keepdim=True))
    attended = module.conv2(module.linear_1(affinity).view_as(query))
    return torch.relu(attended + x)


def token_external(module: external_attention.TokenExternalAttention, x: Tensor) -> Tensor:
    """A softmax over tokens, a division by the sum over slots; [b, n, slots]."""
    memory_key, memory_value = map(module.get_submodule, module.memory_names)
    query = module.q_linear(x)
    return query + module.proj(memory_value(_twice_normalised(memory_key(query))))


def multi_head_external(module: external_attention.MultiHeadExternalAttention, x: Tensor) -> Tensor:
    """A softmax over tokens, a division by the sum over slots, per head; [b, heads, n, slots]."""
    samples, tokens, _ = x.shape
    query = module.trans_dims(x).view(samples, tokens, module.num_heads, -1).permute(0, 2, 1, 3)
    attended = module.linear_1(_twice_normalised(module.linear_0(query)))
    return module.proj(attended.transpose(1, 2).reshape(samples, tokens, -1))


def shared_se(gate: gates.SharedSqueezeExcitation, x: Tensor) -> Tensor:
    """The mean over places, through two maps and a sigmoid, expanded and multiplied."""
    mean = x.mean((2, 3), keepdim=True)
    return x * torch.sigmoid(gate.fc2(torch.relu(gate.fc1(mean)))).expand_as(x)


def shared_sge(gate: gates.SpatialGroupEnhance, x: Tensor) -> Tensor:
    """Similarity to the mean, standardised over places: on [b * groups, c / groups, h, w]."""
    maps = x.reshape(len(x) * gate.groups, -1, *x.shape[2:])
    similarity = (maps * maps.mean((2, 3), keepdim=True)).sum(1).flatten(1)
    centred = similarity - similarity.mean(1, keepdim=True)
    standard = centred / (centred.std(1, keepdim=True) + 1e-5)
    grouped = standard.view(len(x), gate.groups, *x.shape[2:]) * gate.weight + gate.bias
    return (maps * torch.sigmoid(grouped).view(len(maps), 1, *x.shape[2:])).view_as(x)


def _among_tokens(branch: Any, layer: nn.Module, x: Tensor, previous: Tensor) -> Tensor:
    """The two terms of equation 8 on patch tokens, behind the class token as it is."""
    carried = previous[:, 1:]
    decayed = branch.lambda_t.expand_as(carried) * carried
    return behind_class_token(x, as_tokens(layer(as_map(x[:, 1:]))) + decayed)


def _twice_normalised(score: Tensor) -> Tensor:
    """Softmax over tokens, then shares over slots, of scores [..., n, slots]."""
    share = torch.softmax(score, dim=-2)
    return share / (1e-9 + share.sum(dim=-1, keepdim=True))


FORMULAS: Mapping[type[nn.Module], Callable[..., Any]] = {
    mrla.BaseLayer: mrla_base,
    mrla.LightLayer: mrla_light,
    mrla.NormedLightLayer: mrla_light,
    mrla.LightBranch: light_branch,
    mrla_tokens.TokenLightBranch: token_light_branch,
    mrla_tokens.NormedLightBranch: normed_light_branch,
    dia.SharedLstm: dia_lstm,
    external_attention.SpatialExternalAttention: spatial_external,
    external_attention.TokenExternalAttention: token_external,
    external_attention.MultiHeadExternalAttention: multi_head_external,
    gates.SharedSqueezeExcitation: shared_se,
    gates.SpatialGroupEnhance: shared_sge,
}
"""By class, what computes in the place of its `forward`."""
