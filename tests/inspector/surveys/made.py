"""A source that makes its pictures of numbers, so that tests need no files."""

import hashlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from inspector.surveys import Damaged, Item, Shard

SIDE = 32
LABELS = ("cat", "dog", "emu")


@dataclass(frozen=True)
class Made:
    """Random pictures of 32 pixels a side, the same for the same number.

    Attributes:
        number: how many.
        classes: names; labels take turns.
        damaged: numbers of items that are none.
        vanishes: number of the item before which the source is gone.
        kills: number of the item at which the process that reads it is killed, if it is a helper.
    """

    number: int
    classes: tuple[str, ...] | None = None
    damaged: tuple[int, ...] = ()
    vanishes: int | None = None
    kills: int | None = None
    title: str = "made"

    def listing_hash(self) -> str:
        told = (self.number, self.classes, self.damaged)
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def shards(self, size: int) -> Sequence[Shard]:
        firsts = range(0, self.number, size)
        return [Shard(n, min(size, self.number - at), at) for n, at in enumerate(firsts)]

    def items(self, shard: Shard) -> Iterator[Item]:
        for place in range(shard.part, shard.part + shard.count):
            if place == self.vanishes:
                raise FileNotFoundError(2, "No such file or directory", "made")
            if place == self.kills and multiprocessing.parent_process():
                os.kill(os.getpid(), signal.SIGKILL)
            yield self.picture(str(place))

    def picture(self, key: str) -> Item:
        place = int(key)
        label = place % len(self.classes) if self.classes else None
        if place in self.damaged:
            return Item(key, Damaged("The file is cut off."), label)
        pixels = np.random.default_rng(place).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
        return Item(key, pixels, label)

    def left_out(self) -> Iterator[tuple[str, str]]:
        return iter([("notes.txt", "no picture")])


def network(depth=11, **options):
    """The smallest network of ours, for pictures of 32 pixels."""
    from inspector.zoo import load_model  # noqa: PLC0415 - not for whoever only needs the source

    loaded = load_model("dia_resnet", depth=depth, num_classes=3, device="cpu", **options)
    return replace(loaded, card=replace(loaded.card, input_size=(3, SIDE, SIDE)))


def small(model, source, out, **manner):
    """A survey in shards of 8 pictures and batches of 4, unless other ones are wanted."""
    from inspector.surveys import survey  # noqa: PLC0415 - nor this

    return survey(model, source, out, **{"shard_size": 8, "batch_size": 4} | manner)


@contextmanager
def one_at_a_time():
    """Has torch use one thread: sums over images come out the same only if they are cut alike."""
    import torch  # noqa: PLC0415 - nor this

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class Stopped(Exception):
    """Raised by a listener to end a survey."""


def stop_at(number):
    """A listener that ends a survey once so many pictures are done."""

    def listener(done, _total, _what):
        if done >= number:
            raise Stopped

    return listener


def content(store) -> dict[str, bytes]:
    """What every file of a store holds, by its path in it."""
    files = (path for path in store.rglob("*") if path.is_file())
    return {str(path.relative_to(store)): path.read_bytes() for path in files}


if __name__ == "__main__":  # a survey that is killed once its first shard is committed
    from inspector.progress import listening

    def kill(done: int, _total: int, _what: str) -> None:
        if done >= 8:
            os.kill(os.getpid(), signal.SIGKILL)

    with one_at_a_time(), listening(kill):
        small(network(), Made(24), sys.argv[1])
