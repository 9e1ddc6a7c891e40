"""Retrieval views: numbers per row, keys, and outputs taken apart, against its tensors."""

import math
import re

import numpy as np
import plotly.graph_objects as go
import pytest
import torch

from inspector.inspection import Inspection
from inspector.retrieval import retrieved_maps
from inspector.views import NothingToDraw, starts, view_of
from inspector.views.retrieval_terms import parts

BASE, LIGHT, TOKENS = "resnet50_mrlab", "resnet50_mrlal", "deit_mrlal_tiny_patch16_224"


def rows(seen, stage, head):
    """The weights of each layer of a stage in one head."""
    count = len([n for n in seen.attention["mrla"].children if n.startswith(f"stages.{stage}.")])
    layers = (seen.attention["mrla"][f"stages.{stage}.{place}"] for place in range(count))
    return [layer["weight"].values[0, head].astype(float) for layer in layers]


def by_hand(row, before):
    """All numbers of a row, given the row before it."""
    entropy = -sum(a * math.log(a) for a in row)
    p, q = before, row[: len(before)] / row[: len(before)].sum()
    return {
        "effective": math.exp(entropy),
        "entropy": entropy,
        "distance": sum(a * back for back, a in enumerate(row[::-1])),
        "ratio": row.max() * len(row),
        "divergence": sum(a * math.log(a / b) for a, b in zip(p, q, strict=True)),
    }


@pytest.mark.parametrize("number", ["effective", "entropy", "distance", "ratio", "divergence"])
def test_numbers_are_those_of_the_rows(drawn, inspected, number):
    seen = inspected(BASE)
    computed, _ = drawn("mrla_numbers", seen, number=number, head="3")
    panel, weights = computed.panels["stages.2"], rows(seen, 2, head=3)
    first = 2 if number == "divergence" else 1
    for t in range(first, 6):
        expected = by_hand(weights[t], weights[t - 1])[number]
        even = by_hand(np.full(t + 1, 1 / (t + 1)), np.full(t, 1 / t))[number]
        # A float32 row sums to 1 within rounding, which a divergence near 0 shows.
        assert panel["retrieved"].values[t] == pytest.approx(expected, rel=1e-5, abs=1e-7)
        assert panel["if weights were equal"].values[t] == pytest.approx(even, abs=1e-12)
    assert panel["retrieved"].isnull().values.tolist() == [True] * first + [False] * (6 - first)
    fixed = {"effective": [1], "ratio": [1], "divergence": [np.nan, 0]}.get(number, [0])
    constructed = panel["by construction"].values
    np.testing.assert_allclose(constructed[:first], fixed, atol=1e-6)
    assert np.isnan(constructed[first:]).all()


def test_numbers_spread_over_heads_or_are_averaged(drawn, inspected):
    seen = inspected(BASE)
    heads = [by_hand(rows(seen, 0, h)[2], rows(seen, 0, h)[1])["distance"] for h in range(16)]
    computed, figure = drawn("mrla_numbers", seen, number="distance")
    box = computed.panels["stages.0"]["retrieved"].sel(layer="stages.0.2")
    np.testing.assert_allclose(box, np.quantile(heads, (0.05, 0.25, 0.5, 0.75, 0.95)), rtol=1e-6)
    assert any(isinstance(trace, go.Box) for trace in figure.data)
    mean, _ = drawn("mrla_numbers", seen, number="distance", head="mean")
    assert mean.panels["stages.0"]["retrieved"].values[2] == pytest.approx(np.mean(heads))


def test_a_row_that_was_cut_has_no_numbers(drawn, inspected, changed):
    def cut(tree):
        tree["mrla"]["stages.2.3"]["weight"].values[..., 0] = 0

    computed, _ = drawn("mrla_numbers", changed(inspected(BASE), cut), head="mean")
    assert computed.panels["stages.2"]["retrieved"].isnull().values.tolist() == [
        *(True, False, False),
        *(True, False, False),
    ]
    assert computed.notes == (
        "Rows that do not sum to 1 after an intervention are left out: stages.2.3.",
    )


@pytest.mark.parametrize(("name", "stage"), [(BASE, "stages.2"), (LIGHT, "layer3")])
def test_key_cells_are_cosines(drawn, heat, inspected, name, stage):
    seen = inspected(name)
    computed, figure = drawn("mrla_keys", seen, head="2")
    keys = [seen.attention["mrla"][f"{stage}.{place}"]["key"].values[0, 2] for place in range(6)]
    unit = np.stack([key / np.linalg.norm(key.astype(float)) for key in keys])
    np.testing.assert_allclose(heat(figure)[2], unit @ unit.T, atol=1e-6)
    assert computed.panels[stage]["itself"].values.tolist() == np.eye(6, dtype=bool).tolist()
    assert "In one head of" in computed.notes[-1]


