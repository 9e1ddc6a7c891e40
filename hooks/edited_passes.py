"""Editing is running a model whose attention is changed on the way, and reading nothing of it.

``hooks.record`` edits and captures one pass; this is for what runs many: a sweep over all edges of
a network, an attribution of the edited network.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from torch import nn

from hooks.edits import Answers, Edit
from hooks.listening import hooked
from hooks.recording import sites_of
from hooks.states import evaluating, model_lock


@contextmanager
def editing(
    model: nn.Module,
    edits: Sequence[Edit],
    *,
    ran: Mapping[str, tuple[str, str]] | None = None,
) -> Iterator[None]:
    """This thread's passes inside the block are edited; the model is left as it was.

    Args:
        model: locked, and in evaluation mode, inside the block.
        edits: changes to make in every pass, in this order where they meet.
        ran: layers whose work is done before a pass begins, from ``Prefixes.ran``.

    Raises:
        UnknownLabel: an edit names what the model does not have, or was never applied.
        MechanismNotFound: the model has none of the mechanisms.
        ValueError: something is to be renormalised that does not sum to one.
    """
    with model_lock(model), evaluating(model.modules()), ExitStack() as hooks:
        keys = tuple(dict.fromkeys(edit.where.mechanism for edit in edits))
        sites = sites_of(model, keys) if keys else {}
        answers = Answers(edits, {mechanism.key: own for mechanism, own in sites.items()})
        for mechanism, own in sites.items():
            hooks.enter_context(mechanism.prepare(own))
            hooks.enter_context(hooked(model, own, answer=answers.to(mechanism), ran=ran))
        yield
        answers.confirm()
