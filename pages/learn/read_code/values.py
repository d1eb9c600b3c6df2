"""Numbers of the question's two runs as its texts take them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kd_core.jobs import Run
from kd_core.sweeps.intervals import paired_difference
from pages.run.outcome import newest, outcome
from pages.ui.numbers import percent
from pages.ui.words import Words


def swap_words(right: Run, wrong: Run, w: Words) -> dict[str, str] | None:
    """What wrong labels did to the distilled students of two finished runs that differ in nothing else.

    `answer` is "nothing" if not one student's accuracy moved, "worse" where it fell clearly, else "little".
    """
    before, after = outcome(right), outcome(wrong)
    if before is None or after is None:
        return None
    accuracies = [_distilled(run) for run in (right, wrong)]
    moved = int((accuracies[0] != accuracies[1]).sum())
    change = paired_difference(accuracies[1], accuracies[0])
    return {
        "answer": "nothing" if moved == 0 else "worse" if change.is_clear and change.mean < 0 else "little",
        "moved": str(moved),
        "n": str(change.n),
        "share": percent(w, wrong.experiment.label_noise, 0),
        "distilled_right": percent(w, before.distilled.mean),
        "distilled_wrong": percent(w, after.distilled.mean),
        "alone_right": percent(w, before.alone.mean),
        "alone_wrong": percent(w, after.alone.mean),
    }


def _distilled(run: Run) -> NDArray[np.float32]:
    students = newest(run, "students")
    assert students is not None
    return students.actors["distilled"].test_accuracy
