"""How much longer a forward pass takes when its attention is captured, and how much more memory."""

from collections.abc import Callable, Iterator
from functools import partial

from _memory import MEBIBYTE, peaks
from _networks import FAMILIES, forward, images
from _report import Benchmark, Plan, Row, run
from _timing import compare

from hooks import capture
from inspector.zoo import LoadedModel

WAYS = ("plain", "summary", "full")


def way(model: LoadedModel, samples: int, name: str) -> Callable[[], object]:
    """Returns what a name does with some images: "plain", or capture with that detail."""
    batch = images(model, samples)
    if name == "plain":
        return forward(model.module, batch)
    return partial(capture, model.module, batch, detail=name)


def rows(model: LoadedModel, plan: Plan) -> Iterator[Row]:
    for samples in plan.batches:
        timings = compare({name: way(model, samples, name) for name in WAYS}, plan.pace)
        yield (
            samples,
            timings["plain"].milliseconds,
            timings["summary"].ratio,
            timings["full"].ratio,
            *memory(model, samples, plan),
        )


def memory(model: LoadedModel, samples: int, plan: Plan) -> tuple[float | None, ...]:
    """Returns in MiB the peak of a plain pass, what summary and full take beyond it."""
    peak = peaks(way, WAYS, model, samples) if plan.memory else None
    if peak is None:
        return None, None, None
    plain = peak["plain"]
    return tuple(size / MEBIBYTE for size in (plain, peak["summary"] - plain, peak["full"] - plain))


BENCHMARK = Benchmark(
    name="capture_overhead",
    about="A captured forward pass against a plain one, both under torch.no_grad",
    columns={
        "batch": "d",
        "plain, ms": ".0f",
        "summary / plain": ".2f",
        "full / plain": ".2f",
        "plain peak, MiB": ".0f",
        "summary, MiB more": "z.0f",
        "full, MiB more": "z.0f",
    },
    rows=rows,
    models=FAMILIES,
    batches=(1, 8, 32),
)

if __name__ == "__main__":
    run(BENCHMARK)
