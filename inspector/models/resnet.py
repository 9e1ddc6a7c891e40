"""The ResNets with MRLA: every bottleneck adds what its layer retrieves from earlier layers.

After the ordinary addition a block computes X = ReLU(branch + skip) and puts out X plus a
normalised retrieval. *Base* chains the blocks of a stage through a cache of keys and values;
*light* carries the skip. SE and ECA gates may stand on the branch. Fang et al., ICLR 2023,
arXiv:2302.03985.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from timm.layers import DropPath
from torch import Tensor, nn

from inspector.models.bottleneck import EXPANSION, Bottleneck, Place, network_plan
from inspector.models.gates import EfficientChannelAttention, SqueezeExcitation
from inspector.models.initialisation import init_convolutions
from inspector.models.mrla import BaseBranch, Chain, LightBranch, Values
from inspector.models.registry import register
from inspector.models.stems import deep_stem, plain_stem

STEM = 64
WIDTHS = (64, 128, 256, 512)
STRIDES = (1, 2, 2, 2)
BLOCKS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}

LIGHT_HEAD_DIM = 32
BASE_HEAD_DIM = 16


class _AttentiveBottleneck(Bottleneck):
    """A bottleneck with gates on its branch, and an attention with norm and stochastic depth.

    Args:
        place: channels of the input, width of the 3x3 convolution, stride.
        attention: what retrieves from earlier layers.
        drop_path: share of images whose retrieval is dropped in training.
        se: True for a squeeze-and-excitation gate.
        eca: kernel length of an efficient channel attention gate, None for no such gate.
    """

    def __init__(
        self,
        place: Place,
        attention: nn.Module,
        *,
        drop_path: float = 0.0,
        se: bool = False,
        eca: int | None = None,
    ) -> None:
        super().__init__(*place)
        channels = self.bn3.num_features
        nn.init.zeros_(self.bn3.weight)  # convolutional branches start at zero, retrievals do not
        self.relu3 = nn.ReLU()
        self.se = SqueezeExcitation(channels) if se else nn.Identity()
        self.eca = EfficientChannelAttention(eca) if eca else nn.Identity()
        self.mrla = attention
        self.bn_mrla = nn.BatchNorm2d(channels)
        self.drop_path = DropPath(drop_path) if drop_path else nn.Identity()

    def branch_and_skip(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Returns the gated branch and the skip, both [b, 4 * width, h, w]."""
        branch, skip = super().branch_and_skip(x)
        return self.eca(self.se(branch)), skip


