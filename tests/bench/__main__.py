"""`python -m tests.bench [NAME ...]`: measure, print tables, write bench.json. Without a name, what shows speed.

`class`, `soak` and `hinton` are named alone, with options of their own: `python -m tests.bench class --people 30`.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

BENCHES = ("engine", "ui")
# What is right, not what is fast.
WHEN_NAMED = ("claims", "coverage", "collapse", "stars", "forest", "domains", "fuzz", "malformed", "ensemble", "noise")
WITH_OPTIONS = {
    "class": "klass",  # what many people at once do to a server
    "soak": "soak",  # and what many do one after another
    "hinton": "hinton",  # a paper's numbers, on its data
}


def main(names: list[str]) -> int:
    results: dict[str, Any] = {"machine": platform.platform(), "python": platform.python_version()}
    if names and names[0] in WITH_OPTIONS:
        results[names[0]] = import_module(f"tests.bench.{WITH_OPTIONS[names[0]]}").run(names[1:])
        Path("bench.json").write_text(json.dumps(results, indent=1))
        return 0
    known = (*BENCHES, *WHEN_NAMED, *WITH_OPTIONS)
    if unknown := [name for name in names if name not in known]:
        print(f"bench: {unknown[0]} is not one of {', '.join(known)}", file=sys.stderr)
        return 2
    for name in names or BENCHES:
        run: Callable[[], Any] = import_module(f"tests.bench.{name}").run
        results[name] = run()
    Path("bench.json").write_text(json.dumps(results, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
