"""A pipeline and the networks beside it, split by split; and six teachers of one student. These run on a worker."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from statistics import median
from time import thread_time

import numpy as np
import torch

from kd_core.cohort import Cohort
from kd_core.data import Dataset, Floats
from kd_core.experiment import Condition, Experiment
from kd_core.giveway import give_way
from kd_core.models import byte_count
from kd_core.streams import INIT, generator
from kd_core.sweeps.grid import Report
from kd_core.sweeps.pieces import train_together
from kd_core.teachers.fitting import grown
from kd_core.teachers.pipelines import Fitted
from kd_core.teaching import TeacherLogits, teacher_of
from pages.learn.forest.analysis import Cost, OfSplit, OfTeacher, Step
from pages.learn.forest.cases import six_teachers
from pages.run.kept import kept

ALONE = Condition(1.0, 1.0)
ROUNDS, LEAST = 7, 0.005  # a time is the median of so many rounds; calls in a round go on for so many seconds


def compare(experiment: Experiment) -> Iterator[Step | OfSplit]:
    """The pipeline of an experiment, its students alone and distilled, on one split after the other.

    Numbers are those of `run(experiment)`: a split's pairs keep their numbers, from which their draws follow.
    """
    for split, of_split in enumerate(experiment.by_split):
        pairs = range(split, experiment.seeds, experiment.splits)
        yield from _compare_on(of_split, pairs, split, experiment.splits)


def _compare_on(experiment: Experiment, pairs: range, split: int, splits: int) -> Iterator[Step | OfSplit]:
    data = experiment.load_data()
    for (pipeline,) in grown(experiment, [data]):
        yield Step(split, splits, "pipeline", pipeline.stage, pipeline.stages)
    report = yield from _train(experiment, pipeline, data, pairs, split, splits)
    alone, distilled = np.where(report.collapsed, np.nan, report.accuracy)
    answers = pipeline.logits(data.test_inputs).argmax(1)
    yield OfSplit(
        split,
        float((answers == data.test_labels).mean()),
        alone,
        distilled,
        report.agreement[0],
        report.agreement[1],
        *costs(experiment, pipeline, data),
    )


def _train(
    experiment: Experiment, pipeline: Fitted, data: Dataset, pairs: range, split: int, splits: int
) -> Generator[Step, None, Report]:
    """Pairs of students, one of each alone, and what they come to."""
    known = (data.rows(data.taught_ids), data.test_inputs)
    teacher = TeacherLogits(*(torch.from_numpy(pipeline.logits(rows))[None] for rows in known))
    training = train_together(
        experiment,
        [ALONE, experiment.heard_at(0)],
        teacher,
        seeds=pairs,
        answer=lambda _, rows: torch.from_numpy(pipeline.logits(rows.numpy())),
    )
    for report in training:
        yield Step(split, splits, "students", report.epoch, experiment.epochs)
    return report


def costs(experiment: Experiment, pipeline: Fitted, data: Dataset) -> tuple[Cost, Cost]:
    """Of a fitted pipeline and of one student of the experiment.

    The student's weights are those that it starts with, for a product takes as long with any; its size is that of its
    parameters in float32, as a file of tensors holds them.
    """
    network = Cohort(experiment.student_network, [generator(experiment.seed, INIT, 0)])
    rows = np.resize(data.test_inputs, (1000, data.test_inputs.shape[1]))

    def student(some: Floats) -> object:
        return network.logits(torch.from_numpy(some))

    return (
        Cost(pipeline.size(), *(milliseconds(pipeline.logits, some) for some in (rows[:1], rows))),
        Cost(byte_count(experiment.student_network), *(milliseconds(student, some) for some in (rows[:1], rows))),
    )


def milliseconds(answer: Callable[[Floats], object], rows: Floats) -> float:
    """What a call costs this thread, whoever else computes meanwhile: the median of several rounds."""

    def one_round() -> float:
        give_way()
        calls, start = 0, thread_time()
        while True:
            answer(rows)
            calls += 1
            if (spent := thread_time() - start) >= LEAST:
                return spent / calls

    answer(rows)  # the first call also loads what it needs
    return 1000 * median(one_round() for _ in range(ROUNDS))


@kept(OfTeacher, about=six_teachers)
def teach(dataset: str) -> Iterator[OfTeacher]:
    """What one student gains from each of six teachers, teacher by teacher."""
    yield from teach_with(six_teachers(dataset))


def teach_with(experiments: dict[str, Experiment]) -> Iterator[OfTeacher]:
    """The same for any experiments, by kind; they differ in the teacher alone."""
    for kind, experiment in experiments.items():
        teacher = teacher_of(experiment)
        *_, report = train_together(experiment, [ALONE, experiment.heard_at(0)], teacher.logits)
        alone, distilled = np.where(report.collapsed, np.nan, report.accuracy)
        yield OfTeacher(kind, np.asarray(teacher.test_accuracy), alone, distilled)
