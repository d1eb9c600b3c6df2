"""`python -m tests`: everything that has to pass, in the order in which it fails fastest."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.e2e.proxy import nginx_program
from tests.e2e.visitor import PROGRAMS, chromium_program

ROOT = Path(__file__).parent.parent
CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    # The order of tests/conftest.py, not that of xdist, for which a module is long if its tests are many. Journeys on
    # a broken page wait minutes each: of so many failures further ones say nothing more.
    ("pytest", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "--maxfail", "12"),
)


def install_programs() -> None:
    """From Debian's packages, if there are none: the journeys need a real browser and a real proxy."""
    packages = [] if chromium_program() else [PROGRAMS[0], "fonts-dejavu-core"]
    packages += [] if nginx_program() else ["nginx-light"]
    if not packages:
        return
    root = [] if os.geteuid() == 0 else ["sudo"]
    for step in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", *packages]):
        subprocess.run([*root, "apt-get", *step], check=True, stdout=subprocess.DEVNULL)


def main() -> int:
    with ThreadPoolExecutor() as beside:
        programs = beside.submit(install_programs)  # while the other checks run
        for check in CHECKS:
            if check[0] == "pytest":
                programs.result()
            print("$", *check, flush=True)
            # One thread each: the networks are small, and two test processes already share the cores.
            environment = {**os.environ, "OMP_NUM_THREADS": "1"}
            status = subprocess.run([sys.executable, "-m", *check], cwd=ROOT, env=environment).returncode
            if status:
                return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
