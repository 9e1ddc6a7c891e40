"""An observer is one mechanism during one pass: it reads calls as they end, in execution order."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hooks.chain import Chain, continued
from hooks.labelled import Kept, keep
from hooks.mechanism import Mechanism, Reduce, untouched
from hooks.points import Call, Site


@dataclass
class Observer:
    """What one mechanism has seen of a pass.

    Attributes:
        mechanism: whose calls they are.
        sites: its modules.
        keep: names of the layers to keep; None for all.
        full: whether quantities that are costly or rarely needed are read.
        reduce: makes what is kept of a quantity.
        chains: in the order in which they began.
        present: the chain that goes on, of each line of sites.
        ran: names of the layers that ran.
        waiting: calls that are read after the pass.
    """

    mechanism: Mechanism
    sites: list[Site]
    keep: Sequence[str] | None
    full: bool
    reduce: Reduce = untouched
    chains: list[Chain] = field(default_factory=list)
    present: dict[tuple[str, str], Chain | None] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    waiting: list[Call] = field(default_factory=list)

    def finished(self, call: Call) -> None:
        """A call ended; the pass goes on."""
        if self.mechanism.copied is None:
            self._read(call)
        else:
            self.waiting.append(self.mechanism.copied(call))

    def over(self) -> None:
        """The pass ended."""
        for call in self.waiting:
            self._read(call)

    def _read(self, call: Call) -> None:
        own, reads = self.present.get(call.site.line), self.mechanism.reads(call)
        chain = self.present[call.site.line] = continued(own, self.chains, call, reads)
        reading = self.mechanism.read(call, chain.past if chain else (), self.full)
        if chain is None or reading.begins_chain:
            chain = self.present[call.site.line] = Chain(*call.site.line)
            self.chains.append(chain)
        chain.remember(call, reading)
        if self.keep is None or call.layer in self.keep:
            about = {"mechanism": self.mechanism.key, "depth": len(self.ran)}
            chain.kept.append(keep(about, call, reading, chain.ran, self.reduce))
        self.ran.append(call.layer)

    def missed(self) -> list[Site]:
        """Sites that were found but did not run: bypassed by their host, or of no use here."""
        paths = {entry.path for chain in self.chains for entry in chain.past}
        return [site for site in self.sites if site.path not in paths]

    def layers(self) -> list[Kept]:
        """Each layer, in execution order, the chains under distinct names."""
        containers = [chain.container for chain in self.chains]
        broken = {site.chain for site in self.missed()}
        found = [
            layer.within(
                chain.span() if containers.count(chain.container) > 1 else chain.container,
                without=self.mechanism.spans if chain.container in broken else (),
            )
            for chain in self.chains
            for layer in chain.kept
        ]
        return sorted(found, key=lambda layer: int(layer.about["depth"]))
