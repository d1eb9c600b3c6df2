"""What a Parquet file claims, and what it does to the process that reads it."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kd_core.data import DataError
from kd_core.own.limits import LIMITS
from kd_core.own.parquet_file import read_here, read_parquet
from kd_core.own.parquet_pages import unpacked_sizes
from tests.own.malformed import FILES, columns, good_parquet, parquet


def kind_of_problem(call, *arguments):
    with pytest.raises(DataError) as problem:
        call(*arguments)
    return problem.value.args[0].kind


@given(
    st.sampled_from(["none", "snappy", "gzip", "zstd", "lz4", "brotli"]),
    st.sampled_from(["1.0", "2.0"]),
    st.booleans(),
    st.integers(50, 3000),
    st.integers(1, 4),
)
def test_the_sizes_of_pages_are_those_of_the_footer_but_for_their_headers(packing, version, coded, page, groups):
    table = pa.table({**columns(400), "t": [f"{i}" * (i % 9) for i in range(400)], "n": [None, 1.5] * 200})
    file = io.BytesIO()
    pq.write_table(
        table,
        file,
        compression=packing,
        data_page_version=version,
        use_dictionary=coded,
        data_page_size=page,
        row_group_size=400 // groups,
        write_page_checksum=True,
    )
    metadata = pq.ParquetFile(file).metadata
    sizes = list(unpacked_sizes(memoryview(file.getvalue()), metadata))
    chunks = [metadata.row_group(i).column(j) for i in range(metadata.num_row_groups) for j in range(5)]
    total = sum(chunk.total_uncompressed_size for chunk in chunks)
    assert len(sizes) >= len(chunks)
    assert 0 < total - sum(sizes) < 100 * len(sizes)  # headers, of less than a hundred bytes each


def test_a_lie_about_the_size_of_pages_is_found_out():
    data = FILES["parquet: texts of 120 MB, said to be small"].make()
    group = pq.ParquetFile(pa.BufferReader(data)).metadata.row_group(0)
    assert sum(group.column(i).total_uncompressed_size for i in range(4)) < 10_000
    assert kind_of_problem(read_here, data) == "own_large_parquet"


def test_a_text_that_many_rows_have_is_in_memory_once():
    table = read_here(FILES["parquet: a long text in 100 000 rows"].make())
    assert table.num_rows == 100_000
    assert table.nbytes < 5 * 10**6


def test_pages_beyond_the_file_are_refused():
    metadata = pq.ParquetFile(pa.BufferReader(good_parquet())).metadata
    with pytest.raises((ValueError, IndexError)):
        list(unpacked_sizes(memoryview(good_parquet())[:200], metadata))


def test_a_file_that_ends_the_process_that_reads_it_is_damaged():
    assert (
        kind_of_problem(read_parquet, FILES["parquet: statistics that end the process"].make()) == "own_damaged_parquet"
    )


def test_another_process_says_what_is_wrong_too():
    with pytest.raises(DataError, match=rf"^This table has too many columns: at most {LIMITS.columns} are allowed.$"):
        read_parquet(parquet({f"c{i}": [1] for i in range(LIMITS.columns + 1)}))
