"""Views of surveys: their numbers are those of every image, their figures say what they rest on."""

import contextlib
import re
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
import xarray as xr

from inspector import survey
from inspector.surveys import Survey
from inspector.views import NothingToDraw
from inspector.views.rendering import RANDOM_WEIGHTS
from inspector.views.surveyed import (
    SURVEY_VIEWS,
    exhibited,
    extremes,
    starts,
    survey_view_of,
)
from inspector.views.view import Choose
from inspector.zoo import load_model
from tests.inspector.figures.read import assert_read_as_written
from tests.inspector.surveys.made import Made

GATE = "dia.gate"
ONE = [view for view in SURVEY_VIEWS if view.of == 1]
DOCUMENT = Path(__file__).parents[4] / "docs" / "surveys.md"


def shown(key, *held, **choices):
    view = survey_view_of(key)
    surveys = [one.survey for one in held]
    return exhibited(view, surveys, starts(view, surveys) | choices)


def panel(exhibit):
    """The only panel."""
    (data,) = exhibit.computed.panels.values()
    return data


def by_layer(held):
    """The gates (sample, channel) of every image, by layer."""
    layers = held.tree["dia"].children.items()
    return {name: leaf["gate"].values.astype(np.float64) for name, leaf in layers}


def ends(data, place):
    return [float(data[name][place]) for name in ("value", "low", "high")]


def tried(view, survey):
    """The choices that a view begins with, and the last two options of each control."""
    begin = starts(view, [survey])
    yield begin
    for control in view.controls([survey]):
        if isinstance(control, Choose):
            yield from (begin | {control.key: one} for one in list(control.options)[-2:])


@pytest.fixture(params=["gates", "edges"])
def held(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("view", ONE, ids=lambda view: view.key)
def test_every_choice_of_every_view_is_drawn_or_says_why_not(view, held):
    if reason := view.applies([held.survey]):
        assert reason.endswith(".")
        return
    for choices in tried(view, held.survey):
        with contextlib.suppress(NothingToDraw):  # a layer without this head
            one = exhibited(view, [held.survey], choices)
            assert_read_as_written(one.draw())
            assert isinstance(one.arrays(), xr.DataTree)


@pytest.mark.parametrize("view", ONE, ids=lambda view: view.key)
def test_a_figure_says_how_many_images_of_what_and_that_weights_are_random(view, gates):
    if view.key == "survey_map":
        return  # of edges and slots, which these have none of
    one = shown(view.key, gates)
    texts = " ".join(note.text.replace("<br>", " ") for note in one.figure().layout.annotations)
    assert "28 images of made, 2 damaged and skipped" in texts
    assert "random weights (seed 0)" in texts
    assert RANDOM_WEIGHTS in texts
    assert one.arrays().attrs["images"] == 28
    bare = one.figure(captioned=False)
    assert "28 images" not in " ".join(note.text for note in bare.layout.annotations)
    assert any(RANDOM_WEIGHTS in note.text for note in bare.layout.annotations)


def test_quantiles_are_those_of_all_images_and_channels(gates):
    panels = shown("survey_quantiles", gates, quantity=GATE).computed.panels
    for layer, values in by_layer(gates).items():
        (data,) = (one for one in panels.values() if layer in one["layer"].values)
        exact = np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95), method="inverted_cdf")
        np.testing.assert_allclose(data["quantiles"].sel(layer=layer), exact, atol=1 / 200)


def test_a_chosen_channel_stands_alone(gates):
    panels = shown("survey_quantiles", gates, quantity=GATE, channel="5").computed.panels
    for layer, values in by_layer(gates).items():
        (data,) = (one for one in panels.values() if layer in one["layer"].values)
        median = np.quantile(values[:, 5], 0.5, method="inverted_cdf")
        assert float(data["quantiles"].sel(layer=layer, quantile=0.5)) == pytest.approx(
            median, abs=1 / 200
        )


@pytest.mark.parametrize("split", ["all", "correct", "wrong"])
def test_a_histogram_counts_the_images_of_a_split(gates, split):
    rows = {"all": slice(None), "correct": gates.correct, "wrong": ~gates.correct}[split]
    layer, values = next(iter(by_layer(gates).items()))
    data = panel(shown("survey_histogram", gates, what=f"{GATE} {layer}", split=split))
    edges = np.append(data["bin_from"], data["bin_to"][-1])
    counts, _ = np.histogram(values[rows], edges)
    assert np.abs(data["count"].values - counts).sum() <= 2  # float32 at an edge
    assert float(data["share"].sum()) == pytest.approx(1.0)
    np.testing.assert_array_equal(data["bin_to"][:-1], data["bin_from"][1:])


def test_the_mean_of_all_channels_has_the_interval_of_the_images_means(gates):
    data = panel(shown("survey_means", gates, quantity=GATE))
    for place, values in enumerate(by_layer(gates).values()):
        means = values.mean(1)
        low, high = scipy.stats.ttest_1samp(means, 0).confidence_interval(0.95)
        assert ends(data, place) == pytest.approx([means.mean(), low, high], rel=1e-5)


