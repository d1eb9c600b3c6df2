"""What results are of, in a few words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kd_core import Experiment
from kd_core.data import DATASETS
from kd_core.sources import Source
from pages.run import settings

OWN = "own-1f2e3d4c5b6a79881f2e3d4c5b6a7988"


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Source:
    """A data set of somebody's own."""
    source = replace(DATASETS["iris"], title="penguins.csv")

    def source_of(name: str) -> Source:
        if name == OWN:
            return source
        raise ValueError(name)

    monkeypatch.setattr(settings, "source_of", source_of)
    return source


def test_data_of_ones_own_have_their_title_and_are_told_apart(own: Source) -> None:
    assert settings.data_name(OWN, "en") == "penguins.csv (1f2e)"
    assert settings.data_name("digits", "de") == "Ziffern"


def test_data_that_have_been_taken_away_keep_their_name(own: Source) -> None:
    gone = OWN.replace("1f2e", "0000")
    assert not settings.is_known(gone)
    assert settings.data_name(gone, "en") == gone


def test_a_few_changes_are_named_and_of_many_the_first_ones() -> None:
    few, many = ["labels", "student"], ["dataset", "teacher", "student", "epochs", "seeds", "splits"]
    assert settings.named(few) == "labels, student"
    assert settings.named(many) == "dataset, teacher, student and 3 more"
    experiment = Experiment(student="c8")
    assert settings.describe(experiment, few) == "digits, 100 labels, T 4, student c8"
    assert settings.describe(experiment, many) == "digits, 100 labels, T 4, teacher 256-256, student c8"
