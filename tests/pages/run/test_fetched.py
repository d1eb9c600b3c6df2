"""What is said while a collection of images is on its way."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kd_core import Experiment, mnist
from pages.run import fetched

IMAGES, LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where MNIST's files go."""
    monkeypatch.setenv("KD_DATA", str(tmp_path))
    monkeypatch.delenv("KD_SCHEDULER", raising=False)
    (tmp_path / "mnist").mkdir()
    return tmp_path / "mnist"


def test_of_files_that_are_complete_their_size_counts_and_of_others_what_has_come(place: Path) -> None:
    assert fetched.arrival("mnist") == (
        "MNIST",
        0,
        sum(file.size for file in mnist.COLLECTIONS["mnist"].files.values()),
    )
    (place / LABELS).write_bytes(b"as it may be packed elsewhere")
    (place / f".{IMAGES}.a1").write_bytes(bytes(3000))
    (place / f".{IMAGES}.b2").write_bytes(bytes(2000))  # another process fetches it too
    missing = fetched.arrival("mnist28")  # the same files
    assert missing is not None
    assert missing.done == 3000 + mnist.COLLECTIONS["mnist"].files[LABELS].size


def test_nothing_is_missing_of_what_is_here_or_comes_with_the_app_or_lies_on_other_machines(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fetched.arrival("digits") is None
    monkeypatch.setenv("KD_SCHEDULER", "tcp://elsewhere:8786")
    assert fetched.arrival("mnist") is None
    monkeypatch.delenv("KD_SCHEDULER")
    for file in mnist.SHAPES:
        (place / file).touch()
    assert fetched.arrival("mnist") is None


def waiting() -> None:
    """A page on which a run waits for MNIST."""
    import streamlit as st

    from pages.run import fetched

    is_fetching = fetched.show_arrival("mnist", is_live=lambda: bool(st.session_state.get("live", True)))
    st.text(f"{is_fetching} {fetched.announced('mnist')}")


def test_a_bar_says_how_much_has_come_until_all_has_or_the_run_has_ended(place: Path) -> None:
    (place / f".{IMAGES}.a1").write_bytes(bytes(3 * 10**6))
    page = AppTest.from_function(waiting).run()
    (bar,) = page.get("progress")
    assert bar.proto.text == "MNIST is fetched once: 3 of 12 MB. Then the training begins."
    assert bar.proto.value == 25
    assert page.text[0].value == "True The images are fetched once, 12 MB."
    page.session_state["live"] = False
    page.run()
    assert page.get("progress") == []
    page.session_state["live"] = True
    for file in mnist.SHAPES:
        (place / file).touch()
    page.run()
    assert page.get("progress") == []
    assert page.text[0].value.strip() == "False"


def test_another_domain_that_is_real_data_is_waited_for_too() -> None:
    assert fetched.needed(Experiment(target="mnist")) == "mnist"
    assert fetched.needed(Experiment(target="thick")) == "digits"
    assert fetched.needed(Experiment(dataset="fashion28")) == "fashion28"
