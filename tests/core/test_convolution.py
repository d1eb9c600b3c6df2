import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from torch import nn
from torch.nn import functional

from kd_core.cohort import Cohort
from kd_core.convolution import flat, pool, unflat, unpool
from kd_core.losses import distillation_loss
from kd_core.models import Architecture
from tests.core.helpers import generators, gradients_of, module_of, normal, train

# Images, channels of several, sides odd and even, units behind convolutions or none.
NETWORKS = [("c3", (1, 4, 4)), ("c4-c5-6", (1, 8, 8)), ("c2-c3-c4", (2, 9, 14)), ("c5-c2-7-6", (3, 7, 10))]
every_network = pytest.mark.parametrize(("text", "shape"), NETWORKS, ids=lambda value: str(value))


def cohort_for(text, shape, streams, classes=4):
    return Cohort(Architecture.of(text, shape, classes), streams)


# Pooling

# Whole numbers of a small range, so that there are many ties.
images = npst.arrays("float32", st.tuples(*(st.integers(low, 7) for low in (1, 1, 2, 2))), elements=st.integers(-2, 2))


def as_torch(array, is_last):
    tensor = torch.from_numpy(array.copy())
    return tensor.contiguous(memory_format=torch.channels_last) if is_last else tensor


def test_of_every_four_pixels_the_largest_is_taken_and_an_odd_column_left_out():
    pixels = torch.tensor([[[[1.0, 2, 5, 0, 9], [3, 4, 6, 7, 9]]]])
    pooled, (upper_right, lower_right, is_lower) = pool(pixels)
    assert pooled.tolist() == [[[[4, 7]]]]
    assert (upper_right.tolist(), lower_right.tolist(), is_lower.tolist()) == (
        [[[[True, False]]]],
        [[[[True, True]]]],
        [[[[True, True]]]],
    )


def test_of_equal_pixels_the_first_is_taken():
    gradient = unpool(torch.ones(1, 1, 1, 1), pool(torch.zeros(1, 1, 2, 2))[1], (2, 2))
    assert gradient.tolist() == [[[[1, 0], [0, 0]]]]


@given(images, st.booleans())
def test_pooling_equals_torchs_with_ties_and_odd_sides(array, is_last):
    pixels = as_torch(array, is_last)
    assert torch.equal(pool(pixels)[0], functional.max_pool2d(pixels, 2))


@given(images, st.booleans())
def test_the_way_back_equals_autograd_with_ties_and_odd_sides(array, is_last):
    pixels = as_torch(array, is_last)
    leaf = pixels.clone().requires_grad_()
    pooled = functional.max_pool2d(leaf, 2)
    gradient = torch.arange(1.0, pooled.numel() + 1).reshape(pooled.shape)
    pooled.backward(gradient)
    assert torch.equal(unpool(gradient, pool(pixels)[1], tuple(pixels.shape[2:])), leaf.grad)


def test_maps_as_units_and_back_are_the_same_maps():
    maps = normal(5, 6, 2, 3).contiguous(memory_format=torch.channels_last)  # two members of three channels
    units = flat(maps, 2)
    assert units.shape == (2, 18, 5)
    assert torch.equal(unflat(units, maps), maps)
    assert torch.equal(units[1, :, 4], maps[4, 3:].flatten())  # channel by channel, as a module flattens them


# A cohort of convolutions


@every_network
def test_logits_equal_those_of_torch_modules(text, shape):
    cohort = cohort_for(text, shape, generators(3))
    features = cohort.network.widths[0]
    shared, own = normal(11, features), normal(3, 11, features, seed=1)
    for member in range(3):
        module = module_of(cohort, member)
        torch.testing.assert_close(cohort.logits(shared)[member], module(shared).detach())
        torch.testing.assert_close(cohort.logits(own)[member], module(own[member]).detach())


