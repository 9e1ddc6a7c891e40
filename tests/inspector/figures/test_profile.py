"""Profiles over layers and bars over classes or slots."""

import numpy as np
import pytest
import xarray as xr

from inspector.figures import bars, profile


@pytest.fixture
def gates():
    values = np.random.default_rng(0).uniform(size=(3, 50))
    return xr.DataArray(
        values,
        dims=["layer", "channel"],
        coords={"layer": [f"layer1.{i}" for i in range(3)]},
        attrs={"long_name": "gate"},
    )


def drawn(figure):
    """The traces that hold numbers."""
    return [trace for trace in figure.data if trace.x != (None,)]


def test_points_follow_depth_and_leave_gaps(gates):
    mean = gates.mean("channel", keep_attrs=True)
    mean[1] = np.nan
    (line,) = drawn(profile({"layer1": mean}, x="layer"))
    assert list(line.x) == ["layer1.0", "layer1.1", "layer1.2"]
    np.testing.assert_allclose(line.y, mean, rtol=1e-6)
    assert not line.connectgaps


def test_boxes_are_the_quantiles_given_not_recomputed(gates):
    levels = [0.05, 0.25, 0.5, 0.75, 0.95]
    spread = gates.quantile(levels, "channel", keep_attrs=True)
    box, points = drawn(profile(spread, x="layer"))
    for name, level in zip(("lowerfence", "q1", "median", "q3", "upperfence"), levels, strict=True):
        expected = [np.percentile(row, 100 * level) for row in gates.values]
        np.testing.assert_allclose(getattr(box, name), expected)
    assert box.name == "box 25% to 75%, line 5% to 95%"
    np.testing.assert_array_equal(points.y, box.median)


def test_a_layer_without_values_has_no_box(gates):
    spread = gates[1:].quantile([0, 0.2, 0.5, 0.8, 1], "channel")
    box, _ = drawn(profile(spread.reindex(layer=gates.layer), x="layer"))
    assert list(box.x) == ["layer1.1", "layer1.2"]


def test_other_quantiles_are_refused(gates):
    with pytest.raises(ValueError, match=r"five ascending quantiles, got \[0.1, 0.5, 0.9\]"):
        profile(gates.quantile([0.1, 0.5, 0.9], "channel"), x="layer")


def test_panels_share_the_axis_of_values_and_references_are_named(gates, legend):
    mean = gates.mean("channel", keep_attrs=True)
    figure = profile({"a": mean, "b": 3 * mean}, x="layer", references={"untrained gate": 0.25})
    first, second = figure.layout.yaxis, figure.layout.yaxis2
    assert first.range == second.range
    assert first.range[0] <= 0.25
    assert first.range[1] >= float(3 * mean.max())
    assert [(s.y0, s.y1, s.yref) for s in figure.layout.shapes] == [
        (0.25, 0.25, "y"),
        (0.25, 0.25, "y2"),
    ]
    assert legend(figure) == ["untrained gate: 0.25"]
    assert first.title.text == "gate"


def test_limits_can_be_fixed(gates):
    figure = profile(gates.mean("channel"), x="layer", limits=(0, 1))
    assert figure.layout.yaxis.range == (0, 1)


@pytest.mark.parametrize("value", [0.0, -2.0, 0.5, np.nan])
def test_a_flat_or_empty_line_still_has_an_axis(gates, value):
    low, high = profile(gates.mean("channel") * 0 + value, x="layer").layout.yaxis.range
    assert low < high
    assert np.isnan(value) or low <= value <= high


def test_several_quantities_are_told_apart_in_the_legend(gates, legend):
    data = xr.Dataset({"largest": gates.max("channel"), "smallest": gates.min("channel")})
    figure = profile(data, x="layer")
    assert legend(figure) == ["largest", "smallest"]
    first, second = drawn(figure)
    assert first.line.color != second.line.color


def test_what_is_left_over_or_missing_is_an_error(gates):
    with pytest.raises(
        ValueError, match=r"profile draws layer; 'channel' is left over: select a c"
    ):
        profile(gates, x="layer")
    with pytest.raises(ValueError, match=r"profile got no values"):
        profile({}, x="layer")


