"""What is trained for the page: the numbers of the playground's run, costs of what was fitted, six teachers."""

from itertools import count

import numpy as np
import pytest

from kd_core import run
from kd_core.experiment import Experiment
from kd_core.models import byte_count
from kd_core.teachers.fitting import grown
from pages.learn.forest import runs
from pages.learn.forest.analysis import Found, OfSplit, OfTeacher, Step
from pages.learn.forest.runs import compare, costs, teach_with

SMALL = Experiment(
    dataset="wine",
    teacher_kind="forest",
    teacher_trees=12,
    labels=0,
    student="6",
    temperature=1,
    epochs=12,
    splits=2,
    seeds=4,
)


def splits_of(experiment):
    return [value for value in compare(experiment) if isinstance(value, OfSplit)]


def accuracies(experiment, actor):
    """In the order of the experiment's pairs."""
    return Found(splits_of(experiment)).of(actor).T.ravel()


@pytest.mark.parametrize(
    "changes", [{}, {"teacher_kind": "logistic"}, {"extra": 2}, {"extra": 1, "extra_kind": "mixup"}]
)
def test_its_numbers_are_those_of_the_run_in_the_playground(changes):
    experiment = SMALL.replace(**changes)
    *_, last = run(experiment)
    for actor in ("alone", "distilled"):
        np.testing.assert_allclose(accuracies(experiment, actor), last.actors[actor].test_accuracy, atol=0.02)
    teacher = [one for one in run(experiment) if one.phase == "teacher"][-1].actors["teacher"].test_accuracy
    np.testing.assert_allclose([one.teacher for one in splits_of(experiment)], teacher)


def test_it_is_told_split_by_split_while_it_goes_on():
    told = list(compare(SMALL))
    assert [value.split for value in told if isinstance(value, OfSplit)] == [0, 1]
    first = told[: next(i for i, value in enumerate(told) if isinstance(value, OfSplit))]
    assert {step.split for step in first} == {0}
    assert [step.done for step in first if step.what == "pipeline"] == [1, 2, 5, 10, 12]
    assert [step.done for step in first if step.what == "students"][-1] == SMALL.epochs


def test_examples_without_labels_change_the_distilled_student_only():
    plain, more = SMALL, SMALL.replace(extra=3)
    np.testing.assert_array_equal(accuracies(plain, "alone"), accuracies(more, "alone"))
    assert (accuracies(plain, "distilled") != accuracies(more, "distilled")).any()


def test_costs_are_those_of_the_fitted_pipeline_and_of_one_student():
    one = SMALL.by_split[0]
    data = one.load_data()
    *_, (pipeline,) = grown(one, [data])
    forest, network = costs(one, pipeline, data)
    assert forest.size == pipeline.size()
    assert network.size == byte_count(one.student_network)
    assert min(forest.row, forest.thousand, network.row, network.thousand) > 0


def test_a_time_is_the_median_of_rounds_in_milliseconds(monkeypatch):
    clock = count()
    monkeypatch.setattr(runs, "thread_time", lambda: next(clock) / 100)
    assert runs.milliseconds(lambda rows: rows, np.zeros((1, 1), np.float32)) == pytest.approx(10)


def test_each_teacher_is_told_of_with_the_same_students_alone():
    base = SMALL.replace(labels=30, temperature=2, teacher_epochs=3, teacher="8")
    told = list(teach_with({kind: base.replace(teacher_kind=kind) for kind in ("logistic", "network")}))
    assert [one.kind for one in told] == ["logistic", "network"]
    np.testing.assert_allclose(told[0].alone, told[1].alone, atol=0.02)
    assert (told[0].distilled != told[1].distilled).any()
    assert all(isinstance(one, OfTeacher) and one.teacher.shape == (2,) for one in told)


def test_steps_are_named_for_the_page():
    assert {step.what for step in compare(SMALL.replace(teacher_kind="knn")) if isinstance(step, Step)} == {
        "pipeline",
        "students",
    }
