"""The views of layer similarity against numpy's and scipy's own coefficients, layer by layer."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
from PIL import Image

from inspector.images import read_image
from inspector.inspection import inspect_image
from inspector.views import NothingToDraw, starts, view_of
from inspector.zoo import load_model


def gates(seen, layer):
    return seen.attention["dia"][f"layer2.ModuleList.{layer}"]["gate"].values.astype(float)


BY_HAND = {
    "per_image": lambda a, b: np.mean([np.corrcoef(x, y)[0, 1] for x, y in zip(a, b, strict=True)]),
    "pooled": lambda a, b: np.corrcoef(a.ravel(), b.ravel())[0, 1],
    "centred": lambda a, b: np.corrcoef((a - a.mean(0)).ravel(), (b - b.mean(0)).ravel())[0, 1],
}


@pytest.mark.parametrize("definition", BY_HAND)
def test_cells_correlate_the_gates_of_their_two_layers(drawn, heat, pair, definition):
    seen = pair("dia_resnet")
    cells = heat(drawn("correlation", seen, definition=definition)[1])[1]
    expected = [
        [BY_HAND[definition](gates(seen, a), gates(seen, b)) for b in range(2)] for a in range(2)
    ]
    np.testing.assert_allclose(cells[:2, :2], expected, atol=1e-5)
    assert cells[0, 1] < 0.999


def test_rows_of_mrla_are_compared_on_what_both_reach(drawn, pair):
    seen = pair("resnet50_mrlab")
    panel = drawn("correlation", seen)[0].panels["stages.2"]
    a, b = (seen.attention["mrla"][f"stages.2.{row}"]["weight"].values for row in (3, 5))
    pairs = zip(a.astype(float), b[:, :, :4].astype(float), strict=True)
    expected = np.mean([np.corrcoef(x.ravel(), y.ravel())[0, 1] for x, y in pairs])
    cell = panel["similarity"].sel(layer="stages.2.3", other_layer="stages.2.5").item()
    assert cell == pytest.approx(expected, abs=1e-6)


def test_a_stage_of_one_layer_is_told_and_not_drawn(drawn, inspected, changed):
    def shorten(tree):
        layers = tree["mrla"].children
        lacking = ("layer1.1", "layer1.2")
        tree["mrla"].children = {name: layers[name] for name in layers if name not in lacking}

    computed, _ = drawn("correlation", changed(inspected("resnet50_mrlal"), shorten))
    assert list(computed.panels) == ["layer2", "layer3", "layer4"]
    assert "layer1: a single layer, with none to correlate it with." in computed.notes


def test_without_any_pair_the_reason_is_said(inspected, changed):
    def shorten(tree):
        layers = tree["dia"].children
        tree["dia"].children = {name: layers[name] for name in layers if name.endswith(".0")}

    view = view_of("correlation")
    seen = changed(inspected("dia_resnet"), shorten)
    with pytest.raises(NothingToDraw, match=r"layer3: a single layer, with none"):
        view.compute(seen, starts(view, seen))


@pytest.mark.parametrize("key", ["correlation", "correlation_average"])
@pytest.mark.parametrize(
    ("choice", "least"), [({"definition": "centred"}, 2), ({"measure": "cka"}, 4)]
)
def test_what_needs_more_images_is_not_offered_of_one_and_refused(
    drawn, inspected, key, choice, least
):
    seen = inspected("dia_resnet")
    ((name, value),) = choice.items()
    (control,) = (one for one in view_of(key).controls(seen) if one.key == name)
    assert value not in control.options
    with pytest.raises(NothingToDraw, match=rf"needs at least {least} images.*Add samples"):
        drawn(key, seen, **choice)


# --- several images -----------------------------------------------------------------------------

MODELS = ("seresnet18", "ecaresnet26t", "cbamresnet50")


@pytest.fixture(scope="module")
def gated(small, tmp_path_factory):
    """The inspection of six pictures of noise by a small model; MODELS see 64 pixels."""
    folder = tmp_path_factory.mktemp("noise")
    photos = [noise(seed, folder / f"{seed}.png") for seed in range(6)]
    made = {}

    def look(name):
        if name not in made:
            model = at_64_pixels(name) if name in MODELS else small(name)
            made[name] = inspect_image(model, photos)
        return made[name]

    return look


def at_64_pixels(name):
    """A network of timm's whose branches, and so its gates, are not zero at the start."""
    model = load_model(name, device="cpu", zero_init_last=False)
    return replace(model, card=replace(model.card, input_size=(3, 64, 64)))


def noise(seed, path):
    """A photo whose brightness grows with the seed, so that gates have something to follow."""
    pixels = np.random.default_rng(seed).uniform(0, 40 * (seed + 1), size=(64, 64, 3))
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    return read_image(path)


@pytest.mark.parametrize("name", MODELS)
def test_gates_of_se_eca_and_cbam_are_averaged_beside_the_figure_of_the_paper(drawn, gated, name):
    seen = gated(name)
    computed, figure = drawn("correlation_average", seen)
    data = computed.panels["averages"]
    stage = next(title for title in data["stage"].values if str(title).startswith("layer1"))
    of = [
        node["gate"].values.astype(float)
        for node in seen.attention["gates"].children.values()
        if node.attrs["chain"] == "layer1"
    ]
    each = [np.corrcoef([layer[image] for layer in of]) for image in range(6)]
    pairs = np.triu_indices(len(of), 1)
    expected = np.mean([table[pairs].mean() for table in each])
    found = data.sel(stage=stage, pairs="all")
    assert found["mean"].item() == pytest.approx(expected, abs=1e-6)
    assert found["mean_low"] < expected < found["mean_high"]
    (line,) = figure.layout.shapes
    assert line.y0 == line.y1 == 0.85
    assert any("does not state over which vectors" in note for note in computed.notes)


