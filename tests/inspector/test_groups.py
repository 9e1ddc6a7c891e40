"""Groups: every part that is declared is in one group, and a whole has its single entries."""

import numpy as np
import pytest

from inspector.interventions import EVERY, Intervention, intervene
from inspector.interventions.edges import KINDS, parts
from inspector.interventions.groups import groups


def test_every_declared_part_is_in_one_group(inspected, name):
    seen = inspected(name)
    found = groups(seen)
    declared = {cut for kind in KINDS for cut in parts(seen, kind)}
    grouped = [cut for group in found for cut in group.cuts]
    assert declared == set(grouped)
    assert len(grouped) == len(declared)
    assert len({group.key for group in found}) == len({group.title for group in found})


def test_a_network_of_edges_has_them_first(inspected):
    edges, whole, heads = groups(inspected("resnet50_mrlab"))
    assert [group.dim for group in (edges, whole, heads)] == ["retrieved_layer"] * 2 + ["head"]
    assert edges.begin == Intervention("mrla", "stages.0.1", "retrieved_layer", "stages.0.0")
    assert list(edges.entries("stages.2.4")) == [f"stages.2.{place}" for place in range(5)]
    assert whole.layers == (EVERY,)
    # a head is 32 channels of the block's bottleneck, four times as wide
    assert edges.heads_of(edges.entries("stages.2.4")["stages.2.0"]) == 64
    assert edges.heads_of(whole.entries(EVERY)["stages.0.0"]) == 16
    assert edges.heads_of(heads.cuts[0]) == 16
    assert heads.heads_of(heads.cuts[0]) == 0


def test_a_whole_can_be_changed_entry_by_entry(inspected, small):
    gates = groups(inspected("dia_resnet"))[0]
    layer = gates.layers[-1]
    entries = gates.entries(layer)
    assert list(entries) == [EVERY, *map(str, range(256))]
    cut = intervene(small("dia_resnet"), inspected("dia_resnet"), entries["7"])
    gate = cut.after.attention["dia"][layer]["gate"].isel(sample=0)
    assert np.flatnonzero(gate.values == 0).tolist() == [7]


@pytest.mark.parametrize(
    ("network", "titles"),
    [
        ("dia_resnet", ["gates", "states before a block: cell before"]),
        ("deit_mrlal_tiny_patch16_224", ["gates: mrla", "what the decay carries: mrla"]),
        ("resnet50_mrlal", ["gates", "what the decay carries"]),
        ("vit_tiny_patch16_224", ["heads"]),
    ],
)
def test_titles_say_no_more_than_tells_them_apart(inspected, network, titles):
    assert [group.title for group in groups(inspected(network))][:2] == titles
