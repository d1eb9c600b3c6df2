from dataclasses import replace

import numpy as np
import pytest
import torch

from kd_core import experiment as experiments
from kd_core.data import load_dataset
from kd_core.experiment import Experiment
from kd_core.sweeps import pieces
from kd_core.sweeps.grid import Fold, Sweep
from kd_core.sweeps.intervals import paired_difference
from kd_core.sweeps.pieces import cross_validate, run_sweep
from kd_core.training import run

QUICK = Experiment(teacher="16", teacher_epochs=2, student="8", epochs=6, labels=50, batch_size=16, seeds=3)
TWO_EXAMPLES = 2.5 / 500  # a cohort of another size may round one or two close answers the other way


def parse(*over, **fields):
    return Sweep.parse(QUICK.replace(**fields), over)


def end_of(sweep, fold=None, **options):
    *_, progress = run_sweep(sweep, fold, **options)
    return progress


@pytest.mark.parametrize(
    "over",
    [["temperature=1,8", "alpha=0.5,1"], ["labels=20,0", "label_noise=0,0.3"], ["student=4,8-8"], ["teacher=8,16"]],
    ids=lambda over: ",".join(axis.split("=")[0] for axis in over),
)
def test_every_cell_is_the_run_of_its_experiment(over):
    progress, teachers = end_of(parse(*over)), {}
    scores = progress.scores()
    for i, cell in enumerate(progress.table()):
        *_, last = run(cell.experiment, teachers=teachers)
        alone, distilled = last.actors["alone"], last.actors["distilled"]
        np.testing.assert_allclose(scores[i], distilled.test_accuracy, atol=TWO_EXAMPLES)
        np.testing.assert_allclose(cell.alone, alone.test_accuracy.mean(), atol=TWO_EXAMPLES)
        np.testing.assert_allclose(cell.agreement, distilled.agreement.mean(), atol=TWO_EXAMPLES)


def test_progress_grows_to_its_end_in_about_ten_reports_a_piece():
    done = [progress.done for progress in run_sweep(parse("alpha=0,1", epochs=35))]
    assert done == sorted(done)
    assert done[-1] == 1
    assert 10 <= len(done) <= 12


def test_results_do_not_depend_on_the_cut():
    setup = parse("temperature=1,8", "alpha=0,0.5")
    whole = end_of(setup)
    assert len(whole.pieces) == 1
    single = end_of(setup, piece_bytes=1)
    assert len(single.pieces) == 5 * 3
    np.testing.assert_allclose(single.scores(), whole.scores(), atol=TWO_EXAMPLES)
    for one, other in zip(single.table(), whole.table(), strict=True):
        assert one.alone == pytest.approx(other.alone, abs=TWO_EXAMPLES)


def test_a_learning_rate_that_diverges_marks_its_cells_and_leaves_the_others_whole():
    wild = {"optimizer": "sgd", "student": "64-64-64", "epochs": 20}
    progress = end_of(parse("learning_rate=0.02,1000", "alpha=0,1", **wild))
    diverged = np.isnan(progress.scores()).any(axis=1)
    assert diverged[2:].any()  # a student may also end with finite numbers that answer the same to everything
    assert not diverged[:2].any()
    assert progress.done == 1
    table = progress.table()
    assert all(table[i].collapsed for i in np.flatnonzero(diverged))
    assert not any(cell.is_best or cell.is_clear or cell.holds for cell in table[2:] if cell.collapsed)
    assert table[:2] == end_of(parse("learning_rate=0.02", "alpha=0,1", **wild)).table()


def test_cells_with_the_same_teacher_share_its_training():
    class Store(dict):
        """A store that notes whose teachers are trained."""

        def __setitem__(self, key, teacher):
            taught.append(teacher.snapshots[0].experiment.teacher)
            super().__setitem__(key, teacher)

    taught = []
    end_of(parse("labels=20,50", "teacher=8,16", epochs=1), teachers=Store())
    assert taught == ["8", "16"]


# Cross-validation


def test_folds_part_the_training_set_and_hold_nothing_else():
    data = load_dataset("digits", seed=3)
    folds = [Fold(index, 5)(data) for index in range(5)]
    assert sorted(np.concatenate([fold.test_ids for fold in folds])) == sorted(data.train_ids)
    assert {len(fold.test_ids) for fold in folds} == {259, 260}
    for fold in folds:
        assert fold.inputs is data.inputs
        assert sorted([*fold.train_ids, *fold.test_ids]) == sorted(data.train_ids)
        np.testing.assert_array_equal(fold.train_labels, data.labels[fold.train_ids])


