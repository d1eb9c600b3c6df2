"""What is drawn and said of made-up results: every view has its words, the distilled are kept back before a guess."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest

from kd_core.sweeps.intervals import interval
from pages.learn.noise import figures, findings
from pages.learn.noise.views import VIEWS, Chosen, Finding, Known, Reached, View, gather, of_page
from pages.learn.noise.views import findings as find
from pages.ui.figures import Picture
from pages.ui.words import Words, texts

EN, DE = (Words("noise", language) for language in ("en", "de"))
LANGUAGES = pytest.mark.parametrize("w", [EN, DE], ids=["en", "de"])
EACH = pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)


def made_up(view: View, splits: int = 5) -> Known:
    """Results of the right shape that no training gave: curves rise, and the distilled are a tenth better."""
    rng, cases, values = np.random.default_rng(0), view.cases(of_page(Chosen())), []
    for split in range(splits):
        for case in cases:
            x = view.levels or (tuple(range(21)) if view.along == "epochs" else (case.x,))
            alone = np.linspace(0.3, 0.85, len(x)) + rng.uniform(0, 0.02, (2, len(x)))
            test = np.stack([alone, alone + 0.1])
            kept = np.array([[3, 4], [5, 6]]) if case.series == "stopped" else None
            values.append(Reached(case.series, tuple(x), split, np.full(len(x), 0.97), test, test + 0.03, kept))
    return gather(cases, values)


def drawn(view: View, known: Known, *, with_distilled: bool = True, w: Words = EN) -> Picture:
    return figures.picture(w, view, known, with_distilled=with_distilled, level=view.at)


def names(picture: Picture) -> set[str]:
    return {trace.name for trace in picture.figure.data if trace.name}


@LANGUAGES
@EACH
def test_every_view_has_all_its_words(view: View, w: Words) -> None:
    known = made_up(view)
    said = [
        *(w(f"{part}.{view.name}") for part in ("views", "axes", "under", "look", "why", "links")),
        findings.question(w, view, view.at),
        *findings.options(w, view).values(),
        *(findings.sentence(w, view, each, view.at) for each in find(view, known, view.at)),
        drawn(view, known, w=w).text,
    ]
    assert not [text for text in said if not text or re.search(r"[{}]|\bnan\b", text)]


@EACH
def test_before_a_guess_neither_figure_nor_text_tells_of_the_distilled(view: View) -> None:
    picture = drawn(view, made_up(view), with_distilled=False)
    assert "distilled" not in picture.text + str(picture.figure.to_json())
    assert {"alone"} <= names(picture)
    assert [name for name in names(drawn(view, made_up(view))) if name.startswith("distilled")]


@EACH
def test_the_figure_is_there_before_anything_is_measured(view: View) -> None:
    picture = drawn(view, {})
    assert EN("alt.nothing") in picture.text
    assert picture.figure.layout.xaxis2.title.text == EN(f"axes.{view.name}")


def test_lines_are_means_over_the_pairs_in_percent() -> None:
    view, known = VIEWS["test"], made_up(VIEWS["test"])
    figure = drawn(view, known).figure
    upper = next(trace for trace in figure.data if trace.name == "distilled")
    np.testing.assert_allclose(upper.y, 100 * known["plain"].test[1].mean(0))
    below = next(trace for trace in figure.data if trace.name == "distilled minus alone")
    np.testing.assert_allclose(below.y, 10, atol=1e-6)
    assert (below.yaxis, upper.yaxis) == ("y2", "y")


def test_in_shifts_the_student_alone_is_drawn_once_and_every_distilled_one_by_its_teacher() -> None:
    shown = names(drawn(VIEWS["shifts"], made_up(VIEWS["shifts"])))
    assert {EN(f"lines.distilled_{name}") for name in ("plain", "clean", "taught")} <= shown
    assert not [name for name in shown if name.startswith("alone,")]


def test_those_that_never_get_there_count_as_later_than_all_others() -> None:
    view, known = VIEWS["speed"], made_up(VIEWS["speed"])
    half = next(trace for trace in drawn(view, known).figure.data if trace.name == "alone" and trace.yaxis != "y2")
    by_level = dict(zip(half.x, half.y, strict=True))
    assert by_level[84.0] is not None
    assert by_level[95.0] is None  # no curve goes beyond 0.87
    share = next(trace for trace in drawn(view, known).figure.data if trace.name == "alone" and trace.yaxis == "y2")
    assert dict(zip(share.x, share.y, strict=True))[95.0] == 0
    first = find(view, known, 0.95)[0]
    told = findings.reaching(EN, known, 0.95, first)
    assert "0 of 10 get there, fewer than half of all" in told[0]
    assert "10 of 10 pairs can't be compared" in told[-1]
    assert findings.judged(EN, view, "up", first) == EN("guess.unknown")


def test_a_figure_can_be_sent() -> None:
    for view in VIEWS.values():
        json.loads(drawn(view, made_up(view, 1)).figure.to_json())


@LANGUAGES
@pytest.mark.parametrize(
    ("differences", "kind"),
    [((0.02, 0.03, 0.02), "up"), ((-0.02, -0.03, -0.02), "down"), ((-0.02, 0.02, 0.0), "none")],
)
def test_the_verdict_is_that_of_the_interval(differences: tuple[float, ...], kind: str, w: Words) -> None:
    finding = Finding("gain", interval(np.array(differences), splits=3))
    assert findings.verdict(finding) == kind
    assert w(f"verdicts.{kind}") in findings.sentence(w, VIEWS["test"], finding, 0.4)
    truth = w(f"options.test.{kind}")
    assert findings.judged(w, VIEWS["test"], kind, finding) == w("guess.right", guess=truth, truth=truth)
    assert findings.judged(w, VIEWS["test"], "", finding) == w("guess.shown", truth=truth)


def test_what_is_clear_here_and_may_flip_on_the_next_split_is_no_answer() -> None:
    finding = Finding("more", interval(np.array([0.01, 0.02, 0.04, 0.05, 0.03]), splits=5))
    assert finding.interval.is_clear
    assert findings.verdict(finding) == "flips"
    assert "next split" in findings.judged(EN, VIEWS["test"], "up", finding)


def test_both_languages_have_the_same_texts_with_the_same_gaps() -> None:
    def gaps(tree: dict[str, Any], path: str = "") -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for name, value in tree.items():
            found |= gaps(value, f"{path}{name}.") if isinstance(value, dict) else {path + name: placed(value)}
        return found

    def placed(text: str) -> set[str]:
        return set(re.findall(r"\{[^}]*\}", text))

    assert gaps(texts("noise", "en")) == gaps(texts("noise", "de"))
