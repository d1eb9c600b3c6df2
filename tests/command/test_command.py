import json
import subprocess
import sys

import numpy as np
import pytest

from kd_core import Experiment, Steer, mnist, run, sources
from kd_core.command import main
from kd_core.command.run import sentence, summary
from kd_core.data import DataError
from kd_core.messages import Message
from kd_core.sweeps.grid import Sweep
from kd_core.sweeps.pieces import cross_validate, run_sweep

QUICK = "dataset=rings&teacher=16&teacher_epochs=2&student=8&epochs=3&seeds=3"


def call(*arguments):
    """Exit status, stdout and stderr of `python -m kd_core`."""
    done = subprocess.run([sys.executable, "-m", "kd_core", *arguments], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def test_the_last_line_with_json_is_the_result_as_the_design_says():
    status, out, _ = call("run", QUICK, "--json")
    assert status == 0
    result = json.loads(out.splitlines()[-1])
    assert result.keys() == {"experiment", "teacher", "alone", "distilled", "seconds"}
    assert Experiment.from_query(result["experiment"]) == Experiment.from_query(QUICK)
    assert result["teacher"].keys() == result["alone"].keys() == {"test_accuracy", "collapsed"}
    assert result["distilled"].keys() == {"test_accuracy", "agreement", "collapsed"}
    assert len(result["teacher"]["collapsed"]) == 1
    assert len(result["alone"]["collapsed"]) == len(result["distilled"]["collapsed"]) == 3
    per_seed = [
        result["alone"]["test_accuracy"],
        *(result["distilled"][name] for name in ("test_accuracy", "agreement")),
    ]
    assert [len(values) for values in per_seed] == [3, 3, 3]
    assert all(0 <= value <= 1 for values in [*per_seed, [result["teacher"]["test_accuracy"]]] for value in values)
    assert result["seconds"] > 0


def test_its_numbers_are_those_of_the_run(capsys):
    assert main(["run", QUICK, "--json"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    last = {snapshot.phase: snapshot.actors for snapshot in run(Experiment.from_query(QUICK))}
    teacher, alone, distilled = last["teacher"]["teacher"], last["students"]["alone"], last["students"]["distilled"]
    np.testing.assert_allclose(result["teacher"]["test_accuracy"], teacher.test_accuracy[0], atol=1e-6)
    np.testing.assert_allclose(result["alone"]["test_accuracy"], alone.test_accuracy, atol=1e-6)
    np.testing.assert_allclose(result["distilled"]["test_accuracy"], distilled.test_accuracy, atol=1e-6)
    np.testing.assert_allclose(result["distilled"]["agreement"], distilled.agreement, atol=1e-6)


def test_without_json_the_result_is_one_sentence(capsys):
    assert main(["run", QUICK]) == 0
    captured = capsys.readouterr()
    (line,) = captured.out.splitlines()
    assert line.startswith("teacher ")
    assert "n = 3; distilled - alone" in line
    assert captured.err == ""


@pytest.mark.parametrize(
    ("distilled", "said"),
    [
        ([0.51, 0.62, 0.70], "distilled - alone +1.00 points, 95 % interval +1.00 to +1.00: clear on this split)"),
        ([0.50, 0.61, 0.69], "+0.00 points, 95 % interval +0.00 to +0.00: no clear difference on this split)"),
        ([0.49, 0.60, 0.74], ": no clear difference on this split)"),
    ],
)
def test_the_sentence_claims_a_difference_only_where_it_is_clear(distilled, said):
    words = sentence(found([0.50, 0.61, 0.69], distilled))
    assert words.startswith("teacher 98.7%, alone 60.0%, distilled ")
    assert said in words


def found(alone, distilled, splits=1, dead=()):
    """A result with these accuracies, in which these pairs' distilled students have collapsed."""
    none = [False] * len(alone)
    return {
        "teacher": {"test_accuracy": 0.987, "collapsed": [False] * splits},
        "alone": {"test_accuracy": alone, "collapsed": none},
        "distilled": {"test_accuracy": distilled, "collapsed": [pair in dead for pair in range(len(alone))]},
        "seconds": 1.25,
    }


@pytest.mark.parametrize(
    ("gains", "said"),
    [
        ([0.05, 0.06, 0.055, 0.06], "interval +4.86 to +6.39: holds: the next split is expected to say the same)"),
        ([0.01, 0.05, 0.04, 0.06], "clear on average, but the next split may say otherwise)"),
        ([-0.01, 0.05, -0.04, 0.06], ": no clear difference)"),
    ],
)
def test_the_sentence_over_several_splits_says_what_of_the_next(gains, said):
    words = sentence(found([0.5] * 4, [0.5 + gain for gain in gains], splits=4))
    assert "(n = 4 on 4 splits;" in words
    assert said in words


def test_the_sentence_has_no_verdict_where_a_network_has_collapsed():
    words = sentence(found([0.8, 0.9, 0.8], [0.1, 0.9, 0.1], dead=(0, 2)))
    assert "collapsed: 2 of 3 distilled: nothing follows about distillation, try a smaller learning rate)" in words
    assert "clear" not in words


def test_dead_students_are_told_of_by_seed(capsys):
    assert main(["run", "optimizer=sgd&learning_rate=.3&temperature=20&alpha=0&epochs=60&seeds=2", "--json"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["alone"]["collapsed"] == [False, False]
    assert result["distilled"]["collapsed"] == [True, True]


def test_several_splits_are_told_with_their_teachers(capsys):
    query = QUICK.replace("seeds=3", "seeds=5&splits=2")
    assert main(["run", query, "--json"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result.keys() == {"experiment", "splits", "teacher", "alone", "distilled", "seconds"}
    assert result["splits"] == [0, 1, 0, 1, 0]
    teachers = result["teacher"]["by_split"]
    assert len(teachers) == len(result["teacher"]["collapsed"]) == 2
    assert result["teacher"]["test_accuracy"] == pytest.approx(sum(teachers) / 2, abs=1e-6)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("temperature=0", "kd_core: temperature=0 is not allowed: temperature is a number from 1 to 20."),
        ("alpha=2&student=banana", "student=banana is not allowed: student is up to 3 convolutions"),
        (
            "dataset=rings&student=c4",
            "kd_core: student=c4 is not allowed with dataset=rings: a convolution needs images",
        ),
        ("banana=1", "kd_core: banana=1 is not allowed: there is no field banana"),
    ],
)
def test_a_wrong_experiment_ends_with_status_2_and_a_message_on_stderr(capsys, query, message):
    assert main(["run", query, "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err


@pytest.mark.parametrize("call", [["run"], ["sweep", "--over", "alpha=0,1"]])
def test_data_that_is_not_to_be_had_ends_with_status_1_and_says_so_on_stderr(capsys, monkeypatch, call):
    reason = Message("data_not_kept")

    def load(name):
        raise DataError(reason)

    sources.images.cache_clear()
    monkeypatch.setattr(mnist, "load", load)
    monkeypatch.delenv("KD_SCHEDULER", raising=False)
    assert main([call[0], "dataset=mnist", *call[1:], "--json"]) == 1
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", f"kd_core: {reason}\n")


@pytest.mark.parametrize(
    "query",
    [
        "teacher=c4-c8&student=c4-8&teacher_epochs=1&epochs=2&seeds=2&labels=40",
        "dataset=breast&splits=2&seeds=2&teacher_epochs=2&epochs=3",
    ],
)
def test_tables_and_convolutions_are_run_and_swept_as_everything_else(capsys, monkeypatch, query):
    monkeypatch.delenv("KD_SCHEDULER", raising=False)
    experiment = Experiment.from_query(query)
    assert main(["run", query, "--json"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert Experiment.from_query(result["experiment"]) == experiment
    assert len(result["alone"]["test_accuracy"]) == 2
    assert main(["sweep", query, "--over", f"student=5,{experiment.student}", "--json"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    cells = [Experiment.from_query(cell["experiment"]) for cell in result["cells"]]
    assert cells == [experiment.replace(student=student) for student in ("5", experiment.student)]


@pytest.fixture
def flowers(tmp_path, monkeypatch):
    """A table: what a number says of its class, and one row of a class of its own."""
    monkeypatch.setenv("KD_DATA", str(tmp_path / "kept"))
    rows = [f"{number / 10},{'rose' if number % 3 else 'aster'}" for number in range(60)]
    path = tmp_path / "flowers.csv"
    path.write_text("\n".join(["size,flower", *rows, "7.5,tulip"]) + "\n", encoding="utf-8")
    return path


def test_data_of_ones_own_is_kept_and_its_name_is_known_to_run(capsys, flowers):
    assert main(["data", str(flowers), "--label", "flower"]) == 0
    captured = capsys.readouterr()
    assert captured.err == "kd_core: Examples of classes that have too few: 1.\n"
    (name,) = captured.out.splitlines()
    assert (
        main(["run", f"dataset={name}&teacher=8&teacher_epochs=2&student=4&epochs=2&seeds=2&splits=1", "--json"]) == 0
    )
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert Experiment.from_query(result["experiment"]).source.class_names == ("aster", "rose")


def test_the_same_data_has_the_same_name_whatever_the_file_is_called(capsys, flowers):
    assert main(["data", str(flowers), "--label", "flower"]) == 0
    assert main(["data", str(flowers.rename(flowers.with_name("plants.csv"))), "--label", "flower"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == second


@pytest.mark.parametrize(
    ("name", "label", "said"),
    [
        ("flowers.csv", "colour", "kd_core: This table has no column colour."),
        ("none.csv", "flower", "No such file or directory."),
    ],
)
def test_a_file_that_can_not_be_used_ends_with_status_1_and_says_why(capsys, flowers, name, label, said):
    assert main(["data", str(flowers.with_name(name)), "--label", label]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err


def test_data_that_is_not_held_here_ends_with_status_2_and_says_so(capsys, flowers):
    assert main(["run", f"dataset=own-{'0' * 32}"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("kd_core: This server does not hold the data")


@pytest.mark.parametrize("arguments", [[], ["walk"], ["run", "labels=50", "seeds=2"], ["run", "--yaml"]])
def test_a_wrong_call_ends_with_status_2_and_the_usage_on_stderr(capsys, arguments):
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "usage: python -m kd_core" in captured.err


def test_divergence_ends_with_status_1_and_a_message_on_stderr(capsys):
    wild = "learning_rate=1000&optimizer=sgd&student=64-64-64&teacher=8&teacher_epochs=1&epochs=20&seeds=1"
    assert main(["run", wild, "--json"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("kd_core: The students diverged at step ")
    assert "learning rate" in captured.err


def test_the_process_ends_with_the_status_of_main():
    status, out, err = call("run", "seeds=10000")
    assert (status, out) == (2, "")
    assert err == "kd_core: seeds=10000 is not allowed: seeds is a whole number from 1 to 20.\n"


def test_a_steered_run_is_summed_up_with_its_schedule():
    training, last = run(Experiment.from_query(QUICK)), {}
    for snapshot in training:
        last[snapshot.phase] = snapshot
        if (snapshot.phase, snapshot.epoch) == ("students", 0):
            last["students"] = training.send(Steer(8, 0.5))
    result = summary(last["students"].experiment, last["teacher"], last["students"])
    assert "temperature=8&alpha=0.5" in result["experiment"]


SWEEP = ["sweep", QUICK, "--over", "temperature=1,4", "--over", "alpha=0..1..0.5"]


def test_a_sweep_prints_every_cell_as_json(capsys, monkeypatch):
    monkeypatch.delenv("KD_SCHEDULER", raising=False)
    assert main([*SWEEP, "--json"]) == 0
    captured = capsys.readouterr()
    result = json.loads(captured.out.splitlines()[-1])
    assert captured.err == ""
    assert result.keys() == {"sweep", "students", "cells", "seconds"}
    sweep = Sweep.from_query(result["sweep"])
    assert sweep == Sweep.parse(Experiment.from_query(QUICK), SWEEP[3::2])
    assert result["students"] == (6 + 1) * 3
    assert [Experiment.from_query(cell["experiment"]) for cell in result["cells"]] == sweep.cells
    *_, progress = run_sweep(sweep)
    for shown, cell in zip(result["cells"], progress.table(), strict=True):
        assert shown["gain"] == pytest.approx(cell.gain.mean, abs=1e-6)
        assert shown["gain"] == pytest.approx(shown["distilled"] - shown["alone"], abs=3e-6)
        assert shown["standard_error"] == pytest.approx(cell.standard_error, abs=1e-6)
        assert (shown["n"], shown["clear"]) == (3, cell.gain.is_clear)
        assert shown["not_told_from_best"] == cell.is_best
        assert (shown["splits"], shown["collapsed"], shown["holds"]) == (1, cell.collapsed, False)


def test_a_sweep_over_splits_says_what_holds_and_who_has_collapsed(capsys, monkeypatch):
    monkeypatch.delenv("KD_SCHEDULER", raising=False)
    over = ["--over", "learning_rate=0.02,1000"]
    assert main(["sweep", QUICK.replace("epochs=3", "epochs=40") + "&splits=3", *over, "--json"]) == 0
    out = capsys.readouterr().out.splitlines()[-1]
    sound, dead = json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))["cells"]
    assert (sound["splits"], sound["n"], sound["collapsed"]) == (3, 3, 0)
    assert dead["collapsed"] > 0
    assert not any(dead[claim] for claim in ("clear", "holds", "not_told_from_best"))


def test_a_sweep_of_one_seed_has_no_standard_error(capsys, monkeypatch):
    monkeypatch.delenv("KD_SCHEDULER", raising=False)
    assert main(["sweep", QUICK + "&seeds=1", "--over", "alpha=0", "--json"]) == 0
    (cell,) = json.loads(capsys.readouterr().out.splitlines()[-1])["cells"]
    assert (cell["n"], cell["standard_error"], cell["clear"]) == (1, None, False)


def test_a_sweep_with_folds_prints_the_choice(capsys, monkeypatch):
    monkeypatch.delenv("KD_SCHEDULER", raising=False)
    trained = [part.replace("&epochs=3", "&epochs=40") for part in SWEEP]
    assert main([*trained, "--folds", "2", "--json"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result.keys() == {"sweep", "students", "best", "simplest", "seconds"}
    sweep = Sweep.from_query(result["sweep"])
    choice = cross_validate(sweep, 2)
    for name, cell in (("best", choice.best), ("simplest", choice.simplest)):
        assert Experiment.from_query(result[name]["experiment"]) == sweep.cells[cell]
        assert result[name]["score"] == pytest.approx(choice.mean[cell], abs=1e-6)
        assert result[name]["standard_error"] == pytest.approx(choice.standard_error[cell], abs=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sweep", "--over", "banana=1"], "kd_core: over=banana is not allowed: over is one or two of temperature"),
        (["sweep", "--over", "alpha=2"], "kd_core: over=alpha=2 is not allowed: alpha is a number from 0 to 1"),
        (["sweep", "seeds=0", "--over", "alpha=1"], "kd_core: seeds=0 is not allowed"),
        (["sweep", "--over", "labels=3"], "kd_core: labels=3 is not allowed with dataset=digits"),
        (["sweep", "dataset=wine", "--over", "student=8,c4"], "kd_core: student=c4 is not allowed with dataset=wine"),
    ],
)
def test_a_wrong_sweep_ends_with_status_2_and_a_message_on_stderr(capsys, arguments, message):
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err


@pytest.mark.parametrize("arguments", [["sweep"], ["sweep", "--over", "alpha=1", "--folds", "1"]])
def test_a_sweep_without_axes_or_with_one_fold_is_a_wrong_call(capsys, arguments):
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert "usage: python -m kd_core" in capsys.readouterr().err
