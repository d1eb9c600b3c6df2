"""How the tests share two processes: a module at a time goes to whichever is free, the longest first.

So a module's fixtures are set up in one process, and at most two servers and two browsers are there at once. (Groups of
xdist's `loadgroup` count for nothing with this pytest: it keeps the ids that they are written into.)
"""

import os
import tempfile
from pathlib import Path

# What one process has trained the other need not train again; files are named by all that they depend on.
os.environ.setdefault("KD_CACHE", str(Path(tempfile.gettempdir()) / "kd-lab-tests"))
# Nothing is fetched from outside, and nothing is kept where a person keeps data.
os.environ.setdefault("KD_DATA", str(Path(tempfile.gettempdir()) / "kd-lab-tests" / "data"))
os.environ.setdefault("KD_DATA_MIRROR", "http://127.0.0.1:9")  # nobody answers there

# The last ones begin long computations, which would slow down whoever came after them to the same server.
JOURNEYS = (
    "test_training",
    "test_truth",
    "test_server",
    "test_faults",
    "test_hostile",
    "test_doors",
    "test_proxy",
    "test_links",
    "test_page",
    "test_networks",
    "test_teachers",
    "test_home",
    "test_data",
    "test_answers",
    "test_sweep",
    "test_soft_targets",
    "test_bugs",
    "test_dark_knowledge",
    "test_read_code",
    "test_when",
    "test_domain",
    "test_forest",
    "test_ensemble",
    "test_noise",
    "test_check",
    "test_two_losses",
    "test_components",
    "test_addresses",
    "test_accessibility",
)


def place(item):
    """The order of a test: the journeys, then real workers, then pages, then everything else."""
    path = item.path.relative_to(Path(__file__).parent)
    if path.parts[0] == "e2e":
        return 0, JOURNEYS.index(path.stem) if path.stem in JOURNEYS else JOURNEYS.index("test_sweep")
    return 1 + ("jobs", "pages", path.parts[0]).index(path.parts[0]), 0


def pytest_collection_modifyitems(items):
    items.sort(key=place)
