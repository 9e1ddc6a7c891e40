"""A fit is how the names and shapes of some weights compare with those of a network.

What is missing decides what may be said of the network: with all its weights it is trained;
without its layer attention, or its head, it is a backbone with a random rest; with any other gap
the file belongs to another network.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor

from torch import Tensor, nn

from inspector.checkpoints import Checkpoint, shape_of
from inspector.naming import ATTENTION, adapted

# Old files lack the batch counter; profilers leave their own counters. Neither is a weight.
_NOT_NEEDED = ("num_batches_tracked",)
_LEFT_OVER = ("total_ops", "total_params")
_SHOWN = 5


@dataclass(frozen=True)
class Fit:
    """How the names and shapes of some weights compare with those of a network.

    Attributes:
        fitting: names in both, with equal shapes.
        missing: names the network has and the weights have not.
        unexpected: names the weights have and the network has not.
        reshaped: names in both whose shapes differ, with the two shapes in words.
        share: of the network's parameters, those that fit, from 0 to 1.
        attention: names of the layer attention that the network adds to a known backbone.
        heads: paths of its last layers.
        notes: what was done to bring the names together, in sentences without a full stop.
    """

    fitting: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    reshaped: Mapping[str, str]
    share: float
    attention: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def faults(self) -> dict[str, list[str]]:
        """Returns the names that forbid loading by kind of fault, without kinds of none."""
        found = {
            "missing": [name for name in self.missing if not name.endswith(_NOT_NEEDED)],
            "unexpected": [name for name in self.unexpected if not name.endswith(_LEFT_OVER)],
            "of another shape": [f"{name} ({words})" for name, words in self.reshaped.items()],
        }
        return {kind: names for kind, names in found.items() if names}

    @property
    def lacking(self) -> tuple[str, ...]:
        """Returns the names of the network's weights that would stay random."""
        return (*self.faults.get("missing", ()), *self.reshaped)

    @property
    def lost_heads(self) -> list[str]:
        """Returns the names that lack of the last layers."""
        return [name for name in self.lacking if self._is_of_heads(name)]

    @property
    def lost_attention(self) -> tuple[str, ...]:
        """Returns the names of the layer attention if all of it lacks, else nothing."""
        return self.attention if set(self.attention) <= set(self.lacking) else ()

    @property
    def lost_rest(self) -> list[str]:
        """Returns the names that lack besides whole heads and the whole attention."""
        known = {*self.lost_heads, *self.lost_attention}
        return [name for name in self.lacking if name not in known]

    @property
    def left_over(self) -> list[str]:
        """Returns the names that the network has no place for, those of a head aside."""
        return [name for name in self.faults.get("unexpected", []) if not self._is_of_heads(name)]

    @property
    def is_clear(self) -> bool:
        """Whether nothing is left over, and nothing lacks but whole parts: attention or head."""
        return self.share > 0 and not self.lost_rest and not self.left_over

    @property
    def gaps(self) -> str:
        """Returns in words why a network with these weights is not the trained one; or nothing."""
        lost = {
            "all layer attention": self.lost_attention,
            f"the head ({', '.join(self.heads)})": self.lost_heads,
            _counted(self.lost_rest): self.lost_rest,
        }
        said = ", ".join(words for words, names in lost.items() if names)
        parts = {
            f"not learnt: {said}": said,
            f"left over: {_counted(self.left_over)}": self.left_over,
        }
        return "; ".join(words for words, found in parts.items() if found)

    def _is_of_heads(self, name: str) -> bool:
        return name.rpartition(".")[0] in self.heads


def compare(state: Mapping[str, Tensor], network: nn.Module, heads: Sequence[str] = ()) -> Fit:
    """Returns what of some weights fits a network and what does not.

    Args:
        state: weights by published name, as `read_checkpoint` returns them.
        network: the network; left as it was.
        heads: paths of its last layers, which may have another number of classes.
    """
    own = network.state_dict()
    ours = adapted(state, own)
    fitting = tuple(
        name for name in own if name in ours.state and ours.state[name].shape == own[name].shape
    )
    return Fit(
        fitting=fitting,
        missing=tuple(name for name in own if name not in ours.state),
        unexpected=tuple(name for name in ours.state if name not in own),
        reshaped={
            name: f"{shape_of(ours.state[name])} in the file, {shape_of(own[name])} in the network"
            for name in own
            if name in ours.state and ours.state[name].shape != own[name].shape
        },
        share=_share(network, fitting),
        attention=tuple(
            name for name in own if ATTENTION.search(name) and not name.endswith(_NOT_NEEDED)
        ),
        heads=tuple(heads),
        notes=ours.notes,
    )


def load_into(
    network: nn.Module, checkpoint: Checkpoint, *, heads: Sequence[str] = (), strict: bool = True
) -> Fit:
    """Loads a checkpoint into a network and returns how they compared.

    Args:
        network: receives the weights that fit.
        checkpoint: the weights.
        heads: as for `compare`.
        strict: False to load whatever fits.

    Raises:
        ValueError: if weights lack that are neither all attention nor a head, or are left over, or
            if nothing fits at all; nothing is loaded then.
    """
    fit = compare(checkpoint.state, network, heads)
    if not fit.fitting or (strict and not fit.is_clear):
        raise ValueError(misfit(checkpoint.name, fit))
    state = adapted(checkpoint.state, network.state_dict()).state
    network.load_state_dict({name: state[name] for name in fit.fitting}, strict=False)
    return fit


def misfit(file: str, fit: Fit) -> str:
    """Returns the sentence that refuses a checkpoint."""
    parts = [f"{len(names)} {kind}: {_cut(names)}" for kind, names in fit.faults.items()]
    notes = "".join(f" {note[0].upper()}{note[1:]}." for note in fit.notes)
    rest = (
        f", or load the {percent(fit.share)} of parameters that fit with strict=False (--partial)"
    )
    return (
        f"{file} does not fit this network; {'; '.join(parts)}.{notes} Choose the network it was "
        f"trained as, with its options (num_classes, img_size, depth){rest if fit.share else ''}."
    )


def percent(share: float) -> str:
    """Returns a share for a reader, cut and not rounded: less than everything is not 100 %.

    >>> percent(0.99999), percent(1.0), percent(0.0004)
    ('99.9 %', '100 %', 'less than 0.1 %')
    """
    if share in (0, 1):
        return f"{100 * share:.0f} %"
    return f"{floor(share * 1000) / 10:.1f} %" if share >= 0.001 else "less than 0.1 %"


def _share(network: nn.Module, names: Sequence[str]) -> float:
    sizes = {name: value.numel() for name, value in network.named_parameters()}
    return sum(sizes.get(name, 0) for name in names) / max(sum(sizes.values()), 1)


def _counted(names: Sequence[str]) -> str:
    return f"{len(names)} tensors ({_cut(names)})"


def _cut(names: Sequence[str]) -> str:
    return f"{', '.join(names[:_SHOWN])}{', ...' if len(names) > _SHOWN else ''}"
