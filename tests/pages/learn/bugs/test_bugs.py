"""The table of bugs: its code is what runs, every bug changes the step, and its checks tell which is which."""

from __future__ import annotations

import inspect
import math
import subprocess
import sys
import warnings

import numpy as np
import pytest
import torch

from kd_core.losses import distillation_loss
from kd_core.sweeps.intervals import interval
from pages.learn.bugs import bugs, figures
from pages.learn.bugs import runs as bug_runs
from pages.learn.bugs.bugs import BUGS, CHECKS, CORRECT, Point, judge, side_by_side, smallest_set, source
from pages.learn.bugs.checks.runs import examine
from pages.learn.bugs.steps import runs as steps

LOSSES = [name for name, bug in BUGS.items() if bug.part == "loss"]


def problem(seed=0):
    generator = torch.Generator().manual_seed(seed)
    student, teacher = 3 * torch.randn(2, 12, 10, generator=generator, dtype=torch.float64)
    return student, teacher, torch.randint(10, (12,), generator=generator)


@pytest.fixture(scope="module")
def examination():
    (found,) = examine()
    return found


# The table


def test_the_table_needs_no_torch():
    code = "import sys, pages.learn.bugs.bugs as b; b.side_by_side('argmax'); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", [*CORRECT.values(), *BUGS])
def test_the_source_shown_is_that_of_the_function_that_runs(name):
    assert source(name) == inspect.getsource(getattr(steps, name)).strip()


def test_every_function_of_the_file_is_in_the_table():
    functions = {name for name, value in vars(steps).items() if inspect.isfunction(value)}
    assert functions == {*CORRECT.values(), *BUGS}


@pytest.mark.parametrize("name", BUGS)
def test_a_bug_differs_from_the_correct_function_in_few_lines_and_all_are_marked(name):
    rows = side_by_side(name)
    assert "\n".join(row.correct for row in rows if row.correct is not None) == source(CORRECT[BUGS[name].part])
    assert "\n".join(row.buggy for row in rows if row.buggy is not None) == source(name)
    assert 1 <= sum(row.differs for row in rows) <= 3
    assert all(row.differs == (row.correct != row.buggy) for row in rows[1:])


@pytest.mark.parametrize("name", BUGS)
def test_a_bugs_step_has_the_buggy_function_in_its_place(name):
    correct, buggy = bug_runs.step_of(part=BUGS[name].part), bug_runs.step_of(name)
    for part, function in CORRECT.items():
        assert getattr(correct, part) is getattr(steps, function)
        assert getattr(buggy, part) is getattr(steps, name if part == BUGS[name].part else function)
    assert correct.live == buggy.live


# The code


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("temperature", [1.0, 4.0, 20.0])
def test_the_correct_loss_is_the_distillation_loss(temperature, alpha):
    student, teacher, labels = problem()
    expected = distillation_loss(student, teacher, labels, temperature=temperature, alpha=alpha).total
    torch.testing.assert_close(steps.loss(student, teacher, labels, temperature, alpha), expected)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.filterwarnings("ignore:reduction")
def test_every_buggy_loss_differs_from_the_correct_one(name):
    arguments = (*problem(), 20.0, 0.4)
    correct, buggy = steps.loss(*arguments), getattr(steps, name)(*arguments)
    assert not torch.isclose(correct, buggy, rtol=1e-3)


def test_alpha_swapped_is_hidden_at_one_half_and_is_the_student_alone_at_zero():
    problem_ = problem()
    torch.testing.assert_close(steps.alpha_swapped(*problem_, 4.0, 0.5), steps.loss(*problem_, 4.0, 0.5))
    torch.testing.assert_close(steps.alpha_swapped(*problem_, 4.0, 0.0), steps.loss(*problem_, 4.0, 1.0))


def test_torch_warns_of_the_mean_and_of_nothing_else():
    for name in LOSSES:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            getattr(steps, name)(*problem(), 4.0, 0.5)
        assert bool(caught) == (name in ("mean_reduction", "raw_outputs")), name


