"""Tiny vision transformers of timm, on images of 8 channels: the class itself is what is read."""

from functools import partial

import torch
from timm.models.vision_transformer import VisionTransformer
from torch import nn

TINY = {
    "img_size": 4,
    "patch_size": 1,
    "in_chans": 8,
    "embed_dim": 16,
    "depth": 2,
    "num_heads": 2,
    "num_classes": 4,
}


def transformer(fused, **options):
    """A vision transformer whose attention looks somewhere, and whose norms do something."""
    model = VisionTransformer(**{**TINY, **options})
    for name, parameter in model.named_parameters():
        if "qkv.weight" in name:
            nn.init.normal_(parameter, std=0.25)
        elif "norm" in name:
            nn.init.uniform_(parameter, 0.5, 1.5)
    for block in model.blocks:
        for module in block.modules():
            if hasattr(module, "fused_attn"):
                module.fused_attn = fused
    return model


stepwise, fused = partial(transformer, False), partial(transformer, True)


def attention(model, place=0):
    """The attention of a block, the tokens that will have entered it, the handle that ends this."""
    seen = []
    module = model.blocks[place].attn
    handle = module.register_forward_pre_hook(lambda _, args: seen.append(args[0].detach()))
    return module, seen, handle


def weights_of(module, tokens):
    """Attention weights (sample, head, query, key) in plain algebra, one head after the other."""
    rows = tokens @ module.qkv.weight.detach().T
    if module.qkv.bias is not None:
        rows = rows + module.qkv.bias.detach()
    width, found = module.head_dim, []
    for head in range(module.num_heads):
        first, second = head * width, module.attn_dim + head * width
        q, k = rows[..., first : first + width], rows[..., second : second + width]
        q, k = module.q_norm(q), module.k_norm(k)
        score = torch.stack([(q * k[:, [m]]).sum(-1) for m in range(k.shape[1])], -1) / width**0.5
        odds = (score - score.max(-1, keepdim=True).values).exp()
        found.append(odds / odds.sum(-1, keepdim=True))
    return torch.stack(found, 1).detach()
