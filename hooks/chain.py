"""A chain is the layers among which information is retrieved, as they ran in one pass."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hooks.labelled import Kept
from hooks.mechanism import Past, Reading
from hooks.points import Call


@dataclass
class Chain:
    """Layers of one mechanism, in execution order.

    Attributes:
        container: the stage or list that its first layer stands in.
        quantity: what is read in it.
        ran: names of its layers.
        past: what they left for those after them.
        kept: those that are recorded.
        containers: of all its layers; a host may give each attention a container of its own.
    """

    container: str
    quantity: str
    ran: list[str] = field(default_factory=list)
    past: list[Past] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    containers: set[str] = field(default_factory=set)

    def remember(self, call: Call, reading: Reading) -> None:
        """The call joins the chain; what is no longer needed of the layer before it is let go."""
        if self.past and not reading.needs_all:
            last = self.past[-1]
            self.past[-1] = Past(last.layer, last.path, {})
        self.past.append(Past(call.layer, call.site.path, reading.remember))
        self.ran.append(call.layer)
        self.containers.add(call.site.chain)

    def span(self) -> str:
        """A name of its own where one container holds several (DeiT restarts every 4 blocks)."""
        first, last = self.ran[0], self.ran[-1]
        return first if first == last else f"{first}-{last.rpartition('.')[2]}"


def continued(own: Chain | None, chains: Sequence[Chain], call: Call, reads: int) -> Chain | None:
    """The chain that a call goes on: its container's, unless that tells nothing; None if it begins.

    Where each attention has a container of its own, it is the latest chain that is as long as what
    the call has read.

    Args:
        own: the present chain of the call's container.
        chains: all of the pass so far.
        call: the run of a layer.
        reads: how many earlier layers it has read.
    """
    if own is not None and (own.containers == {call.site.chain} or len(own.past) == reads):
        return own
    kin = (chain for chain in reversed(chains) if chain.quantity == call.site.line[1])
    return next((chain for chain in kin if reads and len(chain.past) == reads), own)
