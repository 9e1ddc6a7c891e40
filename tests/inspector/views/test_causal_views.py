"""Views of interventions: what they draw is what the sweeps and outcomes say."""

import re

import numpy as np
import pytest
from scipy.stats import spearmanr

from inspector.interventions import Intervention, edges, intervene, sweep, to_text
from inspector.views import NothingToDraw, starts, view_of

NET = "deit_mrlab_tiny_patch16_224"
EDGE = Intervention("mrla", "blocks.3", "retrieved_layer", "blocks.1")


class TestIntervention:
    def test_bars_are_the_logits_before_and_after(self, inspected, small, drawn):
        seen = inspected(NET)
        computed, figure = drawn("intervention", seen, parts=(to_text(EDGE),))
        done = intervene(small(NET), seen, EDGE)
        drawn_classes = computed.panels["classes"]["class"].values
        for trace, side in zip(figure.data, (done.before, done.after), strict=True):
            expected = side.logits.isel(sample=0).sel({"class": drawn_classes}).values
            np.testing.assert_allclose(trace.x, expected, rtol=1e-6)
        assert drawn_classes[0] == seen.top_classes(count=1)["class"].values[0]
        assert f"As text: {to_text(EDGE)}." in computed.notes[0]

    def test_it_begins_with_an_edge_whose_weight_is_not_1_by_construction(self, inspected):
        seen = inspected(NET)
        first = edges(seen)[0]
        assert first.layer == first.label  # a layer that retrieves itself alone
        begun = starts(view_of("intervention"), seen)["parts"]
        assert begun == (to_text(edges(seen)[1]),)

    def test_each_of_several_images_is_told_by_itself(self, pair, drawn):
        seen = pair(NET)
        choices = {"parts": (to_text(EDGE),), "shown": "change", "image": "1"}
        _, figure = drawn("intervention", seen, **choices)
        change = intervene(seen.model, seen, EDGE).comparison["logit"].sel(state="change")
        expected = change.isel(sample=1).sel({"class": list(figure.data[0].y)})
        np.testing.assert_allclose(figure.data[0].x, expected, rtol=1e-6)

    def test_nothing_chosen_changes_nothing(self, inspected, drawn):
        computed, _ = drawn("intervention", inspected(NET), parts=(), shown="change")
        assert not computed.panels["classes"]["logit"].sel(state="change").any()
        assert "nothing: no part is chosen" in computed.notes[0]

    def test_one_head_and_the_amount_are_told(self, inspected, drawn):
        choices = {"how": "scale", "amount": 0.25, "head": "2", "renormalise": True}
        computed, _ = drawn("intervention", inspected(NET), parts=(to_text(EDGE),), **choices)
        said = "scaled by 0.25: retrieved layer blocks.1 of blocks.3 (head 2 alone), rest renorm"
        assert said in computed.notes[0]

    def test_a_head_that_is_not_there_is_told(self, inspected, drawn):
        with pytest.raises(NothingToDraw, match="has no label '99'"):
            drawn("intervention", inspected(NET), head="99")

    def test_a_second_intervention_is_refused(self, inspected, small):
        done = intervene(small(NET), inspected(NET), EDGE)
        assert view_of("intervention").applies(done.after).startswith("Needs an inspection without")


class TestCausalMap:
    def test_cells_are_the_effects_of_their_edges(self, inspected, small, drawn):
        seen = inspected(NET)
        computed, _ = drawn("causal_map", seen, measure="distance")
        found = sweep(small(NET), seen, edges(seen))
        for place in range(found.sizes["intervention"]):
            one = found.isel(intervention=place)
            grid = computed.panels[one["chain"].item()]["effect"]
            cell = grid.sel(layer=one["layer"].item(), retrieved_layer=one["label"].item())
            assert cell.item() == pytest.approx(one["distance"].item(), abs=1e-6)
        drawn_cells = sum(int(data["effect"].count()) for data in computed.panels.values())
        assert drawn_cells == found.sizes["intervention"]

    def test_effects_share_a_scale_that_is_centred(self, inspected, drawn, bars):
        _, figure = drawn("causal_map", inspected(NET))
        limits = bars(figure)
        effects = [pair for pair in limits if pair != (0, 1)]
        assert len(effects) == len(limits) / 2
        assert len(set(effects)) == 1
        assert effects[0][0] == -effects[0][1]

    def test_the_spread_is_over_all_replacements(self, pair, drawn):
        ways = ("cut", "uniform", "average", "resample")
        seen = pair(NET)
        each = [drawn("causal_map", seen, replacement=way)[0].panels for way in ways]
        both, _ = drawn("causal_map", seen, replacement="spread")
        for chain, data in both.panels.items():
            effects = np.stack([panels[chain]["effect"].values for panels in each])
            np.testing.assert_allclose(data["effect"], effects.mean(0), atol=1e-6)
            np.testing.assert_allclose(data["spread"], np.ptp(effects, axis=0), atol=1e-6)


class TestMassAgainstEffect:
    def test_points_are_the_edges_that_had_a_choice(self, inspected, drawn):
        seen = inspected(NET)
        computed, figure = drawn("mass_effect", seen)
        points = computed.panels["edges"]
        assert points.sizes["edge"] == len(edges(seen)) - 3  # the first of each chain
        assert sum(len(trace.x) for trace in figure.data) == points.sizes["edge"]
        weight = seen.attention["mrla"]["blocks.3"]["weight"].sel(retrieved_layer="blocks.1")
        mass = points["mass"].sel(edge="blocks.3 from blocks.1").item()
        assert mass == pytest.approx(weight.mean().item(), rel=1e-5)
        assert "Left out (weight 1 by construction): 3 edges." in computed.notes

    def test_the_caption_tells_all_coefficients_in_one_line(self, inspected, drawn):
        computed, _ = drawn("mass_effect", inspected(NET))
        points = computed.panels["edges"]
        rho = spearmanr(points["mass"], points["effect"]).statistic
        count = points.sizes["edge"]
        told, how, *_ = computed.notes
        every = rf"Spearman of mass and effect: all edges {rho:.2f} \(.*?, n = {count}\); "
        assert re.match(every, told)
        assert told.count("n = ") == 1 + len(set(points["chain"].values))
        assert re.fullmatch(r"In brackets 95% intervals: bootstrap .* \d+ resamples, seed 0\.", how)

    def test_the_ratio_allows_for_the_length_of_rows(self, inspected, drawn):
        seen = inspected(NET)
        plain, ratio = (
            drawn("mass_effect", seen, mass=mass)[0].panels["edges"]["mass"]
            for mass in ("weight", "ratio")
        )
        name = "blocks.3 from blocks.1"
        assert ratio.sel(edge=name).item() == pytest.approx(4 * plain.sel(edge=name).item())


def test_choices_are_values_that_a_link_can_hold(inspected):
    for key in ("intervention", "causal_map", "mass_effect"):
        choices = starts(view_of(key), inspected(NET))
        flat = [
            v
            for value in choices.values()
            for v in (value if isinstance(value, tuple) else [value])
        ]
        assert all(isinstance(value, str | bool | int | float) for value in flat)
