from itertools import pairwise

import pytest
import torch
from torch.nn import functional

from kd_core.cohort import Layout
from kd_core.losses import distillation_loss
from tests.core.helpers import cohort_of, generators, gradients_of, module_of, normal, train

WIDTHS = [(2, 3), (5, 7, 4), (6, 9, 8, 3), (4, 5, 6, 7, 3)]
every_width = pytest.mark.parametrize("widths", WIDTHS, ids=str)


def assert_module_equals_member(module, cohort, member, **tolerance):
    for linear, (weight, bias) in zip(module[::2], cohort.layers, strict=True):
        torch.testing.assert_close(linear.weight, weight[member], **tolerance)
        torch.testing.assert_close(linear.bias, bias[member, :, 0], **tolerance)


@every_width
def test_logits_equal_those_of_torch_modules(widths):
    cohort = cohort_of(widths, generators(3))
    shared, own = normal(11, widths[0]), normal(3, 11, widths[0], seed=1)
    for member in range(3):
        module = module_of(cohort, member)
        torch.testing.assert_close(cohort.logits(shared)[member], module(shared).detach())
        torch.testing.assert_close(cohort.logits(own)[member], module(own[member]).detach())


@every_width
def test_gradients_equal_autograd_of_torch_modules(widths):
    cohort, inputs = cohort_of(widths, generators(3)), normal(3, 11, widths[0])
    activations = cohort.activations(inputs.transpose(1, 2))
    cohort.backward(activations, activations.logits**3)  # the loss is the sum of z^4 / 4
    for member in range(3):
        module = module_of(cohort, member)
        (module(inputs[member]) ** 4 / 4).sum().backward()
        for gradient, parameter in zip(gradients_of(cohort, member), module.parameters(), strict=True):
            torch.testing.assert_close(gradient, parameter.grad)


def test_activations_hold_the_inputs_every_hidden_layer_and_the_logits():
    cohort, inputs = cohort_of((6, 9, 8, 3), generators(2)), normal(2, 11, 6)
    activations = cohort.activations(inputs.transpose(1, 2))
    assert [tuple(output.shape) for output in activations.units] == [(2, width, 11) for width in (6, 9, 8, 3)]
    assert torch.equal(activations.units[0], inputs.transpose(1, 2))
    assert torch.equal(activations.logits.transpose(1, 2), cohort.logits(inputs))
    assert all((hidden >= 0).all() for hidden in activations.units[1:-1])


def test_equal_generators_give_equal_members():
    one, other = torch.Generator().manual_seed(5), torch.Generator().manual_seed(5)
    cohort = cohort_of((4, 5, 3), [one, torch.Generator().manual_seed(6), other])
    logits = cohort.logits(normal(7, 4))
    assert torch.equal(logits[0], logits[2])
    assert not torch.allclose(logits[0], logits[1])


def test_a_member_starts_the_same_in_any_cohort():
    small, large = cohort_of((4, 5, 3), generators(2)), cohort_of((4, 5, 3), generators(20))
    for few, many in zip(small.layers, large.layers, strict=True):
        for tensor, wider in zip(few, many, strict=True):
            assert torch.equal(tensor, wider[:2])


def test_a_member_by_itself_shares_its_weights_and_answers_the_same():
    cohort, inputs = cohort_of((4, 5, 3), generators(3)), normal(7, 4)
    one = cohort.member(1)
    torch.testing.assert_close(one.logits(inputs)[0], cohort.logits(inputs)[1])
    cohort.parameters.mul_(2)
    torch.testing.assert_close(one.logits(inputs)[0], cohort.logits(inputs)[1])


def test_layers_are_views_of_the_flat_parameters():
    cohort = cohort_of((4, 5, 3), generators(2))
    cohort.parameters.fill_(7)
    assert all((tensor == 7).all() for layer in cohort.layers for tensor in layer)


