"""The exported script against the engine: two programs that share no training code find the same accuracies."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import stdtrit

from kd_core import DATASETS, DivergenceError, Experiment, run
from kd_core.export.script import script
from kd_core.sweeps.intervals import paired_difference
from tests.export.helpers import assert_clean, assert_same, found_by_engine, printed_by

# Short runs of small networks: there, a nudge in the last bits of all initial weights moves no accuracy (tried eight
# times each), so neither does rounding. Long or wild runs amplify it, in the script and in the engine alike.
QUERIES = {
    "few labels": "labels=30&batch_size=8&teacher=32&teacher_epochs=4&epochs=20&seeds=3",
    "all labels": "labels=0&teacher=32&teacher_epochs=3&epochs=2&seeds=2&learning_rate=0.005",
    "one pair": "labels=20&teacher=32&teacher_epochs=3&epochs=5&seeds=1&seed=11",
    "noisy plane": "dataset=spirals&noise=0.05&labels=60&teacher=32&teacher_epochs=8&epochs=15&seeds=3",
    "flipped labels": "dataset=rings&label_noise=0.3&labels=60&teacher=32&teacher_epochs=20&epochs=30&seeds=3&seed=2",
    "teacher with dropout and smoothing": "teacher=32-24&teacher_epochs=4&teacher_dropout=0.3&"
    "teacher_label_smoothing=0.1&labels=50&epochs=10&seeds=2",
    "without the factor T squared": "labels=30&teacher=32&teacher_epochs=4&t_squared=0&alpha=0.5&epochs=20&seeds=3",
    "sgd": "optimizer=sgd&learning_rate=0.1&labels=50&teacher=32&teacher_epochs=4&epochs=15&batch_size=16&seeds=2",
    "adamw": "optimizer=adamw&learning_rate=0.1&dataset=blobs&labels=60&teacher=8&batch_size=8&epochs=25&seeds=2",
    "schedule": "dataset=blobs&labels=20&teacher=16&teacher_epochs=10&alpha=0&schedule=3:8:0.5,9:1:0.9&epochs=15",
    "splits": "splits=3&seeds=7&labels=30&teacher=32&teacher_epochs=4&teacher_dropout=0.1&epochs=10",
    "splits of a plane": "dataset=blobs&splits=7&labels=12&teacher=8&teacher_epochs=10&student=8&schedule=3:8:0.5",
    "collapsed": "optimizer=sgd&learning_rate=30&labels=50&teacher=16&teacher_epochs=3&student=8&epochs=5&seeds=3",
    "convolutions": "teacher=c4-c8&teacher_epochs=6&student=c4-8&labels=100&alpha=0.5&temperature=2&epochs=20&seeds=2"
    "&label_noise=0.1",
    "convolutional teacher with dropout": "teacher=c4-16&teacher_dropout=0.2&teacher_epochs=6&student=8&labels=60"
    "&epochs=12&seeds=2&schedule=4:2:0.5",
    "table": "dataset=breast&splits=3&seeds=4&teacher_epochs=5&epochs=20",
    "noisy table": "dataset=wine&splits=1&seeds=3&noise=0.3&teacher=16&teacher_epochs=10&epochs=20",
    "several layers": "dataset=crescents&student=12-8-6&teacher=24-24-24&teacher_epochs=10&labels=90&epochs=20&seeds=3",
}
DIVERGING = "labels=30&noise=0.3&teacher=8&teacher_epochs=1&student=64-64-64&optimizer=sgd&learning_rate=1000&epochs=9"
LONG = Experiment(schedule=",".join(f"{epoch}:{1 + epoch / 7!r}:{epoch / 61!r}" for epoch in range(1, 61)))
EXPERIMENTS = {
    **{name: Experiment.from_query(query) for name, query in QUERIES.items()},
    **{f"data set {name}": Experiment.from_query(f"dataset={name}") for name in DATASETS},
    "long schedule": LONG,
}


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What each script prints, line by line."""
    queries = {**QUERIES, "diverging": DIVERGING}
    lines = printed_by([Experiment.from_query(query) for query in queries.values()], tmp_path_factory.mktemp("away"))
    return dict(zip(queries, lines, strict=True))


