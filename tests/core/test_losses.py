import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from kd_core.losses import cross_entropy, distillation_gradient, distillation_loss, hard_targets, kl, soften
from tests.core.strategies import alphas, logit_pairs, temperatures

LN3 = math.log(3)
SHAPES = [(5, 4), (3, 5, 4), (2, 3, 5, 4)]


def double(*rows):
    return torch.tensor(rows, dtype=torch.float64)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def problem(shape, seed=0):
    """Student and teacher logits, labels, and a temperature and an alpha for each stacked member, in float64."""
    g = generator(seed)
    student, teacher = 3 * torch.randn(2, *shape, generator=g, dtype=torch.float64)
    labels = torch.randint(shape[-1], shape[:-1], generator=g)
    temperature = 1 + 7 * torch.rand(shape[:-2], generator=g, dtype=torch.float64)
    return student, teacher, labels, temperature, torch.rand(shape[:-2], generator=g, dtype=torch.float64)


def autograd(student, *arguments, **options):
    """Gradient of the total with respect to the student's logits."""
    student = student.clone().requires_grad_()
    distillation_loss(student, *arguments, **options).total.sum().backward()
    return student.grad


def same(actual, expected, **tolerance):
    torch.testing.assert_close(actual, torch.as_tensor(expected, dtype=actual.dtype), **tolerance)


# Values worked by hand


def test_soft_targets_equal_values_worked_by_hand():
    same(soften(double(0, 2 * LN3), 2), double(0.25, 0.75))  # e^0 : e^ln3 = 1 : 3
    same(soften(double(0, 2 * LN3), 1), double(0.1, 0.9))  # e^0 : e^(2 ln3) = 1 : 9


def test_kl_equals_the_value_worked_by_hand():
    # p = (1/2, 1/2), q = (1/4, 3/4): 1/2 ln 2 + 1/2 ln 2/3 = 1/2 ln 4/3; the other way: 1/4 ln 1/2 + 3/4 ln 3/2
    same(kl(double(0, 0), double(0, LN3)), math.log(4 / 3) / 2)
    same(kl(double(0, LN3), double(0, 0)), math.log(1 / 2) / 4 + 3 * math.log(3 / 2) / 4)


def test_loss_equals_the_value_worked_by_hand():
    # At T = 2 the student's rows soften to (1/4, 3/4), the teacher's to (1/2, 1/2) and to the student's own: KL is
    # 1/2 ln 4/3 and 0, their mean times T^2 is ln 4/3. At T = 1 the rows are (1/10, 9/10): with labels 0 and 1 the
    # cross-entropies are ln 10 and ln 10/9, their mean is ln 10 - ln 3.
    student, teacher = double([0, 2 * LN3], [0, 2 * LN3]), double([0, 0], [0, 2 * LN3])
    loss = distillation_loss(student, teacher, torch.tensor([0, 1]), temperature=2, alpha=0.25)
    soft, hard = math.log(4 / 3), math.log(10) - LN3
    same(loss.soft, soft)
    same(loss.hard, hard)
    same(loss.total, 0.25 * hard + 0.75 * soft)


def test_gradient_equals_the_value_worked_by_hand():
    # q_1 - y = (1/10 - 1, 9/10), T (q_T - p_T) = 2 (1/4 - 1/2, 3/4 - 1/2): half of each adds up to (-.7, .7)
    soft, hard = double([0.5, 0.5]), double([1, 0])
    half, two = torch.tensor(0.5).double(), torch.tensor(2).double()
    gradient = distillation_gradient(double([0, 2 * LN3]), soft, hard, temperature=two, alpha=half)
    same(gradient, double([-0.7, 0.7]))


def test_without_t_squared_the_soft_loss_is_t_squared_times_smaller():
    student, teacher, labels, *_ = problem((5, 4))
    with_it = distillation_loss(student, teacher, labels, temperature=3.0, alpha=0.0)
    without = distillation_loss(student, teacher, labels, temperature=3.0, alpha=0.0, t_squared=False)
    same(with_it.total, 9 * without.total)


def test_smoothed_targets_equal_values_worked_by_hand():
    same(hard_targets(torch.tensor([1]), 4, 0.2), [[0.05, 0.85, 0.05, 0.05]])  # .2 / 4, and .8 on top for the label


# Against torch.nn.functional


@given(logit_pairs(), st.randoms(use_true_random=False), temperatures, alphas)
def test_loss_equals_torch_functional(pair, random, temperature, alpha):
    teacher, student = pair
    labels = torch.tensor([random.randrange(student.shape[1]) for _ in student])
    loss = distillation_loss(student, teacher, labels, temperature=temperature, alpha=alpha)
    log_q, log_p = functional.log_softmax(student / temperature, -1), functional.log_softmax(teacher / temperature, -1)
    soft = temperature**2 * functional.kl_div(log_q, log_p, reduction="batchmean", log_target=True)
    hard = functional.cross_entropy(student, labels)
    same(loss.hard, hard)
    same(loss.soft, soft, rtol=1e-9, atol=1e-10)
    same(loss.total, alpha * hard + (1 - alpha) * soft, rtol=1e-9, atol=1e-10)


