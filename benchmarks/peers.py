"""Other libraries that read the same attention from the same network, beside `hooks.capture`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import partial
from typing import Any

import numpy as np
import xarray as xr
from _memory import MEBIBYTE, peaks
from _networks import forward, images
from _peers import PEERS, Seen, restore
from _report import MISSING, Benchmark, Plan, Row, run
from _timing import Timing, compare
from torch import nn

from hooks import MECHANISMS, capture
from inspector.zoo import LoadedModel

TOLERANCE = 1e-6
"""Of a difference between shares of 1; some are computed in another order."""


@dataclass(frozen=True)
class Read:
    """What is read of a network.

    Attributes:
        mechanism: key of ours.
        quantity: name of the array.
        modules: pattern of the paths of the modules that put it out, one per layer.
        detail: of our capture, with which the array is whole.
    """

    mechanism: str
    quantity: str
    modules: str
    detail: str = "summary"

    def paths(self, network: nn.Module) -> list[str]:
        """Returns the paths of the modules that put it out."""
        return [path for path, _ in network.named_modules() if fnmatch(path, self.modules)]


BY_TITLE = {peer.title: peer for peer in PEERS}
READS = (
    Read("mrla", "gate", "*.m*la.sigmoid"),
    Read("gates", "gate", "*.se.gate"),
    Read("self_attention", "weight", "*.attn_drop", detail="full"),
)
"""In the order in which a network is asked whether it has them."""


def read_of(model: LoadedModel) -> Read | None:
    """Returns what is read of a network, if it has any of it."""
    return next((read for read in READS if read.paths(model.module)), None)


def rows(model: LoadedModel, plan: Plan) -> Iterator[Row]:
    read = read_of(model)
    if read is None:
        patterns = ", ".join(read.modules for read in READS)
        yield _untimed(None, MISSING, MISSING, f"it has no module like {patterns}")
    elif read.mechanism not in [mechanism.key for mechanism in MECHANISMS]:
        yield _untimed(None, read.mechanism, "ours", "skipped: not among hooks.MECHANISMS")
    else:
        for samples in plan.batches:
            yield from _compared(model, read, samples, plan)


def way(model: LoadedModel, samples: int, name: str) -> Callable[[], Any]:
    """Returns what a name does with some images: "plain", "ours", or the title of a peer."""
    read, batch = read_of(model), images(model, samples)
    assert read is not None
    if name == "plain":
        return forward(model.module, batch)
    if name == "ours":
        wanted = {"mechanisms": [read.mechanism], "detail": read.detail}
        return partial(capture, model.module, batch, **wanted)
    return BY_TITLE[name].reader(model.module, read.paths(model.module), batch)


def difference(read: Read, tree: xr.DataTree, seen: Seen) -> float:
    """Returns the largest difference between our arrays and what a peer saw.

    Raises:
        ValueError: if it is more than rounding.
    """
    apart = 0.0
    for layer, node in tree[read.mechanism].children.items():
        ours = node[read.quantity].values
        theirs = next(values for path, values in seen.items() if path.startswith(f"{layer}."))
        apart = max(apart, float(np.abs(ours - theirs.cpu().numpy().reshape(ours.shape)).max()))
    if not apart <= TOLERANCE or len(seen) != len(tree[read.mechanism].children):
        raise ValueError(f"other numbers: {len(seen)} layers, up to {apart:.1e} apart")
    return apart


def _compared(model: LoadedModel, read: Read, samples: int, plan: Plan) -> Iterator[Row]:
    """A row for each way that gives our numbers, and for each peer that does not."""
    apart, refused = _judged(model, read, samples)
    timings = _timed(model, samples, plan, list(apart))
    names = list(timings)
    peak = peaks(way, names, model, samples) if plan.memory else None
    for name, timing in timings.items():
        more = (peak[name] - peak["plain"]) / MEBIBYTE if peak else None
        ratios = timing.ratio, timing.ratio / timings["ours"].ratio
        told = (timing.milliseconds, *ratios, more, apart.get(name), _note(name))
        yield samples, read.mechanism, name, *told
    for name, why in refused.items():
        yield _untimed(samples, read.mechanism, name, why)


def _judged(
    model: LoadedModel, read: Read, samples: int
) -> tuple[dict[str, float], dict[str, str]]:
    """By title, how far the peers' numbers are from ours, and why some cannot be compared."""
    tree = way(model, samples, "ours")()
    apart, refused = {}, {}
    for title in BY_TITLE:
        try:
            apart[title] = difference(read, tree, way(model, samples, title)())
        except Exception as error:  # whatever a library raises is its answer
            refused[title] = _reason(error)
        restore()
    return apart, refused


def _timed(
    model: LoadedModel, samples: int, plan: Plan, titles: Sequence[str]
) -> dict[str, Timing]:
    """The timings of plain, ours and the peers; one that leaves something behind is timed last."""
    tidy = [title for title in titles if not BY_TITLE[title].lasting]
    timings: dict[str, Timing] = {}
    for group in (tidy, *([title] for title in titles if title not in tidy)):
        ways = {name: way(model, samples, name) for name in ("plain", "ours", *group)}
        for name, timing in compare(ways, plan.pace).items():
            timings.setdefault(name, timing)
        restore()
    return timings


def _reason(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError):
        return f"{error.name} is not installed: pip install '.[bench]'"
    said = str(error).partition("\n")[0]
    return f"cannot: {type(error).__name__}, {said[:80]}"


def _note(name: str) -> str:
    own = {"plain": "", "ours": "labelled and verified"}
    return own[name] if name in own else BY_TITLE[name].version


def _untimed(samples: int | None, read: str, name: str, why: str) -> Row:
    return samples, read, name, None, None, None, None, None, why


BENCHMARK = Benchmark(
    name="peers",
    about="Libraries that read the same attention from the same network, beside hooks.capture",
    columns={
        "batch": "d",
        "read": "",
        "by": "",
        "ms": ".0f",
        "to plain": ".2f",
        "to ours": ".2f",
        "MiB more": "z.0f",
        "difference": ".0e",
        "note": "",
    },
    rows=rows,
    models=("seresnet50", "resnet50_mrlal", "deit_tiny_patch16_224"),
    batches=(8,),
)

if __name__ == "__main__":
    run(BENCHMARK)
