"""The computations behind the questions, against values worked by hand, other libraries, and the runs they open."""

import numpy as np
import pytest
import torch
from scipy.special import rel_entr, softmax
from scipy.stats import entropy

from kd_core import run
from kd_core.data import load_dataset
from kd_core.experiment import Condition, Experiment
from kd_core.teaching import teacher_of
from pages.learn.check import runs as answers
from pages.learn.check.questions import QUESTIONS, Evidence
from tests.core.helpers import module_of

SMALL = Experiment(teacher="32", teacher_epochs=8, student="8", epochs=6, seeds=3)


def last(evidences):
    *_, found = evidences
    return found


@pytest.fixture(scope="module")
def logits():
    """The teacher's logits for the digit that the questions show."""
    (given,) = answers.digit(SMALL)
    return given.chart.series["teacher"]


def test_the_digit_is_held_out_and_the_teacher_right_about_it_and_least_sure(logits):
    (given,) = answers.digit(SMALL)
    data, test = load_dataset("digits"), teacher_of(SMALL).logits.test[0].numpy()
    shown = np.flatnonzero((data.test_inputs.reshape(-1, 8, 8) == given.images[0]).all(axis=(1, 2)))
    right = test.argmax(1) == data.test_labels
    unsure = entropy(softmax(test, axis=1), axis=1)
    assert len(shown) == 1
    assert right[shown[0]]
    assert given.labels[0] == data.test_labels[shown[0]] == logits.argmax()
    assert unsure[shown[0]] == unsure[right].max()


def test_a_shift_leaves_the_soft_targets_as_they_are(logits):
    found = last(answers.shift(SMALL, 5.0))
    assert found.numbers["change"] < 1e-12
    for targets in found.chart.series.values():
        np.testing.assert_allclose(targets, softmax(logits / 4), atol=1e-12)
    assert found.numbers["entropy_before"] == pytest.approx(entropy(softmax(logits / 4)))


def test_the_entropy_rises_to_the_logarithm_of_ten(logits):
    found = last(answers.uniform(SMALL, 1000.0))
    curve = found.chart.series["teacher"]
    assert (np.diff(curve) > 0).all()
    assert curve[0] == pytest.approx(entropy(softmax(logits)))
    assert found.chart.x[-1] == pytest.approx(1000)
    assert found.numbers["entropy"] == pytest.approx(2.302585, abs=1e-3)
    assert found.numbers["limit"] == pytest.approx(2.302585, abs=1e-6)


def test_the_order_is_shown_at_one_and_at_the_experiments_temperature(logits):
    found = last(answers.order(SMALL.replace(temperature=20.0)))
    np.testing.assert_allclose(found.chart.series["plain"], softmax(logits))
    np.testing.assert_allclose(found.chart.series["soft"], softmax(logits / 20))
    assert found.numbers["top_after"] == pytest.approx(100 * softmax(logits / 20).max())
    assert QUESTIONS["order"].answer(found) == "same"


def test_both_divergences_are_those_of_the_rows_that_are_shown():
    experiment = SMALL.replace(temperature=2.0)
    (given,) = answers.opinions(experiment)
    p, q = given.chart.series["teacher"], given.chart.series["alone"]
    found = last(answers.symmetric(experiment))
    assert found.numbers["forward"] == pytest.approx(rel_entr(p, q).sum())
    assert found.numbers["backward"] == pytest.approx(rel_entr(q, p).sum())
    for name, number in found.numbers.items():
        assert found.chart.series[name].sum() == pytest.approx(number)


def test_parameters_are_counted_as_by_hand():
    found = last(answers.smaller(Experiment()))
    np.testing.assert_array_equal(found.chart.series["teacher"], [65 * 256, 257 * 256, 257 * 10])
    np.testing.assert_array_equal(found.chart.series["distilled"], [65 * 16, 0, 17 * 10])
    assert found.numbers == {"teacher_parameters": 85002, "student_parameters": 1210, "times": 85002 / 1210}