@given(logit_pairs())
def test_kl_equals_torch_functional_row_by_row(pair):
    teacher, student = pair
    log_q, log_p = student.log_softmax(-1), teacher.log_softmax(-1)
    same(
        kl(teacher, student),
        functional.kl_div(log_q, log_p, reduction="none", log_target=True).sum(-1),
        rtol=1e-9,
        atol=1e-12,
    )


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_cross_entropy_equals_torch_functional_and_its_targets(smoothing):
    logits, _, labels, *_ = problem((6, 5))
    expected = functional.cross_entropy(logits, labels, reduction="none", label_smoothing=smoothing)
    same(cross_entropy(logits, labels, smoothing), expected)
    targets = hard_targets(labels, 5, smoothing).double()
    same(-(targets * logits.log_softmax(-1)).sum(-1), expected, rtol=1e-6, atol=1e-6)  # targets are float32


# Properties


@given(logit_pairs(), st.floats(-50, 50))
def test_kl_is_zero_for_logits_that_differ_by_a_constant(pair, constant):
    teacher, _ = pair
    same(kl(teacher, teacher + constant), torch.zeros(len(teacher)).double(), rtol=0, atol=1e-12)


def test_kl_in_single_precision_is_below_zero_by_rounding_only():
    teacher = 4 * torch.randn(20000, 10, generator=generator())
    student = teacher + 1e-4 * torch.randn(20000, 10, generator=generator(1))
    found = kl(teacher, student)
    assert found.min() > -1e-6
    (gradient,) = torch.autograd.grad(kl(teacher, student.requires_grad_()).sum(), student)
    assert (gradient.abs().amax(-1) > 0).all()  # also where it is below zero


@given(logit_pairs())
def test_kl_is_zero_only_for_equal_distributions(pair):
    teacher, student = pair
    distance = (soften(teacher, 1) - soften(student, 1)).abs().sum(-1)
    assert (kl(teacher, student) >= distance**2 / 2 - 1e-12).all()  # Pinsker's inequality: KL >= |p - q|^2 / 2


@given(logit_pairs(), temperatures, alphas, st.floats(-50, 50), st.floats(-50, 50))
def test_adding_a_constant_to_a_row_of_logits_changes_nothing(pair, temperature, alpha, one, other):
    teacher, student = pair
    labels = torch.zeros(len(teacher), dtype=torch.int64)
    loss = distillation_loss(student, teacher, labels, temperature=temperature, alpha=alpha)
    moved = distillation_loss(student + one, teacher + other, labels, temperature=temperature, alpha=alpha)
    for term, expected in zip(moved, loss, strict=True):
        same(term, expected, rtol=1e-8, atol=1e-9)
    same(soften(teacher + one, temperature), soften(teacher, temperature), rtol=1e-8, atol=1e-9)


@given(logit_pairs(), temperatures, alphas, st.integers(1, 20))
def test_classes_that_nobody_believes_in_change_nothing(pair, temperature, alpha, more):
    teacher, student = pair
    labels = torch.zeros(len(teacher), dtype=torch.int64)
    options = {"temperature": temperature, "alpha": alpha}
    wider = (functional.pad(student, (0, more), value=-1e5), functional.pad(teacher, (0, more), value=-1e5), labels)
    loss = distillation_loss(student, teacher, labels, **options)
    for term, expected in zip(distillation_loss(*wider, **options), loss, strict=True):
        same(term, expected)
    gradient = autograd(*wider, **options)
    same(gradient, functional.pad(autograd(student, teacher, labels, **options), (0, more)))


@given(logit_pairs(), temperatures)
def test_splitting_every_class_in_two_halves_leaves_kl_as_it_is(pair, temperature):
    """A mean over classes instead of the sum would halve it."""
    teacher, student = (logits / temperature for logits in pair)
    twice = [torch.cat([logits, logits], -1) for logits in (teacher, student)]
    same(kl(*twice), kl(teacher, student), rtol=1e-8, atol=1e-10)


@given(logit_pairs())
def test_entropy_of_soft_targets_rises_with_temperature_to_ln_c(pair):
    teacher, _ = pair
    softened = [soften(teacher, temperature) for temperature in (0.5, 1, 2, 4, 8, 20, 1e6)]
    entropies = torch.stack([torch.special.entr(p).sum(-1) for p in softened])
    assert (entropies.diff(dim=0) >= -1e-9).all()
    same(entropies[-1], torch.full_like(entropies[-1], math.log(teacher.shape[-1])), rtol=1e-8, atol=1e-8)


