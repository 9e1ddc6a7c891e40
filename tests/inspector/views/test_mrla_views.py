"""MRLA views: cells are captured values, signs and sums are told as they are."""

import numpy as np
import pytest

from inspector.views import NothingToDraw, view_of


def test_retrieval_cells_are_the_captured_weights(drawn, heat, inspected):
    seen = inspected("resnet50_mrlab")
    maps = heat(drawn("mrla_retrieval", seen, head="3")[1])
    assert [len(values) for values in maps] == [3, 4, 6, 3]
    for stage, values in enumerate(maps):
        for row in range(len(values)):
            layer = seen.attention["mrla"][f"stages.{stage}.{row}"]["weight"]
            np.testing.assert_allclose(values[row, : row + 1], layer.sel(head=3).values[0])
            assert np.isnan(values[row, row + 1 :]).all()


def test_without_a_head_the_mean_over_heads_is_drawn(drawn, heat, inspected):
    seen = inspected("resnet50_mrlab")
    row = heat(drawn("mrla_retrieval", seen)[1])[2][4]
    weight = seen.attention["mrla"]["stages.2.4"]["weight"].values[0]
    np.testing.assert_allclose(row[:5], weight.astype(float).mean(axis=0), rtol=1e-6)
    assert not np.allclose(row[:5], weight[0], rtol=1e-5)


def test_the_first_row_is_marked_and_uniform_values_are_at_hand(drawn, inspected):
    computed, figure = drawn("mrla_retrieval", inspected("resnet50_mrlab"))
    assert "1 by construction" in figure.to_json()
    assert "uniform would be" in figure.to_json()
    data = computed.panels["stages.2"]
    np.testing.assert_allclose(data["uniform"].values[3, :4], 0.25)
    assert np.isnan(data["uniform"].values[3, 4:]).all()
    assert np.argwhere(data["forced"].values).tolist() == [[0, 0]]
    assert not any("Edited" in note for note in computed.notes)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_an_edited_row_is_not_one_by_construction(drawn, inspected, changed, value):
    def edit(tree):
        for name in ("stages.0.0", "stages.0.2"):
            tree["mrla"][name].attrs["edited"] = 1
        tree["mrla"]["stages.0.0"]["weight"].values[:] = value
        tree["mrla"]["stages.1.0"]["weight"].values[:] = 0.5

    computed, _ = drawn("mrla_retrieval", changed(inspected("resnet50_mrlab"), edit))
    assert not computed.panels["stages.0"]["forced"].any()
    assert not computed.panels["stages.1"]["forced"].any()  # not edited, but not 1
    assert computed.panels["stages.2"]["forced"].sum() == 1
    said = "Edited: stages.0.0, stages.0.2. A row of an edited layer need not sum to 1."
    assert said in computed.notes


def test_a_head_that_some_stages_lack_is_said(drawn, inspected):
    computed, _ = drawn("mrla_retrieval", inspected("resnet50_mrlab"), head="20")
    assert list(computed.panels) == ["stages.1", "stages.2", "stages.3"]
    assert "Chain stages.0 has no head 20." in computed.notes


def test_gates_and_decays_are_the_captured_ones(drawn, heat, inspected):
    seen = inspected("resnet50_mrlal")
    layer = seen.attention["mrla"]["layer3.4"]
    gates = heat(drawn("mrla_gates", seen)[1])[2]
    np.testing.assert_allclose(gates[4], layer["gate"].values[0])
    decays = heat(drawn("mrla_decay", seen)[1])[2]
    np.testing.assert_allclose(decays[4], layer["decay"].values)
    assert decays.min() < 0 < decays.max()


def test_unrolled_weights_are_labelled_by_what_they_are(inspected):
    view = view_of("mrla_unrolled")
    titles = view.controls(inspected("resnet50_mrlal"))[0].options
    assert titles == {
        "nominal_weight": "nominal",
        "exact_weight": "exact for this network",
        "shortcut_weight": "exact, of what else the shortcuts bring in",
    }
    tokens = view.controls(inspected("deit_mrlal_tiny_patch16_224"))[0].options
    assert list(tokens) == ["nominal_weight"]


