from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kd_core.data import without_classes
from kd_core.students import Students
from pages.learn.dark_knowledge import runs
from pages.learn.dark_knowledge.analysis import (
    ALONE,
    CONDITIONS,
    NUDGES,
    Result,
    Stage,
    TeacherProgress,
    case_of,
    contrast,
    elsewhere,
)
from pages.learn.dark_knowledge.runs import train_teachers, train_without

EXPERIMENT = case_of("digits").experiment
ALL_DATA = EXPERIMENT.load_splits()
DATA = ALL_DATA[0]
OF_SEEDS = [EXPERIMENT.split_of(seed) for seed in range(EXPERIMENT.seeds)]
TEACHERS = {}  # trained once for all tests
T1, T4, T8, T20 = (CONDITIONS.index((temperature, 0.0)) for temperature in (1, 4, 8, 20))
SEVEN_AND_EIGHT_ONLY = (0, 1, 2, 3, 4, 5, 6, 9)
some_classes = st.sets(st.integers(0, 9), min_size=1, max_size=8).map(lambda classes: tuple(sorted(classes)))


def result_of(*classes, **settings):
    *_, result = train_without(classes, **{"experiment": EXPERIMENT, "teachers": TEACHERS} | settings)
    assert isinstance(result, Result)
    return result


def students_without(*classes):
    """The students that are trained without these classes, as they are at the first stage."""
    built = []

    def make(*arguments, **named):
        built.append(Students(*arguments, **named))
        return built[-1]

    stages = train_without(classes, experiment=EXPERIMENT, teachers=TEACHERS, make_students=make)
    next(value for value in stages if isinstance(value, Stage))
    (students,) = built
    return students


@pytest.fixture(scope="module")
def without_3():
    return result_of(3)


# The teacher


def test_the_real_teacher_spreads_out_and_evens_out_as_t_rises():
    *_, teacher = train_teachers(EXPERIMENT)
    maps = [teacher.similarity(temperature) for temperature in (1, 2, 4, 8, 20)]
    assert np.all(np.diff([elsewhere(each) for each in maps]) > 0)
    assert np.all(np.diff([contrast(each) for each in maps]) < 0)
    assert np.all(np.diff([teacher.share_from_errors(temperature) for temperature in (1, 2, 4, 8, 20)]) < 0)


def test_the_teacher_is_seen_at_every_epoch_and_trained_once():
    small, teachers = EXPERIMENT.replace(teacher="8", teacher_epochs=2), {}
    *seen, teacher = train_teachers(small, teachers=teachers)
    assert [(progress.epoch, progress.epochs) for progress in seen] == [(0, 2), (1, 2), (2, 2)]
    assert seen[-1].accuracy == pytest.approx((teacher.logits.argmax(1) == teacher.labels).mean())
    (again,) = train_teachers(small, teachers=teachers)
    np.testing.assert_array_equal(again.logits, teacher.logits)


# The transfer set


@given(some_classes)
def test_the_transfer_set_holds_no_left_out_class_and_everything_else(classes):
    seen, kept = without_classes(DATA, classes)
    assert not np.isin(seen.train_labels, classes).any()
    np.testing.assert_array_equal(DATA.train_inputs[kept], seen.train_inputs)
    assert np.isin(np.delete(DATA.train_labels, kept), classes).all()
    np.testing.assert_array_equal(seen.test_labels, DATA.test_labels)


def test_no_student_is_given_an_image_of_a_left_out_class():
    students = students_without(3, 8)
    smallest = min(int((~np.isin(one.train_labels, (3, 8))).sum()) for one in ALL_DATA)
    assert students.transfer.labels.shape == (EXPERIMENT.seeds, smallest)
    assert not torch.isin(students.transfer.labels, torch.tensor([3, 8])).any()
    for seed, split in enumerate(OF_SEEDS):
        data = ALL_DATA[split]
        images = {image.tobytes() for image in data.train_inputs[np.isin(data.train_labels, (3, 8))]}
        seen = students.transfer.inputs.rows(students.transfer.ids[seed])
        assert images.isdisjoint(image.numpy().tobytes() for image in seen)