def test_only_alpha_one_gives_the_student_without_a_teacher():
    found = last(answers.alpha(SMALL.replace(alpha=1.0)))
    assert found.numbers["distance_one"] == 0
    assert min(found.numbers["distance_zero"], found.numbers["distance_half"]) > 0.01
    *_, end = run(SMALL.replace(alpha=0.5))
    assert found.numbers["alone"] == pytest.approx(100 * end.actors["alone"].test_accuracy.mean(), abs=1e-3)
    assert found.numbers["accuracy_one"] == pytest.approx(found.numbers["alone"], abs=1e-3)
    assert found.numbers["accuracy_half"] == pytest.approx(100 * end.actors["distilled"].test_accuracy.mean(), abs=1e-3)


def test_the_gradient_is_the_closed_form_and_shrinks_with_the_square_at_high_temperature():
    found = last(answers.shrink(SMALL, 8.0, 16.0))
    logits = teacher_of(SMALL).logits.train
    students = answers.Students(SMALL, [load_dataset("digits")], logits, [Condition(1.0, 1.0)], [0])
    (ids,) = students.transfer.ids
    z = module_of(students.cohort, 0)(students.transfer.inputs.rows(ids)).detach().double()
    v = logits[0, students.transfer.logit_ids[0]].double()
    for temperature, without, scaled in zip(found.chart.x, *reversed(found.chart.series.values()), strict=True):
        by_hand = ((z / temperature).softmax(1) - (v / temperature).softmax(1)).norm() / temperature / len(z)
        assert without == pytest.approx(float(by_hand))
        assert scaled == pytest.approx(temperature**2 * without)
    at = dict(zip(found.chart.x, found.chart.series["without"], strict=True))
    assert found.numbers["ratio"] == pytest.approx(at[8.0] / at[16.0])
    assert found.numbers["ratio"] == pytest.approx(4, rel=0.05)


def test_the_pairs_are_those_of_the_run_that_the_link_opens():
    found = last(answers.few(SMALL))
    *_, end = run(SMALL)
    for actor, accuracy in found.chart.series.items():
        np.testing.assert_allclose(accuracy, 100 * end.actors[actor].test_accuracy, atol=1e-3)
    gap = found.chart.series["distilled"] - found.chart.series["alone"]
    assert found.differences["gain"].n == SMALL.seeds
    assert found.differences["gain"].mean == pytest.approx(gap.mean())
    assert found.numbers["alone"] == pytest.approx(found.chart.series["alone"].mean())


def test_a_sure_teachers_entropy_is_measured_on_its_training_set():
    experiment = SMALL.replace(temperature=1.0, alpha=0.0)
    found = last(answers.sure(experiment, 4.0))
    train = teacher_of(experiment).logits.train[0].numpy().astype(float)
    at = dict(zip(found.chart.x, found.chart.series["teacher"], strict=True))
    for temperature, share in ((1.0, found.means["share"].mean), (4.0, found.numbers["softer"])):
        by_hand = 100 * entropy(softmax(train / temperature, axis=1), axis=1).mean() / np.log(10)
        assert share == pytest.approx(by_hand)
        assert at[temperature] == pytest.approx(by_hand)
    *_, end = run(experiment)
    gain = end.actors["distilled"].test_accuracy - end.actors["alone"].test_accuracy
    assert found.differences["plain"].mean == pytest.approx(100 * gain.mean(), abs=1e-3)


def test_a_student_of_a_bad_teacher_agrees_more_and_is_less_accurate():
    experiment = QUESTIONS["ranking"].experiment.replace(epochs=20, splits=5, seeds=5)
    found = last(answers.ranking(experiment))
    assert QUESTIONS["ranking"].answer(found) == "opposite"
    *_, end = run(experiment)
    for who in ("alone", "distilled"):
        measures = end.actors[who]
        np.testing.assert_allclose(found.chart.series[f"agreement_{who}"], 100 * measures.agreement, atol=1e-3)
        np.testing.assert_allclose(found.chart.series[f"accuracy_{who}"], 100 * measures.test_accuracy, atol=1e-3)