@given(logit_pairs(), temperatures)
def test_soft_targets_are_distributions_that_keep_the_order_of_the_logits(pair, temperature):
    teacher, _ = pair
    soft = soften(teacher, temperature)
    same(soft.sum(-1), torch.ones(len(teacher)).double())
    same(soft.gather(-1, teacher.argsort(-1)), soft.sort(-1).values)


def test_soften_takes_a_tensor_of_temperatures():
    logits = problem((3, 5, 4))[0]
    stacked = soften(logits, torch.tensor([1.0, 2.0, 8.0])[:, None, None])
    for member, temperature in enumerate((1, 2, 8)):
        same(stacked[member], soften(logits[member], temperature))


# Gradients


def kl_gradients(temperature, scale=4.0):
    """Rows of the gradient of KL, and the centred differences z - v; 200 examples of 10 classes."""
    student, teacher = scale * torch.randn(2, 200, 10, generator=generator(), dtype=torch.float64)
    labels = torch.zeros(200, dtype=torch.int64)
    gradient = 200 * autograd(student, teacher, labels, temperature=temperature, alpha=0.0, t_squared=False)
    difference = student - teacher
    return gradient, difference - difference.mean(-1, keepdim=True)


def test_t_squared_keeps_the_size_of_the_gradient_from_two_on():
    temperatures = torch.tensor([2.0, 3.0, 4.0, 8.0, 12.0, 20.0], dtype=torch.float64)
    norms = torch.stack([kl_gradients(t)[0].norm(dim=-1).mean() for t in temperatures.tolist()])
    band = norms * temperatures**2
    assert band.max() / band.min() < 1.25
    assert (norms[1:] < norms[:-1]).all()
    assert norms[0] / norms[-1] > 80  # (20 / 2)^2 = 100 in the limit


def test_high_temperature_matches_logits():
    """Hinton, Vinyals & Dean 2015, section 2.1: the gradient tends to (z - v) / (N T^2), N the number of classes."""
    cosines = []
    for temperature in (1, 2, 4, 8, 20, 1000):
        gradient, difference = kl_gradients(temperature)
        cosines.append(float(torch.cosine_similarity(gradient, difference, dim=-1).mean()))
    assert cosines == sorted(cosines)
    assert cosines[0] < 0.8
    assert cosines[-2] > 0.99
    gradient, difference = kl_gradients(1e5)
    same(gradient, difference / (10 * 1e5**2), rtol=1e-3, atol=1e-3 * float(gradient.abs().max()))


