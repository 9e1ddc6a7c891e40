"""An anatomy says which children of a residual block make its branch, its skip and its end.

The blocks are timm's, whose forward adds branch and skip itself; DIA works on the branch alone, and
MRLA-light needs the skip.
"""

from dataclasses import dataclass

from timm.models._efficientnet_blocks import EdgeResidual, InvertedResidual
from timm.models.resnet import BasicBlock, Bottleneck
from torch import nn


@dataclass(frozen=True)
class Anatomy:
    """The children that make up a residual block.

    Attributes:
        branch: those that the branch runs through, in turn; absent ones are passed by.
        last: of the branch's convolutions.
        skip: what changes the shape of the skip, if anything does.
        after: what follows the addition, if anything does.
    """

    branch: tuple[str, ...]
    last: str
    skip: str = ""
    after: str = ""


ANATOMIES: dict[type[nn.Module], Anatomy] = {
    BasicBlock: Anatomy(
        ("conv1", "bn1", "drop_block", "act1", "aa", "conv2", "bn2", "se", "drop_path"),
        last="conv2",
        skip="downsample",
        after="act2",
    ),
    Bottleneck: Anatomy(
        # one name a line would hide that this is three times convolution, norm, activation
        (
            *("conv1", "bn1", "act1"),
            *("conv2", "bn2", "drop_block", "act2", "aa"),
            *("conv3", "bn3", "se", "drop_path"),
        ),
        last="conv3",
        skip="downsample",
        after="act3",
    ),
    InvertedResidual: Anatomy(
        (
            *("conv_s2d", "bn_s2d", "conv_pw", "bn1"),
            *("conv_dw", "bn2", "aa", "se"),
            *("conv_pwl", "bn3", "drop_path"),
        ),
        last="conv_pwl",
    ),
    EdgeResidual: Anatomy(
        ("conv_exp", "bn1", "aa", "se", "conv_pwl", "bn2", "drop_path"), last="conv_pwl"
    ),
}
"""By class of timm's blocks, subclasses excluded: theirs may run otherwise."""


def channels_of(block: nn.Module) -> int:
    """Returns the channels that a block of `ANATOMIES` puts out."""
    return getattr(block, ANATOMIES[type(block)].last).out_channels
