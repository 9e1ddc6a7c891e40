"""The ResNets with MRLA: every bottleneck adds what its layer retrieves from earlier layers.

After the ordinary addition a block computes X = ReLU(branch + skip) and puts out X plus a
normalised retrieval. *Base* chains the blocks of a stage through a cache of keys and values;
*light* carries the skip. Fang et al., ICLR 2023, arXiv:2302.03985.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from timm.layers import DropPath
from torch import Tensor, nn

from inspector.models.bottleneck import EXPANSION, Bottleneck, stage_plan
from inspector.models.initialisation import init_convolutions
from inspector.models.mrla import BaseBranch, LightBranch
from inspector.models.registry import register

WIDTHS = (64, 128, 256, 512)
STRIDES = (1, 2, 2, 2)
BLOCKS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}

LIGHT_HEAD_DIM = 32
BASE_HEAD_DIM = 16


class _AttentiveBottleneck(Bottleneck):
    """A bottleneck with an attention branch, its norm and its stochastic depth."""

    def __init__(
        self, in_channels: int, width: int, stride: int, drop_path: float, attention: nn.Module
    ) -> None:
        super().__init__(in_channels, width, stride)
        self.relu3 = nn.ReLU()
        self.mrla = attention
        self.bn_mrla = nn.BatchNorm2d(width * EXPANSION)
        self.drop_path = DropPath(drop_path) if drop_path else nn.Identity()


class LightBottleneck(_AttentiveBottleneck):
    """A bottleneck with MRLA-light.

    Args:
        in_channels: channels of the input.
        width: channels of the 3x3 convolution.
        stride: of the 3x3 convolution and of the skip.
        drop_path: share of images whose retrieval is dropped in training.
    """

    def __init__(self, in_channels: int, width: int, stride: int, drop_path: float = 0.0) -> None:
        channels = width * EXPANSION
        attention = LightBranch(channels, channels // LIGHT_HEAD_DIM)
        super().__init__(in_channels, width, stride, drop_path, attention)

    def forward(self, x: Tensor) -> Tensor:
        """Returns the block output [b, 4 * width, h, w]."""
        branch, skip = self.branch_and_skip(x)
        features = self.relu3(branch + skip)
        return features + self.drop_path(self.bn_mrla(self.mrla(features, skip)))


class BaseBottleneck(_AttentiveBottleneck):
    """A bottleneck with MRLA-base.

    Args:
        in_channels: channels of the input.
        width: channels of the 3x3 convolution.
        stride: of the 3x3 convolution and of the skip.
        drop_path: share of images whose retrieval is dropped in training.
        head_dim: channels per head; 1 gives every channel a retrieval weight of its own.
        rectified: True for a ReLU on the normalised retrieval.
    """

    def __init__(
        self,
        in_channels: int,
        width: int,
        stride: int,
        drop_path: float = 0.0,
        *,
        head_dim: int = BASE_HEAD_DIM,
        rectified: bool = True,
    ) -> None:
        channels = width * EXPANSION
        attention = BaseBranch(channels, channels // head_dim)
        super().__init__(in_channels, width, stride, drop_path, attention)
        self.relu_mrla = nn.ReLU() if rectified else nn.Identity()

    def forward(
        self, x: Tensor, keys: Tensor | None = None, values: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Returns the block output [b, 4 * width, h, w] and the caches of the chain so far."""
        branch, skip = self.branch_and_skip(x)
        features = self.relu3(branch + skip)
        retrieved, keys, values = self.mrla(features, keys, values)
        retrieved = self.relu_mrla(self.bn_mrla(retrieved))
        return features + self.drop_path(retrieved), keys, values


class Chain(nn.Sequential):
    """Blocks of a stage that hand their keys and values on; the first starts without any."""

    def forward(self, x: Tensor) -> Tensor:
        """Returns the output [b, c, h, w] of the last block."""
        keys = values = None
        for block in self:
            x, keys, values = block(x, keys, values)
        return x


