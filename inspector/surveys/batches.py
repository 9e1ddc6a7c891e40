"""A batch is some items of one shard, decoded, and cut to what the network sees of them.

It is made where pictures are decoded, which may be another process; what it holds is small: pixels
of 8 bits, which the network's device makes into numbers.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from inspector.images import seen_pixels
from inspector.surveys.items import Damaged, Item, Shard, Source

if TYPE_CHECKING:
    from inspector.cards import Card

UNLABELLED = -1


@dataclass(frozen=True, eq=False)
class Batch:
    """Some items of a shard, in order.

    Attributes:
        shard: number of the shard.
        keys: of the pictures, by sample.
        labels: place of the class, by sample; `UNLABELLED` without one.
        places: in the shard, by sample; damaged items have one too.
        pixels: uint8 (sample, y, x, rgb).
        damaged: key and reason of the items that are no pictures.
        last: whether the shard ends with it.
    """

    shard: int
    keys: tuple[str, ...]
    labels: tuple[int, ...]
    places: tuple[int, ...]
    pixels: Tensor = field(repr=False)
    damaged: tuple[tuple[str, str], ...]
    last: bool

    def pin_memory(self) -> "Batch":
        """The same where a GPU can copy from while it computes; torch's loader asks for it."""
        return replace(self, pixels=self.pixels.pin_memory())


def batches(source: Source, shard: Shard, card: "Card", size: int) -> Iterator[Batch]:
    """A shard in batches of ``size`` items, damaged ones among them; at least one batch.

    Raises:
        OSError: the source has vanished.
    """
    items = enumerate(source.items(shard))
    ahead = list(islice(items, size))
    while True:
        now, ahead = ahead, list(islice(items, size))
        yield _batch(now, shard.number, card, last=not ahead)
        if not ahead:
            return


def network_input(pixels: Tensor, card: "Card", device: torch.device) -> Tensor:
    """Pixels (sample, y, x, rgb) as the network's input: what `inspector.images.prepare` makes."""
    there = pixels.to(device, non_blocking=True).permute(0, 3, 1, 2).contiguous()
    mean, std = (
        torch.tensor(numbers, dtype=torch.float32, device=device)[:, None, None]
        for numbers in (card.mean, card.std)
    )
    return there.float().div_(255).sub_(mean).div_(std)


def _batch(items: list[tuple[int, Item]], number: int, card: "Card", *, last: bool) -> Batch:
    found = [(place, item, _seen(item, card)) for place, item in items]
    whole = [(place, item, seen) for place, item, seen in found if not isinstance(seen, Damaged)]
    pixels = [seen for _, _, seen in whole]
    return Batch(
        shard=number,
        keys=tuple(item.key for _, item, _ in whole),
        labels=tuple(UNLABELLED if item.label is None else item.label for _, item, _ in whole),
        places=tuple(place for place, _, _ in whole),
        pixels=torch.from_numpy(np.stack(pixels) if pixels else np.zeros((0, 1, 1, 3), np.uint8)),
        damaged=tuple((item.key, s.reason) for _, item, s in found if isinstance(s, Damaged)),
        last=last,
    )


def _seen(item: Item, card: "Card") -> np.ndarray | Damaged:
    if isinstance(item.picture, Damaged):
        return item.picture
    if isinstance(item.picture, np.ndarray):
        return seen_pixels(Image.fromarray(item.picture), card)
    return seen_pixels(item.picture, card)
