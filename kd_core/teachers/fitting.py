"""Teachers that are no networks, as the engine asks for them: fitted split by split, looked at while they grow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from kd_core.answers.teacher import logits_of
from kd_core.data import Dataset, Floats
from kd_core.experiment import Experiment
from kd_core.kinds import APART
from kd_core.snapshot import Snapshot
from kd_core.teachers.pipelines import Fitted, Settings, fit
from kd_core.teaching import Part, TeacherLogits, TeacherTraining, snapshot_of, teacher_from
from kd_core.unlabelled import Answer

Splits = Sequence[Fitted]  # one pipeline for each split


def train(experiment: Experiment, data: Sequence[Dataset]) -> TeacherTraining:
    """The teachers of an experiment whose one kind is a pipeline or a file.

    Yields a snapshot at each of its stages; several forests are looked at together.
    """
    snapshots: list[Snapshot] = []
    for at, parts in _stages(experiment, data):
        teacher = teacher_from(parts, experiment, None, snapshots)
        is_last = at == experiment.teacher_curve[-1]
        seen = (at, experiment.teacher_curve[-1])
        snapshots.append(snapshot_of(experiment, data, teacher.logits, teacher.answer, seen, is_last=is_last))
        yield snapshots[-1]
    return teacher_from(parts, experiment, None, snapshots)


def grown(experiment: Experiment, data: Sequence[Dataset], number: int = 0) -> Iterator[Splits]:
    """The pipelines of all splits, side by side through their stages; `number` says which of several forests.

    Of what it is taught a split's pipeline takes the first examples, if there are very many (`MOST_FITTED`).
    """
    settings = Settings(
        trees=experiment.teacher_trees,
        depth=experiment.teacher_depth,
        neighbours=experiment.teacher_neighbours,
        c=experiment.teacher_c,
        clip=experiment.teacher_clip,
    )
    growing = [
        fit(
            experiment.teacher_kind,
            settings,
            one.rows(one.taught_ids),
            one.labels[one.taught_ids],
            one.classes,
            (of_split.seed + number * APART) % 2**32,
        )
        for of_split, one in zip(experiment.by_split, data, strict=True)
    ]
    return zip(*growing, strict=True)


def _stages(experiment: Experiment, data: Sequence[Dataset]) -> Iterator[tuple[int, list[Part]]]:
    if experiment.teacher_kind == "file":
        yield 1, [_of_file(experiment, data)]
        return
    count = len(experiment.members)
    for stage in zip(*(grown(experiment, data, number) for number in range(count)), strict=True):
        yield stage[0][0].stage, [_part(pipelines, data) for pipelines in stage]


def _part(pipelines: Splits, data: Sequence[Dataset]) -> Part:
    answers = [
        (one.logits(of_split.rows(of_split.taught_ids)), one.logits(of_split.test_inputs))
        for one, of_split in zip(pipelines, data, strict=True)
    ]
    return Part(_stacked(answers), _answering(pipelines))


def _answering(pipelines: Splits) -> Answer:
    def answer(split: int, rows: Tensor) -> Tensor:
        return torch.from_numpy(pipelines[split].logits(rows.numpy()))

    return answer


def _of_file(experiment: Experiment, data: Sequence[Dataset]) -> Part:
    answers = [logits_of(experiment.teacher_file, one, experiment.teacher_clip) for one in data]
    return Part(_stacked(answers), None)


def _stacked(answers: Sequence[tuple[Floats, Floats]]) -> TeacherLogits:
    return TeacherLogits(*(torch.stack([torch.from_numpy(one) for one in part]) for part in zip(*answers, strict=True)))
