"""One run a claim: the same question has the same settings, as many seeds, and so the same answer on every page."""

from __future__ import annotations

from kd_core.experiment import Experiment

_FEW = Experiment()  # the playground's own settings: 100 labels, five pairs, under a second
_PLENTY = _FEW.replace(labels=0)
_TINY = _PLENTY.replace(epochs=30, student="4", learning_rate=0.005, seeds=10)


def over_splits(experiment: Experiment) -> Experiment:
    """The same over ten divisions of the data with a teacher each, two pairs on each: what a verdict rests on."""
    return experiment.replace(splits=10, seeds=20)


CLAIMS: dict[str, Experiment] = {
    "few": _FEW,
    "plenty": _PLENTY,
    "noisy": _FEW.replace(label_noise=0.4),
    "weak": _PLENTY.replace(teacher_epochs=1),  # a teacher stopped after one epoch
    "sure": _FEW.replace(temperature=1.0),  # a teacher at T = 1 says little more than the label
    "tiny_cool": _TINY.replace(temperature=3.0),
    "tiny_hot": _TINY.replace(temperature=20.0),
    # Under Adam a common factor cancels: with and without T squared.
    "t_squared": Experiment(labels=50, student="64", temperature=20.0, epochs=60, seeds=10),
    # A class that no student has seen; without the 3s these are 600 steps.
    "missing": _PLENTY.replace(student="64", temperature=20.0, alpha=0.0, epochs=32, learning_rate=0.002, seeds=10),
}
SGD_RATE = 0.1  # the learning rate where the factor T squared is tried under SGD