def test_bars_start_at_zero_and_state_their_value(gates):
    odds = xr.DataArray(
        [0.7, 0.2],
        dims=["class"],
        coords={"class": ["tabby cat", "lynx"]},
        attrs={"long_name": "probability", "units": "share of 1"},
    )
    figure = bars(odds, horizontal=True)
    (bar,) = figure.data
    assert list(bar.y) == ["tabby cat", "lynx"]
    np.testing.assert_allclose(bar.x, [0.7, 0.2], rtol=1e-6)
    assert figure.layout.xaxis.range[0] == 0
    assert figure.layout.xaxis.range[1] >= 0.7
    assert figure.layout.yaxis.range == (1.5, -0.5)  # the first label is on top
    assert figure.layout.xaxis.title.text == "probability (share of 1)"
    assert bar.texttemplate == "%{x:.3~g}"


def test_bars_below_zero_fit_too():
    figure = bars(xr.DataArray([-2.0, 1.0], dims=["class"]))
    low, high = figure.layout.yaxis.range
    assert low < -2
    assert high > 1


def test_the_digits_left_of_a_bar_do_not_cover_the_labels():
    figure = bars(xr.DataArray([-0.00607, -0.00361], dims=["class"]), horizontal=True)
    low, high = figure.layout.xaxis.range
    layout = figure.layout
    pixels = (layout.width - layout.margin.l - layout.margin.r) * (-0.00607 - low) / (high - low)
    assert pixels >= len("-0.00607") * 6  # a digit of 12 pixels' height is 6 to 7 wide


@pytest.mark.parametrize(
    ("limits", "digits"), [((0.0, 1.0), 3), ((1.0, 1.025), 4), ((1000.0, 1000.1), 6), ((2, 2), 3)]
)
def test_neighbouring_ticks_of_a_narrow_range_are_told_apart(gates, limits, digits):
    figure = profile(gates.isel(channel=0), x="layer", limits=limits)
    assert figure.layout.yaxis.tickformat == f".{digits}~g"
    ticks = [float(f"{tick:.{digits}g}") for tick in np.linspace(*limits, 6)]
    assert len(set(ticks)) == len(set(np.linspace(*limits, 6).tolist()))


def test_sixty_four_slots_fit_and_two_data_sets_are_compared(legend):
    mass = xr.DataArray(np.ones(64), dims=["slot"])
    assert bars(mass).data[0].texttemplate is None
    assert bars(mass).layout.width < 1000
    change = xr.Dataset({"before": mass, "after": 2 * mass})
    assert legend(bars(change)) == ["before", "after"]


def test_bars_refuse_a_second_axis(gates):
    with pytest.raises(ValueError, match=r"bars draws layer; 'channel' is left over"):
        bars(gates)


def test_reference_lines_differ_in_their_pattern_and_are_not_covered_by_the_axis(gates):
    lines = {"factor one": 1.0, "factor zero": 0.0, "factor minus one": -1.0}
    figure = profile(gates.mean("channel"), x="layer", references=lines)
    patterns = {shape.y0: shape.line.dash for shape in figure.layout.shapes}
    assert len(set(patterns.values())) == 3
    keys = {trace.name: trace.line.dash for trace in figure.data if trace.mode == "lines"}
    assert keys == {
        f"{name}: {value:g}".replace("-", "\N{MINUS SIGN}"): patterns[value]
        for name, value in lines.items()
    }
    assert figure.layout.yaxis.zeroline is False


def test_a_legend_has_as_many_lines_as_its_words_need(gates):
    few, many = ({f"level {place}": place / 9 for place in range(count)} for count in (1, 6))
    drawn = [
        profile(gates.mean("channel"), x="layer", references=lines, limits=(0, 1)).layout
        for lines in (few, many)
    ]
    # of a panel 300 pixels wide, where each entry takes some 130
    assert drawn[1].margin.t - drawn[0].margin.t >= 20
    assert drawn[1].legend.x == -(drawn[1].margin.l - 12) / 300