class LightBottleneck(_AttentiveBottleneck):
    """A bottleneck with MRLA-light.

    Args:
        in_channels: channels of the input.
        width: channels of the 3x3 convolution.
        stride: of the 3x3 convolution and of the skip.
        branch: `drop_path`, `se` and `eca` of its kind.
    """

    def __init__(self, in_channels: int, width: int, stride: int, **branch: Any) -> None:
        channels = width * EXPANSION
        attention = LightBranch(channels, channels // LIGHT_HEAD_DIM)
        super().__init__((in_channels, width, stride), attention, **branch)

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
        head_dim: channels per head; 1 gives every channel a retrieval weight of its own.
        rectified: True for a ReLU on the normalised retrieval.
        branch: `drop_path`, `se` and `eca` of its kind.
    """

    def __init__(
        self,
        in_channels: int,
        width: int,
        stride: int,
        *,
        head_dim: int = BASE_HEAD_DIM,
        rectified: bool = True,
        **branch: Any,
    ) -> None:
        channels = width * EXPANSION
        attention = BaseBranch(channels, channels // head_dim)
        super().__init__((in_channels, width, stride), attention, **branch)
        self.relu_mrla = nn.ReLU() if rectified else nn.Identity()

    def forward(
        self, x: Tensor, keys: Tensor | None = None, values: Values = ()
    ) -> tuple[Tensor, Tensor, Values]:
        """Returns the block output [b, 4 * width, h, w] and the caches of the chain so far."""
        branch, skip = self.branch_and_skip(x)
        features = self.relu3(branch + skip)
        retrieved, keys, values = self.mrla(features, keys, values)
        retrieved = self.relu_mrla(self.bn_mrla(retrieved))
        return features + self.drop_path(retrieved), keys, values


class ResNet(nn.Module):
    """A stem, stages, a global pool and a classifier.

    Args:
        stem: image to 64 channels at half size, before the first norm.
        trunk: what follows the stem, by the names that published parameters have.
        num_classes: number of logits.
        drop_rate: dropout before the classifier.
        classifier: name of the classifier.
    """

    def __init__(
        self,
        stem: nn.Module,
        trunk: Mapping[str, nn.Module],
        *,
        num_classes: int = 1000,
        drop_rate: float = 0.0,
        classifier: str = "fc",
    ) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.num_features = WIDTHS[-1] * EXPANSION
        self.conv1 = stem
        self.bn1 = nn.BatchNorm2d(STEM)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.trunk_names = tuple(trunk)
        for name, module in trunk.items():
            self.add_module(name, module)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(drop_rate)
        self.classifier_name = classifier
        self.add_module(classifier, nn.Linear(self.num_features, num_classes))
        init_convolutions(self)

    def forward_features(self, x: Tensor) -> Tensor:
        """Returns the map [b, 2048, h / 32, w / 32] of images [b, c, h, w]."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for name in self.trunk_names:
            x = self.get_submodule(name)(x)
        return x

    def forward_head(self, x: Tensor, pre_logits: bool = False) -> Tensor:
        """Returns logits [b, classes] of a map, or its pooled features if `pre_logits`."""
        x = self.dropout(self.avgpool(x).flatten(1))
        return x if pre_logits else getattr(self, self.classifier_name)(x)

    def forward(self, x: Tensor) -> Tensor:
        """Returns logits [b, classes] of images [b, c, h, w]."""
        return self.forward_head(self.forward_features(x))


def light_resnet(
    blocks: Sequence[int],
    *,
    in_chans: int = 3,
    num_classes: int = 1000,
    drop_rate: float = 0.0,
    **branch: Any,
) -> ResNet:
    """Returns a ResNet with MRLA-light and a single 7x7 stem.

    Args:
        blocks: number of blocks per stage.
        in_chans: channels of the image.
        num_classes: number of logits.
        drop_rate: dropout before the classifier.
        branch: of the blocks: `drop_path`, `se` (True for an SE gate on every branch) and `eca`
            (for an ECA gate on every branch: its four kernel lengths, one per stage).
    """
    stages = _stages(LightBottleneck, nn.Sequential, blocks, branch)
    trunk = {f"layer{number}": stage for number, stage in enumerate(stages, 1)}
    stem = plain_stem(in_chans, STEM)
    return ResNet(stem, trunk, num_classes=num_classes, drop_rate=drop_rate)


def base_resnet(
    blocks: Sequence[int],
    *,
    plain: bool = False,
    channel_wise: bool = False,
    in_chans: int = 3,
    num_classes: int = 1000,
    drop_rate: float = 0.0,
    **branch: Any,
) -> ResNet:
    """Returns a ResNet with MRLA-base.

    Args:
        blocks: number of blocks per stage.
        plain: True for the variant with a single 7x7 stem and no ReLU on the retrieval.
        channel_wise: True for a retrieval weight per channel instead of per 16 channels; the
            parameters are the same, so a checkpoint cannot tell.
        in_chans: channels of the image.
        num_classes: number of logits.
        drop_rate: dropout before the classifier.
        branch: as for `light_resnet`.
    """
    head_dim = 1 if channel_wise else BASE_HEAD_DIM
    block = partial(BaseBottleneck, head_dim=head_dim, rectified=not plain)
    stages = nn.Sequential(*_stages(block, Chain, blocks, branch))
    stem = plain_stem(in_chans, STEM) if plain else deep_stem(in_chans, STEM)
    return ResNet(stem, {"stages": stages}, num_classes=num_classes, drop_rate=drop_rate)


def _stages(
    block: Callable[..., nn.Module],
    container: type[nn.Sequential],
    blocks: Sequence[int],
    branch: Mapping[str, Any],
) -> list[nn.Module]:
    """Returns one container of blocks per stage."""
    kernels = _kernels(branch.get("eca"))
    plans = network_plan(STEM, WIDTHS, blocks, STRIDES)
    return [
        container(*(block(*place, **{**branch, "eca": kernel}) for place in plan))
        for plan, kernel in zip(plans, kernels, strict=True)
    ]


def _kernels(eca: Sequence[int] | None) -> Sequence[int | None]:
    """Returns the ECA kernel of each stage, None where there is none.

    Raises:
        ValueError: if there are not four odd numbers.
    """
    if eca is None:
        return (None,) * len(WIDTHS)
    if len(eca) != len(WIDTHS) or not all(kernel > 0 and kernel % 2 for kernel in eca):
        raise ValueError(
            "eca takes four odd kernel lengths, one per stage, such as (5, 5, 5, 7); "
            f"got {tuple(eca)}."
        )
    return eca


for depth, blocks in BLOCKS.items():
    register(f"resnet{depth}_mrlab", base_resnet, blocks=blocks)
    register(f"resnet{depth}_mrlal", light_resnet, blocks=blocks)
register("resnet50_mrlab_plain", base_resnet, blocks=BLOCKS[50], plain=True)
