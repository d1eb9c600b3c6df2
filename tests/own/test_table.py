import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kd_core.data import DataError
from kd_core.own.classes import names_of
from kd_core.own.limits import LIMITS
from kd_core.own.parquet_file import read_here
from kd_core.own.table import LABELS, first_rows, prepare_table, read_table, suggest_label

pytestmark = pytest.mark.usefixtures("parquet_here")


def csv(rows, header="x,class", delimiter=","):
    return "\n".join([header, *(delimiter.join(map(str, row)) for row in rows)]).encode()


def column(cells, rows=60):
    """A table with one column x of these cells, over and over, and a class that says something else."""
    return csv((cells[i % len(cells)], ["no", "yes"][i * i % 7 < 3]) for i in range(rows))


def numbers(cells, **options):
    return prepare_table(column(cells, **options), "t.csv", "class").numbers[: len(cells), 0].tolist()


def dropped(data, label="class"):
    return dict(prepare_table(data, "t.csv", label).about.dropped)


def kind_of_problem(call, *arguments):
    with pytest.raises(DataError) as problem:
        call(*arguments)
    return problem.value.args[0].kind


FLOWERS = [(1.5, "red", "a"), (2.5, "blue", "b"), ("", "red", "a"), (4, "", "a"), (0.25, "blue", "b")] * 10


def test_a_table_becomes_numbers_codes_and_labels():
    data = prepare_table(csv(FLOWERS, "size,colour,class"), "C:\\flowers.csv", "class")
    about = data.about
    assert (about.title, about.kind, about.examples) == ("flowers.csv", "table", 50)
    assert (about.class_names, about.columns) == (("a", "b"), ("size", "colour"))
    assert (about.values, about.value_names, about.shape) == ((2,), (("blue", "red"),), (0, 0, 0))
    assert about.dropped == ()
    assert data.labels[:5].tolist() == [0, 1, 0, 0, 1]
    np.testing.assert_array_equal(data.numbers[:5], np.float32([[1.5], [2.5], [np.nan], [4], [0.25]]))
    assert data.categories[:5, 0].tolist() == [1, 0, 1, -1, 0]
    assert data.pixels.shape == (0, 0, 0, 0)
    kinds = [array.dtype for array in (data.labels, data.numbers, data.categories, data.pixels)]
    assert kinds == [np.int64, np.float32, np.int32, np.uint8]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_delimiters_encodings_and_ends_of_lines_make_no_difference(delimiter, encoding, ending):
    text = csv(FLOWERS, "size,grün,class").decode().replace(",", delimiter).replace("\n", ending)
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    data = prepare_table(mark + text.encode(encoding), "t", "class")
    same = prepare_table(csv(FLOWERS, "size,grün,class"), "t", "class")
    assert data.about == same.about
    np.testing.assert_array_equal(data.numbers, same.numbers)
    np.testing.assert_array_equal(data.categories, same.categories)


def test_numbers_have_decimal_commas_where_semicolons_part_cells():
    german = csv([(f"{i % 7},5", i % 7 + 0.25, "ab"[i % 2]) for i in range(60)], "x;y;class", ";")
    assert prepare_table(german, "t", "class").numbers[2].tolist() == [2.5, 2.25]
    bars = csv([(f"{i % 7},5", i % 5, "ab"[i % 2]) for i in range(60)], "x|y|class", "|")
    assert prepare_table(bars, "t", "class").about.columns == ("y", "x")  # where they are texts


def test_cells_that_say_so_are_missing():
    cells = ["1", "", "NA", "n/a", "?", "NaN", "null", " 2 ", " ", '"3"', '""']
    np.testing.assert_array_equal(numbers(cells), [1, *[np.nan] * 6, 2, np.nan, 3, np.nan])


def test_numbers_are_read_as_people_write_them():
    assert numbers(["-1", "+2", ".5", "5.", "1e3", "-2.5E-1"]) == [-1, 2, 0.5, 5, 1000, -0.25]


