"""`python -m kd_core answers FILE [QUERY]`: keep a teacher's answers, and print what links call them by.

A table (CSV or Parquet) of logits or probabilities for the rows of the query's data: `--rows QUERY` writes these rows,
`--of QUERY` what the query's own teacher answers for them; both as CSV to standard output.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from kd_core.data import DataError
from kd_core.experiment import Experiment
from kd_core.messages import Message

HELP = "keep a teacher's answers from a file, and print their name; or write the rows to score"


def add_options(command: argparse.ArgumentParser) -> None:
    """What `answers` is called with."""
    command.add_argument("file", type=Path, nargs="?", help="logits or probabilities: id and a column a class")
    command.add_argument("query", nargs="?", default="", help="the data, such as 'dataset=digits&seed=3'")
    command.add_argument("--rows", metavar="QUERY", help="write the rows to be scored instead")
    command.add_argument("--of", metavar="QUERY", help="write the logits of this experiment's teacher instead")


def work(options: argparse.Namespace) -> int:
    """Check a file and keep it, what is odd being said on standard error; or write a file."""
    from kd_core.answers import rows, store, upload
    from kd_core.own.limits import LIMITS

    if options.rows is not None:
        return _write(rows.rows_as_csv(_of_one_split(options.rows)))
    if options.of is not None:
        return _write(teachers_own(_of_one_split(options.of)))
    if options.file is None:
        print("kd_core: answers needs a file, --rows or --of.", file=sys.stderr)
        return 2
    experiment = Experiment.from_query(options.query)
    try:
        with options.file.open("rb") as file:
            content = file.read(LIMITS.file + 1)  # enough to see that there is too much
    except OSError as problem:
        print(f"kd_core: {options.file}: {problem.strerror}.", file=sys.stderr)
        return 1
    checked = upload.read(content, options.file.name, experiment)
    for sentence in checked.warnings:
        print(f"kd_core: {sentence}", file=sys.stderr)
    print(store.save(checked.answers))
    return 0


def teachers_own(experiment: Experiment) -> bytes:
    """The file of answers of the experiment's own teacher, which it trains."""
    import torch

    from kd_core.answers.teacher import file_of
    from kd_core.teaching import teacher_of

    torch.set_num_threads(1)  # as the app's workers do, so that both give the same numbers
    logits = teacher_of(experiment).logits
    return file_of(experiment.load_data(), logits.train[0].numpy(), logits.test[0].numpy())


def _of_one_split(query: str) -> Experiment:
    experiment = Experiment.from_query(query)
    if experiment.splits > 1:
        raise DataError(Message("answers_one_split", splits=experiment.splits))
    return experiment


def _write(content: bytes) -> int:
    sys.stdout.buffer.write(content)
    sys.stdout.flush()
    return 0
