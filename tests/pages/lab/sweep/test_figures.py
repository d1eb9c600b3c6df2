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


def drawn(trace: Any) -> list[list[bool]]:
    return (~np.isnan(np.array(trace.z, dtype=float))).tolist()


def test_clear_cells_are_in_the_coloured_trace_and_unclear_ones_in_the_grey_one_only() -> None:
    grey, coloured = figures.map_figure(SWEEP, TABLE).data
    # Rows are alpha 0, 0.5, 1; columns T = 1, 4.
    assert drawn(coloured) == [[True, True], [False, False], [False, True]]
    assert drawn(grey) == [[False, False], [True, True], [False, False]]
    assert {colour for _, colour in grey.colorscale} == {"#8d949c"}
    assert coloured.z[0][0] == pytest.approx(15)
    assert coloured.z[0][1] == pytest.approx(-15)
    assert (coloured.zmin, coloured.zmax) == (pytest.approx(-15), pytest.approx(15))  # zero is in the middle
    assert grey.customdata == coloured.customdata


def test_a_cell_shows_gain_standard_error_and_a_star_if_not_told_from_the_best() -> None:
    text = figures.map_figure(SWEEP, TABLE).data[0].text
    assert text[0] == ["+15.0★<br>±2.9", "−15.0<br>±2.9"]
    assert text[1] == ["+0.0★<br>±4.1", "+0.0<br>±4.1"]
    assert text[2] == ["", "+15.0★<br>±2.9"]


def test_a_cell_carries_its_number_and_tells_its_interval_in_words() -> None:
    _, coloured = figures.map_figure(SWEEP, TABLE).data
    assert [list(row) for row in coloured.customdata] == [[0, 3], [1, 4], [2, 5]]
    assert list(coloured.x) == ["1", "4"]
    assert list(coloured.y) == ["0", "0.5", "1"]
    assert "T 4, alpha 0, student 16<br>distilled 35.0 %, alone 50.0 %" in coloured.hovertext[0][1]
    assert "95 % interval −24.2 to −5.8 over 4 seeds: clear" in coloured.hovertext[0][1]
    assert "over 4 seeds: not clear" in coloured.hovertext[1][0]


def test_an_empty_map_is_drawn_too() -> None:
    grey, coloured = figures.map_figure(SWEEP, [None] * 6).data
    assert not np.any(drawn(grey))
    assert not np.any(drawn(coloured))
    assert "%" not in figures.summary([None] * 6)  # nothing is known, so nothing is claimed
    assert figures.rows([None] * 6, SWEEP).empty


def test_one_axis_is_a_map_of_one_row_and_one_curve() -> None:
    sweep = Sweep.parse(Experiment(seeds=4), ["student=4,8"])
    cells = table(BETTER, UNCLEAR, sweep=sweep)
    grey, coloured = figures.map_figure(sweep, cells).data
    assert (drawn(coloured), drawn(grey)) == ([[True, False]], [[False, True]])
    (curve,) = figures.curves_figure(sweep, cells).data
    assert (curve.name, list(curve.x)) == ("gain", ["4", "8"])


def test_one_seed_shows_no_standard_error_and_claims_nothing() -> None:
    cells = table([0.6], [0.5], [0.4], [0.5], [0.5], [0.5])
    grey, coloured = figures.map_figure(SWEEP, cells).data
    assert np.all(drawn(grey))
    assert not np.any(drawn(coloured))
    assert grey.text[0][0] == "+10.0"
    assert "nan" not in figures.summary(cells)
    assert "nan" not in grey.hovertext[0][0]


def test_curves_are_gains_against_the_first_axis_with_standard_errors_a_line_for_each_value_of_the_second() -> None:
    curves = figures.curves_figure(SWEEP, TABLE).data
    assert [curve.name for curve in curves] == ["alpha 0", "alpha 0.5", "alpha 1"]
    assert [list(curve.x) for curve in curves] == [["1", "4"], ["1", "4"], ["4"]]  # what is missing is left out
    assert list(curves[0].y) == pytest.approx([15, -15])
    assert list(curves[0].error_y.array) == pytest.approx([2.88675, 2.88675], abs=1e-4)
    assert len({(curve.line.color, curve.line.dash) for curve in curves}) == 3


def test_words_name_the_best_cell_those_like_it_and_how_many_are_clear() -> None:
    text = figures.summary(TABLE)
    assert "65.0 % distilled against 50.0 % alone, +15.0 points (95 % interval +5.8 to +24.2)" in text
    assert "at T 1, alpha 0, student 16. 2 other cells can't be told from it" in text
    assert "Of 5 cells, distillation is clearly better in 2, clearly worse in 1, and not clearly either in 2" in text


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
