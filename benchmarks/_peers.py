"""A peer is another library that reads what chosen modules put out, as `hooks.capture` does.

All are asked for the same modules of the same network, each on a copy of its own, since some leave
hooks behind. What a library needs only once, such as tracing a graph, is not timed.
"""

import copy
import importlib.metadata
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from operator import or_
from typing import Any

import torch
from torch import Tensor, nn

Seen = Mapping[str, Tensor]
"""What modules put out, by their path."""
Prepare = Callable[[nn.Module, Sequence[str], Tensor], Callable[[], Seen]]
"""Takes a network, paths of modules and a batch; returns what runs the batch and reads."""


def attention_extract(network: nn.Module, paths: Sequence[str], batch: Tensor) -> Any:
    from timm.utils import AttentionExtract  # noqa: PLC0415 - each peer is imported for itself

    return partial(AttentionExtract(network, names=list(paths), method="hook"), batch)


def torchvision_extractor(network: nn.Module, paths: Sequence[str], batch: Tensor) -> Any:
    from torchvision.models.feature_extraction import create_feature_extractor  # noqa: PLC0415

    return partial(create_feature_extractor(network, {path: path for path in paths}), batch)


def nnsight_trace(network: nn.Module, paths: Sequence[str], batch: Tensor) -> Callable[[], Seen]:
    import nnsight  # noqa: PLC0415

    wrapped = nnsight.NNsight(network)

    def read() -> Seen:
        with wrapped.trace(batch):
            seen = nnsight.save({})
            for path in paths:
                seen[path] = wrapped.get(path).output
        return seen

    return read


def torchlens_record(network: nn.Module, paths: Sequence[str], batch: Tensor) -> Callable[[], Seen]:
    import torchlens  # noqa: PLC0415

    chosen = reduce(or_, map(torchlens.in_module, paths))

    def read() -> Seen:
        found = torchlens.record(network, batch, save=chosen)
        return {path: found.records[found.by_address[path][-1]].ram_payload for path in paths}

    return read


def captum_activation(network: nn.Module, paths: Sequence[str], batch: Tensor) -> Any:
    from captum.attr import LayerActivation  # noqa: PLC0415

    reader = LayerActivation(network, [network.get_submodule(path) for path in paths])
    return lambda: dict(zip(paths, reader.attribute(batch), strict=True))


@dataclass(frozen=True)
class Peer:
    """A library that reads what modules put out.

    Attributes:
        title: what of it is used.
        package: the distribution it comes in.
        prepare: sets it up.
        lasting: True if it does something to the whole process that `restore` takes back.
    """

    title: str
    package: str
    prepare: Prepare
    lasting: bool = False

    @property
    def version(self) -> str:
        """Returns the name and the installed version."""
        return f"{self.package} {importlib.metadata.version(self.package)}"

    def reader(self, network: nn.Module, paths: Sequence[str], batch: Tensor) -> Callable[[], Seen]:
        """Returns what runs a batch without gradients and reads the modules at some paths."""
        return torch.no_grad()(self.prepare(stepwise(network), paths, batch))


PEERS = (
    Peer("timm AttentionExtract", "timm", attention_extract),
    Peer("torchvision feature extraction", "torchvision", torchvision_extractor),
    Peer("Captum LayerActivation", "captum", captum_activation),
    Peer("nnsight", "nnsight", nnsight_trace),
    Peer("TorchLens record", "torchlens", torchlens_record, lasting=True),
)


def stepwise(network: nn.Module) -> nn.Module:
    """Returns a copy without fused self-attention, which has no weights to read."""
    copied = copy.deepcopy(network)
    for module in copied.modules():
        if hasattr(module, "fused_attn"):
            module.fused_attn = False
    return copied


def restore() -> None:
    """Takes back what TorchLens leaves behind: all of torch's functions wrapped, and slower."""
    if wrappers := sys.modules.get("torchlens.backends.torch.wrappers"):
        wrappers.unwrap_torch()