# --- outputs taken apart ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def passed(small, inspected):
    """Output of a module in the pass of an inspection, (channel, y, x) or (token, channel)."""

    def of(name, path):
        model, seen = small(name), {}
        handle = model.module.get_submodule(path).register_forward_hook(
            lambda _m, _a, out: seen.update(out=out[0] if isinstance(out, tuple) else out)
        )
        pixels = inspected(name).pixels.values / 255
        batch = (pixels - np.array(model.card.mean)) / np.array(model.card.std)
        with torch.no_grad():
            model.module.eval()(torch.from_numpy(batch.transpose(0, 3, 1, 2)).float())
        handle.remove()
        return seen["out"][0].numpy().astype(float)

    return of


def test_base_parts_are_the_weighted_values(drawn, heat, inspected, passed):
    seen = inspected(BASE)
    computed, figure = drawn("mrla_parts", seen, chain="stages.1")
    output = passed(BASE, "stages.1.2.mrla.mrla")
    weight = seen.attention["mrla"]["stages.1.2"]["weight"].values[0]
    for s in range(3):
        value = passed(BASE, f"stages.1.{s}.mrla.mrla.Wv")
        term = np.repeat(weight[:, s], 16)[:, None, None] * value
        share = (term * output).sum() / (output**2).sum()
        assert heat(figure)[0][2, s] == pytest.approx(share, abs=1e-5)
        size = np.linalg.norm(term) / np.linalg.norm(output)
        got = computed.panels["retrieved values"]["size"].values[2, s]
        assert got == pytest.approx(size, rel=1e-5)
    alone = computed.panels["retrieved values"]["alone"].values
    assert np.argwhere(alone).tolist() == [[0, 0]]
    assert np.isnan(heat(figure)[0][0, 1:]).all()


@pytest.mark.parametrize(
    ("name", "chain", "kinds"),
    [
        (BASE, "stages.2", ["retrieved values"]),
        (
            LIGHT,
            "layer3",
            [
                *("retrieved values", "earlier features"),
                *("shifts of earlier norms", "input of the chain"),
            ],
        ),
        (TOKENS, "blocks", ["retrieved values", "shortcut"]),
    ],
)
def test_the_parts_of_a_row_add_up_to_it(drawn, inspected, name, chain, kinds):
    computed, _ = drawn("mrla_parts", inspected(name), chain=chain)
    assert list(computed.panels) == kinds
    total = sum(data["share"].sum("source") for data in computed.panels.values())
    np.testing.assert_allclose(total, 1, atol=1e-5)
    residual = float(computed.notes[0].partition("residual at most ")[2].split()[0])
    assert 0 <= residual < 1e-5
    assert any("reach further back" in note for note in computed.notes) == (name == TOKENS)


def test_light_parts_are_features_and_input_with_their_exact_weights(drawn, inspected, passed):
    seen = inspected(LIGHT)
    computed, _ = drawn("mrla_parts", seen, chain="layer2")
    output = passed(LIGHT, "layer2.1.mrla")
    weight = seen.attention["mrla"]["layer2.1"]["shortcut_weight"].values[:, :, None, None]
    features = {
        "earlier features": weight[:, 1] * passed(LIGHT, "layer2.0.relu3"),
        "input of the chain": weight[:, 0] * passed(LIGHT, "layer2.0.downsample"),
    }
    for kind, term in features.items():
        share = (term * output).sum() / (output**2).sum()
        got = computed.panels[kind]["share"].sel(layer="layer2.1", source="layer2.0").item()
        assert got == pytest.approx(share, abs=1e-5)


@pytest.mark.parametrize("measure", ["total", "along", "norm"])
@pytest.mark.parametrize(
    ("name", "path"), [(BASE, "stages.2.5.mrla.mrla"), (LIGHT, "layer3.5.mrla")]
)
def test_derived_maps_add_up_to_the_output(drawn, inspected, passed, name, path, measure):
    layer = path.removesuffix(".mrla").removesuffix(".mrla")
    computed, _ = drawn("mrla_contribution", inspected(name), measure=measure, layer=layer)
    maps = {title: data["map"].values for title, data in computed.panels.items() if "map" in data}
    output = maps.pop("all parts: the output")
    real = passed(name, path)
    by_place = real.sum(0) if measure == "total" else np.sqrt((real**2).sum(0))
    unit = np.abs(by_place).max()
    np.testing.assert_allclose(output / unit, by_place / unit, atol=1e-5)
    if name == BASE and measure != "norm":
        np.testing.assert_allclose(sum(maps.values()) / unit, by_place / unit, atol=1e-5)
    if name == BASE:
        shares = [computed.panels[title]["map"].attrs["share"] for title in maps]
        assert sum(shares) == pytest.approx(1, abs=5e-3)
    assert next(iter(maps)).startswith("value of ")


