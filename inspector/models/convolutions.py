"""A convolution with its norm is one layer in two modules, `conv` and `bn`, as published."""

from typing import Any

from torch import Tensor, nn


class ConvNorm(nn.Module):
    """A convolution without bias, a batch norm, and perhaps an activation.

    Args:
        in_channels: channels of the input.
        channels: of the output.
        kernel: side of the convolution, which keeps the size at stride 1.
        act: activation; none if not given.
        options: of `nn.Conv2d`, such as `stride`.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        kernel: int,
        *,
        act: nn.Module | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels, channels, kernel, padding=kernel // 2, bias=False, **options
        )
        self.bn = nn.BatchNorm2d(channels)
        self.act = act or nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Returns a map [b, channels, h', w'] of a map [b, c, h, w]."""
        return self.act(self.bn(self.conv(x)))
