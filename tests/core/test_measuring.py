import numpy as np
import pytest
import torch
from torch.nn import functional

from kd_core.cohort import Layout
from kd_core.data import DATASETS, GRID_SIDE, grid_points, load_dataset
from kd_core.measuring import Conditions, Evaluator, Holdouts, Predictions
from tests.core.helpers import cohort_of


def answers_of_first(cohort):
    """What an evaluator asks about further rows: (N, features) to (N, C)."""
    return lambda rows: cohort.member(0).logits(rows)[0]


def cohort_for(name, members=3):
    source = DATASETS[name]
    generators = [torch.Generator().manual_seed(member) for member in range(members)]
    return cohort_of((source.features, 8, source.classes), generators)


def sat(name, t_squared=True):
    """(data, train, test, measures) of three untrained students and a teacher of random predictions."""
    data, cohort = load_dataset(name), cohort_for(name)
    evaluator, generator = Evaluator(data), torch.Generator().manual_seed(9)
    teacher = torch.randn(len(data.test_labels), data.classes, generator=generator)
    test = Holdouts([data], [teacher], [0, 0, 0]).predictions(cohort, Layout(1, 3))
    inputs, labels = torch.from_numpy(data.train_inputs[:60]), torch.from_numpy(data.train_labels[:60])
    teacher_logits = torch.randn(3, 60, data.classes, generator=generator)
    train = Predictions(cohort.logits(inputs), labels.expand(3, -1), teacher_logits)
    conditions = Conditions(torch.tensor([1.0, 2.0, 8.0]), torch.tensor([1.0, 0.0, 0.3]), t_squared)
    return data, train, test, evaluator.measures(train, test, conditions, answers_of_first(cohort))


@pytest.mark.usefixtures("collections")
@pytest.mark.parametrize("name", DATASETS)
def test_predictions_are_of_the_test_set_for_every_network(name):
    data, cohort = load_dataset(name), cohort_for(name)
    predictions = Holdouts([data], [], [0, 0, 0]).predictions(cohort, Layout(1, 3))
    torch.testing.assert_close(predictions.logits, cohort.logits(torch.from_numpy(data.test_inputs)))
    np.testing.assert_array_equal(predictions.labels, np.tile(data.test_labels, (3, 1)))


@pytest.mark.parametrize("t_squared", [True, False])
@pytest.mark.parametrize("part", ["train", "test"])
def test_measures_equal_torch_functional_one_network_at_a_time(part, t_squared):
    _, train, test, measures = sat("digits", t_squared)
    given = train if part == "train" else test
    for k, (temperature, alpha) in enumerate([(1, 1), (2, 0), (8, 0.3)]):
        logits, teacher_logits, labels = given.logits[k], given.teacher_logits[k], given.labels[k]
        log_q, log_p = (z.div(temperature).log_softmax(-1) for z in (logits, teacher_logits))
        soft = functional.kl_div(log_q, log_p, reduction="batchmean", log_target=True)
        soft *= temperature**2 if t_squared else 1
        hard = functional.cross_entropy(logits, labels)
        loss = getattr(measures, f"{part}_loss")
        np.testing.assert_allclose(
            [term[k] for term in loss], [alpha * hard + (1 - alpha) * soft, hard, soft], rtol=1e-4
        )
        right = (logits.argmax(-1) == labels).double().mean()
        assert getattr(measures, f"{part}_accuracy")[k] == pytest.approx(float(right))
        if part == "test":
            alike = (logits.argmax(-1) == teacher_logits.argmax(-1)).double().mean()
            assert measures.agreement[k] == pytest.approx(float(alike))


def test_example_logits_are_the_first_network_s_on_two_examples_a_class():
    data, _, test, measures = sat("digits")
    assert measures.example_logits.shape == (20, 10)
    firsts = [np.flatnonzero(data.test_labels == label)[i] for label in range(10) for i in range(2)]
    np.testing.assert_array_equal(measures.example_logits, test.logits[0, firsts])


def test_the_grid_holds_the_first_network_s_probabilities():
    _, _, _, measures = sat("rings")
    assert measures.grid.shape == (GRID_SIDE**2, 3)
    expected = cohort_for("rings").logits(torch.from_numpy(grid_points()))[0].softmax(-1)
    np.testing.assert_allclose(measures.grid, expected, rtol=1e-5)


def test_a_teacher_is_measured_against_the_labels_and_itself():
    logits, labels = torch.tensor([[[0.0, 2.0], [1.0, 0.0]]]), torch.tensor([[1, 1]])
    loss = Predictions(logits, labels, None).losses(None)
    expected = functional.cross_entropy(logits[0], labels[0])
    np.testing.assert_allclose([loss.total[0], loss.hard[0]], [expected] * 2, rtol=1e-6)
    assert np.isnan(loss.soft).all()
    data, cohort = load_dataset("rings"), cohort_for("rings", members=1)
    test = Holdouts([data], [], [0]).predictions(cohort, Layout(1, 1))
    assert Evaluator(data).measures(test, test, None, answers_of_first(cohort)).agreement.tolist() == [1]


