"""Scales: offered where they make sense, drawn from a declaration alone, and true to the values."""

from functools import partial

import numpy as np
import pytest
import xarray as xr
from plotly.colors import sample_colorscale

from inspector.figures import DIVERGING, Panel, Scale, heatmap
from inspector.measures import Rows
from inspector.views import VIEWS, Contrast, NothingToDraw, View, starts, view_of
from inspector.views.scaling import FLAGGED, KEY, NO_CHANCE, Coloured, Maps, scaled
from inspector.views.view import Computed

ROWS = {
    "mrla_retrieval": ("resnet50_mrlab", ({}, {"head": "3"})),
    "external_slots": ("eamlp_7", ({}, {"head": "1", "slots": ("5", "2")})),
    "self_attention_map": (
        "deit_tiny_patch16_224",
        ({}, {"head": "2"}, {"head": "every"}, {"query": "place", "row": 1, "column": 3}),
    ),
}
"""Views that show softmax rows, with some of their choices."""

CASES = [(key, name, some) for key, (name, choices) in ROWS.items() for some in choices]


def offered(view, seen):
    found = [control for control in view.controls(seen) if control.key == KEY]
    return list(found[0].options) if found else []


def test_the_modes_are_offered_where_they_make_sense(inspected):
    with_rows = {view.key for view in VIEWS if view.contrast and view.contrast.rows}
    assert with_rows == set(ROWS)
    for key, (name, _) in ROWS.items():
        assert offered(view_of(key), inspected(name)) == ["shared", "panel", "ratio", "null"]
    assert offered(view_of("dia_gates"), inspected("dia_resnet")) == ["shared", "panel"]
    assert offered(view_of("predictions"), inspected("dia_resnet")) == []


@pytest.mark.parametrize(("key", "name", "some"), CASES)
def test_the_readings_are_those_of_the_cells_that_are_shown(key, name, some, inspected):
    seen, view = inspected(name), view_of(key)
    chosen = starts(view, seen) | some
    plain, ratio, null = (
        view.compute(seen, chosen | {KEY: mode}).panels for mode in ("shared", "ratio", "null")
    )
    for title, data in plain.items():
        if title == "image":
            continue
        assert {"ratio_to_uniform", "standing"}.isdisjoint(data.data_vars)
        shown = next(iter(data.data_vars.values()))
        over = "retrieved_layer" if "retrieved_layer" in shown.dims else None
        # of tokens the class token has a share as well, and no place
        labels = shown.notnull().sum(over) if over else shown.size + 1
        xr.testing.assert_allclose(ratio[title]["ratio_to_uniform"], shown * labels)
        place = null[title]["standing"]
        assert place.dims == shown.dims
        assert ((place > 0) & (place < 1) | place.isnull()).all()
        order = np.argsort(shown.values[-1][place.notnull().values[-1]])
        known = place.values[-1][place.notnull().values[-1]]
        assert (np.diff(known[order]) >= 0).all()


def test_one_is_the_middle_of_the_colours_of_a_ratio(drawn, inspected, heat, changed):
    def peaked(tree):
        weight = tree["mrla"]["stages.2.5"]["weight"]
        weight.values[:] = 0.02
        weight.values[..., 1] = 0.9

    seen = changed(inspected("resnet50_mrlab"), peaked)
    figure = drawn("mrla_retrieval", seen, scale="ratio")[1]
    axis = figure.layout.coloraxis
    assert (axis.cmin, axis.cmax) == pytest.approx((0, 5.4), rel=1e-6)
    colours = [list(stop) for stop in axis.colorscale]
    assert sample_colorscale(colours, 1 / axis.cmax) == sample_colorscale(DIVERGING, 0.5)
    assert sample_colorscale(colours, 1.0) == sample_colorscale(DIVERGING, 1.0)
    np.testing.assert_allclose(heat(figure)[2][5], [0.12, 5.4, *[0.12] * 4], rtol=1e-6)


