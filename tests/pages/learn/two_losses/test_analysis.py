import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import rel_entr, softmax
from scipy.stats import entropy as scipy_entropy

from kd_core import losses
from kd_core.data import load_dataset
from kd_core.experiment import Experiment
from kd_core.sweeps.grid import Report, Sweep
from kd_core.sweeps.pieces import run_sweep
from kd_core.training import run
from pages.learn.two_losses import analysis
from pages.learn.two_losses.analysis import (
    EARLY,
    SCALING,
    arms,
    example_logits,
    floors,
    gradient_norms,
    matching_limit,
    mixture,
    mixture_shares,
    scaling_effects,
    terms,
    who_notices,
)
from pages.learn.two_losses.runs import compare_scaling

RNG = np.random.default_rng(0)
TEACHER, STUDENT = RNG.normal(0, 4, (6, 10)), RNG.normal(0, 1, (6, 10))
LABELS = np.array([0, 3, 9, 1, 1, 5])
temperatures, alphas = st.floats(1, 20), st.floats(0, 1)


# The formulas against scipy, and against what trains


def test_distributions_agree_with_scipy():
    p, q = softmax(TEACHER / 3, axis=-1), softmax(STUDENT / 3, axis=-1)
    np.testing.assert_allclose(analysis.soften(TEACHER, 3), p)
    np.testing.assert_allclose(analysis.soft_kl(TEACHER, STUDENT, 3), rel_entr(p, q).sum(-1))
    np.testing.assert_allclose(analysis.entropy(TEACHER, 3), scipy_entropy(p, axis=-1))
    np.testing.assert_allclose(analysis.soft_cross_entropy(TEACHER, STUDENT, 3), -(p * np.log(q)).sum(-1))


def test_logits_of_any_size_stay_finite():
    far = np.array([0.0, 2000.0, -2000.0])
    assert analysis.soft_kl(far, -far, 1.0) == pytest.approx(4000)


@given(temperatures, alphas, st.integers(0, 5))
def test_terms_and_pushes_are_those_of_the_loss_that_trains(temperature, alpha, row):
    logits = torch.tensor(STUDENT[row : row + 1], requires_grad=True)
    teacher, label = torch.tensor(TEACHER[row : row + 1]), torch.tensor(LABELS[row : row + 1])
    expected = losses.distillation_loss(logits, teacher, label, temperature=temperature, alpha=alpha)
    seen = terms(TEACHER[row], STUDENT[row], LABELS[row], temperature, alpha)
    for name in ("total", "hard", "soft"):
        assert getattr(seen, name) == pytest.approx(getattr(expected, name).item(), abs=1e-12)
    assert seen.soft == pytest.approx(temperature**2 * seen.kl)
    for loss, push in (
        (expected.total, seen.push),
        (alpha * expected.hard, seen.hard_push),
        ((1 - alpha) * expected.soft, seen.soft_push),
    ):
        (gradient,) = torch.autograd.grad(loss, logits, retain_graph=True)
        np.testing.assert_allclose(push, -gradient[0].numpy(), atol=1e-12)
        assert push.sum() == pytest.approx(0, abs=1e-12)


# The mixture of label and teacher


def test_shares_by_hand():
    teacher = np.log([0.5, 0.3, 0.2])
    shares = mixture_shares(teacher, 1.0, 0.4)
    np.testing.assert_allclose(shares, [0.4, 0.6 * 0.5, 0.6 * 0.5])
    np.testing.assert_allclose(shares.position, [0.3 + 0.5 * 0.3, 0.3 * math.sqrt(3) / 2])


@given(temperatures, alphas)
def test_shares_add_up_to_one_and_lie_within_the_triangle(temperature, alpha):
    shares = mixture_shares(TEACHER[0], temperature, alpha)
    assert sum(map(float, shares)) == pytest.approx(1)
    assert min(map(float, shares)) >= -1e-12


def test_the_corners_of_the_triangle():
    np.testing.assert_allclose(mixture_shares(TEACHER[0], 4.0, 1.0).position, [0, 0])
    np.testing.assert_allclose(mixture_shares(1000 * TEACHER[0], 1.0, 0.0).position, [1, 0], atol=1e-9)
    flat = mixture_shares(TEACHER[0], 1e9, 0.0)
    assert (float(flat.top), float(flat.rest)) == (pytest.approx(0.1), pytest.approx(0.9))


