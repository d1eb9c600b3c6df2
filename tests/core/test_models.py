import re
from math import prod

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import nn

from kd_core.experiment import Experiment
from kd_core.models import (
    MAX_CHANNELS,
    MAX_WIDTH,
    Architecture,
    MisfitError,
    byte_count,
    initial_weights,
    multiply_accumulates,
    parameter_count,
    read_network,
)
from tests.core.helpers import perceptron
from tests.core.strategies import networks

SHAPES = [(64,), (1, 8, 8), (1, 14, 14), (3, 28, 28), (2, 9, 11)]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def modules_of(network):
    """The same network made of torch's own parts."""
    parts, is_flat = [], False
    for layer in network.layers:
        if layer.is_convolution:
            parts += [nn.Conv2d(layer.inputs[0], layer.outputs[0], 3, padding=1), nn.MaxPool2d(2)]
        else:
            parts += [] if is_flat else [nn.Flatten()]
            parts, is_flat = [*parts, nn.Linear(prod(layer.inputs), layer.outputs[0])], True
    return nn.Sequential(*parts)


def run_through(modules, images):
    """Each module with the shape that comes out of it."""
    for module in modules:
        images = module(images)
        yield module, images.shape[1:]


# The grammar


@pytest.mark.parametrize(
    ("text", "layers"),
    [
        ("16", [(0, 16)]),
        ("64-32", [(0, 64), (0, 32)]),
        ("c8", [(8, 0)]),
        ("c8-c16-32", [(8, 0), (16, 0), (0, 32)]),
        ("c64-c1-c64-1024-1-1024", [(64, 0), (1, 0), (64, 0), (0, 1024), (0, 1), (0, 1024)]),
        ("c08-0016", [(8, 0), (0, 16)]),
    ],
)
def test_a_text_is_read_layer_by_layer(text, layers):
    assert read_network(text) == layers


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "-",
            "16-",
            "-16",
            "16--8",
            "c",
            "c8-",
            "banana",
            "8c",
            "C8",
            "c-8",
            "c8 -16",
            " 16",
            "16\n",
            "cc8",
            "1.5",
        ),
        *("0", "16-0", "c0", "c8-c0", "1025", "c65", "c8-1025"),
        *("8-8-8-8", "c8-c8-c8-c8", "c8-c8-c8-8-8-8-8"),
        *("8-c8", "c8-8-c8", "8-8-c8"),
        "9" * 4000,
    ],
)
def test_what_is_not_allowed_is_refused(text):
    with pytest.raises(ValueError, match=r"^$"):
        read_network(text)


@pytest.mark.parametrize(
    ("text", "shape", "reason"),
    [
        ("c8", (64,), "convolution_needs_image"),
        ("c8-16", (2,), "convolution_needs_image"),
        ("c8", (1, 1, 8), "pooled_away"),
        ("c8-c8", (1, 3, 28), "pooled_away"),
        ("c8-c8-c8", (1, 28, 7), "pooled_away"),
    ],
)
def test_a_network_that_does_not_fit_the_data_is_refused_with_the_reason(text, shape, reason):
    with pytest.raises(MisfitError) as caught:
        Architecture.of(text, shape, 10)
    assert caught.value.args == (reason,)


def test_images_are_halved_down_to_a_pixel_and_no_further():
    assert [layer.outputs for layer in Architecture.of("c2-c3", (1, 4, 5), 10).layers] == [(2, 2, 2), (3, 1, 1), (10,)]
    assert Architecture.of("c2-c3-c4", (1, 8, 8), 10).widths == (64, 32, 12, 4, 10)


@given(networks())
def test_the_text_of_an_experiments_network_is_the_shortest_there_is(text):
    padded = re.sub(r"\d+", lambda number: number[0].zfill(4), text)
    assert Experiment(student=padded).student == Experiment(student=text).student == text
    assert Experiment(student=padded).student_network is Experiment(student=text).student_network


@given(networks())
def test_a_network_has_a_layer_for_each_part_of_its_text_and_one_for_the_logits(text):
    network = Architecture.of(text, (1, 14, 14), 10)
    assert len(network.layers) == len(text.split("-")) + 1
    assert network.convolutions == text.count("c")
    assert network.layers[-1].outputs == (10,)
    assert [layer.is_convolution for layer in network.layers] == [*("c" in part for part in text.split("-")), False]


# Shapes


def test_a_layers_shapes_are_those_before_and_after_it_odd_rows_and_columns_left_out():
    network = Architecture.of("c8-c16-32", (1, 14, 14), 10)
    assert [layer.inputs for layer in network.layers] == [(1, 14, 14), (8, 7, 7), (16, 3, 3), (32,)]
    assert [layer.outputs for layer in network.layers] == [(8, 7, 7), (16, 3, 3), (32,), (10,)]
    assert network.widths == (196, 392, 144, 32, 10)


