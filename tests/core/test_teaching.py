"""Teachers of every kind: what they give is what was trained or fitted, and an ensemble is what its formula says."""

import numpy as np
import pytest
import torch
from sklearn.ensemble import RandomForestClassifier

from kd_core import metrics
from kd_core.data import DataError, without_classes
from kd_core.experiment import Experiment
from kd_core.kinds import KINDS
from kd_core.teaching import combine, teacher_key, teacher_of, train_teacher
from kd_core.training import run

FEW = {"teacher": "16", "teacher_epochs": 2, "teacher_trees": 5, "labels": 50, "epochs": 3, "seeds": 2, "student": "8"}
SMALL = Experiment(dataset="digits", **FEW)
KINDS_HERE = [name for name in KINDS if name not in ("network", "file")]


def snapshots_of(experiment, teachers):
    return list(train_teacher(experiment, teachers))


# What an ensemble is


def test_the_mean_of_logits_is_weighed():
    members = [torch.tensor([[2.0, 0.0]]), torch.tensor([[0.0, 4.0]])]
    torch.testing.assert_close(combine(members, (0.25, 0.75)), torch.tensor([[0.5, 3.0]]))


def test_the_mean_of_probabilities_is_that_of_the_softmax():
    members = [torch.tensor([[3.0, 1.0]]).log(), torch.tensor([[1.0, 1.0]]).log()]  # 3/4 and 1/2
    both = combine(members, (0.5, 0.5), "probabilities").softmax(-1)
    torch.testing.assert_close(both, torch.tensor([[0.625, 0.375]]))


def test_the_mean_of_logits_is_the_geometric_mean_of_probabilities():
    generator = torch.Generator().manual_seed(0)
    members = [torch.randn(5, 3, generator=generator) for _ in range(4)]
    geometric = torch.stack([one.softmax(-1) for one in members]).log().mean(0).exp()
    expected = geometric / geometric.sum(-1, keepdim=True)
    torch.testing.assert_close(combine(members, (0.25,) * 4).softmax(-1), expected)


def test_an_ensemble_of_one_is_that_one_to_the_bit():
    (only,) = [torch.randn(4, 3)]
    for mean in ("logits", "probabilities"):
        assert combine([only], (1.0,), mean) is only


def test_several_networks_are_those_of_their_own_seeds_and_the_first_is_the_one_alone():
    several, alone = teacher_of(SMALL.replace(teachers=3, splits=2), {}), teacher_of(SMALL.replace(splits=2), {})
    assert len(several.parts) == 3
    first, second, third = (part.logits.test for part in several.parts)
    torch.testing.assert_close(first, alone.logits.test, rtol=1e-4, atol=1e-4)
    assert not torch.equal(second, third)
    torch.testing.assert_close(several.logits.test, (first + second + third) / 3)


def test_a_member_of_weight_nothing_is_not_heard_and_kinds_are_not_trained_again():
    kept = {}
    both = SMALL.replace(teacher_kind="network+forest", temperature=1)
    whole = teacher_of(both, kept)
    assert [key[-1] for key in kept] == [None] * 3  # each kind, and both together
    trained = len(kept)
    forest = teacher_of(both.replace(teacher_weights="0:1"), kept)
    assert len(kept) == trained + 1
    assert forest.parts == whole.parts
    assert torch.equal(forest.logits.train, teacher_of(SMALL.replace(teacher_kind="forest"), kept).logits.train)
    torch.testing.assert_close(
        whole.logits.test, sum(part.logits.test for part in whole.parts) / 2, rtol=1e-5, atol=1e-5
    )


def test_an_ensemble_answers_further_rows_as_its_members_do_together():
    both = SMALL.replace(teacher_kind="network+forest", teacher_weights="1:3", teacher_mean="probabilities")
    teacher, (data,) = teacher_of(both, {}), both.load_splits()
    assert teacher.answer is not None
    found = teacher.answer(0, torch.from_numpy(data.test_inputs))
    torch.testing.assert_close(found, teacher.logits.test[0], rtol=1e-4, atol=1e-4)


# What is seen of a teacher


@pytest.mark.parametrize("kind", [*KINDS_HERE, "network", "network+forest", "forest+knn"])
def test_a_teacher_is_seen_where_its_curve_says(kind):
    experiment = SMALL.replace(teacher_kind=kind, dataset="blobs", labels=20)
    seen = snapshots_of(experiment, {})
    assert tuple(snapshot.epoch for snapshot in seen) == experiment.teacher_curve
    assert {(snapshot.phase, snapshot.epochs) for snapshot in seen} == {("teacher", experiment.teacher_curve[-1])}
    assert {snapshot.experiment for snapshot in seen} == {experiment}