def test_at_temperature_one_the_total_push_leads_to_the_mixture():
    parts = mixture(TEACHER[0], 3, 1.0, 0.3)
    target = parts.label + parts.teacher
    assert target.sum() == pytest.approx(1)
    np.testing.assert_allclose(
        terms(TEACHER[0], STUDENT[0], 3, 1.0, 0.3).push, target - softmax(STUDENT[0]), atol=1e-12
    )


# Sizes, the limit, the floors


def test_norms_are_those_of_autograd():
    norms = gradient_norms(TEACHER, STUDENT, LABELS, [1.0, 5.0])
    logits = torch.tensor(STUDENT, requires_grad=True)
    for temperature, without, with_factor in zip(norms.temperatures, norms.without, norms.with_factor, strict=True):
        (gradient,) = torch.autograd.grad(
            losses.kl(torch.tensor(TEACHER) / temperature, logits / temperature).sum(), logits
        )
        assert without == pytest.approx(float(gradient.norm(dim=-1).mean()))
        assert with_factor == pytest.approx(temperature**2 * without)
    (gradient,) = torch.autograd.grad(losses.cross_entropy(logits, torch.tensor(LABELS)).sum(), logits)
    assert norms.hard == pytest.approx(float(gradient.norm(dim=-1).mean()))


def test_at_high_temperature_the_gradient_is_the_centred_difference_of_logits():
    limit = matching_limit(TEACHER, STUDENT, [1.0, 1e5])
    np.testing.assert_allclose(limit.direction[1], 1, atol=1e-6)
    np.testing.assert_allclose(limit.size[1], 1, atol=1e-3)
    assert limit.direction[0].max() < 0.99
    np.testing.assert_allclose(
        analysis.scaled_gradient(TEACHER, STUDENT, 1e6), analysis.centred(TEACHER, STUDENT), atol=1e-3
    )
    np.testing.assert_allclose(analysis.centred(TEACHER, STUDENT).sum(-1), 0, atol=1e-12)


def test_direction_and_size_by_hand():
    """Two classes at T = 1: q - p is along the centred difference, and N T^2 times it is 2 (q - p)."""
    teacher, student = np.array([[0.0, 0.0]]), np.array([[math.log(3), 0.0]])
    limit = matching_limit(teacher, student, [1.0])
    assert limit.direction[0, 0] == pytest.approx(1)
    assert limit.size[0, 0] == pytest.approx(2 * 0.25 / (math.log(3) / 2))


def test_cross_entropy_stands_on_the_entropy_and_kl_on_zero():
    seen = floors(TEACHER, STUDENT, 3.0)
    np.testing.assert_allclose(seen.cross_entropy - seen.kl, seen.entropy)
    assert seen.at_teacher == (pytest.approx(scipy_entropy(softmax(TEACHER / 3, axis=-1), axis=-1).mean()), 0)
    assert seen.zeros == "kl"
    assert seen.s[seen.kl.argmin()] == seen.s[seen.cross_entropy.argmin()] == 0
    assert seen.slope_gap < 1e-10
    assert seen.kl[np.searchsorted(seen.s, 1.0)] == pytest.approx(analysis.soft_kl(TEACHER, STUDENT, 3).mean())


# Real logits


def test_example_logits_are_the_runs_own():
    experiment = Experiment(teacher="16", teacher_epochs=2, student="8", epochs=EARLY + 1, labels=50, seeds=2)
    data, snapshots = load_dataset("digits"), list(run(experiment))
    assert example_logits(data.shown, snapshots[:3]) is None
    logits = example_logits(data.shown, snapshots)
    assert list(logits.students) == [0, 2, EARLY]
    np.testing.assert_array_equal(logits.teacher, snapshots[2].actors["teacher"].example_logits)
    np.testing.assert_array_equal(logits.students[EARLY], snapshots[-2].actors["distilled"].example_logits)
    np.testing.assert_array_equal(logits.labels, np.repeat(np.arange(10), 2))
    answer, share = logits.answer(logits.hesitant)
    soft = softmax(logits.teacher, axis=-1)
    assert share == pytest.approx(soft.max(-1).min())
    assert answer == soft[logits.hesitant].argmax()


# Training with and without T^2


