"""Whatever file it is: answers that are as they should be, or one short sentence that can be seen."""

from pathlib import Path

import numpy as np
import pytest

from kd_core.answers.store import from_bytes, name_of, to_bytes
from kd_core.answers.upload import read
from kd_core.data import DataError
from kd_core.messages import LONGEST, UNSEEN
from tests.answers.helpers import IRIS
from tests.answers.malformed import ALIEN, FILES


def is_one_sentence(message):
    return (
        0 < len(message) < LONGEST
        and message.endswith((".", "?"))
        and all(letter.isprintable() or letter == UNSEEN for letter in message)
    )


def test_there_are_two_hundred_of_them():
    assert len(FILES) >= 200


@pytest.mark.parametrize("name", FILES)
def test_a_malformed_file_gives_one_sentence_or_answers_that_are_as_they_should_be(name, request):
    file = FILES[name]
    if not file.kills:
        request.getfixturevalue("parquet_here")
    said = ""
    try:
        checked = read(file.make(), "model.csv", IRIS)
    except DataError as problem:
        (message,) = problem.args
        said = message.kind
        assert is_one_sentence(message)
    else:
        assert all(map(is_one_sentence, checked.warnings))
        assert np.isfinite(checked.answers.logits(1e-9)).all()
        np.testing.assert_allclose(checked.answers.probabilities().sum(axis=1), 1)
        assert name_of(from_bytes(to_bytes(checked.answers))) == name_of(checked.answers)
    assert file.wrong in (said, "?")


@pytest.mark.parametrize("name", [name for name, file in ALIEN.items() if "MB" not in name and not file.kills])
def test_no_file_that_was_meant_as_data_is_a_file_of_answers(name, parquet_here):
    content = ALIEN[name].make()
    with pytest.raises(DataError) as problem:
        read(content, "data.csv", IRIS)
    assert is_one_sentence(problem.value.args[0])


def test_no_pickle_was_read():
    assert not Path("unpickled").exists()
