"""A record is what is known of a trained network: how it was trained, and how well it does.

It lies as JSON beside the file of weights, of which it tells the digest.
"""

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inspector.training.run import Run


@dataclass(frozen=True)
class Score:
    """How often a network names the class of an image rightly.

    Attributes:
        right: number of images that it named rightly.
        images: number of images that it was asked.
    """

    right: int
    images: int

    @property
    def accuracy(self) -> float:
        """Returns the share of images named rightly, from 0 to 1."""
        return self.right / self.images

    @property
    def interval(self) -> tuple[float, float]:
        """Returns the 95 % interval of the accuracy (Wilson, JASA 22, 1927), from 0 to 1."""
        from scipy.stats import binomtest  # noqa: PLC0415 - slow to import

        low, high = binomtest(self.right, self.images).proportion_ci(0.95, method="wilson")
        return float(low), float(high)

    def __str__(self) -> str:
        """Returns it in words: "91.20 % of 10,000 images (95 % interval 90.63 to 91.74 %)"."""
        low, high = (100 * end for end in self.interval)
        share = f"{100 * self.accuracy:.2f} % of {self.images:,} images"
        return f"{share} (95 % interval {low:.2f} to {high:.2f} %)"


def record(weights: Path, score: Score, run: "Run") -> dict[str, Any]:
    """Returns what is known of a trained network, as it lies beside its weights.

    Args:
        weights: its file.
        score: of that file, read again, on all test images.
        run: that trained it, to its last epoch.
    """
    import torch  # noqa: PLC0415

    from inspector.devices import device_title  # noqa: PLC0415 - torch

    recipe, threads = run.recipe, torch.get_num_threads()
    return {
        "network": recipe.network,
        "data": "CIFAR-10",
        "train_images": len(run.train),
        "train_sha256": run.train.digest(),
        "right": score.right,
        "images": score.images,
        "accuracy": score.accuracy,
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "recipe": asdict(recipe),
        "seconds": round(sum(line["seconds"] for line in run.log)),
        "machine": f"{device_title(run.device)}, {platform.machine()}, {threads} threads",
        "torch": torch.__version__,
        "log": [dict(line) for line in run.log],
    }


def write(told: Mapping[str, Any], weights: Path) -> Path:
    """Writes a record beside a file of weights; returns its file."""
    path = weights.with_suffix(".json")
    path.write_text(json.dumps(told, indent=1) + "\n")
    return path