@pytest.mark.parametrize(
    ("channels", "by_hand"),
    [
        ("mean", lambda row: sum(row) / len(row)),
        ("size", lambda row: sum(map(abs, row)) / len(row)),
        ("negative", lambda row: len([w for w in row if w < 0]) / len(row)),
    ],
)
@pytest.mark.parametrize("kind", ["nominal_weight", "exact_weight"])
def test_unrolled_weights_are_summed_up_as_said(drawn, heat, inspected, kind, channels, by_hand):
    seen = inspected("resnet50_mrlal")
    maps = heat(drawn("mrla_unrolled", seen, weight=kind, channels=channels)[1])
    weight = seen.attention["mrla"]["layer3.2"][kind].values[0].astype(float)
    expected = [by_hand(column.tolist()) for column in weight.T]
    np.testing.assert_allclose(maps[2][2, :3], expected, rtol=1e-5, atol=1e-7)
    assert np.isnan(maps[2][2, 3:]).all()


def without_exact(*layers):
    def drop(tree):
        for name in layers:
            node = tree["mrla"][name]
            node.dataset = node.to_dataset().drop_vars("exact_weight")

    return drop


def test_rows_and_chains_without_exact_weights_are_said(drawn, heat, inspected, changed):
    chain = [f"layer4.{place}" for place in range(3)]
    seen = changed(inspected("resnet50_mrlal"), without_exact("layer3.4", "layer3.5", *chain))
    computed, figure = drawn("mrla_unrolled", seen, weight="exact_weight")
    assert list(computed.panels) == ["layer1", "layer2", "layer3"]
    rows = computed.panels["layer3"]["weight"]["layer"].values.tolist()
    assert rows == [f"layer3.{place}" for place in range(4)]
    assert [len(values) for values in heat(figure)] == [3, 4, 4]
    assert "Layers without exact weight are not drawn: layer3.4, layer3.5." in computed.notes
    assert "Chain layer4 is not drawn: it has no exact weight." in computed.notes
    everything, _ = drawn("mrla_unrolled", seen, weight="nominal_weight")
    assert everything.panels["layer3"].sizes["layer"] == 6
    assert not any("exact" in note for note in everything.notes)


def test_without_any_exact_weight_it_is_said(drawn, inspected):
    with pytest.raises(NothingToDraw, match="blocks is not drawn: it has no exact weight"):
        drawn("mrla_unrolled", inspected("deit_mrlal_tiny_patch16_224"), weight="exact_weight")


def test_weight_times_value_norm_and_ratio_are_drawn_on_demand(drawn, heat, bars, inspected):
    seen = inspected("resnet50_mrlab")
    layers = [seen.attention["mrla"][f"stages.2.{place}"] for place in range(6)]
    weight = layers[4]["weight"].values[0].astype(float)  # (head, retrieved_layer)
    norms = np.stack([layer["value_norm"].values[0] for layer in layers[:5]], axis=1)
    computed, figure = drawn("mrla_retrieval", seen, quantity="norm")
    np.testing.assert_allclose(heat(figure)[2][4, :5], (weight * norms).mean(0), rtol=1e-6)
    np.testing.assert_allclose(computed.panels["stages.2"]["weight"][4, :5], weight.mean(0), 1e-6)
    _, figure = drawn("mrla_retrieval", seen, scale="ratio", head="3")
    np.testing.assert_allclose(heat(figure)[2][4, :5], 5 * weight[3], rtol=1e-6)
    assert bars(figure) == [(0.0, 2.0)]  # no weight is twice its even share: nothing is enlarged


def test_a_summary_has_no_norms_to_choose(inspected, changed):
    def drop(tree):
        for layer in tree["mrla"].children.values():
            layer.dataset = layer.to_dataset().drop_vars(["value_norm", "key"])

    seen = changed(inspected("resnet50_mrlab"), drop)
    quantity = view_of("mrla_retrieval").controls(seen)[0]
    assert list(quantity.options) == ["weight"]
    with pytest.raises(NothingToDraw, match=r"Chain stages\.0 is not drawn: it has no key\."):
        view_of("mrla_keys").compute(seen, {"head": "mean"})
