"""One server and one browser for all journeys, and a way for a test to send visitors to it."""

from zlib import crc32

import pytest
from playwright.sync_api import expect

from tests.e2e.playground import Playground
from tests.e2e.server import serving
from tests.e2e.visitor import PATIENCE, chromium

expect.set_options(timeout=PATIENCE)

# What a browser that opens a page some hundred times can do without: a process a page, in which the app's scripts are
# compiled anew, and a second compilation of what runs often.
THRIFT = ("--process-per-site", "--js-flags=--no-maglev --no-turbofan")

NAMES = "--host-resolver-rules=MAP lab.example 127.0.0.1"  # the host of README's proxy


@pytest.fixture(scope="package")
def browser():
    with chromium(*THRIFT, NAMES) as browser:
        yield browser


@pytest.fixture(scope="package")
def server():
    with serving() as server:
        yield server


@pytest.fixture(scope="package")
def context(browser, server):
    """One for all visitors, who keep nothing in it: a page whose scripts are in the cache opens in half the time.

    Visitors ask for little motion: to draw what moves by itself while the server is busy costs as much as the rest.
    """
    with browser.new_context(reduced_motion="reduce") as context:
        context.new_page().goto(f"{server.url}/_stcore/health")  # stays open, and with it the process of all visitors
        yield context


# Streamlit keeps in the browser whether its menu stands open, and opens it so for whoever comes next.
FORGET_MENU = """() => Object.keys(localStorage).filter((key) => key.startsWith("stSidebar"))
  .forEach((key) => localStorage.removeItem(key))"""


@pytest.fixture
def come(context, server):
    """A new visitor: `come(Visitor)`. At the end of the test no visitor's page may have raised anything."""
    visitors = []

    def come(kind, *, server=server, **options):
        visitors.append(kind(context, server, **options))
        return visitors[-1]

    yield come
    problems = [problem for visitor in visitors for problem in visitor.problems]
    for visitor in visitors:
        visitor.close()
    context.pages[0].evaluate(FORGET_MENU)
    assert problems == []


@pytest.fixture
def visit(come):
    """Open the playground as a new visitor: `visit(query)`."""
    return lambda query="", **options: come(Playground, **options).open(query)


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
    """As `plane`, but long enough to be met on its way at 5 epochs a second; it comes at full speed."""
    return plane.replace("&epochs=20", "&epochs=100") + "&pace=full"