@pytest.mark.parametrize("t_squared", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_gradient_passes_gradcheck(shape, t_squared):
    student, teacher, labels, temperature, alpha = problem(shape)

    def total(logits):
        options = {"temperature": temperature, "alpha": alpha, "t_squared": t_squared}
        return distillation_loss(logits, teacher, labels, **options).total

    assert torch.autograd.gradcheck(total, (student.requires_grad_(),))


@pytest.mark.parametrize("t_squared", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_closed_form_gradient_equals_autograd(shape, t_squared):
    student, teacher, labels, temperature, alpha = problem(shape)
    options = {"temperature": temperature, "alpha": alpha, "t_squared": t_squared}
    soft = soften(teacher, temperature[..., None, None])
    gradient = distillation_gradient(student, soft, hard_targets(labels, shape[-1]), **options)
    same(gradient, autograd(student, teacher, labels, **options))
    same(gradient.sum(-1), torch.zeros(shape[:-1]).double(), rtol=0, atol=1e-14)


def test_closed_form_gradient_leaves_its_inputs_as_they_are():
    student, teacher, labels, temperature, alpha = problem((3, 5, 4))
    inputs = (student, soften(teacher, 2), hard_targets(labels, 4).double())
    copies = [tensor.clone() for tensor in inputs]
    distillation_gradient(*inputs, temperature=temperature, alpha=alpha)
    for tensor, copy in zip(inputs, copies, strict=True):
        assert torch.equal(tensor, copy)


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_no_gradient_reaches_the_teacher(alpha):
    student, teacher, labels, *_ = problem((5, 4))
    student.requires_grad_(), teacher.requires_grad_()
    distillation_loss(student, teacher, labels, temperature=2, alpha=alpha).total.backward()
    assert teacher.grad is None
    assert student.grad.abs().sum() > 0


# Endpoints


def test_alpha_one_ignores_the_teacher():
    student, teacher, labels, temperature, _ = problem((3, 5, 4))
    other = problem((3, 5, 4), seed=1)[1]
    options = {"temperature": temperature, "alpha": 1.0}
    loss = distillation_loss(student, teacher, labels, **options)
    assert torch.equal(loss.total, distillation_loss(student, other, labels, **options).total)
    assert torch.equal(loss.total, loss.hard)
    same(loss.total, functional.cross_entropy(student.mT, labels, reduction="none").mean(-1))
    assert torch.equal(autograd(student, teacher, labels, **options), autograd(student, other, labels, **options))


def test_alpha_zero_never_looks_at_the_labels():
    student, teacher, labels, temperature, _ = problem((3, 5, 4))
    options = {"temperature": temperature, "alpha": 0.0}
    loss, other = (distillation_loss(student, teacher, given, **options) for given in (labels, (labels + 1) % 4))
    assert torch.equal(loss.total, other.total)
    assert torch.equal(loss.total, loss.soft)
    assert not torch.equal(loss.hard, other.hard)
    assert torch.equal(*(autograd(student, teacher, given, **options) for given in (labels, (labels + 1) % 4)))


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_closed_form_gradient_hears_one_side_only_at_the_ends_of_alpha(alpha):
    student, teacher, labels, temperature, _ = problem((3, 5, 4))
    soft, hard = soften(teacher, 2), hard_targets(labels, 4).double()
    ignored = (soften(-teacher, 2), hard) if alpha else (soft, hard.flip(-1))
    options = {"temperature": temperature, "alpha": torch.full((3,), alpha).double()}
    assert torch.equal(
        distillation_gradient(student, soft, hard, **options), distillation_gradient(student, *ignored, **options)
    )


# Stacks


@pytest.mark.parametrize("t_squared", [True, False])
def test_a_stack_equals_its_members_one_at_a_time(t_squared):
    student, teacher, labels, temperature, alpha = problem((6, 5, 4))
    stack = distillation_loss(student, teacher, labels, temperature=temperature, alpha=alpha, t_squared=t_squared)
    for k in range(6):
        options = {"temperature": float(temperature[k]), "alpha": float(alpha[k]), "t_squared": t_squared}
        one = distillation_loss(student[k], teacher[k], labels[k], **options)
        for stacked, alone in zip(stack, one, strict=True):
            same(stacked[k], alone)


def test_terms_have_the_leading_shape_whether_numbers_are_floats_or_tensors():
    student, teacher, labels, temperature, alpha = problem((2, 3, 5, 4))
    for t, a in ((temperature, alpha), (2.0, alpha), (temperature, 0.5), (2, 1)):
        loss = distillation_loss(student, teacher, labels, temperature=t, alpha=a)
        assert [term.shape for term in loss] == [(2, 3)] * 3


# Errors


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"teacher_logits": torch.zeros(5, 3)}, r"teacher_logits has shape \(5, 3\): .* \(5, 4\)"),
        ({"labels": torch.zeros(4, dtype=torch.int64)}, r"labels has shape \(4,\): it must be \(5,\)"),
        ({"labels": torch.zeros(5, 4, dtype=torch.int64)}, r"labels has shape \(5, 4\): it must be \(5,\)"),
        ({"temperature": torch.ones(5)}, r"temperature has shape \(5,\): it must be a number, or .* \(\)"),
        ({"alpha": torch.ones(5)}, r"alpha has shape \(5,\): it must be a number, or .* \(\)"),
        ({"temperature": 0}, "temperature=0 is not allowed: temperature is a number above 0"),
        ({"temperature": -1.5}, "temperature=-1.5 is not allowed"),
        ({"temperature": math.nan}, "temperature=nan is not allowed"),
        ({"temperature": torch.tensor([1.0, 0.0])}, "temperature=.* is not allowed"),
        ({"alpha": 1.01}, "alpha=1.01 is not allowed: alpha is a number from 0 to 1"),
        ({"alpha": -0.1}, "alpha=-0.1 is not allowed"),
        ({"alpha": math.nan}, "alpha=nan is not allowed"),
        ({"alpha": torch.tensor([0.5, 2.0])}, "alpha=.* is not allowed"),
    ],
)
def test_a_wrong_argument_is_named_with_what_is_allowed(changed, message):
    arguments = {
        "student_logits": torch.zeros(5, 4),
        "teacher_logits": torch.zeros(5, 4),
        "labels": torch.zeros(5, dtype=torch.int64),
        "temperature": 2.0,
        "alpha": 0.5,
    }
    with pytest.raises(ValueError, match=message):
        distillation_loss(**(arguments | changed))


@pytest.mark.parametrize("temperature", [0, -1.0, math.nan, torch.tensor([[1.0], [0.0]])])
def test_soften_refuses_a_temperature_that_is_not_above_zero(temperature):
    with pytest.raises(ValueError, match="temperature is a number above 0"):
        soften(torch.zeros(2, 3), temperature)