def test_a_shared_se_is_drawn_with_its_baseline_and_marks(drawn, gated):
    computed, figure = drawn("correlation", gated("share_se_resnet50"), baseline=True)
    p = np.concatenate([pairs_of(data["p"]) for data in computed.panels.values()])
    q = scipy.stats.false_discovery_control(p)
    found = np.concatenate([pairs_of(data["adjusted_p"]) for data in computed.panels.values()])
    np.testing.assert_allclose(found, q, atol=1e-12)
    note = next(note for note in computed.notes if note.startswith("Baseline"))
    assert f"{(q <= 0.05).sum()} of {q.size} pairs differ from it" in note
    points = [trace for trace in figure.data if trace.type == "scatter" and not trace.showlegend]
    marked = [label for trace in points for label in trace.x if label is not None]
    assert len(marked) == 2 * (q > 0.05).sum() > 0


def pairs_of(table):
    return table.values[np.triu_indices(len(table), 1)]


def test_cka_compares_layers_of_all_stages_and_correlation_says_why_not(drawn, gated):
    seen = gated("seresnet18")
    (panel,) = drawn("correlation", seen, measure="cka", layers="all")[0].panels.values()
    assert panel.sizes["layer"] == 8
    assert np.isfinite(panel["similarity"]).all()
    (panel,) = drawn("correlation", seen, layers="all")[0].panels.values()
    cell = panel.sel(layer="layer1.0", other_layer="layer2.0")
    assert cell["reason"].item() == "channel: 64 and 128 do not correspond"


def test_slots_are_compared_by_cka_alone_and_from_four_images_on(drawn, gated, pair):
    view = view_of("correlation")
    assert view.applies(pair("eamlp_7")).startswith("Needs at least 4 images. Slot 3 of one")
    seen = gated("eamlp_7")
    assert view.applies(seen) is None
    assert [control.key for control in view.controls(seen)][:2] == ["measure", "layers"]
    computed, _ = drawn("correlation", seen, interval=True)
    first, second = (
        node["affinity"].values.astype(float).sum(axis=2).reshape(6, -1)
        for name, node in seen.attention["external_attention"].children.items()
        if name in {"blocks.0", "blocks.1"}
    )
    cell = computed.panels["blocks"].sel(layer="blocks.0", other_layer="blocks.1")
    assert cell["similarity"].item() == pytest.approx(unbiased_cka(first, second), abs=1e-6)


def unbiased_cka(a, b):
    """Song et al. 2012, equation 5, in matrices without their diagonals."""
    k, m = ((v - v.mean(0)) @ (v - v.mean(0)).T for v in (a, b))
    for kernel in (k, m):
        np.fill_diagonal(kernel, 0)

    def hsic(x, y):
        n = len(x)
        apart = x.sum() * y.sum() / ((n - 1) * (n - 2))
        return np.trace(x @ y) + apart - 2 * (x @ y).sum() / (n - 2)

    return hsic(k, m) / np.sqrt(hsic(k, k) * hsic(m, m))


def test_attention_of_a_transformer_is_compared_over_its_mean_head(drawn, gated):
    seen = gated("vit_tiny_patch16_224")
    weight = [
        seen.attention["self_attention"][f"blocks.{block}"]["weight"].values.mean(1, dtype=float)
        for block in (3, 4)
    ]
    pairs = zip(*(layer.reshape(6, -1) for layer in weight), strict=True)
    expected = np.mean([scipy.stats.spearmanr(a, b).statistic for a, b in pairs])
    computed, _ = drawn("correlation", seen, measure="spearman")
    cell = computed.panels["blocks"].sel(layer="blocks.3", other_layer="blocks.4")
    assert cell["similarity"].item() == pytest.approx(expected, abs=1e-6)


def test_too_few_images_are_told_with_the_way_out(drawn, pair):
    seen = pair("dia_resnet")
    notes = drawn("correlation", seen, interval=True, baseline=True)[0].notes
    few = "Intervals and baseline need at least 5 images, got 2. Add samples to compare"
    assert any(note.startswith(few) for note in notes)
    with pytest.raises(NothingToDraw, match=r"CKA needs at least 4 images, has 2\. Add samples"):
        drawn("correlation", seen, measure="cka")


def test_averages_over_stages_keep_channel_and_spatial_gates_apart(drawn, gated):
    computed, _ = drawn("correlation_average", gated("cbamresnet50"))
    data = computed.panels["averages"]
    for kind in ("channel gate", "spatial gate"):
        of = data["mean"].sel(pairs="all", stage=data["compared"] == kind)
        note = next(n for n in computed.notes if n.startswith(f"Over stages, {kind}"))
        told = float(note.split("mean ")[1].split(",")[0])
        assert told == pytest.approx(of.mean().item(), abs=0.0051)


def test_the_legend_says_why_a_pair_has_no_number(drawn, inspected):
    _, figure = drawn("correlation", inspected("resnet50_mrlab"))  # first layers retrieve 1 alone
    named = {trace.name for trace in figure.data if trace.showlegend}
    assert "undefined: zero variance: the values of a layer are all the same" in named
