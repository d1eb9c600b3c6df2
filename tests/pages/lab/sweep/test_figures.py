"""A sweep's map, curves, words and rows from cells made by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kd_core import Experiment
from kd_core.sweeps.grid import Cell, Sweep
from kd_core.sweeps.intervals import paired_difference
from pages.lab.sweep import figures as figures

SWEEP = Sweep.parse(Experiment(seeds=4), ["temperature=1,4", "alpha=0,0.5,1"])
ALONE = [0.5, 0.5, 0.5, 0.5]
BETTER, WORSE, UNCLEAR = [0.6, 0.7, 0.6, 0.7], [0.4, 0.3, 0.4, 0.3], [0.5, 0.6, 0.5, 0.4]
MISSING: list[float] = []


def table(*accuracies: list[float], best: tuple[int, ...] = (), sweep: Sweep = SWEEP) -> list[Cell | None]:
    return [
        Cell(sweep.cells[i], float(np.mean(a)), 0.5, paired_difference(a, ALONE[: len(a)]), 0.9, i in best)
        if a
        else None
        for i, a in enumerate(accuracies)
    ]


# Cells in order: T = 1 at alpha 0, 0.5, 1, then T = 4.
TABLE = table(BETTER, UNCLEAR, MISSING, WORSE, UNCLEAR, BETTER, best=(0, 1, 5))


def rings(figure: Any) -> list[Any]:
    return [shape for shape in figure.layout.shapes if shape.line.color == figures.RING]


def outlines(figure: Any) -> int:
    return len(figure.layout.shapes) - len(rings(figure))


def drawn(trace: Any) -> list[list[bool]]:
    return (~np.isnan(np.array(trace.z, dtype=float))).tolist()


def test_clear_cells_are_coloured_unclear_ones_hollow_and_all_are_there_from_the_start() -> None:
    figure = figures.map_figure(SWEEP, TABLE)
    grid, coloured, hollow, filled, marked = figure.data
    # Rows are alpha 0, 0.5, 1; columns T = 1, 4.
    assert drawn(coloured) == [[True, True], [False, False], [False, True]]
    assert list(zip(hollow.x, hollow.y, hollow.text, strict=True)) == [
        ("1", "0.5", "0.0<br>±4.1"),
        ("4", "0.5", "0.0<br>±4.1"),
    ]
    assert filled.text == ("+15.0<br>±2.9", "−15.0<br>±2.9", "+15.0<br>±2.9")
    assert filled.textfont.color == ("#ffffff", "#ffffff", "#ffffff")  # on full green and full orange
    assert {colour for _, colour in grid.colorscale} == {"rgba(0,0,0,0)"}
    assert (outlines(figure), list(marked.x)) == (3, [])  # of those that have no colour
    assert coloured.z[0][0] == pytest.approx(15)
    assert coloured.z[0][1] == pytest.approx(-15)
    assert (coloured.zmin, coloured.zmax) == (pytest.approx(-15), pytest.approx(15))  # zero is in the middle
    assert grid.customdata == coloured.customdata


def test_a_cell_shows_gain_and_standard_error() -> None:
    text = figures.map_figure(SWEEP, TABLE).data[0].text
    assert text[0] == ["+15.0<br>±2.9", "−15.0<br>±2.9"]
    assert text[1] == ["0.0<br>±4.1", "0.0<br>±4.1"]
    assert text[2] == ["", "+15.0<br>±2.9"]


def test_the_ring_is_around_the_largest_gain_though_another_cell_is_more_accurate() -> None:
    accurate = TABLE[3]
    assert accurate is not None
    cells = [*TABLE[:3], accurate._replace(distilled=0.99), *TABLE[4:]]
    (ring,) = rings(figures.map_figure(SWEEP, cells))
    assert ((ring.x0 + ring.x1) / 2, (ring.y0 + ring.y1) / 2) == (0, 0)  # T = 1, alpha 0
    assert figures.headline(SWEEP, cells, live=False) == "Most gain on this split: +15.0 points at T 1, alpha 0"
    assert "Highest accuracy: 99.0 % at T 4, alpha 0; which cells" in figures.summary(SWEEP, cells)


def test_where_nothing_is_gained_there_is_no_ring() -> None:
    cells = table(WORSE, WORSE, WORSE, WORSE, WORSE, WORSE)
    assert rings(figures.map_figure(SWEEP, cells)) == []
    assert figures.headline(SWEEP, cells, live=False) == "No cell has a gain"


def test_while_cells_are_missing_it_says_so_far_and_draws_no_verdict() -> None:
    assert figures.headline(SWEEP, TABLE, live=True).startswith("So far: ")
    assert figures.summary(SWEEP, TABLE, live=True) == "5 of 6 cells are known. No verdict before the end."


def test_a_cell_carries_its_number_and_tells_its_interval_in_words() -> None:
    _, coloured, *_ = figures.map_figure(SWEEP, TABLE).data
    assert [list(row) for row in coloured.customdata] == [[0, 3], [1, 4], [2, 5]]
    assert list(coloured.x) == ["1", "4"]
    assert list(coloured.y) == ["0", "0.5", "1"]
    assert "T 4, alpha 0<br>distilled 35.0 %, alone 50.0 %" in coloured.hovertext[0][1]
    assert "95 % interval −24.2 to −5.8, 4 paired seeds on this split: clear" in coloured.hovertext[0][1]
    assert "4 paired seeds on this split: not clear" in coloured.hovertext[1][0]


def test_an_empty_map_is_drawn_too() -> None:
    figure = figures.map_figure(SWEEP, [None] * 6)
    _, coloured, hollow, *_ = figure.data
    assert not np.any(drawn(coloured))
    assert not hollow.x
    assert (outlines(figure), rings(figure)) == (6, [])
    assert "%" not in figures.summary(SWEEP, [None] * 6)  # nothing is known, so nothing is claimed
    assert figures.rows([None] * 6, SWEEP).empty


def test_one_axis_is_a_map_of_one_row_and_one_curve() -> None:
    sweep = Sweep.parse(Experiment(seeds=4), ["student=4,8"])
    cells = table(BETTER, UNCLEAR, sweep=sweep)
    _, coloured, hollow, *_ = figures.map_figure(sweep, cells).data
    assert (drawn(coloured), list(hollow.x)) == ([[True, False]], ["8"])
    (curve,) = figures.curves_figure(sweep, cells).data
    assert (curve.name, list(curve.x)) == ("gain", ["4", "8"])


def test_one_seed_shows_no_standard_error_and_claims_nothing() -> None:
    cells = table([0.6], [0.5], [0.4], [0.5], [0.5], [0.5])
    grid, coloured, hollow, *_ = figures.map_figure(SWEEP, cells).data
    assert len(hollow.x) == 6
    assert not np.any(drawn(coloured))
    assert grid.text[0][0] == "+10.0"
    assert "one seed, no evidence" in figures.summary(SWEEP, cells)
    assert "nan" not in figures.summary(SWEEP, cells)
    assert "nan" not in grid.hovertext[0][0]


def test_curves_are_gains_against_the_first_axis_with_standard_errors_a_line_for_each_value_of_the_second() -> None:
    curves = figures.curves_figure(SWEEP, TABLE).data
    assert [curve.name for curve in curves] == ["alpha 0", "alpha 0.5", "alpha 1"]
    assert [list(curve.x) for curve in curves] == [["1", "4"], ["1", "4"], ["4"]]  # what is missing is left out
    assert list(curves[0].y) == pytest.approx([15, -15])
    assert list(curves[0].error_y.array) == pytest.approx([2.88675, 2.88675], abs=1e-4)
    assert len({(curve.line.color, curve.line.dash) for curve in curves}) == 3


def test_words_name_the_best_cell_those_like_it_and_how_many_are_clear() -> None:
    text = figures.summary(SWEEP, TABLE)
    assert (
        "65.0 % distilled against 50.0 % alone: 95 % interval +5.8 to +24.2, 4 paired seeds on this split: clear"
        in text
    )
    assert "on this split: 65.0 % at T 1, alpha 0; other cells that can't be told from it: 2." in text
    assert "Of 5 cells, distillation is clearly better in 2, clearly worse in 1, not clearly either in 2" in text


# Collapsed students


DEAD = [0.1, 0.1, 0.1, 0.1]


def marked_table() -> list[Cell | None]:
    """The second cell would have the largest gain, and the fourth the largest loss, were they findings."""
    cells = table(BETTER, [0.9] * 4, UNCLEAR, DEAD, UNCLEAR, BETTER, best=(0,))
    for number, (collapsed, alone) in {1: (3, 1), 3: (4, 0)}.items():
        cell = cells[number]
        assert cell is not None
        cells[number] = cell._replace(collapsed=collapsed, collapsed_alone=alone)
    return cells


def test_a_cell_with_collapsed_students_has_a_sign_and_an_outline_of_its_own_and_no_colour() -> None:
    figure = figures.map_figure(SWEEP, marked_table())
    grid, coloured, hollow, _, marked = figure.data
    assert list(zip(marked.x, marked.y, marked.text, strict=True)) == [("4", "0", "⊘"), ("1", "0.5", "⊘")]
    assert drawn(coloured) == [[True, False], [False, False], [False, True]]
    assert ("1", "0.5") not in zip(hollow.x, hollow.y, strict=True)
    dotted = [(shape.x0 + shape.x1, shape.y0 + shape.y1) for shape in figure.layout.shapes if shape.line.dash == "dot"]
    assert dotted == [(0, 2), (2, 0)]
    said = grid.hovertext[1][0].replace("<br>", " ")
    assert "2 of 4 distilled students and 1 of 4 students alone have collapsed: they give one answer or are no" in said
    assert "clear" not in said


def test_the_ring_and_the_words_leave_collapsed_cells_out_and_say_so() -> None:
    cells = marked_table()
    assert figures.most_gain(cells) == 0
    text = figures.summary(SWEEP, cells)
    assert "Of 4 cells, distillation is clearly better in 2, clearly worse in 0, not clearly either in 2" in text
    assert "Highest accuracy on this split: 65.0 % at T 1, alpha 0" in text
    assert "Marked ⊘ and no finding: 2 of 6 cells, where students have collapsed." in text


def test_where_all_cells_have_collapsed_nothing_else_is_said() -> None:
    cells = [cell._replace(collapsed=1) for cell in marked_table() if cell]
    assert figures.headline(SWEEP, cells, live=False) == "No cell has a gain"
    assert figures.summary(SWEEP, cells).startswith("Marked ⊘ and no finding: 6 of 6 cells")
    assert rings(figures.map_figure(SWEEP, cells)) == []


def test_curves_have_gaps_where_students_have_collapsed() -> None:
    first, second, _ = figures.curves_figure(SWEEP, marked_table()).data
    assert list(first.y) == [pytest.approx(15), None]
    assert list(second.y) == [None, pytest.approx(0)]


def test_rows_tell_who_has_collapsed_and_claim_nothing_there() -> None:
    rows = figures.rows(marked_table(), SWEEP)
    assert rows["collapsed"].tolist() == [0, 3, 0, 4, 0, 0]
    assert rows["clear"].tolist() == [True, False, False, False, False, True]


# Several splits


def over_splits(*accuracies: list[float]) -> tuple[Sweep, list[Cell | None]]:
    sweep = Sweep.parse(Experiment(seeds=4, splits=4), ["temperature=1,4", "alpha=0,0.5,1"])
    return sweep, [
        Cell(sweep.cells[i], float(np.mean(a)), 0.5, paired_difference(a, ALONE, splits=4), 0.9, True)
        for i, a in enumerate(accuracies)
    ]


HOLDS, ON_AVERAGE = [0.7, 0.71, 0.7, 0.71], [0.56, 0.52, 0.555, 0.525]


def test_over_splits_a_cell_is_filled_and_counted_where_the_next_split_is_expected_to_say_the_same() -> None:
    sweep, cells = over_splits(HOLDS, ON_AVERAGE, UNCLEAR, UNCLEAR, UNCLEAR, UNCLEAR)
    assert [bool(cell and cell.is_clear) for cell in cells[:3]] == [True, True, False]
    grid, coloured, *_ = figures.map_figure(sweep, cells).data
    assert drawn(coloured) == [[True, False], [False, False], [False, False]]
    assert "4 paired seeds on 4 splits: it holds, the next split is expected to say the same" in grid.hovertext[0][0]
    assert "clear on average, but the next split may say otherwise" in grid.hovertext[1][0]
    assert "4 paired seeds on 4 splits: can't tell" in grid.hovertext[2][0]
    text = figures.summary(sweep, cells)
    assert "Of 6 cells, distillation is better in 1 and worse in 0, and that holds; in 5 one can't tell" in text
    assert "this split" not in text + figures.headline(sweep, cells, live=False)
    assert figures.rows(cells, sweep)["holds"].tolist() == [True, *[False] * 5]


def test_rows_are_the_finished_cells_with_their_axes_numbers_and_links() -> None:
    rows = figures.rows(TABLE, SWEEP)
    assert list(rows["temperature"]) == ["1", "1", "4", "4", "4"]
    assert list(rows["alpha"]) == ["0", "0.5", "0", "0.5", "1"]
    assert rows["gain"].tolist() == [0.15, 0, -0.15, 0, 0.15]
    assert rows["standard_error"][0] == 0.02887
    assert rows["clear"].tolist() == [True, False, True, False, True]
    assert rows["not_told_from_best"].tolist() == [True, True, False, False, True]
    finished = [cell.experiment for cell in TABLE if cell]
    assert [Experiment.from_query(link) for link in rows["link"]] == finished
