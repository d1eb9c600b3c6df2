"""A file is read to the bit, in whatever order, and what is odd about it is told."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kd_core.answers.store import name_of
from kd_core.answers.teacher import file_of
from kd_core.answers.upload import read
from kd_core.data import DataError
from kd_core.experiment import Experiment
from tests.answers.helpers import IRIS, as_csv, as_parquet, checked, kinds, logits_for, probabilities_for

pytestmark = pytest.mark.usefixtures("parquet_here")
DATA = IRIS.load_data()
FLOATS = arrays.arrays(np.float32, (150, 3), elements=st.floats(-1e5, 1e5, width=32))


@given(FLOATS)
def test_logits_come_back_from_a_file_of_ours_to_the_bit(logits):
    answers = read(file_of(DATA, logits[:100], logits[100:]), "x.csv", IRIS).answers
    order = np.argsort(np.concatenate([DATA.train_ids, DATA.test_ids]))
    if answers.about.kind == "logits":
        assert answers.logits(0.1).tobytes() == np.where(logits == 0, np.float32(0), logits)[order].tobytes() or (
            np.array_equal(answers.logits(0.1), logits[order])
        )


def test_the_shortest_text_of_a_float32_leads_back_to_it():
    frame = logits_for()
    assert frame.dtypes.iloc[1] == np.float32
    np.testing.assert_array_equal(checked(frame).answers.values, frame.iloc[:, 1:])
    assert len(as_csv(frame)) < len(as_csv(frame.astype(np.float64)))
    np.testing.assert_array_equal(checked(frame.astype(np.float64)).answers.values, frame.iloc[:, 1:])


def test_order_form_and_title_of_a_file_say_nothing():
    frame = logits_for()
    forms = {
        "rows": as_csv(frame.sample(frac=1, random_state=0)),
        "columns": as_csv(frame[frame.columns[::-1]]),
        "names": as_csv(frame.set_axis(["ID", *IRIS.source.class_names], axis=1)),
        "semicolons": as_csv(frame, sep=";"),
        "parquet": as_parquet(frame),
    }
    names = {name_of(read(content, f"{form}.csv", IRIS).answers) for form, content in forms.items()}
    assert names == {name_of(checked(frame).answers)}


def test_what_is_known_names_the_data_and_the_kind():
    about = read(as_csv(probabilities_for()), "../my/model.csv", IRIS.replace(labels=9)).answers.about
    assert (about.title, about.data, about.dataset) == ("model.csv", "dataset=iris", "iris")
    assert (about.kind, about.class_names, about.rows) == ("probabilities", IRIS.source.class_names, 150)
    assert checked(logits_for()).answers.about.kind == "logits"
    moved = Experiment(dataset="blobs", seed=7, noise=0.25)
    settings = checked(logits_for(moved), moved).answers.about.settings
    assert settings == {"dataset": "blobs", "seed": "7", "noise": "0.25"}


def test_the_part_of_rows_gives_another_seed_away():
    digits, other = Experiment(), Experiment(seed=1)
    data = digits.load_data()
    frame = logits_for(digits)
    frame["part"] = np.where(np.isin(frame["id"], data.test_ids), "test", "train")
    assert kinds(checked(frame, digits)) == []
    wrong = int((np.isin(frame["id"], data.test_ids) != np.isin(frame["id"], other.load_data().test_ids)).sum())
    with pytest.raises(DataError, match=f"{wrong} of 1797 rows stand in the other part here"):
        checked(frame, other)


def test_answers_that_are_one_row_out_of_step_are_warned_of():
    frame = logits_for(Experiment())
    moved = frame.assign(id=np.roll(frame["id"], -1))
    assert kinds(checked(moved, Experiment())) == ["answers_out_of_step"]
    assert "taken from 1 rows further on" in checked(moved, Experiment()).warnings[0]


def test_classes_in_another_order_are_warned_of():
    digits = Experiment()
    frame = logits_for(digits)
    turned = frame.set_axis(["id", *(f"logit_{(place + 3) % 10}" for place in range(10))], axis=1)
    (warning,) = checked(turned, digits).warnings
    assert "in the order 3, 4, 5, 6, 7 …: they are mixed up" in warning


def test_columns_of_no_use_are_named_but_not_those_of_the_file_of_rows():
    frame = logits_for()
    assert kinds(checked(frame.assign(label="setosa"))) == []
    assert checked(frame.assign(f0=1, model="x")).warnings == ("Columns of no use here, left out: f0, model.",)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda frame: frame[37:], "37 of 150 rows have no answer: 0, 1, 2, 3, 4 …."),
        (lambda frame: frame.assign(id=frame["id"] + 9), "9 of 150 ids are not rows of dataset=iris: 150, 151, 152, "),
        (lambda frame: pd.concat([frame, frame[3:5]]), "2 ids stand in more than one row: 3, 4."),
        (
            lambda frame: frame.assign(logit_1=frame["logit_1"].where(~frame["id"].isin([12, 15]))),
            "2 of 150 rows have cells without a number: 12, 15.",
        ),
        (
            lambda frame: frame.assign(logit_2=frame["logit_2"].where(frame["id"] != 99, -np.inf)),
            "1 of 150 rows have infinite numbers: 99; clip",
        ),
        (
            lambda frame: frame.assign(logit_2=frame["logit_2"].astype(object).where(frame["id"] != 7, "low")),
            "The column logit_2 holds no number in 1 rows, 7, such as “low”.",
        ),
    ],
)
def test_what_cannot_be_used_is_said_with_its_rows(change, sentence):
    with pytest.raises(DataError) as problem:
        checked(change(logits_for()))
    assert str(problem.value).startswith(sentence)


def test_several_splits_have_no_answers():
    with pytest.raises(DataError, match="here are 3 splits"):
        checked(logits_for(), IRIS.replace(splits=3))
