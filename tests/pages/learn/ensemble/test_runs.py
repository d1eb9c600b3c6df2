"""Ensembles that are trained: the mean is what its members say, and a click trains no teacher anew."""

import numpy as np
import pytest
import torch

import kd_core.teaching as teaching
from kd_core import Experiment
from kd_core.sweeps.pieces import train_together
from kd_core.teaching import teacher_of
from pages.learn.ensemble.cases import CASES, weighed
from pages.learn.ensemble.results import ALONE, WHOLE, Growing, Lesson, Mean, Panel, findings, last, lessons_of
from pages.learn.ensemble.runs import EXAMPLES, chosen, combine, introduce

SMALL = Experiment(labels=50, teacher="8", teacher_epochs=4, teachers=3, student="8", epochs=4, splits=3, seeds=6)
KINDS = SMALL.replace(teacher_kind="network+forest+logistic", teachers=1, teacher_trees=5, temperature=1.0)
STORE = {}
BOTH = pytest.mark.parametrize("experiment", [SMALL, KINDS], ids=["seeds", "kinds"])


def introduced(experiment):
    return list(introduce(experiment, STORE))


@BOTH
def test_first_the_teachers_then_the_members_then_students_of_all_and_of_each(experiment):
    values = introduced(experiment)
    assert isinstance(values[0], Growing)
    kinds = [type(value) for value in values if not isinstance(value, Growing | Lesson)]
    assert kinds == [Panel, Mean]
    lessons = lessons_of(values)
    assert list(lessons) == [ALONE, WHOLE, "0", "1", "2"]
    assert all(lesson.is_over and lesson.accuracy.shape == (6,) for lesson in lessons.values())
    panel = last(values, Panel)
    assert panel.accuracy.shape == (3, 3)
    assert panel.pixels.shape == (EXAMPLES, 8, 8)
    assert panel.logits.shape == (3, EXAMPLES, 10)
    assert findings(panel, last(values, Mean), lessons, [0, 1, 2]) is not None


@BOTH
def test_agreement_and_accuracy_are_counted_one_by_one_from_the_members_answers(experiment):
    panel, teacher, data = last(introduced(experiment), Panel), teacher_of(experiment, STORE), experiment.load_splits()
    answers = [[part.logits.test[split].argmax(-1).tolist() for split in range(3)] for part in teacher.parts]
    for split in range(3):
        for a in range(3):
            right = [x == y for x, y in zip(answers[a][split], data[split].test_labels, strict=True)]
            assert panel.accuracy[a, split] == pytest.approx(np.mean(right))
            for b in range(3):
                same = [x == y for x, y in zip(answers[a][split], answers[b][split], strict=True)]
                assert panel.agreement[a, b, split] == pytest.approx(np.mean(same))


def test_shown_digits_are_those_on_which_members_differ_most_whatever_their_weights():
    panel, data = last(introduced(SMALL), Panel), SMALL.load_data()
    ids = chosen(teacher_of(weighed(SMALL, [0.0, 1.0, 3.0]), STORE))
    np.testing.assert_array_equal(panel.labels, data.test_labels[ids])
    np.testing.assert_array_equal(panel.pixels.reshape(EXAMPLES, -1), data.seen(data.test_ids[ids]))


@pytest.mark.parametrize("mean", ["logits", "probabilities"])
def test_other_weights_are_combined_from_the_members_and_train_no_teacher(monkeypatch, mean):
    panel = last(introduced(SMALL), Panel)

    def trained_again(*_):
        raise AssertionError("a teacher is trained again")

    monkeypatch.setattr(teaching, "_train_networks", trained_again)
    values = list(combine(weighed(SMALL.replace(teacher_mean=mean), [1.0, 0.0, 3.0]), STORE))
    logits = torch.from_numpy(panel.logits).double()
    if mean == "logits":
        expected = 0.25 * logits[0] + 0.75 * logits[2]
    else:
        expected = (0.25 * logits[0].softmax(-1) + 0.75 * logits[2].softmax(-1)).log()
    np.testing.assert_allclose(last(values, Mean).logits, expected, atol=1e-4)
    assert list(lessons_of(values)) == [WHOLE]


def test_an_ensemble_of_one_is_that_member_and_so_are_its_students():
    values = introduced(SMALL)
    one = list(combine(weighed(SMALL, [0.0, 1.0, 0.0]), STORE))
    np.testing.assert_allclose(last(one, Mean).accuracy, last(values, Panel).accuracy[1], atol=1e-6)
    np.testing.assert_allclose(lessons_of(one)[WHOLE].accuracy, lessons_of(values)["1"].accuracy, atol=3e-3)


def test_students_of_a_member_are_those_that_anybody_would_train_from_it():
    part = teacher_of(SMALL, STORE).parts[2]
    *_, report = train_together(SMALL, [SMALL.heard_at(0)], part.logits)
    np.testing.assert_allclose(lessons_of(introduced(SMALL))["2"].accuracy, report.accuracy[0], atol=3e-3)


# The real ones. All, over ten splits: `tests.bench ensemble`.


def found(name, splits=5):
    case = CASES[name]
    usual = case.weights or (1.0,) * 3
    values = list(introduce(weighed(case.of(3, "logits", splits), usual), STORE))
    members = [member for member, weight in enumerate(usual) if weight]
    return last(values, Panel), findings(last(values, Panel), last(values, Mean), lessons_of(values), members)


def test_three_weak_teachers_are_better_than_one_and_teach_better():
    panel, weak = found("weak")
    assert panel.accuracy.mean() < 0.91
    assert weak.teachers.is_clear
    assert weak.teachers.mean > 0
    assert weak.students.is_clear
    assert weak.students.mean > 0


def test_three_strong_teachers_agree_and_their_mean_is_hardly_another():
    panel, strong = found("strong", splits=3)
    assert panel.agreement.mean() > 0.97
    assert abs(strong.teachers.mean) < 0.01