def test_a_student_has_the_teachers_logits_on_its_own_images():
    transfer = students_without(3).transfer
    (teacher,) = TEACHERS.values()
    for seed, split in enumerate(OF_SEEDS[:12]):
        position = {image.tobytes(): i for i, image in enumerate(ALL_DATA[split].train_inputs)}
        order = [position[image.numpy().tobytes()] for image in transfer.inputs.rows(transfer.ids[seed])]
        found = transfer.teacher_logits[transfer.logit_ids[seed]]
        np.testing.assert_array_equal(found, teacher.logits.train[split, order])


@pytest.mark.parametrize("classes", [(), (3, 3), (8, 3), (10,), (-1,), tuple(range(9))])
def test_what_cannot_be_left_out_is_refused(classes):
    with pytest.raises(ValueError, match="is not allowed: 1 to 8 of the 10 classes"):
        next(train_without(classes, experiment=EXPERIMENT))


# What is found


def test_the_nudge_is_chosen_without_a_look_at_the_test_set():
    rng = np.random.default_rng(0)

    def with_another_test_set(data):
        inputs, labels = data.inputs.copy(), data.labels.copy()
        inputs[data.test_ids] = rng.random(data.test_inputs.shape, np.float32)
        labels[data.test_ids] = rng.permutation(data.test_labels)
        return replace(data, inputs=inputs, labels=labels)

    other = [with_another_test_set(one) for one in ALL_DATA]
    first, second = result_of(3, steps=60), result_of(3, steps=60, data=other)
    np.testing.assert_array_equal(first.chosen, second.chosen)
    assert not np.array_equal(first.accuracies.overall, second.accuracies.overall)


def test_alone_a_class_never_seen_is_never_named(without_3):
    assert (without_3.before(ALONE).missing == 0).all()
    assert without_3.amount(ALONE) == "none"


def test_from_soft_targets_alone_it_is_learned_and_better_at_high_t(without_3):
    shares = [without_3.before(condition).missing for condition in range(len(CONDITIONS))]
    assert without_3.difference(shares[T8], shares[ALONE]).next_low > 0.3
    assert without_3.difference(shares[T20], shares[ALONE]).next_low > 0.5
    for lower, higher in ((T1, T4), (T4, T8), (T8, T20)):
        assert without_3.difference(shares[higher], shares[lower]).low > 0
    assert without_3.amount(T20) == "most"
    assert "none" not in without_3.amounts(T20)


def test_higher_t_says_more_of_the_left_out_class(without_3):
    assert without_3.missing_mass[ALONE] == 0
    assert np.all(np.diff(without_3.missing_mass) > 0)


@pytest.mark.parametrize("condition", [T4, T8, T20])
def test_a_nudge_chosen_on_training_images_names_still_more(without_3, condition):
    before, after = without_3.before(condition), without_3.after(condition)
    assert without_3.difference(after.missing, before.missing).low > 0.05
    assert without_3.difference(after.overall, before.overall).low > 0


def test_nudged_too_the_student_alone_stays_behind(without_3):
    alone, distilled = without_3.after(ALONE), without_3.after(T20)
    assert without_3.difference(distilled.missing, alone.missing).low > 0.2
    assert without_3.difference(distilled.overall, alone.overall).low > 0.03


def test_the_nudge_brings_out_what_was_heard_at_t_1_and_more_than_alone(without_3):
    cold, alone = without_3.after(T1), without_3.after(ALONE)
    assert cold.missing.mean() > 0.3
    assert without_3.before(T1).missing.mean() < 0.01
    assert without_3.difference(cold.missing, alone.missing).next_low > 0


def test_what_is_heard_of_the_left_out_class_stays_below_an_even_share(without_3):
    assert without_3.missing_mass[T20] < 1 / 10


def test_the_nudge_costs_on_the_other_digits_and_most_where_few_are_left(without_3):
    few = result_of(*SEVEN_AND_EIGHT_ONLY)
    cost, more = (r.difference(r.after(T20).others, r.before(T20).others) for r in (without_3, few))
    assert cost.high < 0
    assert more.high < -0.1


def test_two_digits_are_enough_to_learn_of_eight_more():
    result = result_of(*SEVEN_AND_EIGHT_ONLY)
    assert np.flatnonzero(result.transfer_counts).tolist() == [7, 8]
    assert result.difference(result.after(T20).overall, result.after(ALONE).overall).low > 0.2
    assert result.difference(result.after(T20).overall, result.before(T20).overall).low > 0.2