def test_infinite_numbers_are_missing_and_counted():
    assert np.isnan(numbers(["inf", "-inf", "1e39", "1", "2"])).tolist() == [True, True, True, False, False]
    assert dropped(column(["inf", "1", "2"])) == {"infinite": 20}


def test_a_column_with_one_text_is_one_of_categories():
    data = prepare_table(column(["1", "2", "two"]), "t", "class")
    assert (data.about.value_names, data.numbers.shape[1]) == ((("1", "2", "two"),), 0)


def test_spaces_around_a_text_mean_nothing():
    assert prepare_table(column([" a", "a ", "b"]), "t", "class").about.value_names == (("a", "b"),)


def test_a_formula_is_a_text():
    assert prepare_table(column(["=cmd()", "+1+1", "@x"]), "t", "class").about.value_names == (
        ("+1+1", "=cmd()", "@x"),
    )


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ([""], "empty"),
        (["NaN"], "empty"),
        (["3"], "constant"),
        (["3", ""], "constant"),
        (["three"], "constant"),
        ([f"row {i}" for i in range(60)], "text"),
        (["x" * 2000, "y"], "text"),
        ([f"2024-01-{i:02}" for i in range(1, 21)], "date"),
        ([f"2024-01-01 10:{i:02}:00" for i in range(20)], "date"),
        ([f"2024-01-01T10:{i:02}:00.5+02:00" for i in range(20)], "date"),
        ([str(i) for i in range(60)], "row_number"),
        ([str(i + 1000) for i in range(60)], "row_number"),
    ],
)
def test_columns_from_which_nothing_can_be_learned_are_left_out(cells, reason):
    rows = [(cells[i % len(cells)], i % 5, "ab"[i % 2]) for i in range(60)]
    data = prepare_table(csv(rows, "x,y,class"), "t", "class")
    assert (data.about.columns, data.about.dropped) == (("y",), ((reason, 1),))
    assert kind_of_problem(prepare_table, column(cells), "t", "class") == "own_no_features"


def test_a_category_of_one_value_is_kept_if_that_can_be_missing():
    data = prepare_table(column(["three", ""]), "t", "class")
    assert (data.about.columns, data.about.values) == (("x",), (1,))


def test_columns_that_repeat_one_are_left_out_and_those_of_other_numbers_are_not():
    rows = [(i % 5, i % 5 + 0.0, i % 5 + 1, "uvwxy"[i % 5], "uvwxy"[i % 5], "ab"[i % 2]) for i in range(60)]
    about = prepare_table(csv(rows, "p,q,r,s,t,class"), "t", "class").about
    assert (about.columns, about.dropped) == (("p", "r", "s"), (("duplicate", 2),))


@pytest.mark.parametrize("words", [("x", "y", "z"), (2, 0, 1), (0.5, 1.5, 0)])
def test_a_column_that_says_what_the_label_says_is_left_out(words):
    rows = [(words[i % 3], i % 5, "abc"[i % 3]) for i in range(60)]
    about = prepare_table(csv(rows, "x,y,class"), "t", "class").about
    assert (about.columns, about.dropped) == (("y",), (("label_again", 1),))
    once_other = [(words[0], 3, "c"), *rows]
    assert prepare_table(csv(once_other, "x,y,class"), "t", "class").about.dropped == ()


def test_only_the_most_frequent_values_of_a_category_have_codes():
    rows = [(f"v{i}", "ab"[j % 2]) for i in range(60) for j in range(3 if i < 50 else 2)]
    data = prepare_table(csv(rows), "t", "class")
    assert data.about.values == (LIMITS.values,)
    assert set(data.about.value_names[0]) == {f"v{i}" for i in range(50)}
    assert dict(data.about.dropped) == {"rare_value": 20}
    assert (data.categories == -1).sum() == 20


