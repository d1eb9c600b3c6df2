from itertools import pairwise

import pytest
import torch
from torch import nn

from kd_core.models import byte_count, initial_weights, multiply_accumulates, parameter_count
from tests.core.helpers import perceptron


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_counts_equal_values_worked_by_hand():
    assert parameter_count(perceptron((64, 16, 10))) == 65 * 16 + 17 * 10 == 1210
    assert parameter_count(perceptron((64, 256, 256, 10))) == 65 * 256 + 257 * 256 + 257 * 10 == 85002
    assert multiply_accumulates(perceptron((64, 16, 10))) == 64 * 16 + 16 * 10 == 1184
    assert byte_count(perceptron((64, 16, 10))) == 4840


@pytest.mark.parametrize("widths", [(2, 3), (64, 16, 10), (2, 32, 8, 3)])
def test_counts_equal_those_of_torch_modules_and_of_the_weights(widths):
    network = perceptron(widths)
    modules = nn.Sequential(*(nn.Linear(inputs, outputs) for inputs, outputs in pairwise(widths)))
    assert parameter_count(network) == sum(p.numel() for p in modules.parameters())
    assert parameter_count(network) == sum(
        p.numel() for layer in initial_weights(network.layers, generator()) for p in layer
    )
    assert multiply_accumulates(network) == sum(layer.weight.numel() for layer in modules)


def test_initial_weights_are_spread_as_those_of_a_linear_layer():
    bound = 400**-0.5
    (weight, bias), _ = initial_weights(perceptron((400, 500, 2)).layers, generator())
    for values in (weight, bias):
        assert values.abs().max() <= bound
        assert values.min() < -0.98 * bound
        assert values.max() > 0.98 * bound
        torch.testing.assert_close(values.std(), torch.tensor(bound / 3**0.5), rtol=0.05, atol=0)
    with torch.random.fork_rng(devices=[]):
        linear = nn.Linear(400, 500)
    torch.testing.assert_close(weight.std(), linear.weight.detach().std(), rtol=0.01, atol=0)


def test_equal_generators_give_equal_weights_and_others_do_not():
    one, same, other = (initial_weights(perceptron((4, 3)).layers, generator(seed))[0][0] for seed in (0, 0, 1))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
