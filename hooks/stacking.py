"""A stack is the layers of one chain side by side, in the order in which they ran.

Nothing here needs torch, so that a saved capture can be drawn without it.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import xarray as xr

from hooks.errors import UnknownLabel


def chains(node: xr.DataTree) -> dict[str, list[str]]:
    """Names of the layers of each chain, both in execution order.

    Args:
        node: a mechanism's node of a captured tree, such as ``tree["mrla"]``.
    """
    found: dict[str, list[str]] = {}
    for name, layer in _in_order(node):
        found.setdefault(str(layer.attrs["chain"]), []).append(name)
    return found


def stack(
    node: xr.DataTree, chain: str | None = None, *, names: Sequence[str] | None = None
) -> xr.Dataset:
    """Layers of one mechanism joined along ``layer``, in execution order.

    Labels that a layer does not have become NaN: a retrieval map is (layer, head, retrieved_layer)
    with NaN where there is nothing to retrieve. ``retrieved_layer`` keeps execution order too.

    Args:
        node: a mechanism's node of a captured tree, such as ``tree["mrla"]``.
        chain: only the layers of this chain; without it all, the smaller ones padded with NaN.
        names: only these quantities, of the layers that have them; all if not given.

    Raises:
        UnknownLabel: no layer belongs to ``chain``.
    """
    parts = {
        name: _part(layer.to_dataset(inherit=False), names)
        for name, layer in _in_order(node)
        if chain is None or layer.attrs["chain"] == chain
    }
    if not parts:
        raise UnknownLabel(
            f"No layer belongs to chain '{chain}'; there are: {', '.join(chains(node))}."
        )
    return _depth_ordered(_joined(parts), parts.values())


def _in_order(node: xr.DataTree) -> list[tuple[str, xr.DataTree]]:
    """Children by depth: a file need not keep the order in which they were written."""
    return sorted(node.children.items(), key=lambda child: int(child[1].attrs["depth"]))


def _part(layer: xr.Dataset, names: Sequence[str] | None) -> xr.Dataset:
    return layer if names is None else layer[[name for name in names if name in layer]]


def _joined(parts: Mapping[str, xr.Dataset]) -> xr.Dataset:
    return xr.concat(
        list(parts.values()),
        dim=xr.Variable("layer", np.array(list(parts)), {"long_name": "layer"}),
        data_vars="all",
        coords="different",
        compat="equals",
        join="outer",
        combine_attrs="drop_conflicts",
    )


def _depth_ordered(joined: xr.Dataset, parts: Iterable[xr.Dataset]) -> xr.Dataset:
    """An outer join sorts labels as text, and b.10 would stand before b.2."""
    if "retrieved_layer" not in joined.dims:
        return joined
    rows = [part["retrieved_layer"].values for part in parts if "retrieved_layer" in part.dims]
    order = dict.fromkeys(str(name) for row in rows for name in row)
    return joined.reindex(retrieved_layer=list(order))