@pytest.mark.parametrize(
    ("text", "shape", "label"),
    [
        ("64-16", (64,), "64-64-16-10"),
        ("16", (1, 8, 8), "64-16-10"),
        ("c8-c16", (1, 14, 14), "14x14-c8-c16-10"),
        ("c8-32", (3, 9, 11), "9x11x3-c8-32-10"),
    ],
)
def test_a_label_holds_the_inputs_and_the_classes(text, shape, label):
    assert Architecture.of(text, shape, 10).label == label


# Counts


def test_counts_equal_values_worked_by_hand():
    assert parameter_count(perceptron((64, 16, 10))) == 65 * 16 + 17 * 10 == 1210
    assert parameter_count(perceptron((64, 256, 256, 10))) == 65 * 256 + 257 * 256 + 257 * 10 == 85002
    assert multiply_accumulates(perceptron((64, 16, 10))) == 64 * 16 + 16 * 10 == 1184
    assert byte_count(perceptron((64, 16, 10))) == 4840


def test_counts_of_convolutions_equal_values_worked_by_hand():
    """8 x 8 pixels, 4 channels, 4 x 4 pixels left, 6 channels, 2 x 2 left: 24 units for ten logits."""
    network = Architecture.of("c4-c6", (1, 8, 8), 10)
    assert [layer.parameters for layer in network.layers] == [10 * 4, 37 * 6, 25 * 10]
    assert [layer.multiply_adds for layer in network.layers] == [9 * 4 * 64, 36 * 6 * 16, 240]
    assert [layer.written for layer in network.layers] == [4 * 64, 6 * 16, 10]
    assert parameter_count(network) == 40 + 222 + 250
    assert multiply_accumulates(network) == 2304 + 3456 + 240
    assert byte_count(network) == 4 * 512


@given(networks(2, most_units=99), st.sampled_from(SHAPES))
def test_shapes_and_counts_equal_those_of_torch_modules_and_of_the_weights(text, shape):
    assume(len(shape) == 3 or "c" not in text)
    network = Architecture.of(text, shape, 7)
    with torch.random.fork_rng(devices=[]):
        modules = modules_of(network)
    passed = list(run_through(modules, torch.empty(1, *shape)))
    assert parameter_count(network) == sum(weights.numel() for weights in modules.parameters())
    adds = [
        module.weight.numel() * (out[1:].numel() if isinstance(module, nn.Conv2d) else 1)
        for module, out in passed
        if isinstance(module, nn.Conv2d | nn.Linear)
    ]
    assert [layer.multiply_adds for layer in network.layers] == adds
    shapes = [tuple(out) for module, out in passed if isinstance(module, nn.MaxPool2d | nn.Linear)]
    assert [layer.outputs for layer in network.layers] == shapes


def test_the_largest_network_is_of_the_size_that_its_weights_have():
    for text, shape in ((f"c{MAX_CHANNELS}-c{MAX_CHANNELS}-{MAX_WIDTH}", (1, 28, 28)), ("64-32", (2,))):
        network = Architecture.of(text, shape, 10)
        drawn = sum(part.numel() for layer in initial_weights(network.layers, generator()) for part in layer)
        assert parameter_count(network) == drawn


# Initial weights


@pytest.mark.parametrize(
    ("network", "of_torch"),
    [
        (perceptron((400, 500, 2)), (nn.Linear, 400, 500)),
        (Architecture.of("c64", (44, 8, 8), 2), (nn.Conv2d, 44, 64, 3)),
    ],
    ids=["units", "channels"],
)
def test_initial_weights_are_spread_as_those_of_torchs_layers(network, of_torch):
    (weight, bias), *_ = initial_weights(network.layers, generator())
    bound = network.layers[0].fan_in ** -0.5
    for values in (weight, bias):
        assert values.abs().max() <= bound
        assert values.min() < -0.9 * bound
        assert values.max() > 0.9 * bound
        torch.testing.assert_close(values.std(), torch.tensor(bound / 3**0.5), rtol=0.15, atol=0)
    kind, *sizes = of_torch
    with torch.random.fork_rng(devices=[]):
        layer = kind(*sizes)
    torch.testing.assert_close(weight.std(), layer.weight.detach().std(), rtol=0.01, atol=0)
    assert weight.numel() == layer.weight.numel()


def test_equal_generators_give_equal_weights_and_others_do_not():
    one, same, other = (initial_weights(perceptron((4, 3)).layers, generator(seed))[0][0] for seed in (0, 0, 1))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
