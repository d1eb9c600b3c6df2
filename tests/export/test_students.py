"""Scripts with what else students can be given, and other data to be tested on, against the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from kd_core import Experiment
from kd_core.export.script import script
from tests.export.helpers import assert_clean, assert_same, found_by_engine, printed_by

SHORT = "&teacher=16&teacher_epochs=4&epochs=8&seeds=2"
QUERIES = {
    "noise at the test": "test_noise=0.5&splits=2&labels=40",
    "noisy domain": "target=noisy&extra=0&noise=0.1&test_noise=0.2&labels=40",
    "thick domain": "target=thick&splits=2&target_labels=20&labels=40",
    "turned domain": "target=turned&target_labels=10&labels=40",
    "inverted domain": "target=inverted&extra=2&extra_kind=rest&labels=40",
    "shifted domain": "target=shifted&extra=2&extra_kind=noise&labels=40",
    "moved in a plane": "dataset=blobs&target=moved&extra=3&labels=40",
    "turned in a plane": "dataset=crescents&target=turned&target_labels=9&labels=40",
    "moved in a table": "dataset=wine&target=moved&splits=2&extra=2",
    "noisy table": "dataset=iris&target=noisy&splits=1",
    "noisy copies": "extra=3&labels=40",
    "mixtures": "extra=3&extra_kind=mixup&splits=2&labels=40",
    "the rest": "extra=3&extra_kind=rest&schedule=3:2:0.5&labels=40",
    "fewer than steps": "extra=1&extra_kind=rest&dataset=iris&labels=97&batch_size=8&splits=1",
    "noisy copies for a forest": "extra=2&teacher_kind=forest&teacher_trees=5&student=c4&student_dropout=0.2&labels=40",
    "shifts": "shift=1&labels=40",
    "shifts that the teacher does not hear": "shift=2&shift_view=clean&splits=2&labels=40",
    "a teacher of shifts": "teacher_shift=1&teachers=2&extra=2&shift=1&labels=40",
    "dropout": "student_dropout=0.3&student=16-12&labels=40",
    "dropout and mixtures": "student_dropout=0.3&student=16-12&extra=2&extra_kind=mixup&splits=2&labels=40",
    "decay with adam": "weight_decay=0.05&labels=40",
    "decay with adamw": "weight_decay=0.2&optimizer=adamw&labels=40",
    "decay with sgd": "weight_decay=0.01&optimizer=sgd&learning_rate=0.1&labels=40",
    "validation": "validation=0.3&label_noise=0.2&splits=2&labels=40",
    "much of it": "validation=0.2&student_dropout=0.2&extra=2&extra_kind=rest&shift=1&target=thick&target_labels=10"
    "&teacher_dropout=0.1&test_noise=0.2&labels=40",
    "all of it": "teacher_kind=network%2Bforest&teacher_trees=5&validation=0.2&student_dropout=0.2&extra=2&shift=1"
    "&shift_view=clean&target=noisy&target_labels=10&splits=2&schedule=4:2:0.3&weight_decay=0.01&labels=40",
}
EXPERIMENTS = {name: Experiment.from_query(query + SHORT) for name, query in QUERIES.items()}


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What each script prints, line by line."""
    lines = printed_by(list(EXPERIMENTS.values()), tmp_path_factory.mktemp("away"))
    return dict(zip(EXPERIMENTS, lines, strict=True))


@pytest.mark.parametrize("name", QUERIES)
def test_script_finds_the_accuracies_of_the_engine(name: str, printed: dict[str, list[str]]) -> None:
    assert_same(printed[name][-1], found_by_engine(EXPERIMENTS[name]), EXPERIMENTS[name])


def test_scripts_are_clean_and_formatted(tmp_path: Path) -> None:
    on_images = [
        Experiment.from_query(f"dataset={dataset}&shift=1&extra=1&splits={splits}&target={target}&target_labels=50")
        for dataset in ("fashion", "mnist28")
        for splits in (1, 2)
        for target in ("noisy", "thick", "turned", "inverted", "shifted")
    ]
    of_mnist = [
        Experiment.from_query(f"target=mnist&target_labels={n}&extra={extra}") for n in (0, 10) for extra in (0, 1)
    ]
    assert_clean([script(one) for one in [*EXPERIMENTS.values(), *on_images, *of_mnist]], tmp_path)


def test_the_student_alone_is_shown_unlabelled_examples_only_where_masks_are_drawn_for_them() -> None:
    plain, dropping = (script(Experiment(extra=2, student_dropout=share)) for share in (0.0, 0.2))
    assert "train_student(pair, inputs, labels)" in plain
    assert "train_student(pair, everything, labels)" in dropping