def test_a_gradient_of_one_member_leaves_the_others_at_zero():
    cohort, inputs = cohort_of((4, 5, 3), generators(3)), normal(3, 7, 4)
    gradient = torch.zeros(3, 3, 7)
    gradient[1] = normal(3, 7, seed=1)
    cohort.backward(cohort.activations(inputs.transpose(1, 2)), gradient)
    for member in range(3):
        size = sum(part.abs().sum() for part in gradients_of(cohort, member))
        assert (size > 0) == (member == 1)


# Dropout


@pytest.mark.parametrize("dropout", [0.2, 0.5, 0.9])
def test_dropout_zeroes_its_share_and_scales_up_the_rest(dropout):
    cohort, inputs = cohort_of((6, 200, 3), generators(1)), normal(1, 6, 300)
    hidden = cohort.activations(inputs).units[1]
    dropped = cohort.activations(inputs, dropout, [torch.Generator().manual_seed(0)]).units[1]
    kept = dropped > 0
    torch.testing.assert_close(dropped[kept], hidden[kept] / (1 - dropout))
    assert float(kept.sum() / (hidden > 0).sum()) == pytest.approx(1 - dropout, abs=0.02)
    assert float(dropped.sum() / hidden.sum()) == pytest.approx(1, abs=0.05)


def test_without_a_share_dropout_draws_nothing():
    cohort, inputs, generator = cohort_of((6, 8, 3), generators(1)), normal(1, 6, 5), torch.Generator().manual_seed(0)
    before = generator.get_state()
    assert torch.equal(cohort.activations(inputs, 0.0, [generator]).logits, cohort.activations(inputs).logits)
    assert torch.equal(generator.get_state(), before)


def test_dropout_differs_from_batch_to_batch_and_repeats_from_an_equal_generator():
    cohort, inputs, generator = cohort_of((6, 8, 3), generators(1)), normal(1, 6, 5), torch.Generator().manual_seed(0)
    first, second = (cohort.activations(inputs, 0.5, [generator]).logits for _ in range(2))
    assert not torch.equal(first, second)
    assert torch.equal(first, cohort.activations(inputs, 0.5, [torch.Generator().manual_seed(0)]).logits)


def test_gradients_under_dropout_equal_autograd_with_the_same_units_dropped():
    cohort, inputs = cohort_of((6, 9, 8, 3), generators(2)), normal(2, 11, 6)
    activations = cohort.activations(inputs.transpose(1, 2), 0.4, generators(2))
    cohort.backward(activations, activations.logits**3, 0.4)
    for member in range(2):
        module = module_of(cohort, member)
        hidden = inputs[member]
        for linear, output in zip(module[:-1:2], activations.units[1:-1], strict=True):
            hidden = functional.relu(linear(hidden)) * (output[member].T > 0) / 0.6
        (module[-1](hidden) ** 4 / 4).sum().backward()
        for gradient, parameter in zip(gradients_of(cohort, member), module.parameters(), strict=True):
            torch.testing.assert_close(gradient, parameter.grad)


# Training


def problem():
    return normal(20, 6), 3 * normal(20, 4, seed=1), torch.arange(20) % 4


@pytest.mark.parametrize("optimizer", [torch.optim.Adam, torch.optim.AdamW, torch.optim.SGD])
def test_a_cohort_learns_what_separate_modules_learn(optimizer):
    inputs, teacher_logits, labels = problem()
    temperature, alpha = torch.tensor([1.0, 4.0, 9.0]), torch.tensor([1.0, 0.0, 0.3])
    cohort = cohort_of((6, 9, 4), generators(3))
    modules = [module_of(cohort, member) for member in range(3)]
    train(cohort, inputs, teacher_logits, labels, temperature=temperature, alpha=alpha, steps=12, optimizer=optimizer)
    for member, module in enumerate(modules):
        stepper = optimizer(module.parameters(), 0.01)
        heard = {"temperature": float(temperature[member]), "alpha": float(alpha[member])}
        for _ in range(12):
            stepper.zero_grad()
            distillation_loss(module(inputs), teacher_logits, labels, **heard).total.backward()
            stepper.step()
        assert_module_equals_member(module, cohort, member, rtol=1e-4, atol=1e-5)


