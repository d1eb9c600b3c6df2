"""How the tests share the machine's cores: all journeys on one, so that there is one server and one browser."""

from pathlib import Path

import pytest

TOGETHER = ("e2e", "jobs")  # folders whose fixtures are dear: a server and a browser, training workers


def pytest_collection_modifyitems(items):
    for item in items:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        if folder in TOGETHER:
            item.add_marker(pytest.mark.xdist_group(folder))
