"""What results are of, in a few words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kd_core import Experiment
from kd_core.data import DATASETS
from kd_core.experiment import SETTINGS
from kd_core.sources import Source
from pages.run import settings
from pages.ui.words import LANGUAGES

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


def test_another_teacher_and_another_domain_are_part_of_what_results_are_of() -> None:
    assert settings.describe(Experiment(teacher_kind="forest", temperature=1.0)) == (
        "digits, 100 labels, T 1, random forest of 100 trees"
    )
    assert settings.describe(Experiment(target="thick")) == "digits, 100 labels, T 4, target thicker strokes"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", settings.CHOICES)
def test_every_option_that_is_chosen_by_words_has_its_own(name: str, language: str) -> None:
    said = [settings.value_said(name, option, language) for option in SETTINGS[name].choices]
    assert len(set(said)) == len(said)


def test_values_are_words_numbers_or_as_links_write_them() -> None:
    assert settings.value_said("teacher_kind", "network+knn", "de") == "Netz + k-NN"
    assert settings.value_said("teacher_clip", 0.05, "de") == "0,05"
    assert settings.value_said("teacher_weights", "1:0", "en") == "1:0"


def test_a_setting_has_a_meaning_where_something_reads_it() -> None:
    usual, points = Experiment(), Experiment(dataset="blobs", teacher_kind="knn", target="moved", extra=1)
    without = {name for name in SETTINGS if not settings.has_meaning(usual, name)}
    assert without == {
        "target_labels",
        "teacher_weights",
        "teacher_mean",
        "teacher_trees",
        "teacher_depth",
        "teacher_neighbours",
        "teacher_c",
        "teacher_clip",
        "teacher_file",
        "extra_kind",
        "shift_view",
    }
    assert {name for name in without if settings.has_meaning(points, name)} == {
        "target_labels",
        "teacher_neighbours",
        "teacher_clip",
        "extra_kind",
    }
    assert not any(settings.has_meaning(points, name) for name in ("teacher", "teachers", "shift", "teacher_shift"))
