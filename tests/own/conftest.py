"""Settings of the tests of data of one's own: Hypothesis without a clock, Parquet without a process for each file."""

import pytest
from hypothesis import settings

from kd_core.own import table
from kd_core.own.parquet_file import read_here

settings.register_profile("own", deadline=None, derandomize=True, max_examples=60)


@pytest.fixture(autouse=True)
def profile():
    settings.load_profile("own")


@pytest.fixture
def parquet_here(monkeypatch):
    """What is known to leave a process alive need not be read in another."""
    monkeypatch.setattr(table, "read_parquet", read_here)
