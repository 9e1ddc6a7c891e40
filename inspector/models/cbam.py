"""CBAM is a gate per channel and then a gate per place, in each block; timm has the layer.

Woo et al., "CBAM: Convolutional Block Attention Module", ECCV 2018 (arXiv 1807.06521). The gates
are timm's, on its ResNet-50, where the paper has them: before the sum with the skip. timm itself
has no name for this network.
"""

from timm.models.resnet import Bottleneck, ResNet

from inspector.models.registry import register

register(
    "cbamresnet50",
    ResNet,
    block=Bottleneck,
    layers=(3, 4, 6, 3),
    block_args={"attn_layer": "cbam"},
    zero_init_last=False,  # else every gate is one half at first, whatever the image
)
