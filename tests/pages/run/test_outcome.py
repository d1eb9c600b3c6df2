"""Runs on explaining pages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kd_core import Experiment, Snapshot
from kd_core.jobs import Jobs, Orders
from kd_core.training import run as train
from pages.run.outcome import Outcome, compare, open_run


def test_a_run_that_a_visitor_holds_is_trained_beside(service: Jobs) -> None:
    experiment = Experiment(dataset="blobs", teacher="4", student="2", teacher_epochs=2, epochs=3, seeds=2)
    held = service.call(service.start(experiment, orders=Orders(limit=1)))
    service.call(service.until(held, lambda: held.is_paused), timeout=60)
    ours = open_run(experiment)
    service.call(service.until(ours, lambda: not ours.is_live), timeout=60)
    assert ours is not held
    assert ours.status == "done"
    assert open_run(experiment) is ours
    service.call(service.order(held, stop=True))


def found(splits: int, gains: list[float], *, dead: list[int] | None = None, dead_teachers: int = 0) -> Outcome:
    """Of pairs with these gains; the distilled students of some pairs, and the first teachers, have collapsed."""
    base = Experiment(dataset="blobs", teacher="4", student="2", teacher_epochs=1, epochs=1)
    last: dict[str, Snapshot] = {one.phase: one for one in train(base.replace(splits=splits, seeds=len(gains)))}
    accuracy = {"alone": np.full(len(gains), 0.5), "distilled": 0.5 + np.array(gains)}
    pairs = np.arange(len(gains))
    actors = {
        name: replace(
            last["students"].actors[name],
            test_accuracy=values,
            collapsed=np.isin(pairs, dead or []) & (name == "distilled"),
        )
        for name, values in accuracy.items()
    }
    taught = replace(last["teacher"].actors["teacher"], collapsed=np.arange(splits) < dead_teachers)
    return compare(replace(last["teacher"], actors={"teacher": taught}), replace(last["students"], actors=actors))


@pytest.mark.parametrize(
    ("splits", "gains", "leader"),
    [
        (1, [0.1, 0.11, 0.1], "distilled"),
        (1, [-0.1, -0.11, -0.1], "alone"),
        (1, [-0.1, 0.1, 0.0], "same"),
        (4, [0.05, 0.06, 0.055, 0.06], "distilled"),
        (4, [0.01, 0.05, 0.04, 0.06], "same"),  # clear on average, but the next split may say otherwise
        (2, [0.1, 0.1, 0.1, 0.1], "same"),
    ],
)
def test_who_leads_is_said_of_this_split_or_of_the_next_too(splits: int, gains: list[float], leader: str) -> None:
    assert found(splits, gains).leader == leader
    assert found(splits, gains).is_on_average == (gains == [0.01, 0.05, 0.04, 0.06])


def test_the_interval_is_over_the_splits() -> None:
    assert found(2, [0.1, 0.2, 0.1, 0.2, 0.1]).gain.splits == 2
    assert found(2, [0.1, 0.2, 0.1, 0.2, 0.1]).gain.mean == pytest.approx(0.15)


def test_where_a_network_has_collapsed_nobody_leads_and_its_pair_takes_no_part() -> None:
    students = found(1, [-0.4, 0.1, 0.11, 0.1], dead=[0])
    assert students.leader == "collapsed"
    assert (students.gain.n, students.collapsed.distilled) == (3, 1)
    teachers = found(2, [0.1, 0.2, 0.1, 0.2, 0.1], dead_teachers=1)
    assert teachers.leader == "collapsed"
    assert (teachers.gain.n, teachers.gain.mean) == (2, pytest.approx(0.2))