def test_members_of_a_cohort_do_not_influence_one_another():
    """Members 0 and 1 of a cohort of 100 learn what they learn in a cohort of 2, to float rounding."""
    inputs, teacher_logits, labels = problem()
    temperature, alpha = torch.linspace(1, 20, 100), torch.linspace(0, 1, 100)
    few, many = cohort_of((6, 9, 4), generators(2)), cohort_of((6, 9, 4), generators(100))
    train(few, inputs, teacher_logits, labels, temperature=temperature[:2], alpha=alpha[:2], steps=20)
    train(many, inputs, teacher_logits, labels, temperature=temperature, alpha=alpha, steps=20)
    torch.testing.assert_close(few.logits(inputs), many.logits(inputs)[:2], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("members", [2, 3, 5])
@every_width
def test_equal_members_stay_equal_to_the_last_bit(widths, members):
    """Wherever in memory they lie: a student alone and a distilled one with alpha = 1 are the same student."""
    inputs, labels = normal(13, widths[0]), torch.arange(13) % widths[-1]
    cohort = cohort_of(widths, [torch.Generator().manual_seed(0) for _ in range(members)])
    alike = torch.ones(members)
    train(cohort, inputs, normal(13, widths[-1]), labels, temperature=alike, alpha=alike, steps=30)
    for tensor in (part for layer in cohort.layers for part in layer):
        assert torch.equal(tensor, tensor[:1].expand_as(tensor))


def test_widths_of_the_layers_follow_the_architecture():
    cohort = cohort_of((6, 9, 8, 3), generators(2))
    assert [tuple(w.shape) for w, _ in cohort.layers] == [(2, o, i) for i, o in pairwise((6, 9, 8, 3))]
    assert [tuple(b.shape) for _, b in cohort.layers] == [(2, o, 1) for o in (9, 8, 3)]


def test_groups_that_share_their_inputs_answer_as_members_with_inputs_of_their_own():
    cohort, inputs = cohort_of((6, 9, 8, 3), generators(6)), normal(2, 11, 6)  # two groups of three
    torch.testing.assert_close(cohort.logits(inputs), cohort.logits(inputs.repeat_interleave(3, dim=0)))


def test_gradients_of_groups_equal_those_of_members_with_inputs_of_their_own():
    cohort, inputs, gradient = cohort_of((6, 9, 8, 3), generators(6)), normal(2, 6, 11), normal(6, 3, 11)
    cohort.backward(cohort.activations(inputs), gradient)
    grouped = cohort.gradients.clone()
    cohort.backward(cohort.activations(inputs.repeat_interleave(3, dim=0)), gradient)
    torch.testing.assert_close(grouped, cohort.gradients)


# How members lie


def test_a_layout_knows_whose_each_member_is():
    layout = Layout(conditions=2, seeds=3)
    members = torch.tensor([[10 * seed + condition, seed] for seed in range(3) for condition in range(2)])
    assert members[layout.of_condition(1), 0].tolist() == [1, 11, 21]
    assert layout.of_conditions(torch.tensor([0, 1])).tolist() == (members[:, 0] % 10).tolist()
    assert layout.of_seeds(torch.arange(3)).tolist() == members[:, 1].tolist()
    assert layout.of_seeds(torch.arange(6).view(3, 2)).tolist() == [[0, 1], [0, 1], [2, 3], [2, 3], [4, 5], [4, 5]]
    assert layout.split(members[:, 0]).tolist() == [[0, 10, 20], [1, 11, 21]]
    assert layout.split(members).shape == (2, 3, 2)