def test_rows_without_a_label_and_classes_with_few_examples_are_left_out_and_counted():
    rows = [(i % 7, ("a", "b", "", "c" if i < 36 else "a")[i % 4]) for i in range(80)]
    data = prepare_table(csv(rows), "t", "class")
    assert data.about.class_names == ("a", "b")
    assert dict(data.about.dropped) == {"no_label": 20, "small_class": 9}
    assert data.about.examples == len(data.labels) == 51
    assert data.numbers[:4, 0].tolist() == [0, 1, 4, 5]


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        (["10", "9", "2"], ("2", "9", "10")),
        (["0.5", "-1"], ("-1", "0.5")),
        (["3.0", "1"], ("1", "3")),
        (["b", "a", "10"], ("10", "a", "b")),
        (["True", "False"], ("False", "True")),
    ],
)
def test_classes_are_in_the_order_of_their_names_or_numbers(cells, names):
    rows = [(i * i % 7, cells[i % len(cells)]) for i in range(60)]
    data = prepare_table(csv(rows), "t", "class")
    assert data.about.class_names == names
    assert [names[label] for label in data.labels[: len(cells)]] == [cell.removesuffix(".0") for cell in cells]


def test_an_amount_is_no_label():
    data = csv([(i % 7, i / 8) for i in range(200)])
    with pytest.raises(
        DataError, match="has 200 different numbers, so it looks like an amount to predict, not like classes"
    ):
        prepare_table(data, "t", "class")


def test_names_of_columns_differ_and_none_is_blank():
    rows = [(1, 2, 3, "a"), (2, 1, 1, "b"), (2, 2, 2, "b")] * 30
    assert read_table(csv(rows, "x,x,,class"), "t").column_names == ["x", "x (2)", "3", "class"]


@pytest.mark.parametrize("name", LABELS)
def test_a_column_called_so_is_the_label(name):
    data = csv([(i % 3, "ab"[i % 2], i % 5) for i in range(60)], f"x,{name.upper()},z")
    assert suggest_label(read_table(data, "t")) == name.upper()


@pytest.mark.parametrize(
    ("rows", "header", "label"),
    [
        ([(i % 3, i / 8, i % 4) for i in range(60)], "x,y,z", "z"),
        ([(i % 3, i % 4, i / 8) for i in range(60)], "x,y,z", "y"),
        ([(i % 3, i / 8, i % 4) for i in range(60)], "x,class,z", "z"),
        ([(i / 8, i / 7, "a") for i in range(60)], "x,y,z", ""),
    ],
)
def test_else_it_is_the_last_column_of_few_values(rows, header, label):
    assert suggest_label(read_table(csv(rows, header), "t")) == label


def test_without_a_label_the_suggested_one_is_taken():
    assert prepare_table(csv(FLOWERS, "size,class,colour"), "t").about.class_names == ("blue", "red")


def test_a_row_that_is_too_long_is_named():
    with pytest.raises(
        DataError, match=r"^Row 3 below the names of the columns has 4 cells, but there are 3 columns.$"
    ):
        read_table(b"a,b,class\n1,2,x\n\n1,2,x\n1,2,3,x\n", "t")


def test_first_rows_are_texts_that_can_be_shown():
    rows = [("\x1b[31m" + "x" * 90, ""), ("=1", "2")] * 30
    first, second = first_rows(read_table(csv(rows), "t"), 2)
    assert first["x"].startswith("\N{REPLACEMENT CHARACTER}[31mxxx")
    assert (len(first["x"]), first["class"], second) == (60, "", {"x": "=1", "class": "2"})


# Parquet


def parquet(table):
    file = io.BytesIO()
    pq.write_table(table, file)
    return file.getvalue()


def test_a_parquet_file_gives_what_the_same_table_gives_as_csv():
    cells = [("size", [row[0] or None for row in FLOWERS]), ("colour", [row[1] or None for row in FLOWERS])]
    table = pa.table({**dict(cells), "class": [row[2] for row in FLOWERS]})
    one, other = (
        prepare_table(parquet(table), "t", "class"),
        prepare_table(csv(FLOWERS, "size,colour,class"), "t", "class"),
    )
    assert one.about == other.about
    np.testing.assert_array_equal(one.numbers, other.numbers)
    np.testing.assert_array_equal(one.categories, other.categories)
    np.testing.assert_array_equal(one.labels, other.labels)