def test_right_and_wrong_have_intervals_that_are_wide_enough(gates):
    one = shown("survey_means", gates, quantity=GATE, shown="both")
    images = int(gates.correct.sum())
    assert f"correct {images} images; wrong {28 - images} images" in " ".join(one.said)
    for split, rows in {"correct": gates.correct, "wrong": ~gates.correct}.items():
        for place, values in enumerate(by_layer(gates).values()):
            means = values[rows].mean(1)
            low, high = scipy.stats.ttest_1samp(means, 0).confidence_interval(0.95)
            value, below, above = ends(one.computed.panels[split], place)
            assert value == pytest.approx(means.mean(), rel=1e-5)
            assert below <= low + 1e-9
            assert above >= high - 1e-9


def test_a_difference_of_one_channel_is_welchs(gates):
    one = shown("survey_means", gates, quantity=GATE, shown="difference", channel="7")
    for place, values in enumerate(by_layer(gates).values()):
        right, wrong = values[gates.correct, 7], values[~gates.correct, 7]
        told = scipy.stats.ttest_ind(wrong, right, equal_var=False).confidence_interval(0.95)
        assert ends(panel(one), place)[1:] == pytest.approx([told.low, told.high], rel=1e-3)
    assert re.search(r"\d of \d intervals leave 0 out; about 0\.\d+ would", " ".join(one.said))


def test_classes_have_their_own_means_and_intervals(gates):
    layer, values = list(by_layer(gates).items())[-1]
    data = panel(shown("survey_classes", gates, what=f"{GATE} {layer}"))
    for place in range(3):
        means = values[gates.labels == place].mean(1)
        low, high = scipy.stats.ttest_1samp(means, 0).confidence_interval(0.95)
        assert ends(data, place) == pytest.approx([means.mean(), low, high], rel=1e-4)


def test_without_classes_none_are_offered(others):
    assert "have no classes" in survey_view_of("survey_classes").applies([others.survey])
    keys = [c.key for c in survey_view_of("survey_histogram").controls([others.survey])]
    assert "split" not in keys


def test_layers_are_correlated_image_by_image_with_an_interval(gates):
    data = panel(shown("survey_correlation", gates, quantity=GATE))
    means = np.stack([values.mean(1) for values in by_layer(gates).values()])
    np.testing.assert_allclose(data["value"], np.corrcoef(means), atol=1e-4)
    told = scipy.stats.pearsonr(means[0], means[1]).confidence_interval(0.95)
    one = data.isel(layer=0, other_layer=1)
    assert [float(one["low"]), float(one["high"])] == pytest.approx([*told], abs=1e-3)


def test_the_correlation_of_all_labels_says_that_it_has_no_interval(edges):
    one = shown("survey_correlation", edges, quantity="mrla.weight_entropy", how="centred")
    assert "no interval" in " ".join(one.said)
    assert all("low" not in data for data in one.computed.panels.values())


def test_extremes_have_their_rank_from_either_end(gates):
    found = extremes(gates.survey, "0")
    means = next(iter(by_layer(gates).values())).mean(1)
    order = np.argsort(-means, kind="stable")
    highest = [one for one in found if one.end == "highest"]
    assert [one.key for one in highest[:5]] == gates.keys[order[:5]].tolist()
    lowest = next(one for one in found if one.end == "lowest")
    assert lowest.key == gates.keys[order[-1]]
    second = highest[1]
    apart = (means[order[1]] - means.mean()) / means.std(ddof=1)
    assert second.deviations == pytest.approx(apart, rel=1e-4)
    assert second.sentence.startswith("the 2nd highest of 28 images in channel gate")
    assert second.sentence.endswith(f"{apart:+.1f} standard deviations from the mean")


def test_a_map_averages_every_edge_over_images_and_heads(edges):
    panels = shown("survey_map", edges, quantity="mrla.weight").computed.panels
    layer = "stages.2.4"
    weight = edges.tree["mrla"][layer]["weight"].astype(np.float64)
    row = panels["stages.2"]["value"].sel(layer=layer)
    for label in weight["retrieved_layer"].values.tolist():
        exact = float(weight.sel(retrieved_layer=label).mean())
        assert float(row.sel(retrieved_layer=label)) == pytest.approx(exact, rel=1e-5)
    assert np.isnan(float(row.sel(retrieved_layer="stages.2.5")))  # out of reach, and no 0
    assert float(row.sum()) == pytest.approx(1.0, rel=1e-5)


def test_a_histogram_of_edges_has_a_line_for_each(edges):
    what = "mrla.weight stages.2.5"
    assert len(shown("survey_histogram", edges, what=what).figure().data) == 6
    two = shown("survey_histogram", edges, what=what, labels=("stages.2.0", "stages.2.5"))
    names = [trace.name for trace in two.figure().data]
    assert names == ["retrieved layer stages.2.0", "retrieved layer stages.2.5"]
    with pytest.raises(NothingToDraw, match=r"stages\.2\.5 has no stages\.3\.2"):
        shown("survey_histogram", edges, what=what, labels=("stages.3.2",))


