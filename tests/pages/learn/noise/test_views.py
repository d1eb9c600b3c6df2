"""What the views hold: pairs dealt out by split, claims by hand, epochs to an accuracy."""

import numpy as np
import pytest
from numpy.typing import ArrayLike

from kd_core.data import Labels
from kd_core.experiment import Experiment, ExperimentError
from kd_core.sweeps.grid import Sweep
from pages.learn.noise.views import (
    VIEWS,
    Case,
    Chosen,
    Reached,
    Series,
    View,
    epochs_to_reach,
    findings,
    gather,
    later,
    of_page,
)

NEVER = np.inf


def series(
    test: ArrayLike, train: ArrayLike | None = None, kept: Labels | None = None, x: tuple[float, ...] = ()
) -> Series:
    tested = np.asarray(test, float)
    trained = tested if train is None else np.asarray(train, float)
    places = tested.shape[-1]
    return Series(x or tuple(range(places)), 1, np.full((1, places), 0.9), tested, trained, kept)


def reached(name: str, x: float, split: int, value: float) -> Reached:
    """One split of two pairs; pair p of it has value + p / 100 alone, and a tenth more distilled."""
    alone = value + np.array([[0.0], [0.01]])
    both = np.stack([alone, alone + 0.1])
    return Reached(name, (x,), split, np.array([0.9]), both, both)


def test_epochs_to_reach_by_hand() -> None:
    curves = np.array([[0.1, 0.5, 0.4, 0.6], [0.6, 0.1, 0.1, 0.1], [0.1, 0.2, 0.3, 0.4]])
    assert epochs_to_reach(curves, 0.5).tolist() == [1, 0, NEVER]
    assert epochs_to_reach(curves, 0.6).tolist() == [3, 0, NEVER]
    assert epochs_to_reach(np.full((2, 4), np.nan), 0.1).tolist() == [NEVER, NEVER]


def test_a_pair_of_which_one_never_gets_there_is_in_no_difference() -> None:
    alone = [[0.1, 0.5, 0.6], [0.1, 0.2, 0.3], [0.1, 0.2, 0.3]]
    distilled = [[0.1, 0.2, 0.6], [0.1, 0.6, 0.6], [0.1, 0.2, 0.2]]
    known = {"plain": series([alone, distilled])}
    np.testing.assert_array_equal(later(known, 0.5), [1, np.nan, np.nan])
    assert findings(VIEWS["speed"], known, 0.5)[0].interval.n == 1


def test_pair_k_lies_in_split_k_modulo_the_splits() -> None:
    cases = [Case("plain", 0.0, Experiment()), Case("plain", 0.5, Experiment())]
    values = [reached("plain", x, split, value) for split, value in ((0, 0.2), (1, 0.4)) for x in (0.0, 0.5)]
    known = gather(cases, values)["plain"]
    assert known.x == (0.0, 0.5)
    assert known.splits == 2
    np.testing.assert_allclose(known.test[0, :, 0], [0.2, 0.4, 0.21, 0.41])
    np.testing.assert_allclose(known.test[1, :, 1], [0.3, 0.5, 0.31, 0.51])


def test_a_split_counts_once_all_its_cases_are_done() -> None:
    cases = [Case("plain", 0.0, Experiment()), Case("stopped", 0.0, Experiment())]
    values = [reached("plain", 0.0, 0, 0.2), reached("stopped", 0.0, 0, 0.3), reached("plain", 0.0, 1, 0.4)]
    assert gather(cases, values[:1]) == {}
    known = gather(cases, values)
    assert (known["plain"].splits, known["stopped"].splits) == (1, 1)


def test_what_stopping_adds_is_the_chosen_epoch_minus_the_last() -> None:
    kept = np.array([[1, 2], [2, 0]])
    test = [[[0.1, 0.5, 0.4], [0.1, 0.2, 0.3]], [[0.1, 0.5, 0.7], [0.3, 0.2, 0.1]]]
    train = [[[0.1, 0.6, 1.0], [0.1, 0.6, 1.0]], [[0.1, 0.5, 0.7], [0.3, 0.2, 0.1]]]
    gap, alone, distilled = findings(VIEWS["epochs"], {"stopped": series(test, train, kept)}, 0)
    assert gap.interval.mean == pytest.approx((0.6 + 0.7) / 2)
    assert alone.interval.mean == pytest.approx((0.1 + 0.0) / 2)
    assert distilled.interval.mean == pytest.approx((0.0 + 0.2) / 2)


def test_the_claims_about_noise_at_test_time_by_hand() -> None:
    test = [[[0.8, 0.5], [0.8, 0.6]], [[0.9, 0.5], [0.9, 0.5]]]
    more, gain, plain = findings(VIEWS["test"], {"plain": series(test, x=(0.0, 0.4))}, 0.4)
    assert plain.interval.mean == pytest.approx(0.1)
    assert gain.interval.mean == pytest.approx(-0.05)
    assert more.interval.mean == pytest.approx(-0.15)


def test_a_pair_with_a_collapsed_student_is_counted_as_lost() -> None:
    assert series([[[0.5, np.nan], [0.5, 0.6]], [[0.5, np.nan], [0.5, 0.6]]]).lost == 1


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_the_cases_of_a_view_share_their_data_and_no_two_are_alike(view: View) -> None:
    cases = view.cases(of_page(Chosen()))
    assert len({case.experiment.key("data") for case in cases}) == 1
    assert len({case[:2] for case in cases}) == len(cases)
    assert (
        len({case.experiment for case in cases}) == len(cases) or view.name == "shifts"
    )  # without a shift all are one
    assert view.along in ("levels", "values", "epochs")
    assert view.along == "epochs" or view.at in (view.levels or [case.x for case in cases])


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_a_view_opens_in_the_playground_and_as_a_sweep(view: View) -> None:
    plain = of_page(Chosen(wrong=view.wrong or 0))
    assert Experiment.from_query(view.to_open(plain).to_query()) == view.to_open(plain)
    sweep = Sweep(plain, view.over)
    assert Sweep.from_query(sweep.to_query()) == sweep


def test_more_labels_than_there_are_means_all() -> None:
    assert of_page(Chosen("iris", 200)).labels == 0
    assert of_page(Chosen("digits", 200)).labels == 200
    with pytest.raises(ExperimentError):
        of_page(Chosen("digits", 200, student="banana"))
