"""What tests share: global randomness watched, a member as a module, steps of a cohort, snapshots compared, images."""

import random
from contextlib import contextmanager
from dataclasses import fields, replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from kd_core import mnist, sources
from kd_core.cohort import Cohort
from kd_core.losses import distillation_gradient, hard_targets, soften
from kd_core.models import Architecture, Layer
from kd_core.snapshot import LossTerms


@contextmanager
def global_seed(seed):
    """Every global generator is seeded for a while, and what runs meanwhile must draw nothing from any of them."""
    kept = random.getstate(), np.random.get_state(), torch.get_rng_state()
    random.seed(seed), np.random.seed(seed), torch.manual_seed(seed)
    before = _next_global_numbers()
    random.seed(seed), np.random.seed(seed), torch.manual_seed(seed)
    try:
        yield
        assert _next_global_numbers() == before
    finally:
        random.setstate(kept[0]), np.random.set_state(kept[1]), torch.set_rng_state(kept[2])


def _next_global_numbers():
    return random.random(), np.random.random(), torch.rand(3).tolist()


def perceptron(widths):
    """The network of these widths, inputs and classes included; also one without a hidden layer."""
    return Architecture("", (widths[0],), tuple(Layer((i,), (o,)) for i, o in pairwise(widths)))


def cohort_of(widths, generators):
    return Cohort(perceptron(widths), generators)


def module_of(cohort, member):
    """A copy of one member made of torch's own parts."""
    parts, network = [], cohort.network
    for number, (layer, (weight, bias)) in enumerate(zip(network.layers, cohort.layers, strict=True)):
        if layer.is_convolution:
            channels = layer.inputs[0]
            part, of_torch = weight[member].view(-1, channels, 3, 3), nn.Conv2d
            sizes = {"in_channels": channels, "out_channels": layer.kernels, "kernel_size": 3, "padding": 1}
        else:
            part, of_torch = weight[member], nn.Linear
            sizes = {"in_features": layer.fan_in, "out_features": layer.kernels}
        module = nn.utils.skip_init(of_torch, **sizes)
        with torch.no_grad():
            module.weight.copy_(part), module.bias.copy_(bias[member, :, 0])
        parts += [module, nn.ReLU(), *([nn.MaxPool2d(2)] if layer.is_convolution else [])]
        if number + 1 == network.convolutions:
            parts.append(nn.Flatten())
    reshape = [nn.Unflatten(1, network.shape)] if network.convolutions else []
    return nn.Sequential(*reshape, *parts[:-1])


def generators(members, seed=0):
    return [torch.Generator().manual_seed(100 * seed + member) for member in range(members)]


def normal(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def gradients_of(cohort, member):
    """The cohort's gradient of every weight and bias of one member, in the order of `module_of`."""
    layers = cohort._gradient_layers
    return [g for weight, bias in layers for g in (weight[member], bias[member, :, 0])]


def train(cohort, inputs, teacher_logits, labels, *, temperature, alpha, steps, optimizer=torch.optim.Adam):
    """Full-batch steps of a cohort; inputs and labels are shared, temperature and alpha are of the members."""
    cohort.parameters.grad = cohort.gradients
    stepper = optimizer([cohort.parameters], 0.01)
    members = len(temperature)
    soft = soften(teacher_logits.expand(members, -1, -1), temperature[:, None, None]).transpose(1, 2)
    hard = hard_targets(labels, teacher_logits.shape[-1]).T
    for _ in range(steps):
        activations = cohort.activations(inputs.T[None])  # one group: all share their inputs
        gradient = distillation_gradient(activations.logits, soft, hard, temperature=temperature, alpha=alpha, axis=-2)
        cohort.backward(activations, gradient)
        stepper.step()


def numbers(measures):
    """Every array of one actor's measures by name, loss terms apart: `test_loss.soft`; no grid is an empty array."""
    arrays = {}
    for name, value in ((field.name, getattr(measures, field.name)) for field in fields(measures)):
        terms = value._asdict() if isinstance(value, LossTerms) else {"": value}
        for term, array in terms.items():
            arrays[f"{name}.{term}".rstrip(".")] = np.zeros(0) if array is None else np.asarray(array)
    return arrays


def assert_same_measures(actual, expected, *, rtol=0.0, atol=0.0, without=()):
    """All numbers of one actor are equal, NaN included, but for those whose names are in `without`."""
    actual, expected = numbers(actual), numbers(expected)
    assert actual.keys() == expected.keys()
    for name in actual.keys() - set(without):
        np.testing.assert_allclose(actual[name], expected[name], rtol, atol, err_msg=name)


def assert_same_snapshots(actual, expected, *, same_experiment=True, **tolerance):
    """Two runs show the same phases, epochs, steps and numbers, and (unless told otherwise) carry equal experiments."""
    for one, other in zip(actual, expected, strict=True):
        assert (one.phase, one.epoch, one.epochs, one.step) == (other.phase, other.epoch, other.epochs, other.step)
        assert one.experiment == other.experiment or not same_experiment
        assert one.actors.keys() == other.actors.keys()
        for actor in one.actors:
            assert_same_measures(one.actors[actor], other.actors[actor], **tolerance)


@contextmanager
def images_in_place_of_collections(train_size, test_size):
    """Meanwhile so many drawn images of ten classes stand for MNIST and the like: no network, no 70 000 of anything."""
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.arange(train_size + test_size) % 10)
    coarse = rng.integers(0, 256, (10, 7, 7)).repeat(4, axis=1).repeat(4, axis=2)  # a class, a pattern
    moved = coarse.astype(np.float32)[labels] + rng.normal(0, 60, (len(labels), 28, 28)).astype(np.float32)
    pixels = moved.clip(0, 255).astype(np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mnist, "load", lambda name: (pixels, labels))
        for name, source in sources.SOURCES.items():
            if source.load is not None and source.image:
                patch.setitem(sources.SOURCES, name, replace(source, train_size=train_size, test_size=test_size))
        sources.images.cache_clear()
        yield
    sources.images.cache_clear()