def test_without_the_square_adam_learns_the_same_and_sgd_much_less():
    experiment = SMALL.replace(alpha=0.0, epochs=20, t_squared=False)
    found = last(answers.adam(experiment, 0.1))
    assert abs(found.differences["gain"].mean) < 1
    assert found.differences["sgd"].mean > 5
    *_, end = run(experiment)
    accuracy = 100 * end.actors["distilled"].test_accuracy
    np.testing.assert_allclose(found.chart.series["adam_without"], accuracy, atol=1e-3)


def test_a_missing_class_is_learnt_from_soft_targets_only():
    experiment = QUESTIONS["missing"].experiment.replace(seeds=3, splits=3)
    found = last(answers.missing(experiment, 3))
    assert found.numbers["alone"] == found.numbers["plain"] == 0
    assert QUESTIONS["missing"].answer(found) == "many"
    assert found.means["recall"].mean == pytest.approx(found.chart.series["soft"].mean())
    assert found.means["recall"].n == 3


def test_a_missing_class_is_in_no_picture_and_has_no_examples():
    (given,) = answers.sample(SMALL.replace(labels=0), 3)
    labels = load_dataset("digits").train_labels
    assert 3 not in given.labels
    expected = np.bincount(labels, minlength=10) * (np.arange(10) != 3)
    np.testing.assert_array_equal(given.chart.series["examples"], expected)


def test_the_sample_is_what_the_first_pair_learns_from():
    (given,) = answers.sample(SMALL)
    data = load_dataset("digits")
    zeros = torch.zeros(len(data.train_labels), 10)
    transfer = answers.Students(SMALL, [data], [zeros], [Condition(1.0, 1.0)], [0]).transfer
    np.testing.assert_array_equal(given.labels, transfer.labels[0, : answers.SHOWN])
    shown = transfer.inputs.rows(transfer.ids[0, : answers.SHOWN])
    np.testing.assert_array_equal(given.images.reshape(-1, 64), shown)


@pytest.mark.parametrize("name", ["alpha", "few", "missing"])
def test_a_run_shows_its_progress_and_ends_complete(name):
    experiment = SMALL.replace(epochs=12)
    arguments = QUESTIONS[name].settings.values()
    found = list(getattr(answers, name)(experiment, *arguments))
    done = [evidence.done for evidence in found]
    assert len(done) > 5
    assert done == sorted(set(done))
    assert done[-1] == 1
    assert all(isinstance(evidence, Evidence) for evidence in found)


def test_over_splits_the_pairs_are_those_of_the_run_and_the_interval_is_over_splits():
    experiment = SMALL.replace(splits=3, seeds=6)
    found = last(answers.few(experiment))
    *_, end = run(experiment)
    for actor, accuracy in found.chart.series.items():
        np.testing.assert_allclose(accuracy, 100 * end.actors[actor].test_accuracy, atol=1e-3)
    gap = (found.chart.series["distilled"] - found.chart.series["alone"]).reshape(2, 3).mean(0)
    gain = found.differences["gain"]
    assert (gain.n, gain.splits) == (6, 3)
    assert gain.std == pytest.approx(gap.std(ddof=1))


def test_a_missing_class_is_asked_for_on_each_splits_own_test_set():
    experiment = QUESTIONS["missing"].experiment.replace(epochs=3, splits=2, seeds=2)
    recall = last(answers.missing(experiment, 3)).chart.series
    for split, one in enumerate(experiment.by_split):
        threes = int((one.load_data().test_labels == 3).sum())
        for values in recall.values():
            assert (values[split] * threes / 100) % 1 == pytest.approx(0, abs=1e-9) or np.isnan(values[split])


def test_a_collapsed_student_takes_no_part_and_is_counted():
    dead = SMALL.replace(optimizer="sgd", learning_rate=30.0, temperature=20.0, alpha=0.0, epochs=20)
    found = last(answers.few(dead))
    assert found.collapsed == 3
    assert np.isnan(found.chart.series["distilled"]).all()
    assert found.differences["gain"].n == 0
    assert QUESTIONS["few"].answer(found) == "unclear"
