"""Two hundred files of answers that somebody could send by mistake or to do harm, and what is said of each.

They are answers for iris, 150 rows of 3 classes. Those of `tests.own.malformed` are sent here too: no one of them is a
file of answers. `FILES` is tested (test_malformed.py) and measured (`python -m tests.bench malformed`).
"""

from __future__ import annotations

import gzip
import io
import json
import pickle
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tests.answers.helpers import as_csv, as_parquet, logits_for, probabilities_for
from tests.own.malformed import FILES as OTHERS
from tests.own.malformed import noise

MB = 10**6
ROWS = 150


class File(NamedTuple):
    """How a file is made, and the kind of the message that says what is wrong; "" if nothing is, "?" if that depends.

    `kills`: it may end a process.
    """

    make: Callable[[], bytes]
    wrong: str = ""
    kills: bool = False


def changed(change: Callable[[pd.DataFrame], pd.DataFrame], *, shares: bool = False) -> Callable[[], bytes]:
    """A CSV of logits, or of probabilities, with a change."""
    return lambda: as_csv(change((probabilities_for if shares else logits_for)()))


def with_cell(value: Any, rows: int = 1, column: str = "logit_1", *, shares: bool = False) -> Callable[[], bytes]:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame = frame.astype({column: object})
        frame.loc[: rows - 1, column] = value
        return frame

    return changed(change, shares=shares)


def renamed(**names: str) -> Callable[[], bytes]:
    return changed(lambda frame: frame.rename(columns=names))


def text(content: str, encoding: str = "utf-8") -> Callable[[], bytes]:
    return lambda: content.encode(encoding)


def recoded(change: Callable[[str], bytes]) -> Callable[[], bytes]:
    return lambda: change(as_csv(logits_for()).decode())


def table(columns: Mapping[str, Any], **options: Any) -> Callable[[], bytes]:
    def make() -> bytes:
        file = io.BytesIO()
        pq.write_table(pa.table(dict(columns)), file, **options)
        return file.getvalue()

    return make


def frame_as_parquet(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[], bytes]:
    return lambda: as_parquet(change(logits_for()))


def npy() -> bytes:
    file = io.BytesIO()
    np.save(file, logits_for().to_numpy())
    return file.getvalue()


def broken_parquet(seed: int) -> Callable[[], bytes]:
    def make() -> bytes:
        data = np.frombuffer(as_parquet(logits_for()), np.uint8).copy()
        rng = np.random.default_rng(seed)
        data[rng.integers(4, len(data) - 4, 2)] = rng.integers(0, 256, 2)
        return data.tobytes()

    return make


def shuffled_bytes(seed: int) -> Callable[[], bytes]:
    """A CSV with some bytes that are others."""

    def make() -> bytes:
        data = np.frombuffer(as_csv(logits_for()), np.uint8).copy()
        rng = np.random.default_rng(seed)
        data[rng.integers(0, len(data), 5)] = rng.integers(32, 127, 5)
        return data.tobytes()

    return make