def test_shares_add_up(without_3):
    left_out, others = without_3.test_counts
    assert (left_out, others) == (int((DATA.test_labels == 3).sum()), int((DATA.test_labels != 3).sum()))
    threes = np.array([(ALL_DATA[split].test_labels == 3).sum() for split in OF_SEEDS])
    rest = len(DATA.test_labels) - threes
    both = (threes * without_3.accuracies.missing + rest * without_3.accuracies.others) / len(DATA.test_labels)
    np.testing.assert_allclose(without_3.accuracies.overall, both)
    assert without_3.accuracies.overall.shape == (len(NUDGES), len(CONDITIONS), EXPERIMENT.seeds)


def test_the_first_students_answers_are_those_that_its_accuracies_count(without_3):
    np.testing.assert_array_equal(without_3.inputs, DATA.test_inputs)
    np.testing.assert_array_equal(without_3.labels, DATA.test_labels)
    left_out = DATA.test_labels == 3
    for at, size in enumerate(NUDGES):
        right = without_3.rivals.answers(size) == DATA.test_labels
        counted = [right[:, left_out].mean(1), right[:, ~left_out].mean(1), right.mean(1)]
        np.testing.assert_allclose(counted, [values[at, :, 0] for values in without_3.accuracies])


def test_stages_lead_from_no_step_to_the_last_and_to_the_result():
    values = train_without((3,), experiment=EXPERIMENT, steps=60, teachers=TEACHERS)
    *stages, result = (value for value in values if not isinstance(value, TeacherProgress))
    steps = [stage.step for stage in stages]
    assert steps[0] == 0
    assert steps == sorted(set(steps))
    assert steps[-1] == stages[-1].steps
    for shown, final in zip(stages[-1].accuracies, result.accuracies, strict=True):
        kept = ~np.isnan(final[0])  # so early, some have not begun to learn
        np.testing.assert_array_equal(shown[kept], final[0][kept])
    again = result_of(3, steps=60)
    np.testing.assert_array_equal(again.accuracies.overall, result.accuracies.overall)


# Other data


def test_on_a_table_too_a_class_is_learned_that_was_never_seen():
    experiment, teachers = case_of("wine").experiment, {}
    *_, teacher = train_teachers(experiment, teachers=teachers)
    data = experiment.load_data()
    np.testing.assert_array_equal(teacher.inputs, data.test_inputs)
    np.testing.assert_array_equal(teacher.counts, np.bincount(data.test_labels))
    result = result_of(1, experiment=experiment, teachers=teachers)
    assert np.flatnonzero(result.transfer_counts).tolist() == [0, 2]
    assert (result.before(ALONE).missing == 0).all()
    assert result.difference(result.before(T20).missing, result.before(ALONE).missing).low > 0.1
    assert result.difference(result.after(T20).missing, result.before(T20).missing).low > 0.1


def test_of_more_data_students_see_a_part_and_a_part_is_shown(monkeypatch):
    few = {"ON_THE_WALL": 20, "look_of": lambda examples: min(examples, 50)}
    for name, value in few.items():
        monkeypatch.setattr(runs, name, value)
    experiment, teachers = EXPERIMENT.replace(labels=40, splits=3, seeds=3, teacher_epochs=3), {}
    *_, teacher = train_teachers(experiment, teachers=teachers)
    *_, stage, result = train_without((3,), experiment=experiment, steps=20, teachers=teachers)
    assert result.transfer_counts.sum() == 40
    assert result.transfer_counts[3] == 0
    assert (len(teacher.inputs), teacher.counts.sum()) == (20, 500)
    assert (len(result.inputs), result.rivals.distance.shape) == (20, (len(CONDITIONS), 20))
    assert sum(result.test_counts) == 500
    splits = experiment.load_splits()
    threes = np.array([(one.test_labels == 3).sum() for one in splits])
    shares = result.accuracies.missing[0] * threes
    kept = ~np.isnan(shares)
    np.testing.assert_allclose(shares[kept], np.round(shares[kept]))  # of the whole test set at last
    threes = np.array([(one.test_labels[:50] == 3).sum() for one in splits])
    np.testing.assert_allclose(stage.accuracies.missing * threes, np.round(stage.accuracies.missing * threes))


def test_a_class_that_a_test_set_lacks_has_no_share():
    right, labels = np.ones((2, 3), bool), np.array([[0, 1, 1], [1, 1, 1]])
    found = runs._accuracies(right, labels, (0,))
    np.testing.assert_array_equal(found.missing, [1, np.nan])
    assert (found.others == 1).all()
