"""An unreadable self-attention is one whose weights a capture here would get wrong, or not at all.

Many attentions have the child names of the one that is read, and other axes: windows folded into
the samples, channels in the place of tokens. So those of timm are named one by one, each with the
reason, and what is neither named here nor known is refused as well.
"""

from collections.abc import Iterator

from torch import nn

from hooks.modules import Modules

REASONS = {
    "windows of the image are folded into the sample axis": (
        "swin_transformer.WindowAttention",
        "swin_transformer_v2.WindowAttention",
        "swin_transformer_v2_cr.WindowMultiHeadAttention",
        "maxxvit.AttentionCl",
        "davit.WindowAttention",
        "gcvit.WindowAttentionGlobal",
        "tiny_vit.Attention",
        "efficientvit_msra.CascadedGroupAttention",
        "hieradet_sam2.MultiScaleAttention",
    ),
    "parts of the image have an axis of their own, and a query sees no other part": (
        "nest.Attention",
        "hiera.MaskUnitAttention",
        "twins.LocallyGroupedAttn",
        "halo_attn.HaloAttn",
        "volo.OutlookAttention",
    ),
    "query and key are channels, not tokens": (
        "xcit.XCA",
        "edgenext.CrossCovarianceAttn",
        "davit.ChannelAttention",
        "davit.ChannelAttentionV2",
    ),
    "it is linear: no weight of a query for a key is ever computed": (
        "coat.FactorAttnConvRelPosEnc",
        "mobilevit.LinearSelfAttention",
        "swiftformer.EfficientAdditiveAttention",
        "lambda_layer.LambdaLayer",
    ),
    "keys are pooled places, fewer than the queries and on another grid": (
        "pvt_v2.Attention",
        "twins.GlobalSubSampleAttn",
        "nextvit.EfficientAttention",
        "mvitv2.MultiScaleAttention",
        "mvitv2.MultiScaleAttentionPoolFirst",
        "attention2d.MultiQueryAttentionV2",
        "attention2d.MultiQueryAttention2d",
        "cpubone.ConvAttention",
        "lowformer.ConvAttention",
    ),
    "positions enter its scores in a function, where no module passes": (
        "beit.Attention",
        "vision_transformer_relpos.RelPosAttention",
        "vision_transformer_sam.Attention",
        "levit.Attention",
        "levit.AttentionDownsample",
        "efficientformer.Attention",
        "maxxvit.Attention2d",
        "convit.GPSA",
        "bottleneck_attn.BottleneckAttn",
    ),
    "query and key are rotated by their positions in a function, where no module passes": (
        "attention.AttentionRope",
        "eva.EvaAttention",
        "gemma4_vit.Gemma4Attention",
    ),
    "heads are mixed before and after the softmax": (
        "cait.TalkingHeadAttn",
        "efficientformer_v2.Attention2d",
        "efficientformer_v2.Attention2dDownsample",
    ),
    "its weights are the difference of two softmaxes: signed, and not summing to 1": (
        "diff_attention.DiffAttention",
        "vision_transformer.DiffParallelScalingBlock",
    ),
    "the class token alone asks, by projections of its own": (
        "cait.ClassAttn",
        "volo.ClassAttention",
        "crossvit.CrossAttention",
    ),
    "what asks is learned or pooled, not a token": (
        "attention_pool.AttentionPoolLatent",
        "attention_pool.AttentionPoolPrr",
        "attention_pool2d.AttentionPool2d",
        "attention_pool2d.RotAttentionPool2d",
    ),
    "query and key share one projection with the MLP, in the block itself": (
        "vision_transformer.ParallelScalingBlock",
    ),
    "query and key pass no module between their projection and the softmax": (
        "attention2d.Attention2d",
        "fastvit.Attention",
        "metaformer.Attention",
        "visformer.Attention",
        "volo.Attention",
        "convit.MHSA",
        "tnt.Attention",
        "iformer.SHMA",
    ),
}
"""Classes of timm, as file and name, by the reason why they are not read."""

HOSTS = {"MobileVitBlock": "pieces of all patches are folded into the sample axis"}
"""Classes of blocks that hand a readable attention something else than the tokens of an image."""

ONE_FUNCTION = "it computes everything in one function, without modules for query and key"
NOT_KNOWN = "neither its class nor its layout is known here"

_REASON_OF = {name: reason for reason, names in REASONS.items() for name in names}


def against_class(kind: type[nn.Module]) -> str | None:
    """Why modules of a class are not read, if it is named here."""
    if issubclass(kind, nn.MultiheadAttention):
        return ONE_FUNCTION
    return next((_REASON_OF[name] for name in _timm_names(kind) if name in _REASON_OF), None)


def against_host(path: str, modules: Modules) -> str | None:
    """Why the attention at a path is not read, if a block around it is named here."""
    parts = path.split(".")[:-1]
    around = (".".join(parts[:depth]) for depth in range(len(parts) + 1))
    kinds = (type(modules[outer]).__name__ for outer in around)
    return next((HOSTS[kind] for kind in kinds if kind in HOSTS), None)


def _timm_names(kind: type) -> Iterator[str]:
    """File and name of each class of timm that a class is one: several share a name."""
    for cls in kind.__mro__:
        if cls.__module__.startswith("timm."):
            yield f"{cls.__module__.rpartition('.')[2]}.{cls.__name__}"
