import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kd_core.data import source_of
from kd_core.losses import soften
from pages.learn.dark_knowledge.analysis import (
    NUDGES,
    Rivals,
    TeacherOnTest,
    case_of,
    choose_nudge,
    closest_pairs,
    contrast,
    elsewhere,
    most_missing,
    right_by_nudge,
)
from pages.run.claims import CLAIMS, over_splits
from pages.ui.datasets import OFFERED

some_classes = st.sets(st.integers(0, 9), min_size=1, max_size=8).map(lambda classes: tuple(sorted(classes)))


# What the teacher says


def teacher_on(logits, labels):
    logits = np.float32(logits)
    counts = np.bincount(labels, minlength=logits.shape[1])
    return TeacherOnTest(np.zeros((len(labels), 64), np.float32), np.array(labels), logits, counts)


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


def test_a_class_without_an_example_has_no_likeness_and_spoils_no_other():
    similarity = teacher_on([[np.log(3), 0, -99], [0, 0, -99]], [0, 0]).similarity(1.0)
    np.testing.assert_allclose(similarity[0], [0.625, 0.375, 0], atol=1e-6)
    assert np.isnan(similarity[1:]).all()
    assert closest_pairs(similarity, 1) == [(0, 1, pytest.approx(0.375))]
    assert elsewhere(similarity) == pytest.approx(0.375)
    assert contrast(similarity) == pytest.approx(0.375 / (0.375 / 2))


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


def test_the_images_of_some_classes():
    assert teacher_on(np.zeros((5, 3)), [0, 1, 2, 1, 0]).of((0, 2)).tolist() == [0, 2, 4]


# The cases


@pytest.mark.parametrize("dataset", OFFERED)
def test_every_data_set_has_students_without_labels_and_a_first_class_to_leave_out(dataset):
    case, source = case_of(dataset), source_of(dataset)
    assert case.experiment.dataset == dataset
    assert case.experiment.alpha == 0
    assert case.experiment.splits >= 3  # below, nothing can hold
    assert not case.experiment.teacher_network.convolutions
    assert {case.missing, *case.pair, *case.only} <= set(range(source.classes))
    assert 1 <= source.classes - len(case.only) <= source.classes
    assert most_missing(dataset) == source.classes - 2


def test_on_digits_it_is_the_claims_experiment():
    assert case_of("digits").experiment == over_splits(CLAIMS["missing"])


# The nudge


def nudge(logits, missing, size):
    """The definition (2015, section 3): the biases of the left-out classes raised."""
    raised = np.array(logits, dtype=np.float64)
    raised[..., list(missing)] += size
    return raised


@given(some_classes, st.integers(0, 2**32 - 1))
def test_every_nudge_gives_the_answers_of_the_nudged_logits(classes, seed):
    rng = np.random.default_rng(seed)
    logits, answers = rng.normal(0, 4, (2, 3, 6, 10)).astype(np.float32), rng.integers(0, 10, 6)
    expected = [nudge(logits, classes, size).argmax(-1) == answers for size in NUDGES]
    np.testing.assert_array_equal(right_by_nudge(logits, classes, answers), expected)


@given(some_classes, st.integers(0, 2**32 - 1), st.sampled_from(NUDGES.tolist()))
def test_of_all_classes_only_two_rivals_can_win(classes, seed, size):
    logits = np.random.default_rng(seed).normal(0, 4, (3, 6, 10)).astype(np.float32)
    rivals = Rivals.of(logits, classes)
    np.testing.assert_array_equal(rivals.answers(size), nudge(logits, classes, size).argmax(-1))
    assert np.isin(rivals.inside, classes).all()
    assert not np.isin(rivals.outside, classes).any()


def test_the_smallest_nudge_of_those_that_agree_most_is_chosen():
    # The teacher says class 2 on the first image, which takes more than 1.1, and class 0 on the second, up to 3.9.
    logits = np.float32([[2.1, 0, 1], [4.9, 0, 1]])
    assert NUDGES[choose_nudge(logits, (2,), np.array([2, 0]))] == 1.25
    assert NUDGES[choose_nudge(logits, (2,), np.array([0, 0]))] == 0
