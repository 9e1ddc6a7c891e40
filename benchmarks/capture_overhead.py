"""How much longer a forward pass takes when its attention is captured, and what is then held."""

from collections.abc import Callable, Iterator
from functools import partial

import torch
from _side_by_side import Benchmark, Row, compare, run

from hooks import capture
from inspector.zoo import LoadedModel

BATCHES = (1, 8)


def rows(model: LoadedModel, rounds: int) -> Iterator[Row]:
    for samples in BATCHES:
        batch = torch.rand(samples, *model.card.input_size, device=model.device)
        ways: dict[str, Callable[[], object]] = {
            "plain": partial(plain, model, batch),
            "summary": partial(capture, model.module, batch, detail="summary"),
            "full": partial(capture, model.module, batch, detail="full"),
        }
        timings = compare(ways, rounds)
        held = capture(model.module, batch, detail="full").nbytes
        yield (
            f"{samples}",
            f"{timings['plain'].milliseconds:.0f}",
            f"{timings['summary'].ratio:.2f}",
            f"{timings['full'].ratio:.2f}",
            f"{held / 2**20:.1f}",
        )


@torch.inference_mode()
def plain(model: LoadedModel, batch: torch.Tensor) -> torch.Tensor:
    return model.module(batch)


BENCHMARK = Benchmark(
    name="capture_overhead",
    about="Time of a captured forward pass, as a ratio to a plain one",
    header=("model", "batch", "plain, ms", "summary / plain", "full / plain", "full, MiB"),
    rows=rows,
)

if __name__ == "__main__":
    run(BENCHMARK)
