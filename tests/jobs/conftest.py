"""Real workers for the tests of this folder, and one torch thread here as there: then numbers are equal bit by bit."""

import pytest
import torch

from kd_core import jobs


@pytest.fixture(scope="package")
def service():
    with jobs.serve_in_thread() as service:
        yield service


@pytest.fixture(autouse=True, scope="package")
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
