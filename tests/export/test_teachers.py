"""Scripts whose teacher is not one network, against the engine: pipelines, several teachers, a file of answers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kd_core import Experiment
from kd_core.answers import store
from kd_core.answers.table import About, Answers, data_of
from kd_core.export.script import script
from tests.answers.helpers import logits_for, probabilities_for
from tests.export.helpers import assert_clean, assert_same, found_by_engine, printed_by

SHORT = "&epochs=8&seeds=2"
QUERIES = {
    "forest": "teacher_kind=forest&teacher_trees=12&teacher_depth=6&splits=2&labels=40",
    "boosting": "teacher_kind=boosting&teacher_trees=12&dataset=crescents&labels=30",
    "boosting of two classes": "teacher_kind=boosting&teacher_trees=9&teacher_depth=2&dataset=breast&splits=2",
    "histogram": "teacher_kind=histogram&teacher_trees=12&dataset=blobs&teacher_clip=0.1&labels=30",
    "neighbours": "teacher_kind=knn&teacher_neighbours=3&splits=2&labels=40",
    "as many neighbours as there are": "teacher_kind=knn&teacher_neighbours=100&dataset=iris&splits=1&labels=20",
    "support vectors": "teacher_kind=svm&dataset=wine&teacher_c=0.3&splits=2",
    "support vectors of two classes": "teacher_kind=svm&dataset=breast&splits=1",
    "logistic": "teacher_kind=logistic&teacher_c=0.1&dataset=wine&splits=2",
    "logistic of two classes": "teacher_kind=logistic&dataset=breast&splits=1&temperature=2",
    "made table": "dataset=terrain&teacher_kind=forest&teacher_trees=5&labels=60",
    "several networks": "teachers=3&teacher=12&teacher_epochs=4&splits=2&labels=40",
    "one network of several": "teachers=3&teacher=12&teacher_epochs=4&teacher_weights=0:0:1&labels=40",
    "networks with dropout": "teachers=2&teacher=16&teacher_dropout=0.2&teacher_epochs=4&teacher_weights=1:3&labels=40",
    "several forests": "teacher_kind=forest&teachers=3&teacher_trees=4&teacher_mean=probabilities&labels=40"
    "&teacher_weights=2:0:2",
    "one forest of several": "teacher_kind=forest&teachers=2&teacher_trees=5&teacher_weights=0:1&labels=40",
    "several kinds": "teacher_kind=network%2Bforest%2Blogistic&teachers=2&teacher=12&teacher_epochs=4&teacher_trees=5"
    "&teacher_weights=1:0:0.5:2:1&teacher_mean=probabilities&splits=2&labels=40",
    "kinds on equal terms": "teacher_kind=knn%2Bnetwork%2Bhistogram&dataset=crescents&teacher=16&teacher_epochs=8"
    "&teacher_trees=8&labels=30",
    "convolutions that nobody needs": "teacher_kind=logistic&teacher=c4&labels=40",
    "convolutions and a forest": "teacher_kind=network%2Bforest&teacher=c4&teacher_epochs=2&teacher_trees=5&labels=40",
}
FILES = {  # the data, what is answered, the rest of the settings
    "logits": ("seed=5", "logits", ""),
    "probabilities": ("dataset=crescents", "probabilities", "&teacher_clip=0.05&temperature=1&labels=30"),
    "a file among others": (
        "dataset=digits",
        "logits",
        "&teacher_kind=forest%2Bfile%2Bnetwork&teacher=12&teacher_epochs=3&teacher_trees=5&teacher_weights=1:2:1",
    ),
    "a file that weighs nothing": ("dataset=wine", "logits", "&teacher_kind=file%2Blogistic&teacher_weights=0:1"),
    "another domain": ("target=noisy&target_labels=20", "logits", "&extra=2&extra_kind=rest"),
}


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What each script prints, line by line."""
    experiments = [Experiment.from_query(query + SHORT) for query in QUERIES.values()]
    return dict(zip(QUERIES, printed_by(experiments, tmp_path_factory.mktemp("away")), strict=True))


