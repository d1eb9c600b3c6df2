"""`python -m kd_core data FILE [--label COLUMN]`: keep data of one's own, and print the name that links call it by.

A table (CSV or Parquet), a zip of images in a folder for each class, or a file that the app gave to download.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HELP = "keep a table or images of one's own, and print the data set's name"


def add_options(command: argparse.ArgumentParser) -> None:
    """What `data` is called with."""
    command.add_argument("file", type=Path, help="a table, a zip of images, or prepared data")
    command.add_argument("--label", default="", metavar="COLUMN", help="of a table: the column to be learned")
    command.add_argument("--side", type=int, choices=(8, 14, 28), default=14, help="of images: pixels a side")
    command.add_argument("--colour", action="store_true", help="of images: in colour")


def work(options: argparse.Namespace) -> int:
    """Prepare a file and keep what comes of it; what is left out is said on standard error."""
    from kd_core.own.limits import LIMITS
    from kd_core.own.prepared import save
    from kd_core.own.source import name_of
    from kd_core.own.upload import prepare, preview

    try:
        with options.file.open("rb") as file:
            content = file.read(LIMITS.file + 1)  # enough to see that there is too much
    except OSError as problem:
        print(f"kd_core: {options.file}: {problem.strerror}.", file=sys.stderr)
        return 1
    prepared = prepare(content, options.file.name, label=options.label, side=options.side, grey=not options.colour)
    for sentence in preview(prepared, rows=0).dropped:
        print(f"kd_core: {sentence}", file=sys.stderr)
    print(name_of(save(prepared)))
    return 0
