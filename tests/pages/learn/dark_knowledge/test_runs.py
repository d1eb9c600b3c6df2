import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kd_core.data import load_dataset
from kd_core.losses import soften
from pages.learn.dark_knowledge import runs as missing
from pages.learn.dark_knowledge.analysis import (
    ALONE,
    CONDITIONS,
    EXPERIMENT,
    NUDGES,
    Lesson,
    Result,
    Stage,
    TeacherOnTest,
    choose_nudge,
    closest_pairs,
    contrast,
    elsewhere,
    gain,
    nudge,
    right_by_nudge,
)

DATA = load_dataset("digits")
T1, T4, T8, T20 = (CONDITIONS.index((temperature, 0.0)) for temperature in (1, 4, 8, 20))
SEVEN_AND_EIGHT_ONLY = (0, 1, 2, 3, 4, 5, 6, 9)
some_classes = st.sets(st.integers(0, 9), min_size=1, max_size=8).map(lambda classes: tuple(sorted(classes)))


def result_of(*classes):
    *_, result = missing.leave_out(classes)
    assert isinstance(result, Result)
    return result


@pytest.fixture(scope="module")
def without_3():
    return result_of(3)


# What the teacher says


def teacher_on(logits, labels):
    return TeacherOnTest(np.zeros((len(labels), 64), np.float32), np.array(labels), np.float32(logits))


def test_similarity_is_the_mean_soft_target_of_each_true_class():
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(0, 5, (40, 10)), np.arange(40) % 10
    found = teacher_on(logits, labels).similarity(4.0)
    soft = soften(torch.tensor(logits, dtype=torch.float32), 4.0).numpy()
    np.testing.assert_allclose(found, [soft[labels == label].mean(axis=0) for label in range(10)], atol=1e-6)
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_similarity_by_hand():
    teacher = teacher_on([[np.log(3), 0], [0, 0], [0, np.log(4)]], [0, 0, 1])
    np.testing.assert_allclose(teacher.similarity(1.0), [[0.625, 0.375], [0.2, 0.8]], rtol=1e-6)
    np.testing.assert_allclose(teacher.similarity(2.0)[1], [1 / 3, 2 / 3], rtol=1e-6)


def test_what_a_map_says_by_hand():
    similarity = np.array([[0.7, 0.2, 0.1], [0.0, 0.9, 0.1], [0.3, 0.3, 0.4]])
    assert closest_pairs(similarity, 3) == [(2, 0, 0.3), (2, 1, 0.3), (0, 1, 0.2)]
    assert elsewhere(similarity) == pytest.approx((0.3 + 0.1 + 0.6) / 3)
    assert contrast(similarity) == pytest.approx(0.3 / (1.0 / 6))


def test_the_share_that_comes_from_errors_by_hand():
    # On the true class 3/4 and 1/4: elsewhere 1/4 of a right answer and 3/4 of a wrong one.
    teacher = teacher_on([[np.log(3), 0], [np.log(3), 0]], [0, 1])
    assert teacher.wrong == 1
    assert teacher.share_from_errors(1.0) == pytest.approx(0.75)


def test_the_images_most_like_another_class_come_first():
    teacher = teacher_on([[5, 1, 0], [5, 3, 0], [0, 9, 0], [5, 2, 0]], [0, 0, 1, 0])
    ids, probability = teacher.most_alike(0, 1, 1.0, 2)
    assert ids.tolist() == [1, 3]
    assert probability[0] == pytest.approx(np.exp(3) / (np.exp(5) + np.exp(3) + 1), rel=1e-6)


def test_the_real_teacher_spreads_out_and_evens_out_as_t_rises():
    *_, teacher = missing.teach()
    maps = [teacher.similarity(temperature) for temperature in (1, 2, 4, 8, 20)]
    assert np.all(np.diff([elsewhere(each) for each in maps]) > 0)
    assert np.all(np.diff([contrast(each) for each in maps]) < 0)
    assert np.all(np.diff([teacher.share_from_errors(temperature) for temperature in (1, 2, 4, 8, 20)]) < 0)


