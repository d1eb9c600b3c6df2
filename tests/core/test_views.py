"""Shifted images: views by hand, and that teacher and student see the same one."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from kd_core.experiment import Condition, Experiment
from kd_core.students import Students
from kd_core.teaching import teacher_of
from kd_core.training import run
from kd_core.views import Views

SMALL = Experiment(teacher="16", teacher_epochs=2, labels=50, epochs=4, seeds=2, student="8", batch_size=16)


def students_of(experiment):
    teacher = teacher_of(experiment)
    given = [Condition(4.0, 1.0), Condition(4.0, 0.1)]
    return Students(experiment, experiment.load_splits(), teacher.logits.train, given, answer=teacher.answer), teacher


def test_the_views_of_a_dot_are_the_dot_at_every_place():
    views = Views((1, 3, 3), 1, black=0.0)
    dot = torch.zeros(1, 9)
    dot[0, 4] = 1
    assert views.count == 9
    assert {tuple(view.tolist()) for view in views.every(dot)[0]} == {tuple(row) for row in np.eye(9)}


def test_black_comes_in_at_the_edge():
    rows = torch.ones(1, 4)
    every = Views((1, 2, 2), 1, black=-2.5).every(rows)[0]
    assert every[4].tolist() == [1, 1, 1, 1]  # the middle one is the image itself
    assert sorted(every[0].tolist()) == [-2.5, -2.5, -2.5, 1]


@given(st.integers(1, 3), st.integers(1, 2), st.integers(4, 6), st.integers(4, 6))
def test_views_are_scipys_shifts(most, channels, height, width):
    image = np.arange(1, channels * height * width + 1, dtype=np.float32).reshape(channels, height, width)
    every = Views((channels, height, width), most, black=0.0).every(torch.from_numpy(image.reshape(1, -1)))[0]
    shifts = [(down, across) for down in range(-most, most + 1) for across in range(-most, most + 1)]
    expected = {ndimage.shift(image, (0, *shift), order=0).tobytes() for shift in shifts}
    assert {view.numpy().tobytes() for view in every} == expected


@pytest.mark.parametrize("view", ["same", "clean"])
def test_the_teacher_hears_the_view_that_the_student_sees_or_the_clean_image(view):
    students, teacher = students_of(SMALL.replace(shift=1, shift_view=view, splits=2))
    order = torch.arange(50).expand(2, -1)
    seen = students.views.seen(order)
    clean = students.transfer.batch(order)
    batch = students.views.shift(clean, order, seen)
    assert not torch.equal(batch.inputs, clean.inputs)
    for seed in range(2):
        heard = teacher.answer(seed, batch.inputs[seed] if view == "same" else clean.inputs[seed])
        torch.testing.assert_close(batch.teacher_logits[seed], heard, rtol=1e-4, atol=1e-4)


def test_every_epoch_draws_other_views_whatever_the_size_of_the_cohort():
    experiment = SMALL.replace(shift=1)
    students, _ = students_of(experiment)
    again, teacher = students_of(experiment)
    order = torch.arange(50).expand(2, -1)
    first, second = students.views.seen(order), students.views.seen(order)
    assert not torch.equal(first, second)
    assert torch.equal(first, again.views.seen(order))
    few = Students(
        experiment,
        experiment.load_splits(),
        teacher.logits.train,
        [Condition(4.0, 0.1)],
        [1],
        answer=teacher.answer,
    )
    assert torch.equal(few.views.seen(order[1:]), first[1:])


def test_shifts_hurt_who_hears_the_clean_image_and_not_who_hears_the_same_view():
    usual = Experiment(splits=3, seeds=3, epochs=60, shift=1)
    *_, same = run(usual)
    *_, clean = run(usual.replace(shift_view="clean"))
    assert (same.actors["distilled"].test_accuracy > clean.actors["distilled"].test_accuracy).all()
