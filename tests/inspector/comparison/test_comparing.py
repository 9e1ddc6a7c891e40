"""B minus A against plain numpy: what is planted in one of two comes out, and no more."""

import numpy as np
import pytest
import xarray as xr

import inspector
from inspector import comparison
from inspector.comparison import NotComparable, arrays, compare, rows, summary
from inspector.export import arrays_bytes
from inspector.inspection import inspect_image
from inspector.interventions import Intervention, intervene
from inspector.twins import twin
from inspector.views import view_of

DIA, MRLA, EAMLP = "dia_resnet", "resnet50_mrlab", "eamlp_7"
LAYER = "layer2.ModuleList.1"


def gates(seen):
    """Gates by layer, (channel), of the first image."""
    return {name: node["gate"].values[0] for name, node in seen.tree["dia"].children.items()}


@pytest.fixture
def noisy(changed):
    """The same inspection with other gates in one layer."""

    def plant(seen, size=0.1):
        noise = np.random.default_rng(0).uniform(-size, size, seen.tree["dia"][LAYER]["gate"].shape)

        def add(tree):
            tree["dia"][LAYER]["gate"].values[:] += noise

        return changed(seen, add)

    return plant


def test_what_is_planted_comes_out_where_it_was_planted(inspected, noisy):
    a = inspected(DIA)
    b = noisy(a)
    found = compare("dia_gates", a, b)
    for chain, data in found.difference.items():
        for layer in data["layer"].values:
            expected = gates(b)[str(layer)].astype(float) - gates(a)[str(layer)].astype(float)
            got = data["gate"].sel(layer=layer).values[: expected.size]
            np.testing.assert_array_equal(got, expected)
            assert np.any(got) == (layer == LAYER), chain
    assert found.difference["layer2"]["gate"].attrs == {
        "long_name": "B minus A: channel gate (hidden state)",
        "units": "share of 1",
    }


def test_the_largest_differences_are_told_with_both_sides(inspected, noisy):
    a = inspected(DIA)
    b = noisy(a)
    change = gates(b)[LAYER].astype(float) - gates(a)[LAYER].astype(float)
    order = np.argsort(-np.abs(change))[:3]
    told = rows(compare("dia_gates", a, b), 3)
    assert [row.place for row in told] == [f"layer {LAYER}, channel {i}" for i in order]
    np.testing.assert_array_equal([row.change for row in told], change[order])
    np.testing.assert_array_equal([row.b - row.a for row in told], change[order])
    assert f"(layer2: {told[0].place})" in summary(compare("dia_gates", a, b))


def test_layers_are_matched_by_name_wherever_they_stand(inspected, noisy):
    a = inspected(DIA)
    b = noisy(a)
    turned = xr.DataTree(children=dict(reversed(list(b.tree["dia"].children.items()))))
    turned.attrs = b.tree["dia"].attrs
    tree = b.tree.copy()
    tree["dia"] = turned
    found, usual = (compare("dia_gates", a, other) for other in (inspector.Inspection(tree), b))
    for chain, data in usual.difference.items():
        xr.testing.assert_identical(found.difference[chain], data)


def test_a_cell_of_one_side_alone_is_counted_and_not_zero(inspected, changed):
    def lose(tree):
        tree["dia"][LAYER]["gate"].values[0, :3] = np.nan

    a = inspected(DIA)
    found = compare("dia_gates", a, changed(a, lose))
    assert found.one_sided == 3
    assert not found.is_zero
    assert summary(found) == (
        "B minus A is exactly 0 in every cell that both have. Left out: 3 cells of one side alone."
    )


def test_an_intervention_is_the_difference_of_before_and_after(small, inspected):
    before = inspected(DIA)
    cut = Intervention("dia", LAYER, "channel", "*", quantity="gate")
    after = intervene(small(DIA), before, cut).after
    found = compare("dia_gates", before, after)
    np.testing.assert_array_equal(
        found.difference["layer2"]["gate"].sel(layer=LAYER),
        -gates(before)[LAYER].astype(float),
    )
    assert not found.difference["layer1"]["gate"].any()  # it comes before
    assert found.difference["layer3"]["gate"].any()


def test_the_classes_are_softmax_of_both(pictures, small):
    a, b = (inspect_image(small(DIA), picture) for picture in pictures)
    classes = compare("dia_gates", a, b).classes
    odds = [np.exp(seen.logits.values[0].astype(float)) for seen in (a, b)]
    shares = [one / one.sum() for one in odds]
    expected = np.stack([*shares, shares[1] - shares[0]])
    np.testing.assert_allclose(classes["probability"], expected, atol=1e-12)
    assert classes["state"].values.tolist() == ["A", "B", "B minus A"]
    with_likeliest = comparison.table_of_classes(classes)
    likeliest = [str(a.logits["class"].values[one.argmax()]) for one in shares]
    assert list(dict.fromkeys(likeliest)) == [
        row["Class"] for row in with_likeliest[: len(set(likeliest))]
    ]
    assert float(with_likeliest[0]["A (%)"]) == pytest.approx(100 * shares[0].max(), rel=5e-3)


def test_the_slots_that_either_would_show_are_shown_of_both(pictures, small):
    a, b = (inspect_image(small(EAMLP), picture) for picture in pictures)
    layer = list(a.tree["external_attention"].children)[-1]
    largest = set()
    for seen in (a, b):
        mass = seen.tree["external_attention"][layer]["affinity"].values[0].mean(0).sum(0)
        largest |= set(np.argsort(mass)[-6:].tolist())
    found = compare("external_slots", a, b, {"layer": layer})
    assert list(found.difference) == [f"slot {slot}" for slot in sorted(largest)]
    assert "among the 6 of largest mass in A or in B" in found.computed[0].notes[0]
    by_hand = compare("external_slots", a, b, {"slots": ("3",)})
    assert list(by_hand.difference) == ["slot 3"]