def test_the_teacher_is_seen_at_every_epoch_and_trained_once(monkeypatch):
    monkeypatch.setattr(missing, "_teachers", {})
    monkeypatch.setattr(missing, "EXPERIMENT", EXPERIMENT.replace(teacher="8", teacher_epochs=2))
    *lessons, teacher = missing.teach()
    assert [(lesson.epoch, lesson.epochs) for lesson in lessons] == [(0, 2), (1, 2), (2, 2)]
    assert lessons[-1].accuracy == pytest.approx((teacher.logits.argmax(1) == teacher.labels).mean())
    (again,) = missing.teach()
    np.testing.assert_array_equal(again.logits, teacher.logits)


# The transfer set


@given(some_classes)
def test_the_transfer_set_holds_no_left_out_class_and_everything_else(classes):
    seen, kept = missing.without(DATA, classes)
    assert not np.isin(seen.train_labels, classes).any()
    np.testing.assert_array_equal(DATA.train_inputs[kept], seen.train_inputs)
    assert np.isin(np.delete(DATA.train_labels, kept), classes).all()
    np.testing.assert_array_equal(seen.test_labels, DATA.test_labels)


def test_no_student_is_given_an_image_of_a_left_out_class(monkeypatch):
    built, real = [], missing.Students
    monkeypatch.setattr(missing, "Students", lambda *arguments: built.append(real(*arguments)) or built[-1])
    next(value for value in missing.leave_out((3, 8)) if isinstance(value, Stage))
    (students,) = built
    assert students.transfer.labels.shape == (EXPERIMENT.seeds, int((~np.isin(DATA.train_labels, (3, 8))).sum()))
    assert not torch.isin(students.transfer.labels, torch.tensor([3, 8])).any()
    images = {image.tobytes() for image in DATA.train_inputs[np.isin(DATA.train_labels, (3, 8))]}
    assert images.isdisjoint(image.numpy().tobytes() for image in students.transfer.inputs[0])


def test_a_student_hears_the_teacher_on_its_own_images(monkeypatch):
    built, real = [], missing.Students
    monkeypatch.setattr(missing, "Students", lambda *arguments: built.append(real(*arguments)) or built[-1])
    next(value for value in missing.leave_out((3,)) if isinstance(value, Stage))
    position = {image.tobytes(): i for i, image in enumerate(DATA.train_inputs)}
    (teacher,) = missing._teachers.values()
    for seed in range(2):
        order = [position[image.numpy().tobytes()] for image in built[0].transfer.inputs[seed]]
        np.testing.assert_array_equal(built[0].transfer.teacher_logits[seed], teacher.train_logits[order])


@pytest.mark.parametrize("classes", [(), (3, 3), (8, 3), (10,), (-1,), tuple(range(9))])
def test_what_cannot_be_left_out_is_refused(classes):
    with pytest.raises(ValueError, match="is not allowed: 1 to 8 of the 10 classes"):
        next(missing.leave_out(classes))


# The nudge


@given(some_classes, st.integers(0, 2**32 - 1))
def test_every_nudge_gives_the_answers_of_the_nudged_logits(classes, seed):
    rng = np.random.default_rng(seed)
    logits, answers = rng.normal(0, 4, (2, 3, 6, 10)).astype(np.float32), rng.integers(0, 10, 6)
    expected = [nudge(logits, classes, size).argmax(-1) == answers for size in NUDGES]
    np.testing.assert_array_equal(right_by_nudge(logits, classes, answers), expected)


def test_no_nudge_changes_nothing_and_leaves_the_logits_alone():
    logits = np.float32([[1, 2, 3]])
    np.testing.assert_array_equal(nudge(logits, (1,), 0), logits)
    np.testing.assert_array_equal(nudge(logits, (1,), 2.5), [[1, 4.5, 3]])
    np.testing.assert_array_equal(logits, [[1, 2, 3]])


def test_the_smallest_nudge_of_those_that_agree_most_is_chosen():
    # The teacher says class 2 on the first image, which takes more than 1.1, and class 0 on the second, up to 3.9.
    logits = np.float32([[2.1, 0, 1], [4.9, 0, 1]])
    assert NUDGES[choose_nudge(logits, (2,), np.array([2, 0]))] == 1.25
    assert NUDGES[choose_nudge(logits, (2,), np.array([0, 0]))] == 0


