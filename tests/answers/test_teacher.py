"""Answers as a teacher: in the order of the data's ids, to the bit, and of no other data."""

import numpy as np
import pytest

import kd_core
from kd_core.answers import store, upload
from kd_core.answers.table import data_of
from kd_core.answers.teacher import logits_of, misfit
from kd_core.command.answers import teachers_own
from kd_core.data import DataError
from kd_core.experiment import Experiment, ExperimentError
from kd_core.sweeps.grid import Fold
from tests.answers.helpers import IRIS, checked, logits_for, probabilities_for
from tests.core.helpers import assert_same_snapshots

QUICK = Experiment(teacher="16", teacher_epochs=3, student="4", epochs=4, seeds=2, temperature=2)


def kept(frame, experiment=IRIS):
    return store.save(checked(frame, experiment).answers)


def test_logits_stand_in_the_order_of_the_data_whatever_that_of_the_file():
    frame = logits_for()
    name = kept(frame.sample(frac=1, random_state=1))
    data, logits = IRIS.load_data(), frame.set_index("id")
    train, test = logits_of(name, data, 0.01)
    assert train.dtype == np.float32
    np.testing.assert_array_equal(train, logits.loc[data.train_ids])
    np.testing.assert_array_equal(test, logits.loc[data.test_ids])


def test_a_fold_of_the_data_has_its_share_of_the_logits():
    data = Fold(1, 3)(IRIS.load_data())
    train, test = logits_of(kept(logits_for()), data, 0.01)
    assert (len(train), len(test)) == (len(data.train_ids), len(data.test_ids)) == (67, 33)


@pytest.mark.parametrize("clip", [1e-9, 0.01, 0.2])
def test_probabilities_become_logits_by_clipping(clip):
    frame = probabilities_for()
    shares = frame.set_index("id").to_numpy()
    data = IRIS.load_data()
    train, _ = logits_of(kept(frame), data, clip)
    np.testing.assert_allclose(train, np.log((1 - clip) * shares[data.train_ids] + clip / 3), rtol=1e-4, atol=1e-5)
    assert (train >= np.log(clip / 3) - 1e-4).all()


def test_what_is_not_normalised_is_taken_as_shares():
    frame = probabilities_for()
    doubled = frame.assign(**{name: 2 * frame[name] for name in IRIS.source.class_names})
    one, other = (logits_of(kept(each), IRIS.load_data(), 0.01)[0] for each in (frame, doubled))
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_answers_for_other_rows_are_refused():
    name = kept(logits_for())
    with pytest.raises(DataError, match="These answers are for dataset=iris, not for wine"):
        logits_of(name, Experiment(dataset="wine", labels=20).load_data(), 0.01)
    assert data_of(IRIS) == "dataset=iris"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"seed": 1}, "These answers are for dataset=digits, not for dataset=digits&seed=1."),
        ({"noise": 0.1}, "not for dataset=digits&noise=0.1."),
        ({"dataset": "blobs"}, "not for dataset=blobs."),
        ({"splits": 2}, "here are 2 splits: set splits to 1."),
    ],
)
def test_an_experiment_on_other_data_is_told_so(change, sentence):
    name = kept(logits_for(QUICK), QUICK)
    fits = QUICK.replace(teacher_kind="file", teacher_file=name)
    assert misfit(fits) is None
    with pytest.raises(ExperimentError) as problem:
        fits.replace(**change)
    assert sentence in problem.value.errors["teacher_file"]


def test_a_file_that_is_not_here_is_missed():
    with pytest.raises(ExperimentError) as problem:
        QUICK.replace(teacher_kind="file", teacher_file="answers-" + "0" * 32)
    assert problem.value.errors["teacher_file"].kind == "answers_not_held"


def test_distilled_from_a_file_of_the_teachers_own_logits_equals_distilled_from_the_teacher_bit_for_bit():
    checked_file = upload.read(teachers_own(QUICK), "teacher.csv", QUICK)
    assert checked_file.warnings == ()
    from_file = QUICK.replace(teacher_kind="file", teacher_file=store.save(checked_file.answers))
    own, read = (
        [snapshot for snapshot in kd_core.run(each) if snapshot.phase == "students"] for each in (QUICK, from_file)
    )
    assert_same_snapshots(read, own, same_experiment=False, rtol=0, atol=0)
