"""Initialisation draws the random weights a network starts from, as the published code does."""

from torch import nn


def init_convolutions(network: nn.Module) -> None:
    """Draws every 2-d convolution from a normal of standard deviation sqrt(2 / fan_out)."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out")
