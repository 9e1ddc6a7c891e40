"""The page is the findings as Markdown, with how they were made and what their controls say."""

from dataclasses import dataclass

from inspector.findings.finding import Table
from inspector.findings.parts import Part
from inspector.findings.study import Study
from inspector.training.images import TEST_IMAGES

HEAD = """# Findings

What the small networks that come with this toolkit show of layer attention. Everything here, every
number, sentence and figure, is made by one command:

```sh
make findings DATA=CIFAR
```

They are small networks trained on CIFAR-10, one training run each: evidence for themselves, not for
the architectures, nor for ImageNet. An interval tells what other images might give, never what
another training run would. Of the papers, abstracts and public code were at hand, their full texts
were not: what is claimed in them beyond that is not told of."""


@dataclass(frozen=True)
class Page:
    """Findings on their way to being a page.

    Attributes:
        study: that they were made of.
        accuracies: of the networks.
        parts: findings in order.
        only: keys of the findings that were asked for; empty for all.
    """

    study: Study
    accuracies: Table
    parts: tuple[Part, ...]
    only: tuple[str, ...] = ()

    def text(self, torch: str) -> str:
        """Returns the whole page.

        Args:
            torch: version of PyTorch.
        """
        parts = (
            HEAD,
            *self._part(),
            *self._warning(),
            self._how(torch),
            "## The networks",
            self.accuracies.markdown(),
            "## Trained against random",
            self._limits(),
            self._controls().markdown(),
            *(part.text for part in self.parts),
        )
        return "\n\n".join(parts) + "\n"

    def _part(self) -> list[str]:
        """That this is not what the command makes, if it is not."""
        asked = [f"--only {key}" for key in self.only]
        if (count := len(self.study.images)) < TEST_IMAGES:
            asked.append(f"--images {count}")
        return [f"**A part alone, made with `ARGS='{' '.join(asked)}'`.**"] if asked else []

    def _warning(self) -> list[str]:
        random = [name for name, model in self.study.models.items() if not model.trained]
        if not random:
            return []
        names = ", ".join(f"`{name}`" for name in random)
        return [
            f"**No trained weights were there for {names}: what is told of them below is told of "
            "random weights, and nothing of it was learnt.**"
        ]

    def _how(self, torch: str) -> str:
        sizes, count = self.study.sizes, len(self.study.images)
        few = min(sizes.few, count)
        return (
            f"Images: {count} of the test set of CIFAR-10, which no network was trained on; the "
            f"first {few} for what takes long (cutting edges, attributions), as each section says. "
            f"Control: {sizes.twins} random twins of each network, the same network with fresh "
            "random weights, whose batch normalisations have the statistics of the last "
            f"{min(sizes.settling, count)} images. They are shown the first "
            f"{min(sizes.beside, count)} ({min(sizes.few_beside, count)} for what takes long); the "
            "trained network's numbers on the same images are held against theirs "
            "(`inspector.measures.outlying`). Numbers in brackets are 95 % intervals, over images "
            f"if nothing else is said. PyTorch {torch}."
        )

    def _limits(self) -> str:
        """What the verdicts below can tell, and what they cannot."""
        tried, twins = sum(len(part.controls) for part in self.parts), self.study.sizes.twins
        return (
            "All numbers of a line are judged at once. A yes says that training changed them, not "
            "which of them, and a random network is a low bar: its weights are drawn as they were "
            "before training. A network that learnt nothing would be told apart once in twenty "
            f"times; no allowance is made for the number of verdicts ({tried}, and those of the "
            f"last section), and with {twins} twins none could be so sure as to survive one. Of "
            f"single numbers, one in {(twins + 1) / 2:.3g} of yet another twin would lie beyond "
            f"all {twins}."
        )

    def _controls(self) -> Table:
        rows = [(part.title, *line) for part in self.parts for line in part.controls]
        return Table(("finding", "network", "told apart", "control"), tuple(rows))
