"""The picture shows the digit that tells most."""

from __future__ import annotations

import numpy as np

from kd_core.jobs import Jobs
from pages.home.figures import example
from tests.pages.explaining import default_run, ends


def test_the_digit_is_the_one_that_the_teacher_gets_right_with_the_least_probability(service: Jobs) -> None:
    run = default_run(service)
    service.call(service.until(run, lambda: not run.is_live), timeout=60)
    found = example(run)
    assert found is not None
    assert run.held_out is not None
    logits = ends(run)["teacher"].actors["teacher"].example_logits.astype(float)
    powers = np.exp(logits / run.experiment.temperature)
    soft = powers / powers.sum(axis=1, keepdims=True)
    labels = run.held_out.labels
    least = min((i for i in range(len(labels)) if soft[i].argmax() == labels[i]), key=lambda i: soft[i].max())
    assert found.label == labels[least]
    np.testing.assert_allclose(found.soft, soft[least], rtol=1e-9)
    np.testing.assert_array_equal(found.pixels.ravel(), run.held_out.inputs[least])
    assert found.ranked[0] == found.label
