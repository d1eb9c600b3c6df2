"""How the tests share the machine's cores: those that need the same dear fixtures, as a server, run together."""

from pathlib import Path

import pytest

TOGETHER = ("e2e", "jobs")
APART = ("test_accessibility",)  # its pages begin long computations, which would slow down the other journeys' server


def pytest_collection_modifyitems(items):
    for item in items:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        if item.path.stem in APART:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
        elif folder in TOGETHER:
            item.add_marker(pytest.mark.xdist_group(folder))
