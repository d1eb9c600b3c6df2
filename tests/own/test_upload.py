import pytest

from kd_core.data import DataError
from kd_core.messages import LONGEST, TEXTS
from kd_core.own.prepared import REASONS, digest_of, to_bytes
from kd_core.own.upload import kind_of, prepare, preview
from tests.own.malformed import TABLE, folders, good, good_parquet, zipped

pytestmark = pytest.mark.usefixtures("parquet_here")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (TABLE.encode(), "table"),
        (good_parquet(), "table"),
        (zipped(folders()), "images"),
        (zipped({}), "images"),
        (to_bytes(good()), "prepared"),
    ],
)
def test_a_file_is_what_it_holds_whatever_it_is_called(data, kind):
    assert kind_of(data) == kind


def test_a_file_of_prepared_data_stays_as_it_is():
    assert digest_of(prepare(to_bytes(good()), "x.csv", label="b", side=28)) == digest_of(good())


def test_a_table_is_prepared_with_the_label_that_is_named_or_else_suggested():
    assert prepare(TABLE.encode(), "x").about.class_names == ("no", "yes")
    assert prepare(TABLE.encode(), "x", label="b").about.class_names == ("blue", "red")


def test_images_are_prepared_in_the_size_and_colours_that_are_asked_for():
    assert prepare(zipped(folders()), "x").about.shape == (14, 14, 1)
    assert prepare(zipped(folders()), "x", side=8, grey=False).about.shape == (8, 8, 3)


def test_an_office_file_is_told_how_it_can_be_used():
    with pytest.raises(DataError, match="save the sheet with the table as “CSV UTF-8”"):
        prepare(zipped({"[Content_Types].xml": b""}), "x.xlsx")


def test_a_preview_shows_first_rows_by_name_and_how_many_a_class_has():
    seen = preview(good(), rows=3)
    assert seen.about == good().about
    assert seen.ids.tolist() == [0, 1, 2]
    assert seen.classes == ("no", "yes", "no")
    assert seen.rows == ((0.0, None), (1.0, "u"), (2.0, "v"))
    assert seen.balance == (("no", 30), ("yes", 30))
    assert seen.dropped == ("Columns of texts or names that are nearly all different: 1.",)
    assert seen.pixels.shape == (0, 0, 0, 0)


def test_a_preview_of_images_shows_some_of_each_class():
    data = prepare(zipped(folders()), "x", side=8)
    seen = preview(data)
    assert seen.classes == ("cat",) * 3 + ("dog",) * 3
    assert (seen.pixels == data.pixels[seen.ids]).all()
    assert seen.rows == ()


def test_every_reason_has_a_sentence_and_every_sentence_a_reason():
    assert {f"dropped_{reason}" for reason in REASONS} == {kind for kind in TEXTS if kind.startswith("dropped_")}


def test_sentences_with_the_longest_values_there_are_stay_whole():
    values = dict.fromkeys(("rows", "columns", "cells", "row", "count", "least", "most"), 10**9) | {"label": "x" * 60}
    for kind, text in TEXTS.items():
        if kind.startswith("own_"):
            assert len(text.format(**values)) <= LONGEST, kind