def namespace(experiment: Experiment) -> dict[str, Any]:
    """The script's constants and functions; its `main` does not run."""
    names: dict[str, Any] = {"__name__": "script"}
    exec(compile(script(experiment), "script.py", "exec"), names)
    return names


def imported(text: str) -> Iterator[str]:
    """Top-level names of all modules that a source imports, at any depth."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield str(node.module).split(".")[0]


@pytest.mark.parametrize("name", QUERIES)
def test_script_finds_the_accuracies_of_the_engine(name: str, printed: dict[str, list[str]]) -> None:
    experiment = EXPERIMENTS[name]
    expected = found_by_engine(experiment)
    assert_same(printed[name][-1], expected, experiment)
    assert any(expected["distilled"]["collapsed"]) == (name == "collapsed")


def test_collapsed_networks_get_no_verdict(printed: dict[str, list[str]]) -> None:
    result, line = json.loads(printed["collapsed"][-1]), printed["collapsed"][-2]
    count = sum(sum(result[actor]["collapsed"]) for actor in ("teacher", "alone", "distilled"))
    assert line.startswith(f"collapsed networks: {count}; nothing follows about distillation")
    assert not any("interval" in said for said in printed["collapsed"])


@pytest.mark.parametrize("name", [name for name in QUERIES if name not in ("one pair", "collapsed")])
def test_printed_gain_is_that_of_kd_core(name: str, printed: dict[str, list[str]]) -> None:
    result = json.loads(printed[name][-1])
    splits = EXPERIMENTS[name].splits
    gain = paired_difference(result["distilled"]["test_accuracy"], result["alone"]["test_accuracy"], splits=splits)
    means, spread, interval = printed[name][-4:-1]
    numbers = [
        float(number) for line in (means, spread, interval[11:]) for number in re.findall(r"[+-]?\d+\.\d+", line)
    ]
    expected = [100 * x for x in (gain.mean, gain.std, gain.standard_error, gain.low, gain.high)]
    rounding = 0.0051 + 0.0005 * expected[2]  # of the printed number, and of the quantile
    np.testing.assert_allclose(numbers[2:], expected, rtol=0, atol=rounding)
    clear, where = ("clear on average", "") if splits > 1 else ("clear on this split", " on this split")
    assert interval.endswith(f": {clear}" if gain.is_clear else f": no clear difference{where}")


def test_one_pair_has_no_interval(printed: dict[str, list[str]]) -> None:
    assert not any("interval" in line for line in printed["one pair"])


def test_script_stops_where_the_engine_diverges(printed: dict[str, list[str]]) -> None:
    with pytest.raises(DivergenceError):
        list(run(Experiment.from_query(DIVERGING)))
    assert printed["diverging"][-1].startswith("stopped: Training diverged.")


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_script_is_compiled_and_holds_its_query(name: str) -> None:
    names = namespace(EXPERIMENTS[name])
    query = EXPERIMENTS[name].to_query()
    assert names["QUERY"] == query
    assert query in "".join(line.strip() for line in names["__doc__"].splitlines())


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_script_imports_only_what_a_reader_has(name: str) -> None:
    others = set(imported(script(EXPERIMENTS[name]))) - sys.stdlib_module_names
    is_shipped = EXPERIMENTS[name].dataset in ("digits", "breast", "wine", "iris")
    assert others == {"torch", "numpy"} | ({"sklearn"} if is_shipped else set())


def test_scripts_are_clean_and_formatted(tmp_path: Path) -> None:
    query = (
        "dataset=crescents&labels=60&teacher=32&teacher_epochs=10&batch_size=8&learning_rate=0.1&optimizer=sgd&seed="
    )
    near_the_edge = [Experiment.from_query(query + "1" * digits) for digits in range(1, 10)]
    assert {110, 111, 114, 115} <= {len(experiment.to_query()) for experiment in near_the_edge}
    assert_clean([script(experiment) for experiment in [*EXPERIMENTS.values(), *near_the_edge]], tmp_path)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_no_line_is_longer_than_120_columns(name: str) -> None:
    assert max(map(len, script(EXPERIMENTS[name]).splitlines())) <= 120


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"teacher_dropout": 0.2}, ["Dropout", "after_relu", "TEACHER_DROPOUT"]),
        ({"teacher_label_smoothing": 0.1}, ["label_smoothing"]),
        ({"label_noise": 0.2}, ["flip_labels", "LABEL_NOISE"]),
        ({"schedule": "5:2:0.5"}, ["SCHEDULE", "for epoch in"]),
        ({"optimizer": "adamw"}, ["AdamW"]),
        ({"optimizer": "sgd"}, ["momentum"]),
        ({"dataset": "rings"}, ["def rings"]),
        ({"splits": 3}, ["SPLIT_SEEDS", "enumerate", "partial", "by_split"]),
        ({"student": "c4"}, ["Conv2d", "IMAGE", "network(*TEACHER", ".split(1000)"]),
        ({"teacher": "c4"}, ["Conv2d", "one_cycle", "WARM_UP", "LambdaLR"]),
        ({"teacher_kind": "forest"}, ["RandomForestClassifier", "TEACHER_TREES"]),
        ({"teacher_kind": "knn"}, ["KNeighborsClassifier", "clipped", "TEACHER_CLIP"]),
        ({"teachers": 2}, ["combined", "TEACHERS", "WEIGHTS", "number: int"]),
        ({"test_noise": 0.1}, ["TEST_NOISE"]),
        ({"target": "thick"}, ["in_other_domain", "maximum_filter"]),
        ({"target": "thick", "target_labels": 20}, ["TARGET_LABELS", "told"]),
        ({"extra": 1}, ["draw_unlabelled", "UNLABELLED"]),
        ({"shift": 1}, ["shifted", "unfold", "views", "IMAGE"]),
        ({"student_dropout": 0.1}, ["STUDENT_DROPOUT", "class Dropout", "MASKS, pair"]),
        ({"weight_decay": 0.1}, ["WEIGHT_DECAY", "weight_decay"]),
        ({"validation": 0.1}, ["VALIDATED", "deepcopy", "fewest"]),
        ({"dataset": "mnist"}, ["gzip", "FOLDER", "ROUND", "rounds(", "one_cycle", "halved"]),
    ],
)
def test_script_holds_only_what_its_experiment_uses(changes: dict[str, Any], words: list[str]) -> None:
    plain, other = script(Experiment()), script(Experiment(**changes))
    assert [word for word in words if word in plain] == []
    assert [word for word in words if word not in other] == []


def test_t_squared_appears_only_if_it_is_on() -> None:
    assert "* temperature**2 * soft" in script(Experiment())
    assert "**2" not in source_within(script(Experiment(t_squared=False)), "distillation_loss")


def source_within(text: str, name: str) -> str:
    """The text of one function of a script."""
    (node,) = (node for node in ast.parse(text).body if getattr(node, "name", None) == name)
    return str(ast.get_source_segment(text, node))


def test_quantiles_are_those_of_student() -> None:
    quantiles = namespace(Experiment())["T_QUANTILES"]
    np.testing.assert_allclose(quantiles, stdtrit(np.arange(1, 20), 0.975), rtol=0, atol=5.1e-4)


def test_writing_a_script_imports_no_torch() -> None:
    code = (
        "import sys; from kd_core import Experiment; from kd_core.export.script import script; script(Experiment()); "
        "assert not {'torch', 'sklearn', 'streamlit'} & sys.modules.keys()"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, env={**os.environ})
    assert done.returncode == 0, done.stderr.decode()