NO_KIND = {
    "nothing": File(lambda: b"", "own_empty"),
    "spaces": File(text("  \n \n"), "own_empty"),
    "a word": File(text("answers"), "answers_no_rows"),
    "names only": File(text("id,setosa,versicolor,virginica"), "answers_no_rows"),
    "names and a line end": File(text("id,setosa,versicolor,virginica\n"), "answers_no_rows"),
    "names and blank lines": File(text("id,setosa,versicolor,virginica\n\n\n"), "answers_no_rows"),
    "no names": File(lambda: logits_for().to_csv(index=False, header=False).encode(), "own_no_header"),
    "NumPy's array": File(npy, "answers_other_kind"),
    "a pickle": File(lambda: pickle.dumps(logits_for()), "answers_other_kind"),
    "gzip": File(lambda: gzip.compress(as_csv(logits_for())), "answers_other_kind"),
    "a zip": File(lambda: b"PK\x03\x04" + bytes(100), "answers_other_kind"),
    "HDF5": File(lambda: b"\x89HDF\r\n\x1a\n" + bytes(100), "answers_other_kind"),
    "an image": File(lambda: b"\x89PNG\r\n\x1a\n" + bytes(100), "answers_other_kind"),
    "a web page": File(text("<!doctype html><p>502"), "answers_other_kind"),
    "NULs": File(lambda: bytes(1000), "answers_other_kind"),
    "noise": File(lambda: noise(MB), "own_encoding"),
    "JSON, records": File(lambda: logits_for().to_json(orient="records").encode(), "?"),
    "JSON, columns": File(lambda: logits_for().to_json().encode(), "?"),
    "JSON lines": File(lambda: logits_for().to_json(orient="records", lines=True).encode(), "answers_no_id"),
    "an error of a server as JSON": File(lambda: json.dumps({"error": "unauthorized"}).encode(), "answers_no_rows"),
    "code": File(text("import torch\nmodel = torch.load('m.pt')\n" * 5), "?"),
    "a byte too many": File(lambda: bytes(50 * MB + 1), "own_large_file"),
    "UTF-16 without a mark": File(recoded(lambda content: content.encode("utf-16-le")), "answers_other_kind"),
    "half a letter": File(recoded(lambda content: content.encode() + b"\xc3"), "own_encoding"),
    "UTF-16 as it should be": File(recoded(lambda content: content.encode("utf-16"))),
    "a mark of UTF-8": File(recoded(lambda content: content.encode("utf-8-sig"))),
    "carriage returns": File(recoded(lambda content: content.replace("\n", "\r").encode())),
    "cut within a row": File(recoded(lambda content: content[: len(content) // 2].encode()), "?"),
    "cut after a row": File(recoded(lambda content: "".join(content.splitlines(True)[:80]).encode()), "answers_absent"),
    "a row too short": File(recoded(lambda content: f"{content}151,1\n".encode()), "own_ragged"),
    "a row too long": File(recoded(lambda content: f"{content}151,1,2,3,4\n".encode()), "own_ragged"),
    "an open quotation mark": File(recoded(lambda content: f'{content}151,"1,2,3\n'.encode()), "?"),
    "two tables in one file": File(recoded(lambda content: (content * 2).encode()), "answers_id_text"),
    "a million rows": File(lambda: b"id,setosa,versicolor,virginica\n" + b"1,2,3,4\n" * MB, "own_many_rows"),
    "501 columns": File(
        lambda: b"id," + b",".join(b"p_%d" % place for place in range(500)) + b"\n1", "own_many_columns"
    ),
    "semicolons and decimal commas": File(lambda: as_csv(logits_for(), sep=";", decimal=",")),
    "tabs": File(lambda: as_csv(logits_for(), sep="\t")),
    **{f"some other bytes, {seed}": File(shuffled_bytes(seed), "?") for seed in range(8)},
}

IDS = {
    "no id": File(changed(lambda frame: frame.drop(columns="id")), "answers_no_id"),
    "an index for an id": File(lambda: logits_for().drop(columns="id").to_csv().encode(), "answers_no_id"),
    "an index beside the id": File(lambda: logits_for().to_csv().encode()),
    "ids in another column": File(renamed(id="number"), "answers_no_id"),
    "ids in capitals": File(renamed(id="ID")),
    "two columns of ids": File(changed(lambda frame: frame.assign(row_id=frame["id"])), "answers_twice"),
    "ids of texts": File(changed(lambda frame: frame.assign(id="iris-" + frame["id"].astype(str))), "answers_id_text"),
    "one id of text": File(with_cell("last", 1, "id"), "answers_id_text"),
    "ids of fractions": File(changed(lambda frame: frame.assign(id=frame["id"] + 0.5)), "answers_id_none"),
    "ids written as floats": File(changed(lambda frame: frame.assign(id=frame["id"].astype(float)))),
    "an empty id": File(with_cell(None, 1, "id"), "answers_id_none"),
    "three empty ids": File(with_cell("", 3, "id"), "answers_id_none"),
    "all ids empty": File(with_cell(None, ROWS, "id"), "answers_id_none"),
    "an infinite id": File(with_cell("inf", 1, "id"), "answers_id_none"),
    "an id of 10^300": File(with_cell("1e300", 1, "id"), "answers_id_none"),
    "an id beyond float64": File(with_cell(str(2**60), 1, "id"), "answers_id_none"),
    "a negative id": File(with_cell(-1, 1, "id"), "answers_unknown"),
    **{
        f"ids from {start}": File(
            changed(lambda frame, start=start: frame.assign(id=frame["id"] + start)), "answers_unknown"
        )
        for start in (1, 2, 37, 149, 150, 1000)
    },
    "ids of a larger data set": File(
        changed(lambda frame: pd.concat([frame, frame.assign(id=frame["id"] + 150)])), "answers_unknown"
    ),
    **{
        f"{count} ids twice": File(
            changed(lambda frame, count=count: pd.concat([frame, frame[:count]])), "answers_twice_a_row"
        )
        for count in (1, 5, 6, 150)
    },
    "one id everywhere": File(with_cell(7, ROWS, "id"), "answers_twice_a_row"),
    **{
        f"{count} rows missing": File(changed(lambda frame, count=count: frame[count:]), "answers_absent")
        for count in (1, 2, 5, 6, 37, 50, 100, 149)
    },
    "every other row": File(changed(lambda frame: frame[::2]), "answers_absent"),
    "rows in another order": File(changed(lambda frame: frame.sample(frac=1, random_state=0))),
    "rows in the reverse order": File(changed(lambda frame: frame[::-1])),
    "parts of another seed": File(
        changed(lambda frame: frame.assign(part=np.where(np.arange(ROWS) % 3, "train", "test"))), "answers_other_part"
    ),
    "parts that are all train": File(changed(lambda frame: frame.assign(part="train")), "answers_other_part"),
    "parts of another kind": File(changed(lambda frame: frame.assign(part=1))),
}

COLUMNS = {
    **{
        f"without class {place}": File(
            changed(lambda frame, place=place: frame.drop(columns=f"logit_{place}")), "answers_no_class"
        )
        for place in range(3)
    },
    **{
        f"without class {name}": File(
            changed(lambda frame, name=name: frame.drop(columns=name), shares=True), "answers_no_class"
        )
        for name in ("setosa", "versicolor", "virginica")
    },
    **{
        f"only {name}": File(changed(lambda frame, name=name: frame[["id", name]], shares=True), "answers_one_column")
        for name in ("setosa", "versicolor", "virginica")
    },
    "answers only": File(
        changed(lambda frame: pd.DataFrame({"id": frame["id"], "answer": frame.iloc[:, 1:].to_numpy().argmax(1)})),
        "answers_one_column",
    ),
    "answers by name only": File(
        changed(lambda frame: pd.DataFrame({"id": frame["id"], "species": "setosa"})), "answers_one_column"
    ),
    "ids only": File(changed(lambda frame: frame[["id"]]), "answers_no_class"),
    "features for answers": File(
        changed(lambda frame: frame.rename(columns={f"logit_{place}": f"f{place}" for place in range(3)})),
        "answers_no_class",
    ),
    "names of other classes": File(renamed(logit_0="cat", logit_1="dog", logit_2="bird"), "answers_no_class"),
    "one name misspelt": File(
        changed(lambda frame: frame.rename(columns={"setosa": "setoza"}), shares=True), "answers_no_class"
    ),
    "numbers from 1": File(renamed(logit_0="logit_1", logit_1="logit_2", logit_2="logit_3"), "answers_more_classes"),
    **{
        f"a column for class {number}": File(
            changed(lambda frame, number=number: frame.assign(**{f"logit_{number}": 0.0})), "answers_more_classes"
        )
        for number in (3, 4, 10, 999)
    },
    "columns of ten classes": File(
        changed(lambda frame: frame.assign(**{f"logit_{number}": 0.0 for number in range(10)})), "answers_more_classes"
    ),
    "a class by name and by number": File(
        changed(lambda frame: frame.assign(p_setosa=frame["setosa"]), shares=True), "answers_twice"
    ),
    "a class twice": File(changed(lambda frame: frame.assign(p_0=frame["logit_0"])), "answers_twice"),
    "the same name twice": File(
        changed(lambda frame: frame.set_axis(["id", "setosa", "setosa", "virginica"], axis=1)), "answers_no_class"
    ),
    "all classes, one of them twice": File(
        changed(lambda frame: pd.concat([frame, frame["logit_0"]], axis=1)), "answers_twice"
    ),
    "names and numbers mixed": File(renamed(logit_0="setosa"), "answers_no_class"),
    "names in capitals": File(changed(lambda frame: frame.rename(columns=str.upper), shares=True)),
    "names with spaces": File(renamed(logit_0=" setosa ", logit_1=" versicolor", logit_2="virginica ")),
    "names in another order": File(changed(lambda frame: frame[frame.columns[::-1]], shares=True)),
    "p_ and numbers": File(changed(lambda frame: frame.set_axis(["id", "p_0", "p_1", "p_2"], axis=1), shares=True)),
    "class_ and numbers": File(renamed(logit_0="class_0", logit_1="class_1", logit_2="class_2")),
    "numbers alone": File(renamed(logit_0="0", logit_1="1", logit_2="2")),
    "a column more": File(changed(lambda frame: frame.assign(model="forest"))),
    "columns that are code": File(changed(lambda frame: frame.assign(**{"=cmd|' /C calc'!A0": 1}))),
    "names that turn text round": File(renamed(logit_0="\u202elogit_0"), "answers_no_class"),
    "a name of 50 000 letters": File(renamed(logit_0="x" * 50_000), "answers_no_class"),
    "blank names": File(renamed(logit_0="", logit_1="", logit_2=""), "answers_no_class"),
}

CELLS = {
    **{
        f"{value!a} in {rows}": File(with_cell(value, rows), wrong)
        for rows in (1, 3, 20, ROWS)
        for value, wrong in (
            ("", "answers_empty_cells"),
            ("NaN", "answers_empty_cells"),
            ("n/a", "answers_empty_cells"),
            ("inf", "answers_infinite"),
            ("-inf", "answers_infinite"),
            ("1e400", "answers_infinite"),
            ("1e30", "answers_huge"),
            ("-2000000", "answers_huge"),
            ("high", "answers_text"),
            ("0.5%", "answers_text"),
            ("tensor(0.5)", "answers_text"),
            ("[0.5]", "answers_text"),
            ("=1+1", "answers_text"),
            ("\x1b[31m\u202e", "answers_text"),
        )
    },
    "a cell of 100 000 letters": File(with_cell("x" * 100_000), "answers_text"),
    "decimal commas in quotation marks": File(with_cell("0,5", ROWS), "answers_text"),
    "a list of all": File(
        changed(lambda frame: pd.DataFrame({"id": frame["id"], "p": "[0.1, 0.2, 0.7]"})), "answers_one_column"
    ),
    **{
        f"{value} for a probability in {rows}": File(with_cell(value, rows, "setosa", shares=True), "answers_mixed")
        for rows in (1, 3, 10)
        for value in (-0.1, -1, 1.5, 7)
    },
    **{
        f"negative where names say probabilities, {rows}": File(
            changed(
                lambda frame, rows=rows: frame.rename(columns=lambda name: f"p_{name}".replace("p_id", "id")).assign(
                    p_setosa=np.where(np.arange(ROWS) < rows, -0.1, frame["setosa"])
                ),
                shares=True,
            ),
            "answers_negative",
        )
        for rows in (1, 10, ROWS)
    },
    **{
        f"{rows} rows of zeros": File(
            changed(
                lambda frame, rows=rows: frame.mul(np.arange(ROWS) >= rows, axis=0).assign(id=frame["id"]), shares=True
            ),
            "answers_all_zero",
        )
        for rows in (1, 3, 20, ROWS)
    },
    "logarithms of one-hot answers": File(
        changed(
            lambda frame: frame.assign(
                **{name: np.where(frame[name] > 0.5, "0", "-inf") for name in ("setosa", "versicolor", "virginica")}
            ),
            shares=True,
        ),
        "answers_infinite",
    ),
    "percentages": File(changed(lambda frame: (100 * frame).assign(id=frame["id"]), shares=True)),
    "one decimal": File(changed(lambda frame: frame.round(1), shares=True)),
    "two decimals": File(changed(lambda frame: frame.round(2), shares=True)),
    "one-hot": File(changed(lambda frame: (frame > 0.5).astype(int).assign(id=frame["id"]), shares=True), "?"),
    "all the same": File(changed(lambda frame: frame.assign(logit_0=1.0, logit_1=1.0, logit_2=1.0))),
    "numbers next to zero": File(changed(lambda frame: (frame * 1e-44).assign(id=frame["id"]))),
    "shuffled answers": File(
        changed(lambda frame: frame.sample(frac=1, random_state=0).assign(id=frame["id"].to_numpy()))
    ),
}

PARQUET = {
    "as it should be": File(frame_as_parquet(lambda frame: frame)),
    "ids as an index": File(lambda: as_parquet(logits_for().sample(frac=1, random_state=0).set_index("id"))),
    "ids as an index that is not written": File(lambda: as_parquet(logits_for().set_index("id")), "answers_no_id"),
    "four letters": File(lambda: b"PAR1", "own_damaged_parquet"),
    "cut in half": File(lambda: as_parquet(logits_for())[:2000], "own_damaged_parquet"),
    "no rows": File(frame_as_parquet(lambda frame: frame[:0]), "answers_no_rows"),
    "10 rows": File(frame_as_parquet(lambda frame: frame[:10]), "answers_absent"),
    "no id": File(frame_as_parquet(lambda frame: frame.drop(columns="id")), "answers_no_id"),
    "ids of another type": File(frame_as_parquet(lambda frame: frame.astype({"id": "int8"})), "answers_unknown"),
    "lists": File(table({"id": list(range(ROWS)), "p": [[0.1, 0.2, 0.7]] * ROWS}), "answers_one_column"),
    "structs": File(table({"id": list(range(ROWS)), "p": [{"setosa": 1.0}] * ROWS}), "answers_one_column"),
    "nulls": File(
        frame_as_parquet(lambda frame: frame.assign(logit_1=frame["logit_1"].where(frame["id"] > 3))),
        "answers_empty_cells",
    ),
    "infinity": File(
        frame_as_parquet(lambda frame: frame.assign(logit_1=frame["logit_1"].where(frame["id"] > 3, np.inf))),
        "answers_infinite",
    ),
    "true and false": File(frame_as_parquet(lambda frame: frame.assign(logit_1=frame["logit_1"] > 0)), "answers_text"),
    "texts of numbers": File(frame_as_parquet(lambda frame: frame.astype({"logit_1": str})), "?"),
    "bytes": File(
        lambda: table({"id": list(range(ROWS)), **{f"logit_{place}": [b"\0"] * ROWS for place in range(3)}})(),
        "answers_text",
    ),
    "times": File(
        lambda: table(
            {"id": list(range(ROWS)), **{f"logit_{place}": pa.array(range(ROWS), pa.date32()) for place in range(3)}}
        )(),
        "answers_text",
    ),
    "half precision": File(frame_as_parquet(lambda frame: frame.astype({"logit_1": "float16"}))),
    "missing rows": File(frame_as_parquet(lambda frame: frame[37:]), "answers_absent"),
    "100 001 rows": File(
        table({"id": np.arange(100_001), **{f"p_{place}": np.zeros(100_001) for place in range(3)}}), "own_many_rows"
    ),
    **{f"some other bytes, {seed}": File(broken_parquet(seed), "?", kills=True) for seed in range(4)},
}

FILES: dict[str, File] = {
    f"{kind}: {name}": file
    for kind, files in {"kind": NO_KIND, "ids": IDS, "columns": COLUMNS, "cells": CELLS, "parquet": PARQUET}.items()
    for name, file in files.items()
}
# What was meant as data is no answers; large ones are measured, not tested once more.
ALIEN: dict[str, File] = {f"data, {name}": File(file.make, "?", file.kills) for name, file in OTHERS.items()}
