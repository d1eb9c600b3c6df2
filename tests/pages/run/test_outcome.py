"""Runs on explaining pages."""

from __future__ import annotations

from kd_core import Experiment
from kd_core.jobs import Jobs, Orders
from pages.run.outcome import open_run


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