def test_a_derived_map_of_one_head_is_that_of_its_channels(drawn, inspected, passed):
    seen = inspected(BASE)
    computed, _ = drawn("mrla_contribution", seen, layer="stages.0.1", head="3", measure="norm")
    (title,) = (title for title in computed.panels if title.startswith("value of stages.0.0"))
    weight = seen.attention["mrla"]["stages.0.1"]["weight"].values[0, 3, 0]
    value = passed(BASE, "stages.0.0.mrla.mrla.Wv")[3 * 16 : 4 * 16]
    expected = weight * np.sqrt((value**2).sum(0))
    np.testing.assert_allclose(computed.panels[title]["map"], expected, rtol=1e-5)
    said = computed.notes[0]
    assert said.startswith("Derived, not attention: a_t[s] V_s as norm over channels;")
    assert computed.notes[1] == (
        "In it t is the layer that is drawn, s one that it retrieves, a_t the retrieval weight, "
        "V the value."
    )
    with pytest.raises(NothingToDraw, match="has heads 0 to 15, and no head 20"):
        drawn("mrla_contribution", seen, layer="stages.0.1", head="20")


@pytest.mark.parametrize("name", ["resnet50_mrlal", "deit_mrlal_tiny_patch16_224"])
def test_every_symbol_of_a_caption_is_explained(drawn, inspected, name):
    computed, _ = drawn("mrla_contribution", inspected(name), shown="all")
    formula = computed.notes[0].partition(": ")[2].partition(" as ")[0]
    for symbol in set(re.findall(r"([A-Za-z]+)_", formula)):
        assert re.search(rf"(, {symbol}|, {symbol}_t) (the|what) ", computed.notes[1])


def test_a_layer_that_retrieves_itself_alone_is_told(drawn, inspected):
    computed, figure = drawn("mrla_contribution", inspected(BASE), layer="stages.1.0")
    titles = [note.text for note in figure.layout.annotations]
    assert "<b>value of stages.1.0, share 100.0%</b>" in titles
    assert computed.notes[-1] == "The layer has this one part, all of its output by construction."
    computed, _ = drawn("mrla_contribution", inspected(BASE), layer="stages.1.1")
    assert not any("by construction" in note for note in computed.notes)


def test_parts_beyond_what_a_figure_holds_are_counted(drawn, inspected):
    computed, _ = drawn("mrla_contribution", inspected(LIGHT), layer="layer3.5", shown="all")
    assert len(computed.panels) == 11 + 2  # the output and the image
    assert "6 parts are not drawn" in computed.notes[-1]
    rest, _ = drawn("mrla_contribution", inspected(LIGHT), layer="layer3.1", shown="other")
    assert [title.partition(",")[0] for title in rest.panels] == [
        "feature of layer3.0",
        "shift after layer3.0",
        "input of the chain",
        "all parts: the output",
        "image",
    ]


@pytest.mark.parametrize("key", ["mrla_parts", "mrla_contribution"])
def test_without_a_second_pass_there_is_nothing_to_take_apart(inspected, changed, key):
    seen, view = inspected(BASE), view_of(key)
    assert "Needs the model itself" in view.applies(Inspection(seen.tree))
    cut = changed(seen, lambda tree: tree.attrs.update(interventions="zeroed head 3"))
    assert "Needs an inspection without interventions" in view.applies(cut)
    assert view.applies(inspected("dia_resnet")).startswith("Needs an MRLA network")

    def doubt(tree):
        tree["mrla"]["stages.2.0"].attrs |= {"verified": 0, "verified_error": 0.5}

    doubted = changed(seen, doubt)
    with pytest.raises(NothingToDraw, match=r"stages\.2\.0 to stages\.2\.5 is not drawn: its capt"):
        view.compute(doubted, starts(view, seen))


def test_parts_that_do_not_add_up_are_not_drawn(inspected, small):
    layers = ["stages.0.0", "stages.0.1"]
    maps = retrieved_maps(small(BASE), inspected(BASE).pixels[0], layers)
    assert parts(maps, layers[1]).attrs["residual"] < 1e-6
    maps[layers[1]]["weight"].values[3, 0] *= 1.01
    with pytest.raises(
        NothingToDraw, match=r"stages\.0\.1 is not drawn: its terms miss the output"
    ):
        parts(maps, layers[1])


def test_a_second_pass_leaves_nothing_behind(inspected, small):
    module = small(BASE).module
    before = [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in module.modules()]
    found = retrieved_maps(small(BASE), inspected(BASE).pixels[0], ["stages.0.1"])
    assert list(found) == ["stages.0.1"]
    assert "sample" not in found["stages.0.1"].dims
    after = [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in module.modules()]
    assert after == before
