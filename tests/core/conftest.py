"""Settings of the tests of the core: one torch thread, as the app's workers use, and Hypothesis without a clock."""

import pytest
import torch
from hypothesis import settings

settings.register_profile("core", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("core")


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    torch.set_num_threads(1)
