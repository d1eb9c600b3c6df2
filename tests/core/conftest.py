"""Settings of the tests of the core: one torch thread, as the app's workers use, and Hypothesis without a clock."""

import pytest
import torch
from hypothesis import settings

from tests.core.helpers import images_in_place_of_collections

settings.register_profile("core", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("core")


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def collections():
    """Four hundred images to train on and two hundred to test on stand for each collection."""
    with images_in_place_of_collections(400, 200):
        yield
