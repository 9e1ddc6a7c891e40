"""An identity is what has to be the same for a survey to go on: pictures, network and manner."""

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from inspector.surveys.items import Source
from inspector.surveys.manner import Manner
from inspector.surveys.truth import truth_of

if TYPE_CHECKING:
    from inspector.zoo import LoadedModel


def identity_of(model: "LoadedModel", source: Source, how: Manner) -> dict[str, Any]:
    """What must be the same for a survey to go on, by what it is called in a sentence."""
    return {
        "source": source.title,
        "listing_sha256": source.listing_hash(),
        "model": model.name,
        "weights_sha256": model.weights_sha256,
        "options": repr(sorted((model.options or {}).items())),
        "preprocessing": _preprocessing(model),
        "layers": "all" if how.layers is None else ", ".join(how.layers),
        "shard_size": how.shard_size,
        "effects": "none" if how.sample is None else how.sample.told,
        "truth": truth_of(source.classes, model.card).sentence,
        "version": version("attention-inspector"),
    }


def _preprocessing(model: "LoadedModel") -> str:
    card = model.card
    height, width = card.input_size[1:]
    mean, std = (" ".join(f"{n:.4f}" for n in numbers) for numbers in (card.mean, card.std))
    return (
        f"resized to cover {width}x{height} / {card.crop_pct:g} ({card.interpolation}, "
        f"antialiased), centre crop {width}x{height}, mean {mean}, std {std}"
    )


def manifest_of(model: "LoadedModel", how: Manner) -> dict[str, Any]:
    """What is worth knowing of a survey, and may change when it is resumed."""
    weights = model.weights
    return {
        "weights": weights.label,
        "trained": int(weights.trained),
        "weights_gaps": weights.gaps,
        "device": str(model.device),
        "engine": how.engine,
        "batch_size": how.batch_size,
    }
