"""The shared LSTM and the DIA-ResNet against numbers of the authors' code."""

import pytest
import timm
import torch

from inspector.models.dia import SharedLstm
from tests.golden import goldens
from tests.golden.goldens import furthest

CELL_TOLERANCE = 1e-5
LOGIT_TOLERANCE = 2e-5
BLOCKS = [(stage, block) for stage in (1, 2, 3) for block in (0, 1)]


@pytest.mark.parametrize(
    ("case", "channels", "reduction", "layers"),
    [
        ("dia_lstm_cell", 64, 4, 1),
        ("dia_lstm_cell_2layers", 32, 4, 2),
        ("dia_lstm_cell_r20", 256, 20, 1),
    ],
)
def test_shared_lstm(case, channels, reduction, layers):
    golden = goldens.load(case)
    lstm = SharedLstm(channels, reduction, layers)
    lstm.load_state_dict(golden.state_dict())
    lstm.eval()
    x = goldens.tokens("dia_lstm", *golden.meta["inputs"][0]["shape"])
    state = lstm.zero_state(x[:, 0])
    for step in range(x.shape[1]):
        state = lstm(x[:, step], state)
        for layer in range(layers):
            for values, name in zip(state, "hc", strict=True):
                expected = golden[f"t{step}.l{layer}.{name}"]
                assert furthest(values[layer], expected) < CELL_TOLERANCE


def test_dropout_acts_between_stacked_cells_only():
    x = torch.ones(2, 8)
    single, stacked = (SharedLstm(8, layers=layers, dropout=1.0).train() for layers in (1, 2))
    state = single.zero_state(x)
    assert torch.equal(single(x, state)[0], single.eval()(x, state)[0])
    state = stacked.zero_state(x)
    in_training = stacked(x, state)[0]
    assert not torch.equal(in_training[1], stacked.eval()(x, state)[0][1])


@pytest.fixture(scope="module")
def golden():
    return goldens.load("dia_resnet_20")


@pytest.fixture
def network(golden):
    network = timm.create_model("dia_resnet", depth=20)
    network.load_state_dict(golden.state_dict())
    return network.eval()


def test_logits_and_stages(network, golden, watch):
    logits, seen = watch(network, goldens.image(32), paths=["layer1", "layer2", "layer3"])
    assert furthest(logits, golden["logits"]) < LOGIT_TOLERANCE
    for stage in (1, 2, 3):
        thinned = seen[f"layer{stage}"][:, ::8, ::5, ::5]
        assert furthest(thinned, golden[f"s{stage}.out_sub"]) < LOGIT_TOLERANCE


def test_gates_cells_and_pools(network, golden, watch):
    stages = {stage: f"layer{stage}.lstm" for stage in (1, 2, 3)}
    _, states = watch(network, goldens.image(32), paths=stages.values())
    _, pools = watch(network, goldens.image(32), paths=stages.values(), entering=True)
    for stage, block in BLOCKS:
        hidden, cell = states[stages[stage]][block]
        pooled = pools[stages[stage]][block]
        assert furthest(hidden[-1], golden[f"s{stage}.b{block}.gate"]) < CELL_TOLERANCE
        assert furthest(cell[-1], golden[f"s{stage}.b{block}.cell"]) < CELL_TOLERANCE
        assert furthest(pooled, golden[f"s{stage}.b{block}.gap"]) < CELL_TOLERANCE


def test_the_pool_sees_the_corner_of_a_larger_map(network):
    images = goldens.image(40)
    with torch.no_grad():
        features = network.forward_features(images)
        assert features.shape[-2:] == (10, 10)
        corner = features[:, :, :8, :8].mean((2, 3))
        assert furthest(network(images), network.fc(corner)) < 1e-5


@pytest.mark.parametrize("size", [(28, 32), (32, 61)])
def test_sizes_that_would_scramble_are_refused(network, size):
    with pytest.raises(ValueError, match=f"29 to 60 pixels .* got {size[0]} x {size[1]}"):
        network(torch.zeros(1, 3, *size))


@pytest.mark.parametrize("size", [(29, 60), (60, 29)])
def test_sizes_at_the_limits_are_read(network, size):
    assert network(torch.zeros(1, 3, *size)).shape == (1, 100)


@pytest.mark.parametrize("depth", [2, 21, 165])
def test_depths_are_9n_plus_2(depth):
    with pytest.raises(ValueError, match=f"9n \\+ 2 layers .* got depth={depth}"):
        timm.create_model("dia_resnet", depth=depth)


@pytest.mark.parametrize(
    ("depth", "classes", "parameters"),
    [(11, 100, 369_620), (83, 100, 1_111_508), (164, 10, 1_923_002)],
)
def test_parameter_counts(depth, classes, parameters):
    with torch.device("meta"):
        network = timm.create_model("dia_resnet", depth=depth, num_classes=classes)
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters
