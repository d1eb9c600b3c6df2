from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kd_core.experiment import Experiment, ExperimentError
from kd_core.messages import LONGEST
from kd_core.sweeps.grid import (
    ALONE,
    AXES,
    MAX_CELLS,
    MAX_SWEEP_QUERY,
    PIECE_BYTES,
    Progress,
    Report,
    Sweep,
    bytes_per_student,
    choose,
    plan,
)
from tests.core.strategies import alphas, temperatures, values

QUICK = Experiment(teacher="16", student="8", epochs=10, labels=50, seeds=4)


def parse(*over, **fields):
    return Sweep.parse(QUICK.replace(**fields), over)


def values_of(text):
    ((_, found),) = parse(text).over
    return found


# What a sweep is


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("temperature=1,2,4", (1.0, 2.0, 4.0)),
        ("temperature=4, 1 ,2", (4.0, 1.0, 2.0)),
        ("alpha=0..1..0.25", (0.0, 0.25, 0.5, 0.75, 1.0)),
        ("alpha=0..0.3..0.1", (0.0, 0.1, 0.2, 0.3)),
        ("alpha=0..1..0.4", (0.0, 0.4, 0.8)),
        ("temperature=1..4", (1.0, 2.0, 3.0, 4.0)),
        ("temperature=1,2,1..3,2", (1.0, 2.0, 3.0)),
        ("student=4,16,64-32", ("4", "16", "64-32")),
        ("student=4..16..4", ("4", "8", "12", "16")),
        ("teacher=256-256,16", ("256-256", "16")),
        ("labels=50..200..50,0", (50, 100, 150, 200, 0)),
        ("learning_rate=1e-3,.02", (0.001, 0.02)),
        ("label_noise=0.9", (0.9,)),
    ],
)
def test_values_are_lists_and_ranges_in_the_order_given_without_doubles(text, expected):
    assert values_of(text) == expected
    assert [type(value) for value in values_of(text)] == [type(value) for value in expected]


@pytest.mark.parametrize(
    ("over", "said"),
    [
        (["banana=1"], ["over=banana is not allowed", "temperature, alpha, student"]),
        (["epochs=1,2"], ["over=epochs is not allowed", "learning_rate"]),
        (["temperature=1", "temperature=2"], ["over=temperature,temperature is not allowed", "one or two of"]),
        (["temperature=1", "alpha=1", "student=4"], ["over=temperature,alpha,student is not allowed", "one or two of"]),
        ([], ["over= is not allowed", "one or two of"]),
        (["temperature="], ["over=temperature= is empty", "low..high..step"]),
        (["temperature=,"], ["over=temperature= is empty"]),
        (["temperature"], ["over=temperature= is empty"]),
        (["temperature=hot"], ["over=temperature=hot is not allowed", "a number from 1 to 20", "low..high..step"]),
        (["temperature=1,21"], ["over=temperature=1,21 is not allowed", "a number from 1 to 20"]),
        (["temperature=1..30"], ["a number from 1 to 20"]),
        (["temperature=4..1"], ["over=temperature=4..1 is not allowed"]),
        (["alpha=0..1..0"], ["over=alpha=0..1..0 is not allowed", "a number from 0 to 1"]),
        (["alpha=0..1..-1"], ["over=alpha=0..1..-1 is not allowed"]),
        (["alpha=0..1..nan"], ["over=alpha=0..1..nan is not allowed"]),
        (["alpha=0..inf"], ["over=alpha=0..inf is not allowed"]),
        (["alpha=0..1..1e-9"], ["over=alpha=0..1..1e-9 is not allowed"]),
        (["student=64x32"], ["over=student=64x32 is not allowed", "up to 3 layers of"]),
        (["labels=50.5"], ["over=labels=50.5 is not allowed", "a whole number"]),
        (["labels=3"], ["labels=3 is not allowed with dataset=digits", "10 (one a class) to 1297"]),
        (["alpha=0..1..0.01", "labels=10..30..1"], ["over has 2121 cells: at most 1000 are allowed"]),
        (["learning_rate=1..1000", "labels=10..1000"], ["over has 991000 cells: at most 1000 are allowed"]),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(over, said):
    with pytest.raises(ExperimentError) as caught:
        parse(*over)
    for part in said:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("over", "said"),
    [
        (["alpha=0..1e300..1e-300"], "over=alpha=0..1e300..1e-300 is not allowed"),
        (["alpha=0..1..1e-300"], "over=alpha=0..1..1e-300 is not allowed"),
        (["alpha=" + "0..1..0.001," * 2000], "… is not allowed: alpha is a number from 0 to 1"),
        (["alpha=" + ",".join(["0..1..0.002"] * 2000)], "over has 1002 cells: at most 1000 are allowed"),
        (["alpha=" + "1," * 9999], "over has 1001 cells: at most 1000 are allowed"),
        (["alpha=" + "9" * 9999], "is not allowed: alpha is a number from 0 to 1"),
        (["alpha=" + "x" * 10**6], "over has 1000000 characters: at most 25000 are allowed"),
        (["x" * 10**6], "over=" + "x" * 59 + "… is not allowed"),
        (["alpha=0..1..0.001"] * 10**4, "over=alpha,alpha,alpha is not allowed"),
    ],
)
def test_what_is_far_too_much_is_refused_in_a_short_sentence(over, said):
    with pytest.raises(ExperimentError) as caught:
        parse(*over)
    assert said in str(caught.value)
    assert len(str(caught.value)) <= LONGEST


def test_a_query_of_a_sweep_that_is_too_long_is_not_read():
    with pytest.raises(ExperimentError, match=f"query has {MAX_SWEEP_QUERY + 1} characters"):
        Sweep.from_query("&" * (MAX_SWEEP_QUERY + 1))
    with pytest.raises(ExperimentError, match="query has 6000 characters: at most 5120"):  # beside its axes
        Sweep.from_query("over=alpha=0,1&x=" + "y" * 5999)


def test_the_longest_sweep_fits_into_a_query():
    rates = tuple(1e-5 + i / 3e9 for i in range(MAX_CELLS))
    sweep = Sweep(Experiment(seeds=20, teacher="1024-1024-1023"), (("learning_rate", rates),))
    assert len(sweep.to_query()) > 20 * MAX_CELLS
    assert Sweep.from_query(sweep.to_query()) == sweep


@st.composite
def sweeps(draw):
    base = Experiment(temperature=draw(temperatures), epochs=draw(st.integers(1, 500)), alpha=draw(alphas))
    names = draw(st.lists(st.sampled_from(AXES), min_size=1, max_size=2, unique=True))
    narrowed = {
        "labels": st.integers(60, 1297),
        "teacher_kind": st.sampled_from(("network", "forest", "network+knn")),
        "validation": st.floats(0, 0.5),
    }
    of_axis = {name: narrowed.get(name, values(name)) for name in names}
    return Sweep(
        base, tuple((n, tuple(draw(st.lists(of_axis[n], min_size=1, max_size=4, unique=True)))) for n in names)
    )


@given(sweeps())
def test_a_sweep_survives_its_query(sweep):
    assert Sweep.from_query(sweep.to_query()) == sweep
    assert Sweep.from_query("?" + sweep.to_query()) == sweep


def test_a_query_names_the_experiment_and_the_axes():
    sweep = Sweep.from_query("labels=50&over=temperature=1,2&over=alpha=0..1..0.5")
    assert sweep == Sweep(Experiment(labels=50), (("temperature", (1.0, 2.0)), ("alpha", (0.0, 0.5, 1.0))))
    with pytest.raises(ExperimentError, match="epochs=0 is not allowed"):
        Sweep.from_query("epochs=0&over=temperature=1")


def test_a_schedule_is_no_part_of_a_sweep():
    assert Sweep.parse(QUICK.replace(schedule="1:9:0.1"), ["alpha=0,1"]).base == QUICK


def test_cells_run_through_the_last_axis_first():
    sweep = parse("temperature=1,2", "alpha=0,0.5,1")
    assert sweep.shape == (2, 3)
    heard = [(1, 0), (1, 0.5), (1, 1), (2, 0), (2, 0.5), (2, 1)]
    assert [(cell.temperature, cell.alpha) for cell in sweep.cells] == heard
    assert sweep.cells[4] == QUICK.replace(temperature=2, alpha=0.5)


# How it is cut


SWEEPS = {
    "map": parse("temperature=1,2,4", "alpha=0,0.5"),
    "groups": parse("student=4,8,256-256", "alpha=0,0.5,1"),
    "one axis": parse("label_noise=0,0.2", seeds=1),
    "teachers": parse("teacher=8,16", "labels=10,0", seeds=7),
}


@pytest.mark.parametrize("piece_bytes", [1, 30_000, 100_000, PIECE_BYTES])
@pytest.mark.parametrize("sweep", SWEEPS.values(), ids=SWEEPS)
def test_every_student_is_in_exactly_one_piece_and_no_piece_is_too_large(sweep, piece_bytes):
    trained, cells = [], sweep.cells
    for piece in plan(sweep, piece_bytes):
        students = len(piece.conditions) * len(piece.seeds)
        assert students == 1 or students * bytes_per_student(piece.experiment) <= piece_bytes
        for cell, (temperature, alpha) in zip(piece.cells, piece.conditions, strict=True):
            if cell == ALONE:
                assert alpha == 1
            else:
                assert piece.experiment.replace(temperature=temperature, alpha=alpha) == cells[cell]
            trained += [(piece.group if cell == ALONE else "", cell, seed) for seed in piece.seeds]
    groups = {cell.replace(temperature=1, alpha=1) for cell in cells}
    seeds = range(sweep.base.seeds)
    expected = [("", cell, seed) for cell in range(len(cells)) for seed in seeds]
    expected += [(group, ALONE, seed) for group in range(len(groups)) for seed in seeds]
    assert sorted(map(str, trained)) == sorted(map(str, expected))
    assert sweep.students == len(expected)


def test_cells_that_differ_in_temperature_and_alpha_only_share_a_piece_and_their_students_alone():
    (piece,) = plan(SWEEPS["map"])
    assert piece.cells == (ALONE, 0, 1, 2, 3, 4, 5)
    assert piece.seeds == (0, 1, 2, 3)
    assert SWEEPS["map"].students == 7 * 4


def test_pieces_of_ten_thousand_students_are_bounded_in_bytes():
    sweep = parse("temperature=1..20", "alpha=0..0.96..0.04", seeds=20, student="64")
    assert sweep.students == 10_020
    sizes = [len(p.conditions) * len(p.seeds) * bytes_per_student(p.experiment) for p in plan(sweep)]
    assert sum(sizes) > 50 * PIECE_BYTES
    assert max(sizes) <= PIECE_BYTES
    assert min(sizes) > PIECE_BYTES / 4  # nor are there many small ones


# What it shows while it is trained


def report(piece, epoch, *accuracy, collapsed=()):
    """Of a piece; `collapsed` holds (row, seed) of those that are."""
    rows = np.array(accuracy, np.float32)
    dead = np.isnan(rows)
    for place in collapsed:
        dead[place] = True
    return piece, Report(epoch, rows, rows / 2, dead)


ALONE_ROW, BEST, ALIKE, BEHIND = [0.5] * 4, [0.6, 0.7, 0.6, 0.7], [0.5, 0.6, 0.5, 0.4], [0.5, 0.6, 0.5, 0.6]


def heard_of(*reports, over="temperature=1,2,4", cut=PIECE_BYTES, **fields):
    sweep = parse(over, **fields)
    progress = Progress(sweep, plan(sweep, cut))
    for each in reports:
        progress = progress.with_report(*each)
    return progress


def test_a_cell_shows_the_gain_over_its_students_alone_and_its_standard_error():
    best, alike, behind = heard_of(report(0, 10, ALONE_ROW, BEST, ALIKE, BEHIND)).table()
    assert [cell.experiment.temperature for cell in (best, alike, behind)] == [1, 2, 4]
    assert (best.distilled, best.alone, best.agreement) == pytest.approx((0.65, 0.5, 0.325))
    assert (best.gain.n, best.gain.mean) == (4, pytest.approx(0.15))
    assert best.standard_error == pytest.approx((0.01 / 3) ** 0.5 / 2)  # std of 0.1, 0.2, 0.1, 0.2 over root 4
    assert best.gain.low == pytest.approx(0.15 - 3.182446 * best.standard_error)
    assert [cell.gain.is_clear for cell in (best, alike, behind)] == [True, False, False]


NEAR, FAR = [0.6, 0.7, 0.6, 0.6], [0.3, 0.4, 0.3, 0.4]


def test_cells_not_told_from_the_best_are_marked_when_all_are_at_the_end():
    table = heard_of(report(0, 10, ALONE_ROW, BEST, NEAR, FAR)).table()
    assert [cell.is_best for cell in table] == [True, True, False]
    on_the_way = heard_of(report(0, 9, ALONE_ROW, BEST, NEAR, FAR)).table()
    assert [cell.is_best for cell in on_the_way] == [False] * 3


def test_a_cell_with_a_collapsed_student_is_no_finding_and_takes_no_part_in_a_star():
    with_dead = [0.1, 0.1, 0.99, 0.99]  # by its mean and its width it would be starred, and hide what is behind
    dead = [(2, 0), (2, 1)]
    first, marked, far = heard_of(report(0, 10, ALONE_ROW, BEST, with_dead, FAR, collapsed=dead)).table()
    assert (marked.collapsed, marked.collapsed_distilled, marked.collapsed_alone) == (2, 2, 0)
    assert [cell.is_best for cell in (first, marked, far)] == [True, False, False]
    assert (first.collapsed, first.side, far.side) == (0, 1, -1)
    even = [0.1] * 4  # clearly worse than alone, were it a finding
    *_, marked = heard_of(report(0, 10, ALONE_ROW, BEST, BEST, even, collapsed=[(3, 0)])).table()
    assert marked.gain.mean == pytest.approx(-0.4)
    assert (marked.is_clear, marked.holds, marked.side, marked.is_best) == (False, False, 0, False)


def test_a_collapsed_student_alone_marks_every_cell_that_is_compared_with_it():
    table = heard_of(report(0, 10, ALONE_ROW, BEST, NEAR, FAR, collapsed=[(0, 3), (1, 0)])).table()
    assert [(cell.collapsed_distilled, cell.collapsed_alone) for cell in table] == [(1, 1), (0, 1), (0, 1)]
    assert not any(cell.is_best for cell in table)


def test_who_has_collapsed_is_judged_at_the_last_epoch():
    table = heard_of(report(0, 9, ALONE_ROW, BEST, NEAR, FAR, collapsed=[(1, 0)])).table()
    assert [cell.collapsed for cell in table] == [0, 0, 0]


def test_on_several_splits_what_counts_are_their_means():
    # Pairs 0 and 2 sit in the first split, 1 and 3 in the second.
    progress = heard_of(report(0, 10, ALONE_ROW, BEST, NEAR, FAR), splits=2)
    best, near, _ = progress.table()
    assert (best.gain.n, best.gain.splits, best.gain.mean) == (4, 2, pytest.approx(0.15))
    assert best.standard_error == pytest.approx(0.05)  # split means of 0.1 and 0.2: std 0.0707 over root 2
    assert (best.is_clear, best.holds) == (False, False)  # two splits are too few to say
    np.testing.assert_allclose(progress._units(progress.scores())[1], [0.6, 0.65], atol=1e-6)
    assert near.distilled == pytest.approx(0.625)


def test_splits_of_unequally_many_pairs_count_alike():
    (cell,) = heard_of(report(0, 10, [0.5] * 3, [0.6, 0.9, 0.8]), over="temperature=1", seeds=3, splits=2).table()
    assert cell.distilled == pytest.approx((0.7 + 0.9) / 2)
    assert cell.gain.mean == pytest.approx(cell.distilled - cell.alone)


def test_three_splits_that_agree_hold():
    (cell,) = heard_of(report(0, 10, [0.5] * 3, [0.7, 0.71, 0.72]), over="temperature=1", seeds=3, splits=3).table()
    assert (cell.is_clear, cell.holds, cell.side) == (True, True, 1)


def test_a_cell_is_shown_once_all_its_seeds_and_its_students_alone_have_been_heard_from():
    sweep = parse("temperature=1,2,4")
    pieces = plan(sweep, 1)  # a student each
    of_alone = [i for i, piece in enumerate(pieces) if piece.cells == (ALONE,)]
    of_second = [i for i, piece in enumerate(pieces) if piece.cells == (1,)]
    progress = Progress(sweep, pieces)
    assert progress.table() == [None, None, None]
    for index in [*of_second, *of_alone[:-1]]:
        progress = progress.with_report(*report(index, 5, [0.5]))
    assert progress.table() == [None, None, None]
    progress = progress.with_report(*report(of_alone[-1], 5, [0.25]))
    assert [cell is not None for cell in progress.table()] == [False, True, False]
    assert progress.table()[1].alone == 0.4375
    np.testing.assert_array_equal(progress.scores(), [[nan] * 4, [0.5] * 4, [nan] * 4])


def test_students_alone_count_for_their_own_group_only():
    progress = heard_of(report(1, 10, ALONE_ROW, BEST), over="student=4,8,16")
    assert [cell is not None for cell in progress.table()] == [False, True, False]
    assert progress.table()[1].alone == 0.5


def test_a_diverged_student_marks_its_cell_at_the_end_and_leaves_the_others_whole():
    first, second, third = heard_of(report(0, 10, ALONE_ROW, [nan, *BEST[1:]], ALIKE, BEHIND)).table()
    assert (first.collapsed, first.gain.n, first.is_best, first.side) == (1, 3, False, 0)
    assert first.distilled == pytest.approx(2 / 3)
    assert second.is_best
    assert third.is_best
    assert third.distilled == pytest.approx(0.55)
    assert heard_of(report(0, 9, ALONE_ROW, [nan, *BEST[1:]], ALIKE, BEHIND)).table()[0] is None
    of_nobody = heard_of(report(0, 10, [nan] * 4, BEST, ALIKE, BEHIND)).table()
    assert [cell.collapsed_alone for cell in of_nobody] == [4] * 3


def test_a_cell_with_a_collapsed_student_has_no_score():
    progress = heard_of(report(0, 10, ALONE_ROW, BEST, NEAR, FAR, collapsed=[(0, 0), (2, 1)]))
    np.testing.assert_allclose(progress.cell_scores(), [0.65, nan, 0.35], atol=1e-6)
    np.testing.assert_allclose(progress.scores()[1], NEAR, atol=1e-6)


def test_the_share_done_counts_every_students_epochs():
    cut = 7 * bytes_per_student(QUICK)  # 16 students: pieces of 2 x 2 and 2 x 2, ...
    progress = heard_of(cut=cut)
    assert progress.done == 0
    sizes = [len(piece.conditions) * len(piece.seeds) for piece in progress.pieces]
    assert sum(sizes) == 16
    first = progress.pieces[0]
    progress = progress.with_report(*report(0, 5, *np.ones((len(first.conditions), len(first.seeds)))))
    assert progress.done == pytest.approx(sizes[0] / 16 / 2)
    for i, piece in enumerate(progress.pieces):
        progress = progress.with_report(*report(i, 10, *np.ones((len(piece.conditions), len(piece.seeds)))))
    assert progress.done == 1


def test_a_piece_that_begins_again_does_not_take_back_what_it_had_reached():
    progress = heard_of(report(0, 10, ALONE_ROW, BEST, ALIKE, BEHIND), report(0, 1, *[[0.1] * 4] * 4))
    assert progress.done == 1
    assert progress.table()[0].distilled == pytest.approx(0.65)


# Choosing


def test_the_simplest_choice_is_within_one_standard_error_of_the_best_and_closest_to_alone():
    sweep = parse("temperature=2,4", "alpha=0,0.5,0.9")
    scores = np.array(
        [  # T = 2: alpha 0, 0.5, 0.9; T = 4: alpha 0, 0.5, 0.9
            [0.80, 0.86, 0.80, 0.90, 0.87, 0.70],
            [0.80, 0.88, 0.80, 0.94, 0.89, 0.70],
            [0.80, 0.90, 0.80, 0.86, 0.91, 0.70],
        ]
    )
    choice = choose(sweep, scores)
    np.testing.assert_allclose(choice.mean, [0.8, 0.88, 0.8, 0.9, 0.89, 0.7])
    assert choice.standard_error[3] == pytest.approx(0.04 / 3**0.5)  # 0.0231: from 0.877 on is near
    assert choice.best == 3
    assert choice.simplest == 1  # alpha 0.5 at both temperatures is near; T = 2 is the lower one


def test_without_spread_the_best_is_the_simplest():
    choice = choose(parse("temperature=2,4,8"), np.array([[0.5, 0.7, 0.6]] * 5))
    assert (choice.best, choice.simplest) == (1, 1)
    assert choice.is_made
    np.testing.assert_array_equal(choice.standard_error, 0)


def test_a_cell_that_diverged_in_a_fold_is_never_chosen():
    choice = choose(parse("learning_rate=0.01,0.02,1000"), np.array([[0.5, 0.7, nan], [0.6, 0.8, 0.9]]))
    assert (choice.best, choice.simplest) == (1, 1)


def test_where_every_cell_has_collapsed_there_is_no_choice():
    assert not choose(parse("learning_rate=500,1000"), np.full((3, 2), nan)).is_made