@pytest.mark.parametrize("kind", [*KINDS_HERE, "forest+logistic"])
def test_what_is_seen_of_a_teacher_last_is_what_its_logits_say(kind):
    experiment = SMALL.replace(teacher_kind=kind, dataset="crescents", labels=20, splits=2)
    kept = {}
    last, teacher = snapshots_of(experiment, kept)[-1].actors["teacher"], teacher_of(experiment, kept)
    labels = torch.from_numpy(np.stack([one.test_labels for one in experiment.load_splits()]))
    np.testing.assert_allclose(last.test_accuracy, metrics.accuracy(teacher.logits.test, labels).numpy())
    np.testing.assert_array_equal(last.agreement, 1)
    assert last.grid is not None
    assert np.isnan(last.test_loss.soft).all()


def test_a_forest_is_scikit_learns_on_the_training_set_of_its_split():
    experiment = SMALL.replace(teacher_kind="forest", splits=2)
    teacher = teacher_of(experiment, {})
    for split, (one, data) in enumerate(zip(experiment.by_split, experiment.load_splits(), strict=True)):
        forest = RandomForestClassifier(5, random_state=one.seed).fit(data.train_inputs, data.train_labels)
        votes = 5 * forest.predict_proba(data.test_inputs)
        np.testing.assert_allclose(teacher.logits.test[split], np.log((votes + 1) / 15), rtol=1e-5)


@pytest.mark.parametrize("kind", ["network", "forest", "network+knn"])
def test_a_run_of_a_known_teacher_shows_the_same_again(kind):
    kept, experiment = {}, SMALL.replace(teacher_kind=kind)
    first, again = ([s for s in run(experiment, teachers=kept) if s.phase == "teacher"] for _ in range(2))
    assert [id(s.actors["teacher"]) for s in first] == [id(s.actors["teacher"]) for s in again]


@pytest.mark.parametrize("kind", ["forest", "logistic"])
def test_the_student_alone_does_not_depend_on_the_kind_of_teacher(kind):
    *_, with_network = run(SMALL)
    *_, with_other = run(SMALL.replace(teacher_kind=kind))
    alone = [snapshot.actors["alone"] for snapshot in (with_network, with_other)]
    np.testing.assert_array_equal(alone[0].example_logits, alone[1].example_logits)


def test_a_teacher_that_never_saw_a_class_says_so_in_a_sentence():
    def without_three(data):
        return without_classes(data, [3])[0]

    with pytest.raises(DataError, match="The teacher never saw an example of 3, so it cannot know them"):
        teacher_of(SMALL.replace(teacher_kind="forest"), {}, without_three)


def test_a_key_holds_what_the_kind_reads_and_nothing_else():
    assert teacher_key(SMALL) == teacher_key(SMALL.replace(teacher_trees=9, teacher_c=2.0, labels=20))
    forest = SMALL.replace(teacher_kind="forest")
    assert teacher_key(forest) == teacher_key(forest.replace(teacher="32", teacher_epochs=9))
    assert teacher_key(forest) != teacher_key(forest.replace(teacher_trees=9))
    assert teacher_key(forest) != teacher_key(SMALL)


def test_a_teacher_that_is_no_network_has_none():
    with pytest.raises(LookupError, match="no network"):
        _ = teacher_of(SMALL.replace(teacher_kind="knn"), {}).network


# Another domain, shifts


def test_a_teacher_is_adapted_by_learning_from_labels_of_the_other_domain_too():
    experiment = SMALL.replace(target="thick", target_labels=20)
    (data,) = experiment.load_splits()
    assert teacher_of(experiment, {}).logits.train.shape == (1, 1297 + 20, 10)
    assert len(data.taught_ids) == 1297 + 20
    told = data.labels[data.adapting_ids]
    assert np.bincount(told).tolist() == [2] * 10


def test_a_teacher_of_shifted_images_is_another_one_and_hears_the_same_order():
    shifted, plain = (teacher_of(SMALL.replace(teacher_shift=most), {}) for most in (1, 0))
    assert not torch.equal(shifted.logits.train, plain.logits.train)
    assert shifted.snapshots[0].actors["teacher"].test_accuracy == plain.snapshots[0].actors["teacher"].test_accuracy