def test_against_the_null_what_is_beyond_chance_is_marked(drawn, inspected, heat, changed, planted):
    seen = changed(inspected("resnet50_mrlab"), planted)
    computed, figure = drawn("mrla_retrieval", seen, scale="null", head="20")
    scores = heat(figure)
    marks = [t for t in figure.data if t.type == "scatter" and t.marker.symbol == "circle"]
    marked = {(y, x) for trace in marks for x, y in zip(trace.x, trace.y, strict=True) if x}
    assert ("stages.2.4", "stages.2.1") in marked
    assert sum((abs(score) > 1.959964).sum() for score in scores) == len(marked)
    assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (-4, 4)
    assert {FLAGGED, NO_CHANCE} <= {trace.name for trace in figure.data if trace.showlegend}
    first = computed.panels["stages.2"].isel(layer=0)
    assert first["standing"].isnull().all()


def test_what_comes_from_no_softmax_says_so(drawn, inspected):
    for key, choices in {
        "mrla_retrieval": {"quantity": "norm"},
        "external_slots": {"reading": "affinity"},
    }.items():
        with pytest.raises(NothingToDraw, match=r"no even row and no random .* the shared scale"):
            drawn(key, inspected(ROWS[key][0]), scale="ratio", **choices)


@pytest.mark.parametrize("key", ROWS)
def test_another_scale_draws_no_chance_anew(key, inspected):
    seen, view = inspected(ROWS[key][0]), view_of(key)
    choices = starts(view, seen)
    first, *others = (
        view.compute(seen, choices | {KEY: mode}) for mode in ("shared", "panel", "ratio", "null")
    )
    for title, verdict in first.verdicts.items():
        for other in others:
            assert np.shares_memory(other.verdicts[title]["p"].values, verdict["p"].values)


# A declaration is enough --------------------------------------------------------------------------


def weights(seed, rows=8):
    logits = np.random.default_rng(seed).standard_normal((rows, rows))
    logits[np.triu_indices(rows, 1)] = -np.inf
    powers = np.exp(logits)
    return xr.DataArray(powers / powers.sum(-1, keepdims=True), dims=("reader", "read"))


def declared(panels, rows=None):
    """A view of a mechanism that nobody has heard of, as its author would declare it."""

    def compute(_seen, _choices):
        return Computed({title: xr.Dataset({"weight": one}) for title, one in panels.items()})

    def maps(computed, _choices):
        drawn = {title: Panel(data["weight"]) for title, data in computed.panels.items()}
        return Maps(drawn, Scale.unit("weight"), partial(heatmap, x="read", y="reader"))

    return scaled(
        View(
            *("new", "New", "New.", "Nothing."),
            applies=lambda _seen: None,
            controls=lambda _seen: (),
            compute=compute,
            draw=Coloured(maps),
            contrast=Contrast(lambda _seen, _choices: rows) if rows else None,
        )
    )


def test_a_new_view_has_all_modes_from_its_declaration(heat):
    panels = {"a": weights(0).where(weights(0) > 0), "b": weights(1).where(weights(1) > 0)}
    view = declared(panels, {title: Rows(one, "read") for title, one in panels.items()})
    assert offered(view, None) == ["shared", "panel", "ratio", "null"]
    lengths = np.arange(1, 9)[:, None]
    drawn = {
        mode: heat(view.draw(view.compute(None, {KEY: mode}), {KEY: mode}))
        for mode in ("shared", "panel", "ratio", "null")
    }
    np.testing.assert_allclose(drawn["shared"], list(panels.values()), rtol=1e-6)
    np.testing.assert_allclose(drawn["panel"], drawn["shared"])
    np.testing.assert_allclose(drawn["ratio"], drawn["shared"] * lengths, rtol=1e-6)
    assert np.isnan(drawn["null"][0][0]).all()
    assert offered(declared(panels), None) == ["shared", "panel"]