def test_data_of_a_fold_are_the_experiments_own_training_set():
    experiment = QUICK.replace(noise=0.1, seed=4)
    whole, fold = experiment.load_data(), experiment.load_data(Fold(1, 3))
    np.testing.assert_array_equal(fold.test_inputs, whole.train_inputs[1::3])


def test_cross_validation_never_touches_the_test_set(monkeypatch):
    setup = parse("temperature=1,8", "alpha=0,1", seeds=2)
    choice = cross_validate(setup, 3, teachers={})

    def without_test_set(*arguments, **options):
        data = load_dataset(*arguments, **options)
        inputs, labels = data.inputs.copy(), data.labels.copy()
        inputs[data.test_ids], labels[data.test_ids] = np.nan, -1
        return replace(data, inputs=inputs, labels=labels)

    monkeypatch.setattr(experiments, "load_dataset", without_test_set)
    again = cross_validate(setup, 3, teachers={})
    np.testing.assert_array_equal(again.mean, choice.mean)
    np.testing.assert_array_equal(again.standard_error, choice.standard_error)
    assert (again.best, again.simplest) == (choice.best, choice.simplest)


def test_a_cell_over_splits_is_the_run_of_its_experiment():
    sweep = parse("alpha=0.1,0.5", seeds=6, splits=3)
    progress = end_of(sweep)
    for i, cell in enumerate(progress.table()):
        *_, last = run(cell.experiment)
        alone, distilled = (last.actors[actor].test_accuracy for actor in ("alone", "distilled"))
        np.testing.assert_allclose(progress.scores()[i], distilled, atol=TWO_EXAMPLES)
        assert cell.gain.splits == 3
        assert cell.gain.std == pytest.approx(paired_difference(distilled, alone, splits=3).std, abs=TWO_EXAMPLES)


def test_folds_of_splits_are_those_of_each_split():
    sweep, fold = parse("alpha=0.1,0.5", seeds=2, splits=2), Fold(1, 3)
    scores = end_of(sweep, fold).scores()
    for split, experiment in enumerate(sweep.base.by_split):
        of_split = end_of(Sweep(experiment.replace(seeds=2), sweep.over), fold).scores()
        np.testing.assert_allclose(scores[:, split], of_split[:, split], atol=2.5 / 400)
    assert cross_validate(sweep, 3).is_made


def test_students_that_end_with_one_answer_are_counted_and_never_chosen():
    sweep = parse("learning_rate=0.02,1000", "alpha=0.1", epochs=40)
    sound, dead = end_of(sweep).table()
    assert (sound.collapsed, dead.collapsed_alone > 0, dead.collapsed_distilled > 0) == (0, True, True)
    choice = cross_validate(sweep, 2)
    assert np.isnan(choice.mean[1])
    assert choice.best == choice.simplest == 0


def test_cross_validation_scores_each_cell_by_its_mean_over_the_folds():
    setup = parse("alpha=0,1", seeds=2)
    scores = np.array([end_of(setup, Fold(number, 3)).scores().mean(axis=1) for number in range(3)])
    choice = cross_validate(setup, 3)
    np.testing.assert_allclose(choice.mean, scores.mean(axis=0))
    np.testing.assert_allclose(choice.standard_error, scores.std(axis=0, ddof=1) / 3**0.5)


def test_without_a_gpu_the_cpu_trains_and_nothing_is_measured(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert pieces.faster_device("size", lambda device: pytest.fail("measured")) == torch.device("cpu")


def test_the_faster_device_is_found_by_measuring_once_for_each_size(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    measured, known = [], {}

    def seconds(size, **of):
        return lambda device: measured.append((size, device.type)) or of[device.type]

    assert pieces.faster_device("small", seconds("small", cpu=1.0, cuda=2.0), known).type == "cpu"
    assert pieces.faster_device("large", seconds("large", cpu=2.0, cuda=1.0), known).type == "cuda"
    assert pieces.faster_device("large", seconds("large", cpu=0.0, cuda=1.0), known).type == "cuda"
    assert measured == [("small", "cpu"), ("small", "cuda"), ("large", "cpu"), ("large", "cuda")]