@pytest.fixture(scope="module")
def of_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Experiment, Path]]]:
    """Experiments whose teacher is a file, and a folder with what their scripts read."""
    folder, held = tmp_path_factory.mktemp("beside"), tmp_path_factory.mktemp("held")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KD_DATA", str(held))
        found = {}
        for name, (data, kind, rest) in FILES.items():
            answers = answers_for(Experiment.from_query(data), kind)
            of_answers = store.save(answers)
            (folder / f"{of_answers}.npz").write_bytes(store.to_bytes(answers))
            kinds = "" if "teacher_kind" in rest else "&teacher_kind=file"
            found[name] = (
                Experiment.from_query(f"{data}{rest}{kinds}&teacher_file={of_answers}&splits=1{SHORT}"),
                folder,
            )
        yield found
    store.about.cache_clear()
    store.read.cache_clear()


def answers_for(experiment: Experiment, kind: str) -> Answers:
    frame = (logits_for if kind == "logits" else probabilities_for)(experiment, lift=3.0)
    names = experiment.source.class_names
    about = About("a model", data_of(experiment), "logits" if kind == "logits" else "probabilities", names, len(frame))
    ids, *values = (frame[column].to_numpy() for column in frame)
    return Answers(about, ids, np.stack(values, axis=1).astype(np.float32))


@pytest.mark.parametrize("name", QUERIES)
def test_script_finds_the_accuracies_of_the_engine(name: str, printed: dict[str, list[str]]) -> None:
    experiment = Experiment.from_query(QUERIES[name] + SHORT)
    expected = found_by_engine(experiment)
    assert_same(printed[name][-1], expected, experiment)
    assert expected["teacher"]["test_accuracy"] > 0.25


def test_scripts_that_read_answers_find_the_accuracies_of_the_engine(
    of_files: dict[str, tuple[Experiment, Path]],
) -> None:
    ((_, folder), *_) = of_files.values()
    experiments = [experiment for experiment, _ in of_files.values()]
    for experiment, (*_, line) in zip(experiments, printed_by(experiments, folder), strict=True):
        expected = found_by_engine(experiment)
        assert_same(line, expected, experiment)
        assert expected["teacher"]["test_accuracy"] > 0.4


def test_scripts_are_clean_and_formatted(of_files: dict[str, tuple[Experiment, Path]], tmp_path: Path) -> None:
    experiments = [Experiment.from_query(query + SHORT) for query in QUERIES.values()]
    experiments += [Experiment.from_query(f"teacher_kind=histogram&splits={n}&teacher_depth=3") for n in (1, 3)]
    experiments += [
        Experiment.from_query(f"dataset=fashion&teacher_kind={kind}")
        for kind in ("forest", "boosting", "knn%2Bsvm", "logistic")
    ]
    weights = ":".join(map(str, range(1, 21)))
    experiments += [Experiment.from_query(f"teachers=20&teacher_weights={weights}&teacher_mean=probabilities")]
    assert_clean(
        [script(one) for one in [*experiments, *(experiment for experiment, _ in of_files.values())]], tmp_path
    )


def test_a_file_that_weighs_nothing_is_not_asked_for(of_files: dict[str, tuple[Experiment, Path]]) -> None:
    assert "ANSWERS" in script(of_files["a file among others"][0])
    assert "ANSWERS" not in script(of_files["a file that weighs nothing"][0])


def test_the_script_says_which_answers_are_missing_and_does_without_others(
    of_files: dict[str, tuple[Experiment, Path]], tmp_path: Path
) -> None:
    experiment, _ = of_files["logits"]
    (tmp_path / "script.py").write_text(script(experiment), encoding="utf-8")
    command, file = [sys.executable, "-I", "script.py"], f"{experiment.teacher_file}.npz"
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, f"{file} is missing. KD Lab gives it to download.\n")
    np.savez(tmp_path / file, ids=np.arange(5), values=np.zeros((5, 10), np.float32))
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, f"{file} holds answers for other rows.\n")