def test_the_difference_of_two_surveys_is_welchs(gates, others):
    one = shown("survey_difference", others, gates, quantity=GATE)
    for place, (mine, theirs) in enumerate(
        zip(by_layer(others).values(), by_layer(gates).values(), strict=True)
    ):
        b, a = theirs.mean(1), mine.mean(1)
        low, high = scipy.stats.ttest_ind(b, a, equal_var=False).confidence_interval(0.95)
        expected = [b.mean() - a.mean(), low, high]
        assert ends(panel(one), place) == pytest.approx(expected, rel=1e-2, abs=1e-7)
    said = " ".join(one.said)
    assert "A: 18 images of made" in said
    assert "B: 28 images of made" in said
    assert "The images differ" in said


def test_a_survey_differs_from_itself_by_nothing(gates):
    one = shown("survey_difference", gates, gates, quantity=GATE)
    assert not panel(one)["value"].any()
    assert "The images are the same" in " ".join(one.said)


def test_surveys_of_other_mechanisms_have_only_the_prediction_in_common(gates, edges):
    view = survey_view_of("survey_difference")
    (quantity, *_) = view.controls([gates.survey, edges.survey])
    assert all(key.startswith("prediction.") for key in quantity.options)


def test_mismatched_labels_are_refused_in_words(gates, tmp_path_factory):
    deeper = load_model("dia_resnet", depth=20, num_classes=3, device="cpu")
    out = tmp_path_factory.mktemp("deeper") / "deeper.zarr"
    found = survey(deeper, Made(4), out)
    view = survey_view_of("survey_difference")
    held = [found, gates.survey]
    with pytest.raises(NothingToDraw, match=r"Expected layer1\.ModuleList\.1 in both, but B has"):
        exhibited(view, held, starts(view, held) | {"quantity": GATE})


def test_an_unknown_view_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match=r"No view of a survey is called 'x'; there are: survey_"):
        survey_view_of("x")


def test_every_view_is_documented():
    named = set(re.findall(r"^\| `(survey_\w+)` \|", DOCUMENT.read_text(), re.MULTILINE))
    assert named == {view.key for view in SURVEY_VIEWS}


@pytest.mark.parametrize("split", ["all", "correct", "wrong"])
def test_effects_have_students_interval_over_the_images_of_the_sample(gates, split):
    table = gates.survey.effects.sel(split=split)
    panels = shown("survey_effects", gates, measure="distance", shown="both").computed.panels
    data = panels[split] if split != "all" else panel(shown("survey_effects", gates))
    name = "distance" if split != "all" else "logit"
    assert data["part"].values.tolist() == [f"{layer}: gate" for layer in table["layer"].values]
    count = int(table["images"])
    error = np.sqrt(table[f"{name}_variance"].values / count)
    low, high = scipy.stats.t.interval(0.95, count - 1, table[f"{name}_mean"].values, error)
    np.testing.assert_allclose(data["low"], low, rtol=1e-6)
    np.testing.assert_allclose(data["high"], high, rtol=1e-6)


def test_effects_on_right_and_wrong_images_differ_by_welchs_interval(gates):
    table = gates.survey.effects
    data = panel(shown("survey_effects", gates, shown="difference"))
    right, wrong = (table.sel(split=split) for split in ("correct", "wrong"))
    for place in range(data.sizes["part"]):
        stats = (
            (float(one["logit_mean"][place]), float(one["logit_variance"][place]) ** 0.5)
            for one in (wrong, right)
        )
        (a, b), counts = stats, (int(wrong["images"]), int(right["images"]))
        test = scipy.stats.ttest_ind_from_stats(*a, counts[0], *b, counts[1], equal_var=False)
        share = 0 if data["low"][place] <= 0 <= data["high"][place] else 1
        assert float(data["value"][place]) == pytest.approx(a[0] - b[0])
        assert (test.pvalue < 0.05) == bool(share)


def test_parts_of_one_kind_are_shown_alone(gates):
    tree = gates.survey.tree.copy()
    kinds = ("intervention", ["gate", "state", "gate"])
    tree["effects"] = xr.DataTree(gates.survey.effects.assign_coords(kind=kinds))
    view = survey_view_of("survey_effects")
    data = panel(
        exhibited(
            view, [Survey(tree, gates.survey.path)], starts(view, [gates.survey]) | {"kind": "gate"}
        )
    )
    layers = gates.survey.effects["layer"].values
    assert data["part"].values.tolist() == [f"{layer}: gate" for layer in layers[[0, 2]]]


def test_a_survey_without_cuts_says_how_to_make_one_with_them(others):
    assert "--effects 200" in survey_view_of("survey_effects").applies([others.survey])


def test_images_are_ranked_at_first_by_what_differs_between_them(edges):
    """The entropy of a first layer, which retrieves from itself alone, is 0 in every image."""
    begin = starts(survey_view_of("survey_extremes"), [edges.survey])["column"]
    covariance = edges.survey.profile["covariance"].values
    assert covariance[0, 0] == 0
    assert covariance[int(begin), int(begin)] > 0
