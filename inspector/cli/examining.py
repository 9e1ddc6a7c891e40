"""An examination is a diagnosis as a page for a terminal, or as JSON."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

import typer

from inspector.cli.failures import FAILED
from inspector.cli.messages import say
from inspector.cli.tables import aligned, folded
from inspector.diagnosis import Diagnosis, File, Layer, diagnose
from inspector.fits import percent
from inspector.likeness import Likeness
from inspector.unknowns import Unknown
from inspector.zoo import Request, Weights

_SHOWN = 8
_PLURALS = {"y": "rows", "x": "columns"}


def examine(request: Request, *, as_json: bool) -> int:
    """Prints the diagnosis of a network; returns the exit status.

    Args:
        request: which network, with which weights.
        as_json: whether to print JSON instead of a page.

    Raises:
        ValueError: there is no such network, or the file is no file of weights.
        FileNotFoundError: there is no such checkpoint.
    """
    say(f"examining {request.name}")
    found = diagnose(request)
    typer.echo(_json(found) if as_json else page(found))
    if found.failure:
        say(f"inspector: {_brief(found.failure)} (see {'next' if not as_json else 'failure'})")
    return FAILED if found.failure else 0


def page(found: Diagnosis) -> str:
    """Returns a diagnosis as paragraphs and tables."""
    sections = {
        "network": _prose(_network(found)),
        "file": [] if found.file is None else _prose(_file(found.file)),
        "weights": [] if found.weights is None else _prose([_weights(found.weights)]),
        "resembles": [aligned(list(map(_like, found.likenesses)))] if found.likenesses else [],
        "recognised": [_layers(found.layers)] if found.layers else [],
        "check": _prose(_check(found)),
        "problem": _prose(_problem(found)),
        "not told by any file of weights": _prose(map(_unknown, found.unknowns)),
        "next": _prose(found.next),
    }
    return "\n".join(
        f"{title}\n{_indented(text)}"
        for title, lines in sections.items()
        if (text := "\n".join(lines))
    )


def _brief(failure: str) -> str:
    """Returns the beginning of a failure, up to its details."""
    return re.split(r"[.;:] ", failure, maxsplit=1)[0].rstrip(".")


def _prose(lines: Iterable[str]) -> list[str]:
    return [folded(line) for line in lines]


def _json(found: Diagnosis) -> str:
    """Returns all of a diagnosis as one JSON object."""
    return json.dumps({"healthy": found.healthy, **asdict(found)}, indent=2, default=str)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def _network(found: Diagnosis) -> Iterator[str]:
    card = found.card
    _, height, width = card.input_size
    title = "a network of timm's" if card.family == "timm" else f"{card.title}, {card.family}"
    yield f"{card.name}: {title}, {card.kind}"
    yield (
        f"{card.parameters / 1e6:.1f} M parameters, {card.num_classes} classes, images of "
        f"{width} x {height}"
    )
    if card.source:
        yield card.source


def _file(file: File) -> Iterator[str]:
    others = f" (there is {' and '.join(file.others)} too: --entry)" if file.others else ""
    where = f"entry {file.entry}{others}" if file.entry else "bare weights"
    yield f"{file.name}, sha256 {file.sha256}, {where}, {file.tensors} tensors"
    if file.told:
        told = ", ".join(f"{key}={value}" for key, value in file.told.items())
        yield f"read from its names and shapes: {told}"
    yield from file.notes
    yield f"{file.fitting} tensors fit, which is {percent(file.share)} of the network's parameters"
    for kind, names in _faults(file).items():
        yield from _listed(kind, names)


def _faults(file: File) -> dict[str, Sequence[str]]:
    return {
        "missing": file.missing,
        "unexpected": file.unexpected,
        "of another shape": [f"{name} ({words})" for name, words in file.reshaped.items()],
    }


def _listed(kind: str, names: Sequence[str]) -> Iterator[str]:
    """Yields a heading, and a line for all names that differ in numbers only."""
    if not names:
        return
    yield f"{len(names)} {kind}:"
    kinds: dict[str, list[str]] = {}
    for name in names:
        kinds.setdefault(_pattern(name), []).append(name)
    for pattern, alike in list(kinds.items())[:_SHOWN]:
        yield f"  {alike[0]}" if len(alike) == 1 else f"  {pattern}  ({len(alike)} of this kind)"
    if len(kinds) > _SHOWN:
        yield f"  and {len(kinds) - _SHOWN} kinds more, all of them with --json"


def _pattern(name: str) -> str:
    return re.sub(r"(?<=\.)\d+(?=\.)|(?<=layer)\d", "*", name)


def _weights(weights: Weights) -> str:
    if weights.trained:
        return f"every parameter comes from {weights.label}"
    return f"{weights.label}; {weights.gaps}" if weights.gaps else weights.label


def _like(like: Likeness) -> tuple[str, ...]:
    told = ", ".join(f"{key}={value}" for key, value in like.options.items())
    verdict = "the file fits" if like.fits else "the file does not fit"
    return like.name, told, f"{percent(like.share)} of tensors agree", verdict


def _layers(layers: Sequence[Layer]) -> str:
    kinds: dict[tuple, list[Layer]] = {}
    for layer in layers:
        kinds.setdefault(_kind(layer), []).append(layer)
    header = ("layers", "chain", "mechanism", "seen", "largest error")
    return aligned([header, *map(_row, kinds.values())])


def _kind(layer: Layer) -> tuple:
    return layer.mechanism, layer.variant, layer.chain, tuple(layer.sizes.items()), layer.verified


def _row(run: Sequence[Layer]) -> tuple[str, ...]:
    first, last = run[0], run[-1]
    names = first.name if len(run) == 1 else f"{first.name} to {last.name} ({len(run)})"
    error = max(layer.verified_error for layer in run)
    mechanism = f"{first.mechanism} {first.variant}".strip()
    return names, first.chain, mechanism, _sizes(first), f"{error:.1e}"


def _sizes(layer: Layer) -> str:
    """Returns the sizes of a layer in words, "16 heads of 16 channels"."""
    sizes = dict(layer.sizes)
    if layer.mechanism == "mrla":
        heads = sizes.get("head", 1)
        return f"{heads} heads of {sizes['channel'] // heads} channels"
    return ", ".join(
        f"{size} {_PLURALS.get(dim, f'{dim}s')}" if size > 1 else f"1 {dim}"
        for dim, size in sizes.items()
    )


def _check(found: Diagnosis) -> Iterator[str]:
    check = found.check
    if check is None:
        return
    verdict = "verified" if check.verified else "NOT VERIFIED"
    yield f"capture of {check.image} {verdict}: largest error {check.verified_error:.1e}"
    if check.not_run:
        yield f"found but not run by the network: {check.not_run}"
    if check.refused:
        yield f"NOT captured, as it would not be read truthfully: {check.refused}"


def _problem(found: Diagnosis) -> Iterator[str]:
    """Yields why the network cannot be looked at; of a file that does not fit all is said above."""
    if found.failure and found.weights is not None:
        yield found.failure


def _unknown(entry: Unknown) -> str:
    return f"{entry.what}: taken to be {entry.assumed}. {entry.stated}"
