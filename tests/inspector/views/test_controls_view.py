"""A picture beside its control: the sentence is true, and the view itself need not know."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr

from inspector.controls import twin_inspections
from inspector.figures import JOINS, heatmap
from inspector.inspection import inspect_image, load_inspection
from inspector.progress import listening
from inspector.twins import twin
from inspector.views import Contrast, NothingToDraw, View, starts, view_of
from inspector.views.controls import KEY, controlled
from inspector.views.view import Computed
from inspector.wrapping import wrap
from inspector.zoo import load_model
from tests.hooks.conftest import BaseNet, LightNet

MAPS = (
    *("mrla_retrieval", "mrla_gates", "mrla_unrolled", "dia_gates", "external_slots"),
    *("channel_gates", "spatial_gates", "self_attention_map", "correlation"),
)


class Classifier(BaseNet):
    """A tiny MRLA-base network with logits."""

    def forward(self, image):
        return super().forward(image.repeat(1, 3, 1, 1)[:, :8])


@pytest.fixture
def tiny():
    torch.manual_seed(0)
    return wrap(Classifier(), size=8)


@pytest.fixture
def learnt(tiny):
    """The same as if it had learnt to retrieve sharply, which no random weights do."""
    with torch.no_grad():
        for name, parameter in tiny.module.named_parameters():
            if "Wq" in name or "Wk" in name:
                parameter.copy_(torch.tensor([[[30.0, 20.0, -10.0]]]))
            if "Wv" in name:
                parameter.mul_(30)
    return tiny


def beside(view, seen, against, **choices):
    """What the view computes, held against something."""
    return view.compute(seen, starts(view, seen) | {KEY: against} | choices)


def verdict(computed):
    (said,) = [note for note in computed.notes if "discovery rate)" in note or "(p = " in note]
    return said


# Random twins -------------------------------------------------------------------------------------


def test_a_network_that_learnt_differs_from_its_twins(learnt, picture):
    seen = inspect_image(learnt, picture)
    computed = beside(view_of("mrla_retrieval"), seen, "twins")
    assert verdict(computed).startswith("Differs from 19 networks with random weights (p = 0.05)")
    assert "Beside it the first of these 19 networks (seeds 0 to 18), same image." in computed.notes


class LightClassifier(LightNet):
    """A tiny MRLA-light network of photographs."""

    def forward(self, image):
        return super().forward(image.repeat(1, 3, 1, 1)[:, :8])


def test_decays_that_shrank_differ_by_rank(picture):
    """Each lies where random ones do, only none lies far out."""
    net = load_model("cifar_resnet56_mrlal", blocks=2, device="cpu", seed=5)
    shrunk = [value for name, value in net.module.named_parameters() if name.endswith("lambda_t")]
    assert shrunk
    for value in shrunk:
        value.data.mul_(0.1)
    computed = beside(view_of("mrla_decay"), inspect_image(net, picture), "twins")
    assert verdict(computed).startswith("Differs from 19 networks with random weights (p = 0.05)")
    assert (
        "A channel of one network has none in another to go with, so the values of a layer are "
        "compared by rank: the largest with the largest." in computed.notes
    )
    decay = shrunk[1].detach().flatten().numpy()
    told = computed.verdicts["layer1"].isel(layer=1)
    assert told["observed"].dims == ("rank",)
    np.testing.assert_allclose(told["observed"], np.sort(decay), rtol=1e-6)


def test_twins_that_only_order_values_anew_tell_nothing_by_rank(picture):
    torch.manual_seed(0)
    seen = inspect_image(wrap(LightClassifier(), size=8), picture)
    computed = beside(view_of("mrla_decay"), seen, "twins")
    assert verdict(computed).startswith("Does not differ")
    assert any("all show the same, so nothing is told" in note for note in computed.notes)


def test_random_weights_do_not_differ_from_random_weights(inspected):
    computed = beside(view_of("dia_gates"), inspected("dia_resnet"), "twins")
    assert verdict(computed).startswith("Does not differ from 19 networks with random weights (p =")


def test_a_method_that_is_blind_to_weights_does_not_differ(learnt, picture):
    def compute(inspection, _choices):
        edges = abs(inspection.pixels.isel(sample=0, rgb=0, drop=True).astype(float).diff("x"))
        return Computed({"edges": xr.Dataset({"edge": edges})})

    def draw(computed, _choices):
        panels = {title: data["edge"] for title, data in computed.panels.items()}
        return heatmap(panels, x="x", y="y")

    blind = controlled(
        View(
            *("edges", "Edges", "Edges.", "Nothing."),
            applies=lambda _seen: None,
            controls=lambda _seen: (),
            compute=compute,
            draw=draw,
            contrast=Contrast(),
        )
    )
    computed = beside(blind, inspect_image(learnt, picture), "twins")
    assert verdict(computed) == (
        "Does not differ from 19 networks with random weights (p = 1): 0 of 56 cells lie outside "
        "their range; of a typical one of them 0 lie outside that of the others."
    )
    assert list(computed.panels) == ["edges", "edges, random weights"]
    assert blind.draw(computed, {}).data


def test_the_twin_stands_beside_the_panel_on_one_scale(tiny, pictures, heat):
    seen = inspect_image(tiny, pictures)
    view = view_of("mrla_retrieval")
    computed = beside(view, seen, "twins", image="1", head="0")
    assert list(computed.panels) == [
        *("stages.0", "stages.0, random weights"),
        *("stages.1", "stages.1, random weights"),
    ]
    other = inspect_image(twin(tiny), pictures[1]).attention["mrla"]["stages.0.2"]["weight"]
    shown = computed.panels["stages.0, random weights"]["weight"]
    np.testing.assert_allclose(shown.values[2], other.values[0, 0], rtol=1e-6)
    assert shown.attrs[JOINS] == "stages.0"
    figure = view.draw(computed, starts(view, seen))
    assert len(heat(figure)) == 4
    assert len([axis for axis in figure.layout if axis.startswith("coloraxis")]) == 1
    titles = {note.text for note in figure.layout.annotations}
    assert {"<b>stages.0</b>", "<b>stages.0, random weights</b>"} <= titles


@pytest.mark.parametrize("mode", ["panel", "ratio"])
def test_a_twin_is_drawn_in_the_same_mode(tiny, picture, heat, mode):
    seen, view = inspect_image(tiny, picture), view_of("mrla_retrieval")
    choices = starts(view, seen) | {KEY: "twins", "scale": mode}
    drawn = heat(view.draw(view.compute(seen, choices), choices))
    assert [values.shape for values in drawn] == [(3, 3), (3, 3), (2, 2), (2, 2)]
    assert not np.array_equal(drawn[0], drawn[1], equal_nan=True)


def test_twins_see_the_same_pixels_and_leave_the_network_alone(tiny, pictures):
    seen = inspect_image(tiny, pictures)
    before = {name: value.clone() for name, value in tiny.module.state_dict().items()}
    heard = []
    with listening(lambda done, total, what: heard.append((done, total, what))):
        (one, other) = twin_inspections(seen, 2, samples=[1])
    assert heard == [(done, 2, "random twins") for done in (0, 1, 2)]
    whole = inspect_image(twin(tiny, 1), pictures[1])
    xr.testing.assert_allclose(other.logits, whole.logits.assign_coords(sample=[1]))
    np.testing.assert_array_equal(one.pixels[0], seen.pixels[1])
    assert one.images == (pictures[1].name,)
    assert (one.about["weights"], one.about["trained"]) == ("random twin, seed 0", 0)
    after = tiny.module.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())


def test_slots_of_largest_mass_stand_beside_the_twins_own(inspected):
    computed = beside(view_of("external_slots"), inspected("eamlp_7"), "twins")
    titles = [title for title in computed.panels if title != "image"]
    assert len(titles) == 12
    assert all(title.endswith(", random weights") == bool(i % 2) for i, title in enumerate(titles))
    assert titles[1::2] != [f"{title}, random weights" for title in titles[::2]]


def test_what_cannot_run_again_offers_no_twins(inspected, tmp_path):
    seen = inspected("dia_resnet")
    saved = load_inspection(seen.save(tmp_path / "seen.nc"))
    view = view_of("dia_gates")
    assert KEY in starts(view, seen)
    assert KEY not in starts(view, saved)
    edited = seen.tree.copy()
    edited.attrs = seen.tree.attrs | {"interventions": "zero channel 3 of layer1"}
    assert KEY not in starts(view, replace(seen, tree=edited))
    with pytest.raises(ValueError, match="Needs the model itself, which a saved capture does not"):
        list(twin_inspections(saved, 1))


def test_what_a_twin_does_not_show_is_said(tiny, picture):
    def compute(inspection, _choices):
        if not inspection.about["weights"].startswith("random weights"):
            raise NothingToDraw("It is dark.")
        return Computed({"a": xr.Dataset({"a": ("x", [1.0])})})

    view = controlled(replace(view_of("dia_gates"), compute=compute, contrast=Contrast()))
    with pytest.raises(NothingToDraw, match=r"^Of a network with random weights: It is dark\.$"):
        view.compute(inspect_image(tiny, picture), {KEY: "twins"})


# Chance -------------------------------------------------------------------------------------------


def test_a_planted_row_is_found_among_random_ones(inspected, changed, planted):
    seen = changed(inspected("resnet50_mrlab"), planted)
    computed = beside(view_of("mrla_retrieval"), seen, "logits")
    assert verdict(computed).startswith("1 of 12 rows differs from rows of random logits with")
    assert "1 more peaked; 4 left out (1 by construction)" in verdict(computed)
    differs = computed.verdicts["stages.2"]["differs"]
    assert differs["layer"].values[differs.values].tolist() == ["stages.2.4"]
    permuted = beside(view_of("mrla_retrieval"), seen, "permuted")
    assert permuted.verdicts["stages.2"]["differs"].sel(layer="stages.2.4")


def test_a_single_head_is_held_against_single_rows(inspected, changed, planted):
    seen = changed(inspected("resnet50_mrlab"), planted)
    computed = beside(view_of("mrla_retrieval"), seen, "logits", head="20")
    assert list(computed.verdicts) == ["stages.1", "stages.2", "stages.3"]
    data = computed.verdicts["stages.2"].isel(head=0)
    row = seen.attention["mrla"]["stages.2.5"]["weight"].values[0, 20]
    assert float(data["observed"].sel(layer="stages.2.5")) == pytest.approx(row.max())


def test_the_sentence_is_there_unasked_where_there_is_a_softmax(inspected):
    for key, name in {
        "mrla_retrieval": "resnet50_mrlab",
        "self_attention_map": "deit_tiny_patch16_224",
        "external_slots": "eamlp_7",
    }.items():
        seen = inspected(name)
        computed = view_of(key).compute(seen, starts(view_of(key), seen))
        assert "random logits with the same spread" in verdict(computed)
        assert "1999 draws, seed 0" in " ".join(computed.notes)
        assert any(title.startswith("verdict ") for title in computed.tree().children)


def test_every_head_of_a_map_is_judged_by_itself(inspected):
    seen = inspected("deit_tiny_patch16_224")
    computed = beside(view_of("self_attention_map"), seen, "logits", head="every")
    weight = seen.attention["self_attention"]["blocks.11"]["weight"].values[0, :, 0]
    assert list(computed.verdicts) == [f"head {head}" for head in range(len(weight))]
    observed = [data["observed"].item() for data in computed.verdicts.values()]
    np.testing.assert_allclose(observed, weight.max(-1), rtol=1e-6)


def test_a_reading_without_softmax_is_not_compared_with_random_logits(inspected):
    computed = beside(view_of("external_slots"), inspected("eamlp_7"), "logits", reading="affinity")
    assert any("comes from no softmax" in note for note in computed.notes)
    assert not computed.verdicts


def test_nothing_is_said_where_nothing_was_asked(inspected):
    computed = beside(view_of("mrla_retrieval"), inspected("resnet50_mrlab"), "nothing")
    assert not computed.verdicts
    assert not any("ffer" in note for note in computed.notes)


@pytest.mark.parametrize("key", MAPS)
def test_every_map_can_be_held_against_its_twins(key):
    assert view_of(key).contrast is not None


@pytest.mark.parametrize(("number", "of"), [("largest", np.max), ("entropy", None)])
def test_rows_stand_beside_the_boxes_of_their_null(drawn, inspected, changed, planted, number, of):
    seen = changed(inspected("resnet50_mrlab"), planted)
    computed, figure = drawn("mrla_chance", seen, number=number, unit="value")
    data = computed.panels["stages.2"]
    weight = seen.attention["mrla"]["stages.2.4"]["weight"].values[0].astype(float).mean(0)
    expected = of(weight) if of else -(weight * np.log(weight)).sum()
    assert float(data["observed"].sel(layer="stages.2.4")) == pytest.approx(expected, rel=1e-6)
    five = data["by chance"].sel(layer="stages.2.4").values
    beyond = expected > five[-1] if of else expected < five[0]
    assert beyond
    (box,) = [t for t in figure.data if t.type == "box" and len(t.x) == 5]
    np.testing.assert_allclose(box.median, data["by chance"].values[2, 1:])
    far = drawn("mrla_chance", seen, number=number)[0].panels["stages.2"].sel(layer="stages.2.4")
    spread = (five[-1] - five[0]) / 2
    assert float(far["observed"]) == pytest.approx((expected - five[2]) / spread, rel=1e-5)
    np.testing.assert_allclose(far["by chance"], (five - five[2]) / spread)


def test_chance_offers_no_choice_that_its_picture_does_not_depend_on(inspected):
    keys = [control.key for control in view_of("mrla_chance").controls(inspected("resnet50_mrlab"))]
    assert keys == ["head", "null", "number", "unit"]
