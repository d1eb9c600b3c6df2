"""`python -m tests`: everything that has to pass, in the order in which it fails fastest."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("pytest", "-n", "2", "--dist", "loadgroup"),
)


def install_chromium() -> None:
    """From Debian's packages, if there is none: the journeys need a real browser."""
    if shutil.which("chromium"):
        return
    root = [] if os.geteuid() == 0 else ["sudo"]
    for step in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", "chromium", "fonts-dejavu-core"]):
        subprocess.run([*root, "apt-get", *step], check=True, stdout=subprocess.DEVNULL)


def main() -> int:
    install_chromium()
    for check in CHECKS:
        print("$", *check, flush=True)
        # One thread each: the networks are small, and two test processes already share the cores.
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        status = subprocess.run([sys.executable, "-m", *check], cwd=ROOT, env=environment).returncode
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
