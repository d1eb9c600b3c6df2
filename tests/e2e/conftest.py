"""One server and one browser for all journeys, and a way for a test to send visitors to it."""

from zlib import crc32

import pytest

from tests.e2e.playground import Playground, chromium
from tests.e2e.server import serving


@pytest.fixture(scope="package")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def server():
    with serving() as server:
        yield server


@pytest.fixture
def visit(browser, server):
    """Open the playground as a new visitor: `visit(query)`. At the end of the test no page may have raised anything."""
    visitors = []

    def visit(query="", *, server=server, **options):
        visitors.append(Playground(browser, server, **options))
        return visitors[-1].open(query)

    yield visit
    problems = [problem for visitor in visitors for problem in visitor.problems]
    exceptions = [text for v in visitors for text in v.page.locator("[data-testid=stException]").all_inner_texts()]
    for visitor in visitors:
        visitor.close()
    assert problems + exceptions == []


# Links of runs that take about a second, and that no other test opens: a run belongs to its link, and so to its test.


@pytest.fixture
def seed(request):
    return crc32(request.node.name.encode()) % 100_000 + 1


@pytest.fixture
def plane(seed):
    """Three classes on a plane: the teacher's epochs 0 to 2, the students' 0 to 20."""
    return f"dataset=blobs&labels=12&teacher=16&teacher_epochs=2&student=8&epochs=20&seeds=3&seed={seed}"


@pytest.fixture
def digits(seed):
    """Digits: the teacher's epochs 0 to 3, the students' 0 to 12."""
    return f"teacher=32&teacher_epochs=3&epochs=12&seeds=3&seed={seed}"


@pytest.fixture
def slow(plane):
    """As `plane`, but long enough to be met on its way at 5 epochs a second."""
    return plane.replace("&epochs=20", "&epochs=100")