def test_columns_of_parquet_are_numbers_categories_or_left_out_by_their_kind():
    half = [i % 3 / 2 for i in range(60)]
    table = pa.table(
        {
            "float16": pa.array(np.float16(half)),
            "decimal": pa.array([i % 4 for i in range(60)]).cast(pa.decimal128(30, 2)),
            "coded numbers": pa.array([i % 5 for i in range(60)]).dictionary_encode(),
            "coded texts": pa.array(["uv"[i % 7 < 3] for i in range(60)]).dictionary_encode(),
            "truth": pa.array([i % 9 < 4 for i in range(60)]),
            "date": pa.array(range(60), pa.date32()),
            "time": pa.array(range(60), pa.timestamp("ns", "UTC")),
            "list": [[1, 2]] * 60,
            "struct": [{"x": 1, "y": 2}] * 60,
            "bytes": [b"x"] * 60,
            "nothing": pa.nulls(60),
            "class": ["ab"[i % 2] for i in range(60)],
        }
    )
    data = prepare_table(parquet(table), "t", "class")
    assert data.about.columns == ("float16", "decimal", "coded numbers", "coded texts", "truth")
    assert data.about.value_names == (("u", "v"), ("False", "True"))
    assert data.numbers[4].tolist() == [0.5, 0, 4]
    assert dict(data.about.dropped) == {"date": 2, "other_kind": 3, "empty": 1}


def test_texts_of_several_row_groups_have_one_code_each():
    table = pa.table({"x": ["u", "v", "w"] * 20 + ["w", "z"] * 20, "class": ["a", "b", "b", "b", "a"] * 20})
    file = io.BytesIO()
    pq.write_table(table, file, row_group_size=30)
    data = prepare_table(file.getvalue(), "t", "class")
    assert data.about.value_names == (("u", "v", "w", "z"),)
    assert [data.about.value_names[0][code] for code in data.categories[:, 0]] == table["x"].to_pylist()


# Any table

CELLS = st.one_of(st.none(), st.floats(width=32, allow_nan=False, allow_infinity=False))
WORDS = st.sampled_from([None, "a", "b c", 'd"e', "f,g;h\ti|j", "k\nl", "=m", "ü 字", "-"])


@given(st.lists(st.tuples(CELLS, WORDS), min_size=7, max_size=7), st.sampled_from(["csv", "parquet"]))
def test_any_numbers_and_words_are_read_as_they_were_written(rows, kind):
    rows = [*rows, (1.0, "a"), (2.0, "b c")] * 6
    labels = ["ab"[i % 2] for i in range(len(rows))]
    columns = {"x": [number for number, _ in rows], "y": [word for _, word in rows], "class": labels}
    if kind == "parquet":
        data = prepare_table(parquet(pa.table(columns)), "t", "class")
    else:
        words = ["" if word is None else '"' + word.replace('"', '""') + '"' for word in columns["y"]]
        written = ["" if number is None else repr(number) for number in columns["x"]]
        data = prepare_table(csv(zip(written, words, labels, strict=True), "x,y,class"), "t", "class")
    expected = np.array([np.nan if number is None else number for number, _ in rows], np.float32)
    np.testing.assert_array_equal(data.numbers[:, 0], expected)
    names = [*data.about.value_names[0], None]
    assert [names[code] for code in data.categories[:, 0]] == [word and names_of([word])[0] for _, word in rows]


def test_a_parquet_file_is_read_in_another_process_too(monkeypatch):
    monkeypatch.undo()
    table = pa.table({"x": [1, 2, None] * 20, "y": ["a", "b"] * 30, "z": [[1]] * 60})
    assert read_table(parquet(table), "t").equals(read_here(parquet(table)))
