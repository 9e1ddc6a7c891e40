"""How much longer a forward pass takes when its attention is captured, and how much more memory."""

from collections.abc import Iterator
from functools import partial

from _memory import peaks
from _networks import FAMILIES, forward, images
from _report import Benchmark, Plan, Row, run
from _timing import Ways, compare

from hooks import capture
from inspector.zoo import LoadedModel

MEBIBYTE = 2**20


def ways(model: LoadedModel, samples: int) -> Ways:
    batch = images(model, samples)
    return {
        "plain": forward(model.module, batch),
        "summary": partial(capture, model.module, batch, detail="summary"),
        "full": partial(capture, model.module, batch, detail="full"),
    }


def rows(model: LoadedModel, plan: Plan) -> Iterator[Row]:
    for samples in plan.batches:
        timings = compare(ways(model, samples), plan.pace)
        yield (
            samples,
            timings["plain"].milliseconds,
            timings["summary"].ratio,
            timings["full"].ratio,
            *memory(model, samples, plan),
        )


def memory(model: LoadedModel, samples: int, plan: Plan) -> tuple[float | None, ...]:
    """Returns in MiB the peak of a plain pass, what summary and full take beyond it."""
    peak = peaks(ways, model, samples) if plan.memory else None
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
        "summary, MiB more": ".0f",
        "full, MiB more": ".0f",
    },
    rows=rows,
    models=FAMILIES,
    batches=(1, 8, 32),
)

if __name__ == "__main__":
    run(BENCHMARK)
