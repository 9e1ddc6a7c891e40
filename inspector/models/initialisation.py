"""Initialisation draws the random weights a network starts from, as the published code does."""

from timm.layers import trunc_normal_
from torch import nn


def init_convolutions(network: nn.Module) -> None:
    """Draws every 2-d convolution from a normal of standard deviation sqrt(2 / fan_out)."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out")


def init_linear(network: nn.Module) -> None:
    """Draws every linear map from a truncated normal of 0.02; its bias becomes zero."""
    for module in network.modules():
        if isinstance(module, nn.Linear):
            trunc_normal_(module.weight, std=0.02)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def zero_biases(network: nn.Module) -> None:
    """Sets the bias of every linear map to zero, those of attentions included."""
    for module in network.modules():
        if isinstance(module, nn.Linear):
            nn.init.zeros_(module.bias)