def test_the_nudge_is_chosen_without_a_look_at_the_test_set(monkeypatch):
    monkeypatch.setattr(missing, "STEPS", 60)
    rng, real = np.random.default_rng(0), missing.data_of
    first = result_of(3)

    def with_another_test_set(experiment):
        data = real(experiment)
        order = rng.permutation(len(data.test_labels))
        return type(data)(
            data.name,
            data.train_inputs,
            data.train_labels,
            rng.random(data.test_inputs.shape, np.float32),
            data.test_labels[order],
        )

    monkeypatch.setattr(missing, "data_of", with_another_test_set)
    second = result_of(3)
    np.testing.assert_array_equal(first.chosen, second.chosen)
    assert not np.array_equal(first.shares.overall, second.shares.overall)


# What is found


def test_alone_a_class_never_seen_is_never_named(without_3):
    assert (without_3.before(ALONE).missing == 0).all()
    assert without_3.amount(ALONE) == "none"


def test_from_soft_targets_alone_it_is_learned_and_better_at_high_t(without_3):
    shares = [without_3.before(condition).missing for condition in range(len(CONDITIONS))]
    assert gain(shares[T8], shares[ALONE]).low > 30
    assert gain(shares[T20], shares[ALONE]).low > 50
    for lower, higher in ((T1, T4), (T4, T8), (T8, T20)):
        assert gain(shares[higher], shares[lower]).low > 0
    assert without_3.amount(T20) == "most"


def test_higher_t_says_more_of_the_left_out_class(without_3):
    assert without_3.heard[ALONE] == 0
    assert np.all(np.diff(without_3.heard) > 0)


@pytest.mark.parametrize("condition", [T4, T8, T20])
def test_a_nudge_chosen_on_training_images_names_still_more(without_3, condition):
    before, after = without_3.before(condition), without_3.after(condition)
    assert gain(after.missing, before.missing).low > 5
    assert gain(after.overall, before.overall).low > 0


def test_nudged_too_the_student_alone_stays_behind(without_3):
    alone, distilled = without_3.after(ALONE), without_3.after(T20)
    assert gain(distilled.missing, alone.missing).low > 20
    assert gain(distilled.overall, alone.overall).low > 3


def test_two_digits_are_enough_to_learn_of_eight_more():
    result = result_of(*SEVEN_AND_EIGHT_ONLY)
    assert np.flatnonzero(result.transfer_counts).tolist() == [7, 8]
    assert gain(result.after(T20).overall, result.after(ALONE).overall).low > 20
    assert gain(result.after(T20).overall, result.before(T20).overall).low > 20


def test_shares_add_up(without_3):
    left_out, others = without_3.test_counts
    assert (left_out, others) == (int((DATA.test_labels == 3).sum()), int((DATA.test_labels != 3).sum()))
    both = (left_out * without_3.shares.missing + others * without_3.shares.others) / len(DATA.test_labels)
    np.testing.assert_allclose(without_3.shares.overall, both)
    assert without_3.shares.overall.shape == (len(NUDGES), len(CONDITIONS), EXPERIMENT.seeds)


def test_what_is_shown_of_examples_is_what_the_first_students_say(without_3):
    assert (without_3.labels == 3).all()
    np.testing.assert_array_equal(without_3.inputs, DATA.test_inputs[DATA.test_labels == 3][: len(without_3.labels)])
    for condition in range(len(CONDITIONS)):
        nudged = without_3.logits[condition].copy()
        nudged[:, 3] += NUDGES[without_3.chosen[condition, 0]]
        plain = without_3.logits[condition].argmax(1)
        np.testing.assert_array_equal(without_3.answers(condition, nudged=False), plain)
        np.testing.assert_array_equal(without_3.answers(condition, nudged=True), nudged.argmax(1))


def test_stages_lead_from_no_step_to_the_last_and_to_the_result(monkeypatch):
    monkeypatch.setattr(missing, "STEPS", 60)
    values = [value for value in missing.leave_out((3,)) if not isinstance(value, Lesson)]
    *stages, result = values
    steps = [stage.step for stage in stages]
    assert steps[0] == 0
    assert steps == sorted(set(steps))
    assert steps[-1] == stages[-1].steps
    for shown, final in zip(stages[-1].shares, result.shares, strict=True):
        np.testing.assert_array_equal(shown, final[0])
    again = result_of(3)
    np.testing.assert_array_equal(again.shares.overall, result.shares.overall)
