"""A module tree is a model's modules by path, gone through once for all who look for something.

torch lists modules through generators within generators, one for each level: for a network of many
small layers that takes longer than to recognise every attention in it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from functools import cached_property

from torch import nn


class Modules(dict[str, nn.Module]):
    """The modules of a model by path, in its own order; the model itself has the empty path.

    Attributes:
        holders: path and module of those that have children.
    """

    def __init__(self, model: nn.Module) -> None:
        """Args: the model; a module that it has under several paths is listed under the first."""
        super().__init__()
        self.holders: list[tuple[str, nn.Module]] = []
        self._again: list[tuple[str, nn.Module]] = []
        met, waiting = set(), [("", model)]
        while waiting:
            path, module = waiting.pop()
            if module in met:
                self._again.append((path, module))
                continue
            met.add(module)
            self[path] = module
            if module._modules:
                self.holders.append((path, module))
                waiting += reversed(_children(path, module))

    @cached_property
    def every(self) -> dict[str, nn.Module]:
        """The same under every path that they have; those of one module are in torch's order."""
        again = {path: part for once_more in self._again for path, part in _within(*once_more)}
        return {**self, **again} if again else self

    @cached_property
    def paths(self) -> dict[nn.Module, list[str]]:
        """Every path of each module, in torch's order."""
        found = defaultdict(list)
        for path, module in self.every.items():
            found[module].append(path)
        return found

    def having(self, names: Collection[str]) -> Iterator[tuple[str, nn.Module]]:
        """Path and module of everything that has children of all these names, in the model's order.

        Args:
            names: at least one.
        """
        rare = min((self._holding.get(name, []) for name in names), key=len)
        for path, module in rare:
            children = module._modules
            if all(children.get(name) is not None for name in names):
                yield path, module

    @cached_property
    def _holding(self) -> dict[str, list[tuple[str, nn.Module]]]:
        """Path and module of those that have a child of some name, by that."""
        found = defaultdict(list)
        for holder in self.holders:
            for name in holder[1]._modules:
                found[name].append(holder)
        return found


def _within(path: str, module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """A module and its parts, by path, as often as they stand in it."""
    waiting = [(path, module)]
    while waiting:
        waiting += reversed(_children(*(found := waiting.pop())))
        yield found


def _children(path: str, module: nn.Module) -> list[tuple[str, nn.Module]]:
    prefix = f"{path}." if path else ""
    return [(prefix + name, child) for name, child in module._modules.items() if child is not None]