@every_network
@pytest.mark.parametrize(("groups", "members"), [(1, 1), (1, 3), (3, 3), (2, 6)], ids=str)
def test_gradients_equal_autograd_of_torch_modules(text, shape, groups, members):
    cohort = cohort_for(text, shape, generators(members))
    inputs = normal(groups, 11, cohort.network.widths[0])
    activations = cohort.activations(inputs.transpose(1, 2))
    cohort.backward(activations, activations.logits**3)  # the loss is the sum of z^4 / 4
    for member in range(members):
        module = module_of(cohort, member)
        (module(inputs[member * groups // members]) ** 4 / 4).sum().backward()
        for gradient, parameter in zip(gradients_of(cohort, member), module.parameters(), strict=True):
            torch.testing.assert_close(gradient, parameter.grad.view_as(gradient))


def test_activations_hold_the_maps_of_every_convolution_and_then_the_units():
    cohort = cohort_for("c4-c5-6", (1, 8, 8), generators(6))
    activations = cohort.activations(normal(2, 64, 11))
    assert [tuple(maps.inputs.shape) for maps in activations.maps] == [(11, 2, 8, 8), (11, 24, 4, 4)]
    assert [tuple(maps.outputs.shape) for maps in activations.maps] == [(11, 24, 4, 4), (11, 30, 2, 2)]
    assert all((maps.outputs >= 0).all() for maps in activations.maps)
    assert [tuple(units.shape) for units in activations.units] == [(6, 20, 11), (6, 6, 11), (6, 4, 11)]


@every_network
def test_groups_that_share_their_images_answer_as_members_with_images_of_their_own(text, shape):
    cohort = cohort_for(text, shape, generators(6))
    inputs = normal(2, 11, cohort.network.widths[0])
    torch.testing.assert_close(cohort.logits(inputs), cohort.logits(inputs.repeat_interleave(3, dim=0)))


def test_a_gradient_of_one_member_leaves_the_others_at_zero():
    cohort = cohort_for("c4-c5-6", (1, 8, 8), generators(3))
    gradient = torch.zeros(3, 4, 11)
    gradient[1] = normal(4, 11, seed=1)
    cohort.backward(cohort.activations(normal(1, 64, 11)), gradient)
    sizes = [sum(float(part.abs().sum()) for part in gradients_of(cohort, member)) for member in range(3)]
    assert [size > 0 for size in sizes] == [False, True, False]


@pytest.mark.parametrize("text", ["c3-c4", "c3-c4-9-6", "c5-c5-c5-7"])
def test_dropout_drops_what_the_last_convolution_gives_and_units_and_gradients_equal_autograd(text):
    cohort, inputs = cohort_for(text, (1, 8, 8), generators(2)), normal(2, 11, 64)
    activations = cohort.activations(inputs.transpose(1, 2), 0.4, generators(2))
    cohort.backward(activations, activations.logits**3, 0.4)
    for member in range(2):
        module = module_of(cohort, member)
        (flatten,) = (at for at, part in enumerate(module) if isinstance(part, nn.Flatten))
        hidden, units = module[: flatten + 1](inputs[member]), [output[member].T for output in activations.units]
        assert 0 < (units[0] > 0).sum() < (hidden > 0).sum()
        hidden = hidden * (units[0] > 0) / 0.6
        for linear, output in zip(module[flatten + 1 : -1 : 2], units[1:-1], strict=True):
            hidden = functional.relu(linear(hidden)) * (output > 0) / 0.6
        (module[-1](hidden) ** 4 / 4).sum().backward()
        for gradient, parameter in zip(gradients_of(cohort, member), module.parameters(), strict=True):
            torch.testing.assert_close(gradient, parameter.grad.view_as(gradient))


def test_equal_generators_give_equal_members():
    streams = [torch.Generator().manual_seed(seed) for seed in (5, 6, 5)]
    logits = cohort_for("c4-c5-6", (1, 8, 8), streams).logits(normal(7, 64))
    assert torch.equal(logits[0], logits[2])
    assert not torch.allclose(logits[0], logits[1])


def test_a_member_starts_the_same_in_any_cohort():
    small, large = (cohort_for("c4-c5-6", (1, 8, 8), generators(members)) for members in (2, 20))
    for few, many in zip(small.layers, large.layers, strict=True):
        for tensor, wider in zip(few, many, strict=True):
            assert torch.equal(tensor, wider[:2])


def test_a_member_by_itself_shares_its_weights_and_answers_the_same():
    cohort, inputs = cohort_for("c4-c5-6", (1, 8, 8), generators(3)), normal(7, 64)
    one = cohort.member(1)
    cohort.parameters.mul_(2)
    torch.testing.assert_close(one.logits(inputs)[0], cohort.logits(inputs)[1])


# Training


def problem(features):
    return normal(20, features), 3 * normal(20, 4, seed=1), torch.arange(20) % 4


@pytest.mark.parametrize("optimizer", [torch.optim.Adam, torch.optim.SGD])
def test_a_cohort_learns_what_separate_modules_learn(optimizer):
    inputs, teacher_logits, labels = problem(64)
    temperature, alpha = torch.tensor([1.0, 4.0, 9.0]), torch.tensor([1.0, 0.0, 0.3])
    cohort = cohort_for("c3-c4-6", (1, 8, 8), generators(3))
    modules = [module_of(cohort, member) for member in range(3)]
    train(cohort, inputs, teacher_logits, labels, temperature=temperature, alpha=alpha, steps=12, optimizer=optimizer)
    for member, module in enumerate(modules):
        stepper = optimizer(module.parameters(), 0.01)
        heard = {"temperature": float(temperature[member]), "alpha": float(alpha[member])}
        for _ in range(12):
            stepper.zero_grad()
            distillation_loss(module(inputs), teacher_logits, labels, **heard).total.backward()
            stepper.step()
        torch.testing.assert_close(module(inputs).detach(), cohort.logits(inputs)[member], rtol=1e-3, atol=1e-4)


def test_members_of_a_cohort_do_not_influence_one_another():
    """Members 0 and 1 of a cohort of 20 learn what they learn in a cohort of 2, to float rounding."""
    inputs, teacher_logits, labels = problem(64)
    temperature, alpha = torch.linspace(1, 20, 20), torch.linspace(0, 1, 20)
    few, many = (cohort_for("c3-c4", (1, 8, 8), generators(members)) for members in (2, 20))
    train(few, inputs, teacher_logits, labels, temperature=temperature[:2], alpha=alpha[:2], steps=20)
    train(many, inputs, teacher_logits, labels, temperature=temperature, alpha=alpha, steps=20)
    torch.testing.assert_close(few.logits(inputs), many.logits(inputs)[:2], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("members", [2, 3, 5, 20])
@every_network
def test_equal_members_stay_equal_to_the_last_bit(text, shape, members):
    """Wherever in memory they lie: a student alone and a distilled one with alpha = 1 are the same student."""
    cohort = cohort_for(text, shape, [torch.Generator().manual_seed(0) for _ in range(members)])
    inputs, teacher_logits, labels = problem(cohort.network.widths[0])
    alike = torch.ones(members)
    train(cohort, inputs, teacher_logits, labels, temperature=alike, alpha=alike, steps=30)
    for tensor in (part for layer in cohort.layers for part in layer):
        assert torch.equal(tensor, tensor[:1].expand_as(tensor))
