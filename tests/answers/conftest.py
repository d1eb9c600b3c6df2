"""Settings of the tests of answers: Parquet without a process for each file, and a folder of their own."""

import pytest
from hypothesis import settings

from kd_core.answers import store, upload
from kd_core.own.parquet_file import read_here

settings.register_profile("answers", deadline=None, derandomize=True, max_examples=60)


@pytest.fixture(autouse=True)
def profile():
    settings.load_profile("answers")


@pytest.fixture
def parquet_here(monkeypatch):
    """What is known to leave a process alive need not be read in another."""
    monkeypatch.setattr(upload, "read_parquet", read_here)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Where this test keeps answers: nothing is in it, and nothing is known from before."""
    monkeypatch.setenv("KD_DATA", str(tmp_path))
    store.about.cache_clear()
    store.read.cache_clear()
    yield tmp_path / "answers"
    store.about.cache_clear()
    store.read.cache_clear()