@pytest.mark.filterwarnings("ignore:reduction")
@pytest.mark.parametrize("name", ["raw_outputs", "log_target"])
def test_a_loss_that_is_nan_still_has_a_gradient(name):
    student, teacher, labels = problem()
    loss = getattr(steps, name)(student.requires_grad_(), teacher, labels, 4.0, 0.0)
    (gradient,) = torch.autograd.grad(loss, student)
    assert loss.isnan()
    assert gradient.isfinite().all()
    assert gradient.abs().max() > 0


def test_a_shuffled_batch_gets_its_own_logits_only_from_the_correct_look_up():
    cache, ids = torch.arange(8.0)[:, None], torch.tensor([5, 2, 7])
    assert steps.look_up(cache, ids, 3).flatten().tolist() == [5, 2, 7]
    assert steps.out_of_step(cache, ids, 3).flatten().tolist() == [3, 4, 5]


# The checks


def test_the_correct_step_passes_every_check(examination):
    assert bugs.failed(examination[""]) == []


@pytest.mark.parametrize("name", BUGS)
def test_the_check_that_is_named_gives_the_bug_away(examination, name):
    assert BUGS[name].gives_away in bugs.failed(examination[name])


def test_a_bug_outside_the_loss_is_found_by_one_check_only(examination):
    for name in set(BUGS) - set(LOSSES):
        assert bugs.failed(examination[name]) == [BUGS[name].gives_away]


def test_values_of_checks_equal_those_worked_by_hand(examination):
    assert examination["double_softmax"]["hard_floor"] == pytest.approx(math.log(1 + 9 / math.e), rel=1e-6)
    assert examination["mean_reduction"]["by_hand"] == pytest.approx(1 / 10)  # ten classes
    assert examination["no_t_squared"]["by_hand"] == pytest.approx(1 / 20**2)
    ratio = examination["no_t_squared"]["t_range"] / examination[""]["t_range"]
    assert ratio == pytest.approx((4 / 20) ** 2)  # T^2 at 4 over T^2 at 20
    assert examination["itself"]["two_networks"] == 0
    assert examination["argmax"]["dark_knowledge"] == 0


def test_nan_passes_no_check():
    assert not any(check.passes(math.nan) for check in CHECKS.values())


def test_the_smallest_set_of_checks_finds_every_bug_and_none_smaller_does(examination):
    names = smallest_set(examination)
    assert all(set(bugs.failed(examination[bug])) & set(names) for bug in BUGS)
    # Each of these is the only one to find some bug, so no set can do without it.
    alone = {tuple(bugs.failed(examination[bug])) for bug in BUGS if len(bugs.failed(examination[bug])) == 1}
    assert set(names) == {name for (name,) in alone}


# The verdict


def points(buggy, losses=(2.0, 1.0)):
    """Two epochs of ten seeds: alone at 0.80 and correct at 0.90 with a little noise, and the bug as given."""
    noise = np.linspace(-0.01, 0.01, 10)
    accuracy = np.stack([0.8 + noise, 0.9 + noise[::-1], buggy + noise**2])
    first = Point(0, accuracy, np.full((3, 10), np.nan))
    return [first, *(Point(i + 1, accuracy, np.full((3, 10), loss)) for i, loss in enumerate(losses))]


@pytest.mark.parametrize(("buggy", "outcome"), [(0.5, "below"), (0.8, "between"), (0.85, "between"), (0.9, "same")])
def test_the_outcome_is_told_by_paired_intervals(buggy, outcome):
    found = judge(points(buggy))
    assert found.outcome == outcome
    assert found.is_plausible == (outcome != "below")
    assert found.to_alone.mean == pytest.approx(found.buggy.mean - found.alone.mean)


@pytest.mark.parametrize("losses", [(1.0, 2.0), (1.0, -1.0), (math.nan, 1.0), (2.0, math.nan)])
def test_a_curve_is_not_plausible_if_its_loss_rises_or_is_negative_or_no_number(losses):
    assert not judge(points(0.85, losses)).is_plausible


def test_a_difference_that_a_split_can_flip_is_not_told_as_clear():
    steady, flipping = np.full(10, 0.02) + np.linspace(0, 0.001, 10), np.linspace(-0.02, 0.06, 10)
    assert figures.grade(interval(steady, splits=10)) == "clear"
    assert figures.grade(interval(flipping, splits=10)) == "flips"
    assert figures.grade(interval(flipping - 0.02, splits=10)) == "unclear"