def test_effects_by_hand():
    """Accuracies that say which arm and condition they are of: .arm + .0condition."""
    rounds = [
        [
            Report(
                epoch,
                np.full((3, 3), arm / 10) + np.array([[0.0], [0.01], [0.02]]),
                np.zeros((3, 3)),
                np.zeros((3, 3), bool),
            )
            for arm in range(5)
        ]
        for epoch in (6, 12)
    ]
    assert scaling_effects([]) == []
    effects = scaling_effects(rounds[:1])
    assert [(e.optimizer, e.alpha, e.rescaled) for e in effects] == [
        ("adam", 0, False),
        ("adam", 0.5, False),
        ("sgd", 0, False),
        ("sgd", 0.5, False),
        ("sgd", 0, True),
    ]
    means = [(e.with_factor.mean(), e.without.mean(), e.alone.mean()) for e in effects]
    np.testing.assert_allclose(
        means, [(0, 0.1, 0.02), (0.01, 0.11, 0.02), (0.2, 0.3, 0.22), (0.21, 0.31, 0.22), (0.2, 0.4, 0.22)]
    )
    assert {effect.epochs for effect in effects} == {(6,)}
    assert {effect.epochs for effect in scaling_effects(rounds)} == {(6, 12)}


def test_who_notices_is_decided_by_intervals():
    right = np.array([[0.9, 0.91, 0.92, 0.93]])

    def pair(adam, sgd):
        return [
            analysis.Effect(name, 0.0, False, (6,), right, right - loss, right, np.zeros(4, bool))
            for name, loss in (("adam", np.array(adam)), ("sgd", np.array(sgd)))
        ]

    clear, unclear, gain = [0.1, 0.11, 0.1, 0.11], [0.1, -0.1, 0.05, -0.04], [-0.1, -0.11, -0.1, -0.11]
    answers = [
        who_notices(pair(*losses)) for losses in ((clear, clear), (unclear, clear), (clear, gain), (gain, unclear))
    ]
    assert answers == ["both", "sgd", "adam", "neither"]


def test_arms_differ_in_what_they_are_about_and_nothing_else():
    small = Experiment(labels=30, teacher="8", teacher_epochs=1, student="4", epochs=2, seeds=2, temperature=3.0)
    adam, adam_bare, sgd, bare, larger = arms(small)
    assert adam == small
    assert adam_bare == small.replace(t_squared=False)
    assert sgd == small.replace(optimizer="sgd", learning_rate=analysis.SGD_LEARNING_RATE)
    assert bare == sgd.replace(t_squared=False)
    assert larger == bare.replace(learning_rate=9 * analysis.SGD_LEARNING_RATE)


def test_reports_are_those_of_the_experiments_own_sweep():
    small = Experiment(labels=30, teacher="8", teacher_epochs=2, student="8", epochs=4, seeds=2, temperature=3.0)
    *_, last = compare_scaling(small)
    assert [report.epoch for report in last] == [4] * 5
    for number in (1, 2):
        *_, progress = run_sweep(Sweep(arms(small)[number], (("alpha", (0.0, 0.5)),)))
        np.testing.assert_allclose(last[number].accuracy[:2], progress.scores(), atol=2.5 / 500)


@pytest.fixture(scope="module")
def effects():
    """The page's own training: twenty pairs on ten splits, T = 20."""
    return {(e.optimizer, e.alpha, e.rescaled): e for e in scaling_effects(list(compare_scaling(SCALING)))}


def test_soft_only_adam_does_not_notice_and_sgd_does(effects):
    adam, sgd = effects["adam", 0, False].difference, effects["sgd", 0, False].difference
    assert abs(adam.mean) < 0.005
    assert (adam.n, adam.splits) == (SCALING.seeds, 10)
    assert sgd.next_low > 0.5
    assert effects["sgd", 0, False].lost == SCALING.seeds - sgd.n < 5
    assert who_notices(list(effects.values())) == "sgd"


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_in_a_mix_both_lose_without_the_factor(effects, optimizer):
    effect = effects[optimizer, 0.5, False]
    assert effect.difference.holds
    assert effect.difference.mean > 0.01


def test_a_learning_rate_t_squared_times_as_large_makes_up_for_it_under_sgd(effects):
    gap = effects["sgd", 0, True].with_factor - effects["sgd", 0, True].without
    assert abs(gap[-1].mean()) < 0.003  # rounding grows over many steps


@pytest.mark.parametrize("epoch", [5, 100])
def test_t_squared_times_the_gradient_grows_at_small_t_and_is_flat_at_large_t(epoch):
    """What home and this page say of moving T, on the runs of three splits."""
    for one in Experiment(splits=3, seeds=3).by_split:
        logits = example_logits(one.load_data().shown, list(run(one)))
        norms = gradient_norms(logits.teacher, logits.students[epoch], logits.labels, (1, 4, 8, 20))
        assert norms.with_factor[1] / norms.with_factor[0] > 2.5
        assert 0.6 < norms.with_factor[3] / norms.with_factor[2] < 1.6
        assert norms.without[3] < 0.1 * norms.without[1]
