"""Whatever file it is: data that is as it should be, or one short sentence that can be seen."""

from pathlib import Path

import pytest

from kd_core.data import DataError
from kd_core.messages import LONGEST, UNSEEN
from kd_core.own.prepared import digest_of, from_bytes, to_bytes
from kd_core.own.upload import prepare, preview
from tests.own.malformed import FILES


def test_there_are_two_hundred_of_them():
    assert len(FILES) >= 200


@pytest.mark.parametrize("name", FILES)
def test_a_malformed_file_gives_one_sentence_or_data_that_is_as_it_should_be(name, request):
    file = FILES[name]
    if not file.kills:
        request.getfixturevalue("parquet_here")
    said = ""
    try:
        prepared = prepare(file.make(), file.name, label=file.label)
    except DataError as problem:
        (message,) = problem.args
        said = message.kind
        assert 0 < len(message) <= LONGEST
        assert message.endswith(".")
        assert all(letter.isprintable() or letter == UNSEEN for letter in message)
    else:
        preview(prepared)
        assert digest_of(from_bytes(to_bytes(prepared))) == digest_of(prepared)
    assert file.wrong in (said, "?")


def test_no_pickle_was_read():
    assert not Path("unpickled").exists()
