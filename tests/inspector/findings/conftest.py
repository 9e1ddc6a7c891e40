"""A study whose networks are random numbers, so that findings can be tested without any."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import torch

from inspector.findings.study import Seen, Sizes, Study, Subject
from inspector.training.images import Images

Fake = Callable[[Subject, int, int], Seen]
"""What a network shows: the subject, how many images, and a seed, 0 for the trained one."""


@dataclass(eq=False)
class Canned(Study):
    fake: Fake | None = None

    def seen(self, subject: Subject) -> Seen:
        return self.fake(subject, len(self.images), 0)

    def twins(self, subject: Subject) -> Iterator[Seen]:
        for seed in range(self.sizes.twins):
            yield self.fake(subject, self.beside(subject), seed + 1)


def images(count: int) -> Images:
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (count, 3, 32, 32), generator=generator, dtype=torch.uint8)
    return Images(pixels, torch.arange(count) % 10)


@pytest.fixture
def pictures() -> Callable[[int], Images]:
    return images


@pytest.fixture
def canned() -> Callable[..., Study]:
    def make(fake: Fake, count: int = 24) -> Study:
        return Canned(images(count), Sizes(beside=12, few=count, few_beside=12), fake=fake)

    return make
