"""`python -m tests.bench [NAME ...]`: measure, print tables, write bench.json. Without a name, what shows speed."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

BENCHES = ("engine", "ui")
WHEN_NAMED = ("stars",)  # what is right, not what is fast


def main(names: list[str]) -> int:
    known = (*BENCHES, *WHEN_NAMED)
    if unknown := [name for name in names if name not in known]:
        print(f"bench: {unknown[0]} is not one of {', '.join(known)}", file=sys.stderr)
        return 2
    results: dict[str, Any] = {"machine": platform.platform(), "python": platform.python_version()}
    for name in names or BENCHES:
        run: Callable[[], Any] = import_module(f"tests.bench.{name}").run
        results[name] = run()
    Path("bench.json").write_text(json.dumps(results, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
