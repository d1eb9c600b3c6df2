import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_softmax
from threadpoolctl import threadpool_info

from kd_core.data import DataError, load_dataset
from kd_core.giveway import before_steps
from kd_core.kinds import stages
from kd_core.teachers import pipelines
from kd_core.teachers.pipelines import CHUNK, PIPELINES, Pipeline, Settings, fit

STAGED = [kind for kind, pipeline in PIPELINES.items() if pipeline.grows]
CLIPPED = [kind for kind in PIPELINES if kind not in ("forest", "logistic")]
FEW = Settings(trees=7)
DIGITS = load_dataset("digits")


def clouds(classes, each=20, features=3, seed=0, apart=1.0):
    """Examples (n, features) in one cloud a class, shuffled, with their labels."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(classes), each))
    centres = apart * rng.normal(size=(classes, features))
    return (centres[labels] + rng.normal(size=(len(labels), features))).astype(np.float32), labels


def last(kind, inputs, labels, classes, *, chosen=FEW, seed=0):
    *_, fitted = fit(kind, chosen, inputs, labels, classes, seed)
    return fitted


def test_three_trees_that_agree_are_three_votes_and_one_by_laplaces_rule():
    inputs, labels = np.float32([[0], [10]] * 20), np.int64([0, 1] * 20)
    logits = last("forest", inputs, labels, 2, chosen=Settings(trees=3)).logits(inputs[:2])
    # (3 + 1) / (3 + 2) and (0 + 1) / (3 + 2)
    np.testing.assert_allclose(np.exp(logits), [[0.8, 0.2], [0.2, 0.8]], rtol=1e-6)


def test_a_forests_votes_are_those_of_its_trees():
    inputs, labels = clouds(4)
    fitted = last("forest", inputs, labels, 4)
    votes = sum(tree.predict_proba(inputs) for tree in fitted.estimator.estimators_)
    np.testing.assert_allclose(fitted.logits(inputs), np.log((votes + 1) / (7 + 4)), rtol=1e-5)


def test_two_neighbours_of_three_clipped_by_a_tenth_are_65_percent():
    inputs, labels = np.float32([[0], [1], [2], [9]]), np.int64([0, 1, 0, 1])
    logits = last("knn", inputs, labels, 2, chosen=Settings(neighbours=3, clip=0.1)).logits(inputs[1:2])
    # 0.9 * 2 / 3 + 0.1 / 2
    np.testing.assert_allclose(np.exp(logits), [[0.65, 0.35]], rtol=1e-6)


@pytest.mark.parametrize("classes", [2, 3])
def test_logits_of_logistic_regression_are_its_scores(classes):
    inputs, labels = clouds(classes)
    fitted = last("logistic", inputs, labels, classes)
    p = fitted.estimator.predict_proba(inputs)
    np.testing.assert_allclose(log_softmax(fitted.logits(inputs), axis=1), np.log(p), atol=1e-5)
    if classes == 2:
        np.testing.assert_array_equal(fitted.logits(inputs)[:, 0], 0)


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("kind", PIPELINES)
def test_columns_stand_in_the_order_of_the_classes(kind, classes):
    inputs, labels = clouds(classes, each=40, apart=10)
    logits = last(kind, inputs, labels, classes).logits(inputs)
    assert (logits.shape, logits.dtype) == ((len(inputs), classes), np.float32)
    assert (logits.argmax(axis=1) == labels).mean() > 0.95


@pytest.mark.parametrize("kind", PIPELINES)
def test_every_kind_learns_digits(kind):
    ids = slice(300)
    fitted = last(kind, DIGITS.train_inputs[ids], DIGITS.train_labels[ids], 10, chosen=Settings(trees=20))
    assert (fitted.logits(DIGITS.test_inputs).argmax(axis=1) == DIGITS.test_labels).mean() > 0.75


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_logits_are_finite_whatever_the_sizes_and_settings(data):
    kind = data.draw(st.sampled_from(list(PIPELINES)))
    classes, features = data.draw(st.integers(2, 4)), data.draw(st.integers(1, 5))
    each = data.draw(st.lists(st.integers(1, 12), min_size=classes, max_size=classes))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    labels = rng.permutation(np.repeat(np.arange(classes), each))
    inputs = rng.normal(size=(len(labels), features)).astype(np.float32)
    chosen = Settings(
        trees=data.draw(st.integers(1, 12)),
        depth=data.draw(st.sampled_from([0, 1, 50])),
        neighbours=data.draw(st.integers(1, 100)),
        c=data.draw(st.sampled_from([1e-3, 1.0, 1e3])),
        clip=data.draw(st.sampled_from([1e-9, 0.01, 0.2])),
    )
    logits = last(kind, inputs, labels, classes, chosen=chosen).logits(inputs)
    assert logits.shape == (len(inputs), classes)
    assert np.isfinite(logits).all()
    if kind != "logistic":
        np.testing.assert_allclose(np.exp(logits).sum(axis=1), 1, rtol=1e-5)
    if kind in CLIPPED:
        assert np.exp(logits.min()) >= chosen.clip / classes * (1 - 1e-5)


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (1, (1,)),
        (2, (1, 2)),
        (3, (1, 2, 3)),
        (10, (1, 2, 5, 10)),
        (100, (1, 2, 5, 10, 20, 50, 100)),
        (1000, (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)),
    ],
)
def test_stages_are_1_2_5_10_and_the_last(last, expected):
    assert stages(last) == expected


@pytest.mark.parametrize("kind", PIPELINES)
def test_only_what_grows_has_stages(kind):
    found = [(fitted.stage, fitted.stages) for fitted in fit(kind, FEW, *clouds(2), 2, 0)]
    assert found == ([(1, 7), (2, 7), (5, 7), (7, 7)] if kind in STAGED else [(1, 1)])


@pytest.mark.parametrize("kind", STAGED)
def test_what_grew_in_stages_equals_what_is_fitted_at_once(kind):
    inputs, labels = clouds(3, each=30)
    chosen = Settings(trees=3 * CHUNK + 2, depth=2)
    grown = last(kind, inputs, labels, 3, chosen=chosen, seed=5)
    at_once = PIPELINES[kind].make(chosen, labels, 5).set_params(warm_start=False)
    at_once.set_params(**{PIPELINES[kind].grows: chosen.trees}).fit(inputs, labels)
    np.testing.assert_array_equal(grown.estimator.predict_proba(inputs), at_once.predict_proba(inputs))


@pytest.mark.parametrize("kind", STAGED)
def test_a_stage_is_what_so_many_trees_are_and_stays_so(kind):
    inputs, labels = clouds(3, each=30)
    asked, kept = [], []
    for fitted in fit(kind, FEW, inputs, labels, 3, 0):
        asked.append(fitted.logits(inputs))
        kept.append(fitted)
    for logits, fitted in zip(asked, kept, strict=True):
        alone = last(kind, inputs, labels, 3, chosen=FEW._replace(trees=fitted.stage))
        np.testing.assert_array_equal(alone.logits(inputs), logits)
        np.testing.assert_array_equal(fitted.logits(inputs), logits)


@pytest.mark.parametrize("kind", PIPELINES)
def test_the_same_seed_gives_the_same_teacher_and_a_pickled_one_too(kind):
    inputs, labels = clouds(3)
    first, again = (last(kind, inputs, labels, 3, seed=4) for _ in range(2))
    np.testing.assert_array_equal(first.logits(inputs), again.logits(inputs))
    np.testing.assert_array_equal(first.logits(inputs), pickle.loads(pickle.dumps(again)).logits(inputs))


def test_another_seed_gives_another_forest():
    inputs, labels = clouds(3)
    first, other = (last("forest", inputs, labels, 3, seed=seed).logits(inputs) for seed in (0, 1))
    assert (first != other).any()


def test_an_svm_with_a_class_of_one_example_answers_without_cross_validation():
    inputs, labels = clouds(3)
    rare = np.append(np.flatnonzero(labels > 0), np.flatnonzero(labels == 0)[0])
    fitted = last("svm", inputs[rare], labels[rare], 3)
    assert type(fitted.estimator).__name__ == "SVC"
    np.testing.assert_allclose(np.exp(fitted.logits(inputs)).sum(axis=1), 1, rtol=1e-5)


def test_an_svm_is_as_sure_as_it_is_right():
    p = np.exp(last("svm", DIGITS.train_inputs, DIGITS.train_labels, 10).logits(DIGITS.test_inputs))
    right = p.argmax(axis=1) == DIGITS.test_labels
    assert p.max(axis=1).mean() == pytest.approx(right.mean(), abs=0.05)


@pytest.mark.parametrize("kind", PIPELINES)
def test_blocks_of_rows_are_answered_as_each_alone(kind, monkeypatch):
    inputs, labels = clouds(3)
    fitted = last(kind, inputs, labels, 3)
    whole = fitted.logits(inputs)
    monkeypatch.setattr(pipelines, "BLOCK", 7)
    np.testing.assert_allclose(fitted.logits(inputs), whole, rtol=1e-5, atol=1e-6)
    assert fitted.logits(inputs[:0]).shape == (0, 3)


def test_a_larger_forest_takes_more_bytes():
    sizes = [fitted.size() for fitted in fit("forest", FEW, *clouds(3), 3, 0)]
    assert 0 < sizes[0] < sizes[1] < sizes[-1]


@pytest.mark.parametrize("kind", PIPELINES)
def test_of_too_many_examples_the_first_are_used(kind, monkeypatch):
    inputs, labels = clouds(2)
    monkeypatch.setattr(pipelines, "MOST_FITTED", 25)
    cut = last(kind, inputs, labels, 2)
    np.testing.assert_array_equal(cut.logits(inputs), last(kind, inputs[:25], labels[:25], 2).logits(inputs))
    assert cut.size() > 0


def test_classes_that_never_occur_are_named():
    inputs, labels = clouds(3)
    with pytest.raises(DataError) as problem:
        fit("forest", FEW, inputs, labels * 2, 6, 0)
    assert problem.value.args[0].kind == "teacher_never_saw"
    assert problem.value.args[0].values == {"classes": ("1", "3", "5")}


@pytest.mark.parametrize("kind", PIPELINES)
def test_one_class_alone_teaches_nothing(kind):
    inputs, labels = clouds(1)
    with pytest.raises(DataError) as problem:
        fit(kind, FEW, inputs, labels, 3, 0)
    assert problem.value.args[0].kind == "teacher_one_class"


def test_an_unknown_kind_is_told_those_there_are():
    with pytest.raises(ValueError, match=f"'tree'.*{', '.join(PIPELINES)}"):
        fit("tree", FEW, *clouds(2), 2, 0)


class Enough(Exception):  # noqa: N818  (no error: somebody pressed Stop)
    pass


@pytest.mark.parametrize("kind", STAGED)
def test_growing_can_be_stopped_between_chunks(kind):
    turns = []

    def hook():
        turns.append(1)
        if len(turns) > 5:
            raise Enough

    with before_steps(hook), pytest.raises(Enough):
        list(fit(kind, Settings(trees=1000), *clouds(2), 2, 0))


def test_everything_computes_in_one_thread(monkeypatch):
    seen = []

    class Spy:
        def fit(self, *_):
            self.look()

        def look(self):
            seen.extend(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "openmp")

    def answer(spy, inputs, clip):
        spy.look()
        return np.zeros((len(inputs), 2))

    monkeypatch.setitem(PIPELINES, "spy", Pipeline(lambda *_: Spy(), answer))
    last("spy", *clouds(2), 2).logits(np.zeros((1, 3), np.float32))
    assert seen
    assert set(seen) == {1}
