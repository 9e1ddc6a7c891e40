"""EANet: a segmentation network whose head attends to a memory that all images share.

The trunk is a ResNet with a deep stem that keeps an eighth or a sixteenth of the image's size.
Guo et al., "Beyond Self-attention: External Attention", arXiv:2105.02358. Parameter and module
names are those of the published code.
"""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from inspector.models.bottleneck import EXPANSION, Bottleneck, network_plan
from inspector.models.convolutions import ConvNorm
from inspector.models.external_attention import SpatialExternalAttention
from inspector.models.initialisation import init_convolutions
from inspector.models.registry import register
from inspector.models.resnet import BLOCKS, WIDTHS
from inspector.models.stems import deep_stem

STEM = 128
HEAD, NARROW_HEAD = 512, 256
STRIDES = {8: (1, 2, 1, 1), 16: (1, 2, 2, 1)}
DILATIONS = {
    8: ((1,), (1,), (1, 2), (2, 8, 16)),
    16: ((1,), (1,), (1, 1), (1, 4, 8)),
}
"""By output stride and stage: of the first block, the second, and so on; the last holds on.

The last stage's 1, 2, 4 times a base are the published multi-grid, whose 1 is never used.
"""


class PlainBottleneck(Bottleneck):
    """A bottleneck with the usual addition and activation."""

    def forward(self, x: Tensor) -> Tensor:
        """Returns the block output [b, 4 * width, h, w]."""
        branch, skip = self.branch_and_skip(x)
        return self.relu2(branch + skip)


class EANet(nn.Module):
    """A segmentation network with external attention.

    Args:
        blocks: number of blocks per stage.
        output_stride: how much smaller than the image the trunk's map is, 8 or 16.
        num_classes: number of logits of a pixel.
        in_chans: channels of the image.

    Raises:
        ValueError: if the output stride is another.
    """

    def __init__(
        self,
        blocks: Sequence[int],
        *,
        output_stride: int = 8,
        num_classes: int = 21,
        in_chans: int = 3,
    ) -> None:
        super().__init__()
        if output_stride not in STRIDES:
            raise ValueError(f"EANet has an output_stride of 8 or 16, got {output_stride}.")
        self.num_classes = num_classes
        self.num_features = NARROW_HEAD
        self.extractor = nn.Sequential(
            deep_stem(in_chans, STEM),
            nn.BatchNorm2d(STEM),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2, padding=1),
            *_stages(blocks, output_stride),
        )
        self.fc0 = ConvNorm(WIDTHS[-1] * EXPANSION, HEAD, 3, act=nn.ReLU())
        self.linu = SpatialExternalAttention(HEAD)
        self.fc1 = nn.Sequential(ConvNorm(HEAD, NARROW_HEAD, 3, act=nn.ReLU()), nn.Dropout2d(0.1))
        self.fc2 = nn.Conv2d(NARROW_HEAD, num_classes, 1)
        init_convolutions(self)

    def forward_features(self, x: Tensor) -> Tensor:
        """Returns the map [b, 256, h', w'] of images [b, c, h, w]; h' is h / 8 or h / 16, up."""
        return self.fc1(self.linu(self.fc0(self.extractor(x))))

    def forward(self, x: Tensor, size: tuple[int, int] | None = None) -> Tensor:
        """Returns logits [b, classes, height, width] of images [b, c, h, w] of any size.

        Args:
            x: images.
            size: height and width of the logits; of the images if not given.
        """
        logits = self.fc2(self.forward_features(x))
        size = size or (x.shape[-2], x.shape[-1])
        return F.interpolate(logits, size, mode="bilinear", align_corners=True)


def _stages(blocks: Sequence[int], output_stride: int) -> list[nn.Module]:
    plans = network_plan(STEM, WIDTHS, blocks, STRIDES[output_stride])
    return [
        nn.Sequential(
            *(
                PlainBottleneck(*place, dilation=dilations[min(number, len(dilations) - 1)])
                for number, place in enumerate(plan)
            )
        )
        for plan, dilations in zip(plans, DILATIONS[output_stride], strict=True)
    ]


for depth, blocks in BLOCKS.items():
    register(f"eanet_r{depth}", EANet, blocks=blocks)