class ResNet(nn.Module):
    """A stem, stages, a global pool and a classifier.

    Args:
        stem: image to 64 channels at half size, before the first norm.
        trunk: what follows the stem, by the names that published parameters have.
        num_classes: number of logits.
        drop_rate: dropout before the classifier.
    """

    def __init__(
        self,
        stem: nn.Module,
        trunk: Mapping[str, nn.Module],
        *,
        num_classes: int = 1000,
        drop_rate: float = 0.0,
    ) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.num_features = WIDTHS[-1] * EXPANSION
        self.conv1 = stem
        self.bn1 = nn.BatchNorm2d(WIDTHS[0])
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.trunk_names = tuple(trunk)
        for name, module in trunk.items():
            self.add_module(name, module)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(drop_rate)
        self.fc = nn.Linear(self.num_features, num_classes)
        _initialise(self)

    def forward_features(self, x: Tensor) -> Tensor:
        """Returns the map [b, 2048, h / 32, w / 32] of images [b, c, h, w]."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for name in self.trunk_names:
            x = self.get_submodule(name)(x)
        return x

    def forward_head(self, x: Tensor, pre_logits: bool = False) -> Tensor:
        """Returns logits [b, classes] of a map, or its pooled features if `pre_logits`."""
        x = self.dropout(self.avgpool(x).flatten(1))
        return x if pre_logits else self.fc(x)

    def forward(self, x: Tensor) -> Tensor:
        """Returns logits [b, classes] of images [b, c, h, w] of any size."""
        return self.forward_head(self.forward_features(x))


def light_resnet(
    blocks: Sequence[int], *, in_chans: int = 3, drop_path: float = 0.0, **head: Any
) -> ResNet:
    """Returns a ResNet with MRLA-light and a single 7x7 stem.

    Args:
        blocks: number of blocks per stage.
        in_chans: channels of the image.
        drop_path: share of images whose retrieval is dropped in training.
        head: `num_classes` and `drop_rate` of `ResNet`.
    """
    block = partial(LightBottleneck, drop_path=drop_path)
    stages = _stages(block, blocks, nn.Sequential)
    trunk = {f"layer{number}": stage for number, stage in enumerate(stages, 1)}
    return ResNet(_plain_stem(in_chans), trunk, **head)


def base_resnet(
    blocks: Sequence[int],
    *,
    in_chans: int = 3,
    plain: bool = False,
    channel_wise: bool = False,
    drop_path: float = 0.0,
    **head: Any,
) -> ResNet:
    """Returns a ResNet with MRLA-base.

    Args:
        blocks: number of blocks per stage.
        in_chans: channels of the image.
        plain: True for the variant with a single 7x7 stem and no ReLU on the retrieval.
        channel_wise: True for a retrieval weight per channel instead of per 16 channels; the
            parameters are the same, so a checkpoint cannot tell.
        drop_path: share of images whose retrieval is dropped in training.
        head: `num_classes` and `drop_rate` of `ResNet`.
    """
    head_dim = 1 if channel_wise else BASE_HEAD_DIM
    block = partial(BaseBottleneck, drop_path=drop_path, head_dim=head_dim, rectified=not plain)
    stem = _plain_stem(in_chans) if plain else _deep_stem(in_chans)
    return ResNet(stem, {"stages": nn.Sequential(*_stages(block, blocks, Chain))}, **head)


def _stages(
    block: Callable[[int, int, int], nn.Module],
    blocks: Sequence[int],
    container: type[nn.Sequential],
) -> list[nn.Module]:
    """Returns one container of blocks per stage."""
    inputs = (WIDTHS[0], *(width * EXPANSION for width in WIDTHS[:-1]))
    plans = map(stage_plan, inputs, WIDTHS, blocks, STRIDES)
    return [container(*(block(*place) for place in plan)) for plan in plans]


def _plain_stem(in_chans: int) -> nn.Module:
    return nn.Conv2d(in_chans, WIDTHS[0], 7, stride=2, padding=3, bias=False)


def _deep_stem(in_chans: int) -> nn.Module:
    """Returns three 3x3 convolutions in the place of one 7x7."""
    half = WIDTHS[0] // 2
    return nn.Sequential(
        nn.Conv2d(in_chans, half, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(half),
        nn.ReLU(),
        nn.Conv2d(half, half, 3, padding=1, bias=False),
        nn.BatchNorm2d(half),
        nn.ReLU(),
        nn.Conv2d(half, WIDTHS[0], 3, padding=1, bias=False),
    )


def _initialise(network: nn.Module) -> None:
    """Draws the convolutions; convolutional branches start at zero, retrievals do not."""
    init_convolutions(network)
    for module in network.modules():
        if isinstance(module, Bottleneck):
            nn.init.zeros_(module.bn3.weight)


for depth, blocks in BLOCKS.items():
    register(f"resnet{depth}_mrlab", base_resnet, blocks=blocks)
    register(f"resnet{depth}_mrlal", light_resnet, blocks=blocks)
register("resnet50_mrlab_plain", base_resnet, blocks=BLOCKS[50], plain=True)
