"""Unlabelled examples: what they are, what is heard on them, and that the student alone is left as it was."""

import numpy as np
import pytest
import torch

from kd_core.experiment import Condition, Experiment
from kd_core.losses import Weights, cross_entropy, kl
from kd_core.students import Students
from kd_core.teaching import teacher_of
from kd_core.training import run

SMALL = Experiment(teacher="16", teacher_epochs=2, labels=50, epochs=4, seeds=2, student="8", batch_size=16)
MADE = ["noise", "mixup", "rest", "target"]


def of_kind(kind, extra=2, **fields):
    return SMALL.replace(extra=extra, extra_kind=kind, target="thick" if kind == "target" else "", **fields)


def students_of(experiment):
    teacher = teacher_of(experiment)
    data = experiment.load_splits()
    given = [Condition(4.0, 1.0), Condition(4.0, 0.1)]
    return Students(experiment, data, teacher.logits.train, given, answer=teacher.answer), teacher, data


@pytest.mark.parametrize("kind", MADE)
def test_the_teacher_has_answered_for_every_unlabelled_example(kind):
    experiment = of_kind(kind, splits=2)
    students, teacher, _ = students_of(experiment)
    extra = students.unlabelled
    assert extra.ids.shape == (2, 100)
    for seed in range(2):
        answers = teacher.answer(experiment.split_of(seed), extra.inputs.rows(extra.ids[seed]))
        torch.testing.assert_close(extra.teacher_logits[seed], answers, rtol=1e-4, atol=1e-4)


def test_noisy_copies_are_near_their_examples_and_mixtures_between_two():
    noisy, _, _ = students_of(of_kind("noise"))
    sample = noisy.transfer.inputs.rows(noisy.transfer.ids[0])
    copies = noisy.unlabelled.inputs.rows(noisy.unlabelled.ids[0])
    assert (copies - sample.repeat(2, 1)).std().item() == pytest.approx(0.2, rel=0.05)
    mixed, _, _ = students_of(of_kind("mixup"))
    mixtures = mixed.unlabelled.inputs.rows(mixed.unlabelled.ids[0])
    assert (mixtures >= sample.min(0).values - 1e-6).all()
    assert (mixtures <= sample.max(0).values + 1e-6).all()


def test_the_rest_are_training_examples_whose_labels_are_not_told():
    students, _, (data,) = students_of(of_kind("rest"))
    for seed in range(2):
        rest, own = set(students.unlabelled.ids[seed].tolist()), set(students.transfer.ids[seed].tolist())
        assert len(rest) == 100
        assert not rest & own
        assert rest <= set(data.train_ids.tolist())


def test_there_are_no_more_of_the_rest_than_are_left():
    students, _, _ = students_of(of_kind("rest", extra=20, labels=1000))
    assert students.unlabelled.ids.shape == (2, 297)


def test_those_of_another_domain_are_training_examples_there():
    students, _, (data,) = students_of(of_kind("target", target_labels=10))
    used = set(students.unlabelled.ids.flatten().tolist())
    assert used <= set(data.target_ids.tolist())
    assert not used & set(data.adapting_ids.tolist())
    assert not used & set(data.test_ids.tolist())


@pytest.mark.parametrize("kind", MADE)
def test_the_student_alone_is_what_it_is_without_them(kind):
    *_, with_extra = run(of_kind(kind))
    *_, without = run(of_kind(kind, extra=0))
    for name in ("test_accuracy", "example_logits"):
        found, expected = (getattr(last.actors["alone"], name) for last in (with_extra, without))
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)
    assert not np.allclose(with_extra.actors["distilled"].example_logits, without.actors["distilled"].example_logits)


def test_an_epoch_passes_over_all_unlabelled_examples_once():
    students, _, _ = students_of(of_kind("mixup", extra=3))
    shares = list(students.unlabelled.shares(4))
    assert [share.inputs.shape[1] for share in shares] == [38, 38, 37, 37]
    rows = torch.cat([share.inputs for share in shares], 1)[0]
    every = students.unlabelled.inputs.rows(students.unlabelled.ids[0])
    torch.testing.assert_close(rows.sum(1).sort().values, every.sum(1).sort().values)


def test_the_gradient_is_that_of_a_hard_mean_over_the_labelled_and_a_soft_one_over_all():
    generator, temperature, alpha = torch.Generator().manual_seed(1), 3.0, 0.25
    logits = torch.randn(5, 4, generator=generator, dtype=torch.float64, requires_grad=True)
    heard = torch.randn(5, 4, generator=generator, dtype=torch.float64)
    labels = torch.tensor([2, 0, 1])
    soft = temperature**2 * kl(heard / temperature, logits / temperature).mean()
    loss = alpha * cross_entropy(logits[:3], labels).mean() + (1 - alpha) * soft
    (expected,) = torch.autograd.grad(loss, logits)
    given = torch.tensor([temperature], dtype=torch.float64), torch.tensor([alpha], dtype=torch.float64)
    weights = Weights.of(*given, 3, unlabelled=2)
    hard = torch.zeros(1, 4, 5, dtype=torch.float64)
    hard[0, :, :3] = torch.eye(4, dtype=torch.float64)[labels].T
    mixed = weights.mix((heard / temperature).softmax(-1).T[None], hard)
    found = weights.gradient(logits.detach().T[None], mixed, axis=1)
    torch.testing.assert_close(found[0].T, expected)


def test_students_whose_teacher_was_not_handed_on_are_refused():
    experiment = of_kind("noise")
    with pytest.raises(LookupError, match="none was handed on"):
        Students(experiment, experiment.load_splits(), teacher_of(experiment).logits.train, [Condition(4.0, 0.1)])


def test_the_rest_of_the_training_set_helps_who_hears_the_teacher():
    """Facts of the field: on few labels, more examples that the teacher answers are worth much."""
    usual = Experiment(splits=3, seeds=3, epochs=40)
    *_, with_rest = run(usual.replace(extra=5, extra_kind="rest"))
    *_, without = run(usual)
    gains = with_rest.actors["distilled"].test_accuracy - without.actors["distilled"].test_accuracy
    assert gains.min() > 0
