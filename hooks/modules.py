"""A module tree is a model's modules by path, gone through once for all who look for something.

torch lists modules through generators within generators, one for each level: for a network of many
small layers that takes longer than to recognise every attention in it.
"""

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
        self._again = False
        met, waiting = set(), [("", model)]
        while waiting:
            path, module = waiting.pop()
            if module in met:
                self._again = True
                continue
            met.add(module)
            self[path] = module
            if module._modules:
                self.holders.append((path, module))
                waiting += reversed(_children(path, module))

    @cached_property
    def every(self) -> dict[str, nn.Module]:
        """The same under every path that they have."""
        return dict(self[""].named_modules(remove_duplicate=False)) if self._again else self


def _children(path: str, module: nn.Module) -> list[tuple[str, nn.Module]]:
    prefix = f"{path}." if path else ""
    return [(prefix + name, child) for name, child in module._modules.items() if child is not None]
