"""The shared LSTM and the DIA networks against numbers of the authors' code."""

import pytest
import timm
import torch

from inspector.models.dia import SharedLstm
from tests.golden import goldens
from tests.golden.goldens import furthest

CELL_TOLERANCE = 1e-5
LOGIT_TOLERANCE = 2e-5
BLOCKS = [(stage, block) for stage in (1, 2, 3) for block in (0, 1)]
CIFAR = {
    "dia_resnet": ("dia_resnet_20", {"depth": 20}, "layer"),
    "dia_preresnet": ("dia_preresnet_20", {"depth": 20}, "layer"),
    "dia_wrn": ("dia_wrn_16_4", {"depth": 16}, "block"),
    "dia_resnext": ("dia_resnext_20_8x32", {"depth": 20, "cardinality": 8}, "stage_"),
}
"""Golden, options and the name of the stages by name of the network."""


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


@pytest.fixture(scope="module", params=CIFAR)
def cifar(request):
    """Network, its golden and the name of its stages."""
    case, options, stages = CIFAR[request.param]
    golden = goldens.load(case)
    network = timm.create_model(request.param, **options)
    network.load_state_dict(golden.state_dict())
    return network.eval(), golden, stages


def build(name):
    return timm.create_model(name, **CIFAR[name][1]).eval()


def test_logits_and_stages(cifar, watch):
    network, golden, stages = cifar
    paths = [f"{stages}{stage}" for stage in (1, 2, 3)]
    logits, seen = watch(network, goldens.image(32), paths=paths)
    assert furthest(logits, golden["logits"]) < LOGIT_TOLERANCE
    for stage, path in enumerate(paths, 1):
        thinned = seen[path][:, ::8, ::5, ::5]
        assert furthest(thinned, golden[f"s{stage}.out_sub"]) < LOGIT_TOLERANCE


def test_gates_cells_and_pools(cifar, watch):
    network, golden, stages = cifar
    cells = {stage: f"{stages}{stage}.lstm" for stage in (1, 2, 3)}
    _, states = watch(network, goldens.image(32), paths=cells.values())
    _, pools = watch(network, goldens.image(32), paths=cells.values(), entering=True)
    for stage, block in BLOCKS:
        hidden, cell = states[cells[stage]][block]
        pooled = pools[cells[stage]][block]
        assert furthest(hidden[-1], golden[f"s{stage}.b{block}.gate"]) < CELL_TOLERANCE
        assert furthest(cell[-1], golden[f"s{stage}.b{block}.cell"]) < CELL_TOLERANCE
        assert furthest(pooled, golden[f"s{stage}.b{block}.gap"]) < CELL_TOLERANCE


def test_published_names_in_published_order(cifar):
    network, golden, _ = cifar
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    assert list(shapes.items()) == list(golden.shapes.items())


@pytest.mark.parametrize("name", ["dia_resnet", "dia_preresnet", "dia_wrn"])
def test_the_pool_sees_the_corner_of_a_larger_map(name):
    network, images = build(name), goldens.image(40)
    with torch.no_grad():
        features = network.forward_features(images)
        assert features.shape[-2:] == (10, 10)
        corner = features[:, :, :8, :8].mean((2, 3))
        assert furthest(network(images), network.fc(corner)) < 1e-5


@pytest.mark.parametrize("size", [(28, 32), (32, 61)])
@pytest.mark.parametrize("name", ["dia_resnet", "dia_preresnet", "dia_wrn"])
def test_sizes_that_would_scramble_are_refused(name, size):
    with pytest.raises(ValueError, match=f"29 to 60 pixels .* got {size[0]} x {size[1]}"):
        build(name)(torch.zeros(1, 3, *size))


@pytest.mark.parametrize("size", [(28, 32), (32, 33), (40, 40)])
def test_resnext_refuses_what_its_pool_would_turn_into_several_images(size):
    with pytest.raises(ValueError, match=f"29 to 32 pixels .* got {size[0]} x {size[1]}"):
        build("dia_resnext")(torch.zeros(2, 3, *size))


@pytest.mark.parametrize(
    ("name", "size"), [("dia_resnet", (29, 60)), ("dia_wrn", (60, 29)), ("dia_resnext", (29, 32))]
)
def test_sizes_at_the_limits_are_read(name, size):
    with torch.no_grad():
        assert build(name)(torch.zeros(1, 3, *size)).shape == (1, 100)


@pytest.mark.parametrize(
    ("name", "depth", "rule"),
    [
        *(("dia_resnet", depth, "9n \\+ 2 layers") for depth in (2, 21, 165)),
        ("dia_preresnet", 111, "9n \\+ 2 layers"),
        *(("dia_wrn", depth, "6n \\+ 4 layers") for depth in (4, 20)),
        ("dia_resnext", 10, "9n \\+ 2 layers"),
    ],
)
def test_depths_that_name_no_network(name, depth, rule):
    with pytest.raises(ValueError, match=f"{rule} .* got depth={depth}"):
        timm.create_model(name, depth=depth)


def test_resnext_rounds_its_depth_down_as_published():
    with torch.device("meta"):
        between, below = (timm.create_model("dia_resnext", depth=depth) for depth in (28, 20))
    assert list(between.state_dict()) == list(below.state_dict())


def test_resnext_of_any_cardinality():
    with torch.device("meta"):
        network = timm.create_model("dia_resnext", depth=11, cardinality=3)
    convolution = network.stage_1.ModuleList[0].conv_conv
    assert (convolution.groups, convolution.in_channels) == (3, 96)
    with pytest.raises(ValueError, match="at least one group, got cardinality=0"):
        timm.create_model("dia_resnext", cardinality=0)


@pytest.mark.parametrize("name", ["dia_wrn", "dia_resnext"])
def test_biases_of_linear_maps_start_at_zero_where_published(name):
    lstm, other = (
        build(n).get_parameter(f"{CIFAR[n][2]}1.lstm.w_ih.0.seq.2.bias")
        for n in (name, "dia_resnet")
    )
    assert not lstm.any()
    assert other.all()
