"""A token map is what is said of tokens, laid back on the image that they were cut from.

Where they lie is told by the attributes of their dim, as `hooks.tokens` writes them.
"""

import xarray as xr

from inspector.views.view import NothingToDraw

GRID = {"grid_height", "grid_width", "class_tokens"}
"""Attributes that are there only where the grid is certain."""


def is_placed(tokens: xr.DataArray) -> bool:
    """Whether it is known where tokens lie.

    Args:
        tokens: the coordinate of their dim.
    """
    return tokens.attrs.keys() >= GRID


def grid(tokens: xr.DataArray) -> tuple[int, int]:
    """Height and width of the grid of tokens.

    Raises:
        NothingToDraw: it is unknown.
    """
    if not is_placed(tokens):
        raise NothingToDraw(
            "The grid of this layer's tokens is unknown, so they have no place in the image. "
            "Choose another layer."
        )
    return int(tokens.attrs["grid_height"]), int(tokens.attrs["grid_width"])


def outside(tokens: xr.DataArray) -> tuple[str, ...]:
    """Names of the tokens that stand before the grid: class tokens, then registers."""
    return (
        *_numbered("class token", tokens.attrs.get("class_tokens", 0)),
        *_numbered("register", tokens.attrs.get("register_tokens", 0)),
    )


def on_grid(values: xr.DataArray, dim: str) -> xr.DataArray:
    """Tokens on their grid, (y, x), without those that stand before it.

    Args:
        values: one number per token (dim).
        dim: of the tokens.

    Raises:
        NothingToDraw: the grid is unknown.
    """
    tokens = values[dim]
    cells = values.values[len(outside(tokens)) :].reshape(grid(tokens))
    return xr.DataArray(cells, dims=("y", "x"), attrs=values.attrs)


def left_out(values: xr.DataArray, dim: str, whole: str) -> tuple[str, ...]:
    """The sentence on what maps leave out, as shares of the sum of each; nothing if they do not.

    Args:
        values: of all maps, over `dim` and at most one other dim.
        dim: of the tokens.
        whole: the sum in words: "each slot's sum over tokens".
    """
    names = outside(values[dim])
    if not names:
        return ()
    share = values.isel({dim: slice(len(names))}).sum(dim) / values.sum(dim)
    said = " to ".join(dict.fromkeys(f"{float(end):.1%}" for end in (share.min(), share.max())))
    has, its = ("has", "its") if len(names) == 1 else ("have", "their")
    placeless = f"The {', '.join(names)} {has} no place in the image"
    return (f"{placeless}: {its} {said} of {whole} is not drawn.",)


def _numbered(name: str, count: int) -> list[str]:
    return [name] if count == 1 else [f"{name} {place + 1}" for place in range(int(count))]
