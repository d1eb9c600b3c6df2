"""Early stopping, dropout and weight decay of students."""

import numpy as np
import pytest
import torch

from kd_core.cohort import Cohort
from kd_core.experiment import Condition, Experiment
from kd_core.stopping import Best
from kd_core.students import Optimizer, Students
from kd_core.sweeps.pieces import train_together
from kd_core.teaching import teacher_of
from kd_core.training import run

SMALL = Experiment(teacher="16", teacher_epochs=2, labels=50, epochs=6, seeds=2, student="8", batch_size=16)


def cohort():
    return Cohort(SMALL.student_network, [torch.Generator().manual_seed(seed) for seed in range(3)])


def test_each_member_ends_with_the_weights_of_its_own_best_epoch():
    members = cohort()
    best, weight = Best(members), members.layers[0][0]
    for epoch, errors in enumerate([(0.5, 0.9, 0.5), (0.7, 0.2, 0.5), (0.6, 0.3, 0.9)], start=1):
        weight[:] = float(epoch)
        best.look(torch.tensor(errors), epoch)
    best.restore()
    assert best.epochs.tolist() == [1, 2, 2]  # of equal epochs the last: few examples tell many alike
    assert weight[:, 0, 0].tolist() == [1.0, 2.0, 2.0]


def test_who_has_diverged_keeps_what_was_before():
    members = cohort()
    best, weight = Best(members), members.layers[0][0]
    first = weight.clone()
    weight[:] = torch.nan
    best.look(torch.tensor([2.0, 2.0, 2.0]), 1)
    best.restore()
    assert torch.equal(weight, first)
    assert best.epochs.tolist() == [0, 0, 0]


def test_validation_examples_are_told_but_not_learned_from():
    experiment = SMALL.replace(validation=0.2)
    (data,) = experiment.load_splits()
    students = Students(experiment, [data], teacher_of(experiment).logits.train, [Condition(4.0, 0.1)])
    whole = Students(SMALL, [data], teacher_of(SMALL).logits.train, [Condition(4.0, 0.1)])
    transfer = students.transfer
    assert (transfer.ids.shape, transfer.validation_ids.shape) == ((2, 40), (2, 10))
    assert torch.equal(torch.cat([transfer.ids, transfer.validation_ids], 1), whole.transfer.ids)
    for seed in range(2):
        assert np.bincount(data.labels[transfer.validation_ids[seed]]).max() <= 2


def test_the_last_epoch_shows_the_best_one_and_says_which():
    experiment = SMALL.replace(validation=0.4, label_noise=0.3, epochs=25)
    snapshots = [snapshot for snapshot in run(experiment) if snapshot.phase == "students"]
    assert {snapshot.actors["alone"].kept_epoch for snapshot in snapshots[:-1]} == {None}
    for actor in ("alone", "distilled"):
        last = snapshots[-1].actors[actor]
        assert last.kept_epoch is not None
        for pair, epoch in enumerate(last.kept_epoch):
            assert last.test_accuracy[pair] == snapshots[epoch].actors[actor].test_accuracy[pair]


def test_a_sweep_stops_early_as_a_run_does():
    experiment = SMALL.replace(validation=0.4, label_noise=0.3, epochs=25)
    *_, last = run(experiment)
    *_, report = train_together(experiment, [experiment.heard_at(0)], teacher_of(experiment).logits)
    np.testing.assert_allclose(report.accuracy[0], last.actors["distilled"].test_accuracy)


def test_students_of_a_pair_drop_the_same_units():
    """Two members under one condition stay equal to the last bit while they drop units."""
    experiment = SMALL.replace(student_dropout=0.5)
    teacher = teacher_of(experiment)
    twins = Students(experiment, experiment.load_splits(), teacher.logits.train, [Condition(4.0, 0.1)] * 2)
    plain = Students(SMALL, SMALL.load_splits(), teacher.logits.train, [Condition(4.0, 0.1)] * 2)
    for _ in range(3):
        twins.train_epoch()
        plain.train_epoch()
    weight = twins.cohort.layers[0][0]
    assert torch.equal(weight[0], weight[1])
    assert not torch.equal(weight[0], weight[2])
    assert not torch.equal(weight, plain.cohort.layers[0][0])


@pytest.mark.parametrize(
    ("name", "torchs"), [("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW), ("sgd", torch.optim.SGD)]
)
@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_weights_decay_as_they_do_with_torchs_optimizers(name, torchs, decay):
    members = cohort()
    moved = torch.nn.Parameter(members.parameters.clone())
    options = {"momentum": 0.9} if name == "sgd" else {}
    usual = {} if name == "adamw" and not decay else {"weight_decay": decay}
    ours, theirs = Optimizer(name, members, 0.05, decay), torchs([moved], lr=0.05, **options, **usual)
    generator = torch.Generator().manual_seed(0)
    for _ in range(4):
        gradient = torch.randn(moved.shape, generator=generator)
        members.gradients.copy_(gradient)
        moved.grad = gradient
        ours.step()
        theirs.step()
    torch.testing.assert_close(members.parameters, moved.detach())
