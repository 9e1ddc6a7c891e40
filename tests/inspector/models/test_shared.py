"""The ResNet-50s that share an attention per stage, against numbers of the authors' code."""

import pytest
import timm
import torch

from inspector.models.dia_imagenet import connections
from tests.golden import goldens
from tests.golden.goldens import furthest

GATE_TOLERANCE, LOGIT_TOLERANCE = 1e-5, 2e-5
BLOCKS = (3, 4, 6, 3)
NETWORKS = {
    "dia_resnet50": ("lstm", "b", lambda out: out[0][-1]),
    "share_se_resnet50": ("share_fc.sigmoid", "u", lambda out: out.flatten(1)),
    "share_sge_resnet50": ("share_fc.sig", "u", lambda out: out[:, ::8]),
}
"""What puts out a stage's gates, how the golden counts them, and how it stores them."""
CASES = [
    (name, number) for name in NETWORKS for number in (0, 1) if "sge" not in name or not number
]


def golden_of(name):
    return goldens.load(f"ean_{name}_64")


def build(name, golden, **options):
    network = timm.create_model(name, num_classes=50, **options)
    network.load_state_dict(golden.state_dict())
    return network.eval()


@pytest.mark.parametrize(("name", "number"), CASES)
def test_logits_and_gates_of_a_scheme(name, number, watch):
    golden = golden_of(name)
    path, letter, stored = NETWORKS[name]
    network = build(name, golden, scheme=golden.meta["configs"][number])
    paths = [f"layer{stage}.{path}" for stage in (1, 2, 3, 4)]
    logits, seen = watch(network, goldens.image(64), paths=paths)
    assert furthest(logits, golden[f"cfg{number}.logits"]) < LOGIT_TOLERANCE
    for stage, path in enumerate(paths, 1):
        calls = seen[path] if isinstance(seen[path], list) else [seen[path]]
        expected = golden.under(f"cfg{number}.s{stage}.{letter}")
        assert len(calls) == len(expected)
        for call, gate in zip(calls, expected.values(), strict=True):
            assert furthest(stored(call), gate) < GATE_TOLERANCE


@pytest.mark.parametrize("name", NETWORKS)
def test_published_names_in_published_order(name):
    golden = golden_of(name)
    with torch.device("meta"):
        network = timm.create_model(name, num_classes=50)
    shapes = {key: tuple(value.shape) for key, value in network.state_dict().items()}
    assert list(shapes.items()) == list(golden.shapes.items())


def test_a_scheme_is_read_from_the_first_block_to_the_last():
    assert connections((6, 3, 50, 3), BLOCKS) == [
        (True, True, False),
        (False, False, True, True),
        (True, True, False, False, True, False),
        (False, True, True),
    ]


@pytest.mark.parametrize(
    "scheme", [(7, 15, 63), (8, 15, 63, 7), (7, 15, 63, -1), (7, 15, 63, 7, 1)]
)
def test_schemes_that_fit_no_stages(scheme):
    with pytest.raises(ValueError, match="4 numbers, from 0 up to 7, 15, 63, 7; got"):
        timm.create_model("dia_resnet50", scheme=scheme)


def test_blocks_that_are_off_leave_the_branch_as_it_is():
    with torch.no_grad():
        network = timm.create_model("share_se_resnet50", scheme=(0, 0, 0, 0), num_classes=5).eval()
        stage, x = network.layer1, goldens.feature("x", 2, 64, 5, 5)
        expected = x
        for block in stage.ModuleList:
            branch, skip = block(expected)
            expected = (branch + skip).relu()
        assert torch.equal(stage(x), expected)


def test_maps_that_are_not_square_are_refused():
    network = timm.create_model("dia_resnet50", num_classes=5).eval()
    with torch.no_grad(), pytest.raises(ValueError, match=r"square images; .* is 2 x 3"):
        network(torch.zeros(1, 3, 64, 96))
