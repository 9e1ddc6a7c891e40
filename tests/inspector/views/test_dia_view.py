"""The DIA view: every quantity under its own name, beside what an untrained cell shows."""

import numpy as np
import plotly.graph_objects as go
import pytest

from inspector.views.dia import QUANTITIES


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_a_quantity_is_drawn_under_its_name(drawn, heat, inspected, quantity):
    seen = inspected("dia_resnet")
    layer = seen.attention["dia"]["layer1.ModuleList.1"]
    cells = heat(drawn("dia_gates", seen, quantity=quantity)[1])[0][1]
    np.testing.assert_allclose(cells, layer[quantity].values[0])
    others = [name for name in QUANTITIES if name != quantity]
    assert not any(np.allclose(cells, layer[name].values[0]) for name in others)


def test_where_an_untrained_gate_sits_is_marked(drawn, inspected):
    assert "0.25 untrained" in drawn("dia_gates", inspected("dia_resnet"))[1].to_json()


def test_the_spread_of_gates_stands_beside_the_untrained_value(drawn, inspected):
    seen = inspected("dia_resnet")
    _, figure = drawn("dia_gates", seen, form="spread")
    box = next(trace for trace in figure.data if isinstance(trace, go.Box))
    gates = seen.attention["dia"]["layer1.ModuleList.0"]["gate"].values[0]
    np.testing.assert_allclose(box.median[0], np.median(gates), rtol=1e-6)
    assert {shape.y0 for shape in figure.layout.shapes} == {0.25}