@pytest.mark.parametrize("mode", ["shared", "panel", "ratio", "null"])
def test_the_order_of_panels_changes_no_cell(mode):
    panels = {"a": weights(0), "b": 0.001 * weights(1), "c": weights(2)}
    found = {}
    for order in ("abc", "cab"):
        placed = {title: panels[title] for title in order}
        view = declared(placed, {title: Rows(one, "read") for title, one in placed.items()})
        figure = view.draw(view.compute(None, {KEY: mode}), {KEY: mode})
        traces = {t.name: t for t in figure.data if t.type == "heatmap" and t.coloraxis}
        axes = {title: figure.layout[trace.coloraxis] for title, trace in traces.items()}
        found[order] = {
            title: (trace.z.tolist(), axes[title].cmin, axes[title].cmax, axes[title].colorscale)
            for title, trace in traces.items()
        }
    assert repr(found["abc"]) == repr({title: found["cab"][title] for title in "abc"})


def test_orders_of_magnitude_survive_on_the_shared_scale_and_not_panel_by_panel():
    large, faint = (factor * weights(0) for factor in (1.0, 0.001))
    view = declared({"large": large, "faint": faint})
    computed = view.compute(None, {})
    shared, own = (view.draw(computed, {KEY: mode}) for mode in ("shared", "panel"))

    def colours(figure):
        """The largest share of the colours that each panel takes."""
        traces = [t for t in figure.data if t.type == "heatmap" and t.coloraxis]
        axes = [figure.layout[t.coloraxis] for t in traces]
        return [np.nanmax(t.z) / axis.cmax for t, axis in zip(traces, axes, strict=True)]

    assert colours(shared)[0] == pytest.approx(1000 * colours(shared)[1], rel=1e-5)
    assert colours(own) == pytest.approx([1, 1])
    titles = [note.text for note in own.layout.annotations]
    assert titles == ["<b>large · own scale</b>", "<b>faint · own scale</b>"]


# One scale or one each ----------------------------------------------------------------------------


def test_panels_share_a_scale_unless_each_is_to_have_its_own(drawn, heat, bars, inspected):
    seen = inspected("dia_resnet")
    assert bars(drawn("dia_gates", seen)[1]) == [(0, 1)]
    figure = drawn("dia_gates", seen, scale="panel")[1]
    largest = [float(values.max()) for values in heat(figure)]
    assert len(set(largest)) == 3
    np.testing.assert_allclose(bars(figure), [(0, high) for high in largest], rtol=1e-6)


def test_a_scale_of_its_own_keeps_the_marks_within_reach(drawn, inspected, changed):
    def shrink(tree):
        for name, layer in tree["dia"].children.items():
            if name.startswith("layer1"):
                layer["gate"].values[:] = 0.1

    seen = changed(inspected("dia_resnet"), shrink)
    layout = drawn("dia_gates", seen, scale="panel")[1].layout
    marked = [
        "0.25 untrained" in layout[axis].colorbar.ticktext
        for axis in sorted(axis for axis in layout if axis.startswith("coloraxis"))
    ]
    assert marked == [False, True, True]


def test_a_signed_scale_of_its_own_stays_around_zero(drawn, heat, bars, inspected, changed):
    def positive(tree):
        for layer in tree["mrla"].children.values():
            layer["decay"].values[:] = abs(layer["decay"].values)

    figure = drawn("mrla_decay", changed(inspected("resnet50_mrlal"), positive), scale="panel")[1]
    limits = [float(values.max()) for values in heat(figure)]
    np.testing.assert_allclose(bars(figure), [(-high, high) for high in limits], rtol=1e-6)


def test_a_smoothed_map_says_so_and_keeps_its_cells(drawn, inspected):
    seen = inspected("eamlp_7")
    native, smooth = (drawn("external_slots", seen, smooth=on)[1] for on in (False, True))
    pairs = [
        pair for pair in zip(native.data, smooth.data, strict=True) if pair[0].type == "heatmap"
    ]
    for one, other in pairs:
        assert (one.zsmooth, other.zsmooth) == (False, "best")
        np.testing.assert_array_equal(one.z, other.z)
    assert all("smoothed" in note.text for note in smooth.layout.annotations)
    assert not any("smoothed" in note.text for note in native.layout.annotations)
