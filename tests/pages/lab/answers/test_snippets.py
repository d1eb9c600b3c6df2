"""The programs on the page are run as they stand: each makes a file of answers from the file of rows."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from kd_core.answers.rows import rows_as_csv, rows_as_parquet
from kd_core.answers.upload import Checked, read
from kd_core.experiment import Experiment
from pages.lab.answers.reading import SNIPPETS, snippet

DIGITS = Experiment()


class Model(BaseHTTPRequestHandler):
    """A model behind HTTP: the first ten numbers of a row are its answer."""

    def do_POST(self) -> None:
        rows = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["instances"]
        reply = json.dumps({"predictions": [row[10:20] for row in rows]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def served() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Model) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/model"
        server.shutdown()
        thread.join()


def scored(program: str, folder: Path, experiment: Experiment = DIGITS) -> Checked:
    """What the page makes of the file that the program writes."""
    (folder / "program.py").write_text(program)
    done = subprocess.run([sys.executable, "program.py"], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return read((folder / "answers.csv").read_bytes(), "answers.csv", experiment)


@pytest.mark.parametrize(("name", "kind"), [("sklearn", "probabilities"), ("torch", "logits")])
def test_a_model_of_these_libraries_answers_well(name: str, kind: str, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes(rows_as_csv(DIGITS))
    found = scored(snippet(name, DIGITS), tmp_path)
    data, likeliest = DIGITS.load_data(), found.answers.values.argmax(axis=1)
    assert found.answers.about.kind == kind
    assert {warning.kind for warning in found.warnings} <= {"answers_rounded", "answers_zeros"}  # a forest's votes
    assert (likeliest[data.test_ids] == data.test_labels).mean() > 0.9


def test_a_model_behind_http_answers_every_row(served: str, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes(rows_as_csv(DIGITS))
    program = snippet("http", DIGITS).replace("http://localhost:8080/v1/models/model:predict", served)
    assert served in program
    found = scored(program.replace(", 500", ", 100"), tmp_path)
    data = DIGITS.load_data()
    expected = data.seen(np.arange(1797))[:, 10:20]
    np.testing.assert_allclose(found.answers.values, expected, atol=1e-6)


def test_rows_in_parquet_are_read_by_the_same_program(tmp_path: Path) -> None:
    (tmp_path / "rows.parquet").write_bytes(rows_as_parquet(DIGITS))
    program = snippet("sklearn", Experiment(dataset="mnist"))
    assert "rows.parquet" in program
    assert scored(program, tmp_path).answers.about.rows == 1797


def test_the_programs_are_short() -> None:
    assert all(len(snippet(name, DIGITS).splitlines()) <= 15 for name in SNIPPETS)