def test_of_a_large_test_set_a_part_is_looked_at_and_measured_as_that_part():
    data, cohort, layout = load_dataset("blobs"), cohort_for("blobs"), Layout(1, 3)
    teacher = torch.randn(500, 4, generator=torch.Generator().manual_seed(9))
    holdouts, evaluator = Holdouts([data], [teacher], [0, 0, 0]), Evaluator(data)
    conditions = conditions_of(*[(4.0, 0.3)] * 3)
    whole, part = (holdouts.predictions(cohort, layout, most) for most in (None, 100))
    torch.testing.assert_close(part.logits, whole.logits[:, :100])
    assert torch.equal(part.labels, whole.labels[:, :100])
    assert torch.equal(part.teacher_logits, whole.teacher_logits[:, :100])
    first = answers_of_first(cohort)
    measured, of_whole = (evaluator.measures(given, given, conditions, first) for given in (part, whole))
    assert (measured.tested, of_whole.tested) == (100, 500)
    assert measured.confusion.sum() == 3 * 100
    expected = (part.logits.argmax(-1) == part.labels).float().mean(-1)
    np.testing.assert_allclose(measured.test_accuracy, expected)
    # Whatever is looked at, pages show the same examples: two a class of the whole test set.
    np.testing.assert_allclose(measured.example_logits, of_whole.example_logits, rtol=1e-4, atol=1e-5)


def test_slices_of_predictions_and_conditions_keep_members_together():
    logits = torch.arange(4.0)[:, None, None]
    part = Predictions(logits, torch.arange(4)[:, None], 10 * logits)[2:]
    conditions = Conditions(torch.arange(4.0), torch.arange(4.0) / 4, False)[2:]
    assert part.logits.flatten().tolist() == [2, 3]
    assert part.labels.flatten().tolist() == [2, 3]
    assert part.teacher_logits.flatten().tolist() == [20, 30]
    assert (conditions.temperature.tolist(), conditions.alpha.tolist()) == ([2, 3], [0.5, 0.75])
    assert not conditions.t_squared


def test_every_seed_is_tested_on_its_own_split_and_beside_its_own_teacher():
    splits = [load_dataset("blobs", seed=seed) for seed in (0, 1)]
    generators = [torch.Generator().manual_seed(member) for member in range(6)]
    cohort, layout = cohort_of((2, 8, 4), generators), Layout(2, 3)
    teachers = torch.randn(2, 500, 4, generator=torch.Generator().manual_seed(9))
    together = Holdouts(splits, teachers, [0, 1, 0]).predictions(cohort, layout)
    for seed, split in enumerate([0, 1, 0]):
        alone = Holdouts([splits[split]], [teachers[split]], [0] * 3).predictions(cohort, layout)
        members = slice(2 * seed, 2 * seed + 2)
        torch.testing.assert_close(together.logits[members], alone.logits[members])
        assert torch.equal(together.labels[members], alone.labels[members])
        assert torch.equal(together.teacher_logits[members], alone.teacher_logits[members])


def conditions_of(*pairs, t_squared=True):
    return Conditions(*map(torch.tensor, zip(*pairs, strict=True)), t_squared)


def test_a_network_has_collapsed_that_gives_one_answer_or_knows_less_than_nothing():
    labels, teacher = torch.tensor([[0, 1]]), torch.tensor([[[2.0, 0.0], [0.0, 2.0]]])
    logits = {
        "sound": [[1.0, 0.0], [0.0, 1.0]],
        "one answer": [[0.1, 0.0], [0.1, 0.0]],
        "run away": [[-9.0, 9.0], [9.0, -9.0]],
    }
    found = {
        name: Predictions(torch.tensor([rows]), labels, teacher).collapsed(conditions_of((4.0, alpha))).tolist()
        for name, rows in logits.items()
        for alpha in (0.3,)
    }
    assert found == {"sound": [False], "one answer": [True], "run away": [True]}


def test_ignorance_costs_ln_c_on_labels_and_on_soft_targets_their_distance_from_equal_shares():
    labels, teacher = torch.tensor([[0, 1]]), torch.tensor([[[2.0, 0.0], [0.0, 2.0]]])
    for shift, collapsed in ((-0.01, True), (0.01, False)):  # a shade worse, a shade better than equal shares
        logits = torch.tensor([[[shift, 0.0], [0.0, shift]]])
        for alpha in (0.0, 1.0):
            judged = Predictions(logits, labels, teacher).collapsed(conditions_of((4.0, alpha)))
            assert judged.tolist() == [collapsed]
    assert Predictions(torch.tensor([[[0.01, 0.0], [0.0, 0.01]]]), labels, None).collapsed(None).tolist() == [False]


def test_a_smoothed_teachers_total_is_what_it_trains_on_and_hard_the_plain_cross_entropy():
    logits, labels = torch.tensor([[[0.0, 2.0], [1.0, 0.0]]]), torch.tensor([[1, 1]])
    loss = Predictions(logits, labels, None).losses(None, label_smoothing=0.2)
    smoothed = functional.cross_entropy(logits[0], labels[0], label_smoothing=0.2)
    np.testing.assert_allclose(loss.total, [smoothed], rtol=1e-6)
    np.testing.assert_allclose(loss.hard, [functional.cross_entropy(logits[0], labels[0])], rtol=1e-6)