def test_a_random_twin_and_a_sister_network_compare(small, picture, inspected):
    a = inspected(DIA)
    assert compare("dia_gates", a, inspect_image(twin(small(DIA)), picture)).largest > 0
    sister = inspect_image(small("resnet50_mrlab_plain"), picture)
    assert compare("mrla_retrieval", inspected(MRLA), sister).largest > 0


def test_neither_is_held_against_a_control_or_scaled_by_itself(inspected):
    seen = inspected(MRLA)
    choices = compare("mrla_retrieval", seen, seen, {"scale": "panel", "against": "twins"}).choices
    assert choices["against"] == "nothing"
    assert choices["scale"] == "shared"


def test_the_file_holds_both_sides_and_where_they_come_from(inspected, noisy, tmp_path):
    a = inspected(DIA)
    b = noisy(a)
    path = tmp_path / "compared.nc"
    path.write_bytes(arrays_bytes(arrays(compare("dia_gates", a, b))))
    with xr.open_datatree(path, engine="h5netcdf") as tree:
        gate = {side: tree[side]["layer2"]["gate"].values for side in ("A", "B", "B minus A")}
        np.testing.assert_array_equal(gate["B minus A"], gate["B"].astype(float) - gate["A"])
        assert tree["A"].attrs["weights_sha256"] == a.about["weights_sha256"]
        assert tree.attrs["difference"] == "B minus A"
        assert tree["classes"]["probability"].dims == ("state", "class")


# Refused ------------------------------------------------------------------------------------------


def test_other_depths_are_refused(inspected, picture):
    deep = inspect_image(inspector.load_model(DIA, depth=56, device="cpu"), picture)
    with pytest.raises(NotComparable) as told:
        compare("dia_gates", inspected(DIA), deep)
    assert str(told.value) == (
        "The layers of dia do not match: A has 6, B 18. Only in B: layer1.ModuleList.2, "
        "layer1.ModuleList.3, layer1.ModuleList.4, layer1.ModuleList.5 and 8 more. "
        "Compare networks of one family and depth."
    )


def test_other_mechanisms_are_refused(inspected):
    with pytest.raises(NotComparable, match=r"MRLA retrieval does not apply to B\. Needs an MRLA"):
        compare("mrla_retrieval", inspected(MRLA), inspected(DIA))


def test_other_heads_are_refused_even_under_a_mean(inspected, changed):
    def fewer(tree):
        name = next(iter(tree["mrla"].children))
        node = tree["mrla"][name]
        tree["mrla"][name] = xr.DataTree(node.to_dataset().isel(head=slice(2)))

    seen = inspected(MRLA)
    with pytest.raises(NotComparable, match=r"stages\.0\.0 has \d+ along head in A and 2 in B"):
        compare("mrla_retrieval", seen, changed(seen, fewer), {"head": "mean"})


def test_another_form_is_refused(inspected, changed):
    def turn(tree):
        tree["mrla"]["stages.0.0"].attrs["variant"] = "light"

    seen = inspected(MRLA)
    with pytest.raises(NotComparable, match=r"stages\.0\.0 is of the form base in A and light in"):
        compare("mrla_retrieval", seen, changed(seen, turn))


def test_what_the_data_chose_otherwise_is_refused(pictures, small, changed):
    a = inspect_image(small(EAMLP), pictures[0])
    layer = list(a.tree["external_attention"].children)[-1]

    def favour(slot):
        def plant(tree):
            tree["external_attention"][layer]["affinity"].values[..., slot] += 1

        return changed(a, plant)

    with pytest.raises(NotComparable, match="A shows slot 3 and B slot 5, as the data chose"):
        compare("external_places", favour(3), favour(5))
    assert compare("external_places", favour(3), favour(5), {"slot": "5"}).largest > 0


def test_an_option_of_one_side_alone_is_refused(pair, inspected):
    with pytest.raises(NotComparable, match=r"A shows a later image of several, B has one"):
        compare("dia_gates", pair(DIA), inspected(DIA), {"image": "1"})
    with pytest.raises(NotComparable, match="Quantity: A was asked for 'warmth', which B has not"):
        compare("dia_gates", inspected(DIA), inspected(DIA), {"quantity": "warmth"})


def test_other_classes_are_said_and_the_view_still_compared(inspected, changed):
    def rename(tree):
        names = [f"kind {place}" for place in range(tree["inspection"].sizes["class"])]
        tree["inspection"] = xr.DataTree(
            tree["inspection"].to_dataset().assign_coords({"class": names})
        )

    seen = inspected(DIA)
    found = compare("dia_gates", seen, changed(seen, rename))
    assert found.is_zero
    assert found.classes is None
    assert found.notes == (
        "The classes do not match. Only in A: apple, aquarium fish, baby, bear and 96 more. "
        "Only in B: kind 0, kind 1, kind 2, kind 3 and 96 more.",
    )


def test_an_unknown_view_is_refused(inspected):
    with pytest.raises(ValueError, match="called 'mlra'"):
        compare("mlra", inspected(DIA), inspected(DIA))
    assert compare(view_of("dia_gates"), inspected(DIA), inspected(DIA)).is_zero
