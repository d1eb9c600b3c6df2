"""Training what the views of `views` ask for: the teachers of all splits first, then the pairs split by split."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

import numpy as np
import torch
from torch import Tensor

from kd_core import metrics
from kd_core.data import Dataset, Doubles
from kd_core.experiment import Condition
from kd_core.inputs import Inputs
from kd_core.measuring import Holdouts
from kd_core.recipe import LARGE, look_of
from kd_core.snapshot import DivergenceError, Snapshot
from kd_core.students import Students
from kd_core.sweeps.pieces import REPORTS
from kd_core.teaching import TEACHERS, Teacher, TeacherKey, Teachers, teacher_key, train_teacher
from pages.learn.noise.views import VIEWS, Case, Chosen, Reached, Teaching, of_page
from pages.run.kept import kept
from pages.run.told import told


@kept(Reached, about=lambda name, settings: (name, VIEWS[name].cases(of_page(settings)), VIEWS[name].levels))
def measure(name: str, settings: Chosen) -> Iterator[Teaching | Reached]:
    """Train what a view asks for, for these settings of the page.

    Yields how far the teachers are, then one `Reached` for each case of each split, split by split.
    """
    view = VIEWS[name]
    yield from play(view.along, view.cases(of_page(settings)), view.levels)


def play(
    along: str, cases: Sequence[Case], levels: Sequence[float] = (), store: Teachers = TEACHERS
) -> Iterator[Teaching | Reached]:
    """Train these cases, which differ in nothing that data are made of; `along` and `levels` as of a `View`."""
    teachers: dict[TeacherKey, Teacher] = {}
    for case in cases:
        if (key := teacher_key(case.experiment)) not in teachers:
            every = max(1, case.experiment.teacher_epochs // REPORTS)
            teachers[key] = yield from told(train_teacher(case.experiment, store, every=every), _progress)
    first = cases[0].experiment
    data = first.load_splits()
    for split in range(first.splits):
        for case in cases:
            pairs = Pairs(case, data, teachers[teacher_key(case.experiment)], split)
            yield {"levels": pairs.over_levels, "values": pairs.at_the_end, "epochs": pairs.over_epochs}[along](levels)


def _progress(snapshot: Snapshot) -> Teaching:
    return Teaching(snapshot.epoch, snapshot.epochs)


class Pairs:
    """The pairs of one split, which are those that a run of the whole experiment has there, and what is seen of them.

    Each of the three ways to look at them trains them.
    """

    def __init__(self, case: Case, data: Sequence[Dataset], teacher: Teacher, split: int) -> None:
        """`data` of all splits."""
        self.case, self.split, self.teacher, experiment = case, split, teacher, case.experiment
        pairs = [pair for pair in range(experiment.seeds) if experiment.split_of(pair) == split]
        conditions = [Condition(experiment.temperature, 1.0), experiment.heard_at(0)]
        self.students = Students(experiment, data, teacher.logits.train, conditions, pairs, answer=teacher.answer)
        self.holdouts = Holdouts(data, teacher.logits.test, [split] * len(pairs))

    def at_the_end(self, levels: Sequence[float]) -> Reached:
        """Trained, and looked at once."""
        self._train()
        test, train = (values[..., None] for values in self._look(None))
        return self._reached((self.case.x,), self._teacher_accuracy(1), test, train)

    def over_epochs(self, levels: Sequence[float]) -> Reached:
        """Looked at before the first epoch and after each; of a large test set, a part that stays the same."""
        epochs, seen = self.case.experiment.epochs, look_of(self.holdouts.ids.shape[-1])
        looks = [self._look(seen)]
        for epoch in range(1, epochs + 1):
            with suppress(DivergenceError):
                self.students.train_epoch()
            if self.students.best:  # the best epoch is noted; the weights are not put back, so the curves go on
                self.students.best.look(self.students.validation_error(), epoch)
            looks.append(self._look(seen))
        test, train = (np.stack(each, -1) for each in zip(*looks, strict=True))
        return self._reached(tuple(range(epochs + 1)), self._teacher_accuracy(epochs + 1), test, train)

    def over_levels(self, levels: Sequence[float]) -> Reached:
        """Trained once, then tested on the test set with Gaussian noise of each standard deviation, as `test_noise` is.

        A level has the noise of the level before, stretched: the same draw in every one.
        """
        self._train()
        of_split = self.case.experiment.by_split[self.split]
        teacher, test = [], []
        for level in levels:
            data = of_split.replace(test_noise=level).load_data()
            inputs, labels = Inputs.of([data]), torch.from_numpy(data.test_labels)
            logits = inputs.logits(self.students.cohort, torch.from_numpy(data.test_ids))
            test.append(self._by_actor(metrics.accuracy(logits, labels)))
            assert self.teacher.answer is not None
            rows = torch.from_numpy(data.test_inputs)
            answers = [self.teacher.answer(self.split, some) for some in torch.split(rows, LARGE // 4)]
            teacher.append(float(metrics.accuracy(torch.cat(answers), labels)))
        _, train = self._look(None)
        repeated = np.repeat(train[..., None], len(levels), -1)
        return self._reached(tuple(levels), np.array(teacher), np.stack(test, -1), repeated)

    def _train(self) -> None:
        epochs = self.case.experiment.epochs
        for _ in self.students.train(epochs, every=epochs, may_diverge=True):
            pass

    def _look(self, seen: int | None) -> tuple[Doubles, Doubles]:
        """Accuracies on the test set, or the first `seen` of it, and on the sample, labels as told: (2, P) each."""
        test = self.holdouts.predictions(self.students.cohort, self.students.layout, seen)
        train = self.students.train_predictions(seen or LARGE)
        accuracy = (self._by_actor(metrics.accuracy(each.logits, each.labels)) for each in (test, train))
        return next(accuracy), next(accuracy)

    def _teacher_accuracy(self, times: int) -> Doubles:
        return np.full(times, self.teacher.test_accuracy[self.split], np.float64)

    def _by_actor(self, values: Tensor) -> Doubles:
        """What every member has, (K,), as (2, P)."""
        found: Doubles = self.students.layout.split(values).double().numpy()
        return found

    def _reached(self, x: tuple[float, ...], teacher: Doubles, test: Doubles, train: Doubles) -> Reached:
        """Both of a pair in which a student has learned nothing, or has diverged, are NaN."""
        members = self.students.conditions.of_members(self.students.layout)
        dead = torch.from_numpy(self.students.train_predictions(LARGE).collapsed(members))
        dead |= ~self.holdouts.logits(self.students.cohort, 1).isfinite().all(-1).all(-1)
        lost = self.students.layout.split(dead).any(0).numpy()[:, None]
        best = self.students.best
        kept_epochs = None if best is None else self.students.layout.split(best.epochs).numpy()
        test, train = np.where(lost, np.nan, test), np.where(lost, np.nan, train)
        return Reached(self.case.series, x, self.split, teacher, test, train, kept_epochs)
