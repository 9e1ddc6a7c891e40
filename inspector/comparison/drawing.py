"""A drawn comparison is one figure: A and B on one scale, and below them B minus A."""

from collections.abc import Mapping

import xarray as xr

from inspector.comparison.classes import STATES, telling
from inspector.comparison.comparing import DIFFERENCE, Compared
from inspector.comparison.words import lines, warning
from inspector.figures import JOINS, Figure, Panel, Scale, bars, caption, heatmap, profile, stacked
from inspector.figures.text import quantity
from inspector.views import Computed
from inspector.views.maps import ON
from inspector.views.sides import SIDES, A, B

IMAGE, OTHER_IMAGE = "image", "image, B"
TOGETHER = "A and B on one scale"
UNORDERED = ("class", "method", "edge", "stage", "rank", "sample")
"""Dims whose labels have no order that a line could follow."""

ABSENT = "no value in A or in B"
Arrays = Mapping[str, xr.DataArray]


def figure(compared: Compared, *, captioned: bool = True) -> Figure:
    """A and B as the view draws them, on one scale, and B minus A around 0.

    The warnings of both are burnt in, and the captions unless they are to stand elsewhere.
    """
    parts = {TOGETHER: sides(compared), DIFFERENCE: change(compared)}
    said = lines(compared) if captioned else []
    return caption(stacked(parts), said, warning=warning(*compared.origins))


def figure_of_change(compared: Compared) -> Figure:
    """B minus A alone, with captions and warnings of both burnt in."""
    return caption(change(compared), lines(compared), warning=warning(*compared.origins))


def figure_of_classes(compared: Compared) -> Figure | None:
    """What both predict of the image, class by class, and B minus A; None for other classes."""
    if compared.classes is None:
        return None
    shown = compared.classes.isel({"class": telling(compared.classes)})
    values = shown[list(shown.data_vars)[-1]]
    each = {state: values.sel(state=state, drop=True) for state in STATES}
    pair = xr.Dataset({side: each[side] for side in SIDES})
    parts = {
        TOGETHER: bars(pair, horizontal=True, limits=(0.0, 1.0)),
        DIFFERENCE: bars(each[DIFFERENCE], horizontal=True),
    }
    return caption(stacked(parts), lines(compared), warning=warning(*compared.origins))


def sides(compared: Compared) -> Figure:
    """A and B on one scale, without a caption: as the view draws them, if it can draw both."""
    if compared.view.merges:
        return compared.view.draw(merged(compared), compared.choices)
    pairs = {title: compared.pair(title) for title in compared.difference}
    return stacked({t: _pair(t, *pair) for t, pair in pairs.items() if 1 <= pair[0].ndim <= 2})


def change(compared: Compared) -> Figure:
    """B minus A, without a caption: cells from blue over white to red, lines or bars around 0."""
    largest = compared.largest
    limit = largest if largest > 0 else 1.0
    groups: dict[tuple, dict[str, xr.DataArray]] = {}
    for title, values in compared.drawn.items():
        groups.setdefault(values.dims, {})[title] = values
    parts = {
        ", ".join(group) if len(groups) > 1 else "": _signed(compared, group, limit)
        for dims, group in groups.items()
        if 1 <= len(dims) <= 2
    }
    return stacked(parts) if len(parts) > 1 else next(iter(parts.values()))


def merged(compared: Compared) -> Computed:
    """The panels of both, each of B behind that of A, and the picture of each."""
    a, b = (one.panels for one in compared.computed)
    panels: dict[str, xr.Dataset] = {}
    for title, data in a.items():
        if title == IMAGE:
            panels[IMAGE] = data
            panels[OTHER_IMAGE] = data if data.identical(b[title]) else b[title]
        else:
            panels[f"{title}, {A}"] = data
            panels[f"{title}, {B}"] = _beside(b[title], f"{title}, {A}")
    return Computed(panels)


def _beside(data: xr.Dataset, title: str) -> xr.Dataset:
    """B's panel, in the row of A's and on its own picture."""
    about = {JOINS: title, ON: OTHER_IMAGE}
    return data.assign({name: values.assign_attrs(about) for name, values in data.items()})


def _pair(title: str, a: xr.DataArray, b: xr.DataArray) -> Figure:
    """A panel of a view that draws one subject alone."""
    if a.ndim == 1:
        return _line(xr.Dataset({A: a, B: b}))
    a, b = _placed(a), _placed(b).assign_attrs({JOINS: title})
    shown = {f"{title}, {A}": a, f"{title}, {B}": b}
    return _cells(shown, Scale.of(shown.values(), quantity(a)))


def _signed(compared: Compared, group: Arrays, limit: float) -> Figure:
    """Differences of panels with the same dims, whose sizes reach up to the limit."""
    first = next(iter(group.values()))
    if first.ndim == 2:
        panels = {title: _with_sides(compared, title) for title in group}
        return _cells(panels, Scale.diverging(limit, quantity(first)))
    (dim,) = first.dims
    if dim in UNORDERED:
        return (
            stacked({t: _line(values) for t, values in group.items()})
            if len(group) > 1
            else _line(first)
        )
    lines_of = {title: _series(compared.difference[title], first) for title in group}
    return profile(lines_of, x=dim, references={"no difference": 0.0})


def _with_sides(compared: Compared, title: str) -> Panel:
    """A difference with both numbers under the pointer, and what it is over images."""
    sides = dict(zip(SIDES, compared.pair(title), strict=True))
    means = _means(compared, title)
    extras = {name: _placed(values) for name, values in {**sides, **means}.items()}
    return Panel(_placed(compared.drawn[title]), extras=extras)


def _means(compared: Compared, title: str) -> dict[str, xr.DataArray]:
    """The mean over images and its interval by their titles; empty without."""
    if not (compared.over and compared.over.panels):
        return {}
    data = compared.over.panels[title]
    return {str(data[name].attrs["long_name"]): data[name] for name in ("mean", "low", "high")}


def _series(data: xr.Dataset, first: xr.DataArray) -> xr.Dataset:
    """The differences along the same dim and in the same unit; one that never differs is left out.

    Such are the numbers that equal weights would give.
    """
    along = [
        name
        for name, values in data.items()
        if values.dims == first.dims and values.attrs["units"] == first.attrs["units"]
    ]
    moved = [name for name in along if (data[name].fillna(0) != 0).any()]
    return data[moved or along[:1]]


def _cells(panels: Mapping, scale: Scale) -> Figure:
    item = next(iter(panels.values()))
    y, x = (item.values if isinstance(item, Panel) else item).dims
    return heatmap(panels, x=x, y=y, scale=scale, absent=ABSENT)


def _placed(values: xr.DataArray) -> xr.DataArray:
    """With words for the rows and columns of a map, which most maps leave without labels."""
    words = {dim: word for dim, word in {"y": "row", "x": "column"}.items() if dim in values.dims}
    labels = {d: (d, values[d].values, {"long_name": word}) for d, word in words.items()}
    return values.assign_coords(labels)


def _line(values: xr.DataArray | xr.Dataset) -> Figure:
    (dim,) = values.dims
    return bars(values, horizontal=True) if dim in UNORDERED else profile(values, x=dim)
