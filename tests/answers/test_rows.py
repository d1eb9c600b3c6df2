"""The file of rows: every example once, features as people see them, and no label of the test set."""

import io

import numpy as np
import pandas as pd
import pytest

from kd_core.answers.rows import is_large, rows_as_csv, rows_as_parquet
from kd_core.experiment import Experiment

SETS = {
    "images": Experiment(labels=20),
    "a table": Experiment(dataset="iris", labels=20),
    "a plane": Experiment(dataset="blobs", seed=3, noise=0.1),
    "another domain": Experiment(target="inverted", target_labels=10),
}


def read_csv(content):
    return pd.read_csv(io.BytesIO(content))


@pytest.mark.parametrize("name", SETS)
def test_every_example_stands_there_once_with_its_part_and_its_features(name):
    experiment = SETS[name]
    data, rows = experiment.load_data(), read_csv(rows_as_csv(experiment))
    assert rows["id"].is_monotonic_increasing
    assert rows["id"].is_unique
    for part, ids in (("train", data.taught_ids), ("test", data.test_ids)):
        found = rows[rows["part"] == part].set_index("id").loc[ids]
        np.testing.assert_array_equal(found.iloc[:, 2:].to_numpy(np.float32), data.seen(ids))
        assert found["label"].isna().all() if part == "test" else (found["label"] == data.labels[ids]).all()


def test_the_parquet_file_holds_the_same():
    rows = pd.read_parquet(io.BytesIO(rows_as_parquet(SETS["images"])))
    other = read_csv(rows_as_csv(SETS["images"]))
    assert list(rows) == list(other)
    np.testing.assert_array_equal(rows.iloc[:, 3:], other.iloc[:, 3:].astype(np.float32))
    np.testing.assert_array_equal(rows["label"], other["label"])


def test_pixels_are_called_so_and_other_features_too():
    assert list(read_csv(rows_as_csv(SETS["images"])))[:4] == ["id", "part", "label", "p0"]
    assert list(read_csv(rows_as_csv(SETS["a table"]))) == ["id", "part", "label", "f0", "f1", "f2", "f3"]


def test_collections_are_too_large_for_text():
    assert is_large(Experiment(dataset="mnist"))
    assert not any(map(is_large, SETS.values()))
