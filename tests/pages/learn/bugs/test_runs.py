"""Training with bugs: the correct step is the app's own training, and each bug costs what the table of facts says."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch

from kd_core.teaching import teacher_of
from kd_core.training import run
from pages.learn.bugs import runs as bug_runs
from pages.learn.bugs.bugs import BUGS, FIRST, SETTING, STUDENTS, judge
from tests.core.helpers import global_seed

FEW = SETTING.replace(splits=3, seeds=3, teacher_epochs=10)


@cache
def study(bug):
    return list(bug_runs.study(bug))


@cache
def verdict(bug):
    return judge(study(bug))


def final(bug, student):
    return study(bug)[-1].accuracy[STUDENTS.index(student)]


def test_the_teacher_is_that_of_the_apps_own_training():
    data, expected = FEW.load_splits(), teacher_of(FEW, {})
    teacher = bug_runs.module_of(FEW).eval()
    inputs, labels = (
        np.stack(values) for values in zip(*((one.test_inputs, one.test_labels) for one in data), strict=True)
    )
    with torch.no_grad():
        logits = teacher(torch.from_numpy(inputs))
    torch.testing.assert_close(logits, expected.logits.test)
    np.testing.assert_allclose((logits.argmax(-1).numpy() == labels).mean(-1), expected.test_accuracy, atol=1e-6)


def test_the_correct_step_trains_as_the_playground_does():
    *_, last = run(FEW)
    *_, point = bug_runs.train("argmax", FEW)
    assert np.abs(point.accuracy[STUDENTS.index("alone")] - last.actors["alone"].test_accuracy).max() <= 0.01
    # The teacher differs in rounding, after many steps of training.
    gap = point.accuracy[STUDENTS.index("correct")] - last.actors["distilled"].test_accuracy
    assert abs(gap.mean()) <= 0.005
    assert np.abs(gap).max() <= 0.03


def test_a_live_teacher_says_what_its_cache_holds():
    np.testing.assert_allclose(final("train_mode", "correct"), final("argmax", "correct"), atol=0.01)


def test_it_repeats_itself_and_touches_no_global_generator():
    short = BUGS["train_mode"].experiment.replace(epochs=4)
    with global_seed(1):
        first = list(bug_runs.train("train_mode", short))
    with global_seed(2):
        second = list(bug_runs.train("train_mode", short))
    for one, other in zip(first, second, strict=True):
        assert one.epoch == other.epoch
        np.testing.assert_array_equal(one.accuracy, other.accuracy)
        np.testing.assert_array_equal(one.loss, other.loss)


def test_the_three_students_of_a_seed_begin_alike():
    start = study(FIRST)[0].accuracy
    assert (start == start[0]).all()


@pytest.mark.parametrize("name", ["raw_logits", "raw_outputs", "log_target", "out_of_step", "probabilities"])
def test_bugs_that_break_the_student(name):
    assert verdict(name).outcome == "below"
    assert not verdict(name).is_plausible


@pytest.mark.parametrize("name", ["raw_logits", "raw_outputs", "log_target", "out_of_step"])
def test_the_worst_leave_a_student_that_guesses(name):
    assert verdict(name).buggy.mean < 0.2


@pytest.mark.parametrize("name", ["alpha_swapped", "itself"])
def test_bugs_that_leave_exactly_the_student_alone(name):
    np.testing.assert_allclose(final(name, "buggy"), final(name, "alone"), atol=0.005)
    assert verdict(name).is_plausible


def test_argmax_loses_nearly_all_of_what_the_teacher_gives():
    found = verdict("argmax")
    assert found.buggy.mean - found.alone.mean < 0.25 * (found.correct.mean - found.alone.mean)


def test_each_pair_is_that_of_an_experiment_on_its_split_alone():
    short = SETTING.replace(epochs=4, splits=3, seeds=3)
    together = list(bug_runs.train("argmax", short))[-1].accuracy
    apart = [list(bug_runs.train("argmax", one.replace(seeds=1)))[-1].accuracy[:, 0] for one in short.by_split[:1]]
    np.testing.assert_allclose(together[:, 0], apart[0], atol=0.01)


@pytest.mark.parametrize(
    "name", ["argmax", "t_student_only", "no_t_squared", "batch_axis", "mean_reduction", "t_teacher_only"]
)
def test_bugs_that_cost_something_and_leave_a_plausible_curve(name):
    assert verdict(name).outcome == "between"
    assert verdict(name).is_plausible


@pytest.mark.parametrize("name", ["train_mode", "double_softmax"])
def test_bugs_that_cost_little_and_leave_a_plausible_curve(name):
    assert abs(verdict(name).to_correct.mean) < 0.03
    assert verdict(name).is_plausible


def test_without_t_squared_most_of_the_teachers_help_is_lost():
    found = verdict("no_t_squared")
    assert found.buggy.mean - found.alone.mean < 0.3 * (found.correct.mean - found.alone.mean)


def test_the_hard_loss_with_two_softmaxes_stops_at_its_floor():
    floor = BUGS["double_softmax"].alpha * np.log(1 + 9 / np.e)
    losses = np.stack([point.loss for point in study("double_softmax")[1:]])[:, STUDENTS.index("buggy")]
    assert (losses > floor).all()
    assert losses[-1].mean() < floor + 0.1


@pytest.mark.parametrize("name", ["raw_outputs", "log_target"])
def test_losses_that_are_nan_stop_nobody(name):
    losses = study(name)[-1].loss
    assert np.isnan(losses[STUDENTS.index("buggy")]).all()
    assert np.isfinite(losses[: STUDENTS.index("buggy")]).all()


def test_no_bug_is_of_use():
    assert all(verdict(name).to_correct.mean < 0.005 for name in BUGS)
