"""scikit-learn's pipelines as teachers: what they say of an example, as logits (no torch).

A pipeline speaks in votes, probabilities or scores, and a probability of 0 has no logit. So votes of a forest follow
Laplace's rule, and other probabilities are mixed with a little of the even one. An SVM and a logistic regression are
fitted without a turn for others: scikit-learn does it in one call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np

from kd_core.data import DataError, Doubles, Floats, Labels
from kd_core.giveway import give_way
from kd_core.kinds import stages
from kd_core.messages import Message

MOST_FITTED = 10_000  # examples: of more, a pipeline is fitted on the first so many (kNN, SVM would take minutes)
CHUNK = 10  # trees or rounds between turns for others
BLOCK = 1000  # rows answered between turns for others
FOLDS = 5  # by which an SVM's scores are made probabilities

Estimator = Any  # scikit-learn has no types


class Settings(NamedTuple):
    """Of all kinds; each reads its own. trees are rounds of boosting too; depth 0 is the usual one of the kind."""

    trees: int = 100
    depth: int = 0
    neighbours: int = 5
    c: float = 1.0
    clip: float = 0.01


class Pipeline(NamedTuple):
    """How a kind is made, of (settings, labels, seed), and what (estimator, inputs, clip) it answers, (n, classes).

    grows names the parameter that counts its trees or rounds, "" where it has no stages.
    """

    make: Callable[[Settings, Labels, int], Estimator]
    answer: Callable[[Estimator, Floats, float], Doubles]
    grows: str = ""
    monitored: bool = False  # gives way by itself after every round


@dataclass(frozen=True)
class Fitted:
    """A pipeline as it is after `stage` of its `stages` trees or rounds, 1 of 1 where there are none.

    It stays what it is while the next stages grow.
    """

    kind: str
    estimator: Estimator
    classes: int
    clip: float
    stage: int
    stages: int

    def logits(self, inputs: Floats) -> Floats:
        """Logits (n, classes) float32 of inputs (n, features), gives way after every thousand rows.

        A forest of N trees: log((votes + 1) / (N + C)), votes = N p (Laplace's rule). Logistic regression: its scores.
        Others: log((1 - clip) p + clip / C).
        """
        logits = np.empty((len(inputs), self.classes), np.float32)
        answer = PIPELINES[self.kind].answer
        for start in range(0, len(inputs), BLOCK):
            give_way()
            rows = slice(start, start + BLOCK)
            with _controller().limit(limits=1, user_api="openmp"):
                logits[rows] = answer(self.estimator, inputs[rows], self.clip)
        return logits

    def size(self) -> int:
        """Bytes of the fitted model in a file, uncompressed: what one would deploy."""
        from joblib import dump  # type: ignore[import-untyped, unused-ignore]

        file = BytesIO()
        dump(self.estimator, file)
        return file.tell()


def fit(kind: str, settings: Settings, inputs: Floats, labels: Labels, classes: int, seed: int) -> Iterator[Fitted]:
    """Grow a pipeline on inputs (n, features) and labels (n,); yields it at 1, 2, 5, 10, 20, ... trees and at the last.

    Kinds without stages yield once. Of more than `MOST_FITTED` examples the first so many are used. Raises ValueError
    that lists the kinds if there is no such kind, `DataError` if a class of 0 to classes - 1 never occurs.

    >>> inputs, labels = np.float32([[0], [1], [2], [3]]), np.int64([0, 0, 1, 1])
    >>> (nearest,) = fit("knn", Settings(neighbours=1, clip=0.2), inputs, labels, classes=2, seed=0)
    >>> np.exp(nearest.logits(inputs[:1])).round(3).tolist()
    [[0.8999999761581421, 0.10000000149011612]]
    """
    if kind not in PIPELINES:
        raise ValueError(f"there is no pipeline {kind!r}; the pipelines are {', '.join(PIPELINES)}")
    inputs, labels = inputs[:MOST_FITTED], labels[:MOST_FITTED]
    seen = np.unique(labels)
    if len(seen) < 2:
        raise DataError(Message("teacher_one_class"))
    if missing := sorted(set(range(classes)) - set(seen.tolist())):
        raise DataError(Message("teacher_never_saw", classes=tuple(map(str, missing))))
    return _stages(kind, settings, inputs, labels, classes, seed)


def _stages(kind: str, settings: Settings, inputs: Floats, labels: Labels, classes: int, seed: int) -> Iterator[Fitted]:
    pipeline = PIPELINES[kind]
    estimator = pipeline.make(settings, labels, seed)
    options = {"monitor": lambda *_: give_way()} if pipeline.monitored else {}
    last, done = settings.trees if pipeline.grows else 1, 0
    for stage in stages(last):
        while done < stage:
            give_way()
            # A warm start answers for all rounds so far: chunks that grow with them keep that a share of the work.
            done = stage if pipeline.monitored else min(stage, done + max(CHUNK, done // 5))
            if pipeline.grows:
                estimator.set_params(**{pipeline.grows: done})
            with _controller().limit(limits=1, user_api="openmp"):
                estimator.fit(inputs, labels, **options)
        is_last = stage == last
        yield Fitted(kind, estimator if is_last else deepcopy(estimator), classes, settings.clip, stage, last)


@cache
def _controller() -> Any:
    """Of the threads of what is loaded: many compute here side by side, so each has one (set of the calling thread)."""
    import sklearn  # noqa: F401  (it loads what is to be limited)
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped, unused-ignore]

    return ThreadpoolController()


def _forest(settings: Settings, labels: Labels, seed: int) -> Estimator:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(max_depth=settings.depth or None, random_state=seed, n_jobs=1, warm_start=True)


def _boosting(settings: Settings, labels: Labels, seed: int) -> Estimator:
    from sklearn.ensemble import GradientBoostingClassifier

    return GradientBoostingClassifier(max_depth=settings.depth or 3, random_state=seed, warm_start=True)


def _histogram(settings: Settings, labels: Labels, seed: int) -> Estimator:
    from sklearn.ensemble import HistGradientBoostingClassifier

    depth = settings.depth or None
    return HistGradientBoostingClassifier(max_depth=depth, early_stopping=False, random_state=seed, warm_start=True)


def _neighbours(settings: Settings, labels: Labels, seed: int) -> Estimator:
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(min(settings.neighbours, len(labels)))


def _svm(settings: Settings, labels: Labels, seed: int) -> Estimator:
    """Scores, of one class against the others, divided by the temperature that cross-validation finds best.

    By themselves they hardly tell a sure answer from an unsure one: their softmax is about 0.65 for all.
    """
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.svm import SVC

    folds = min(FOLDS, int(np.bincount(labels).min()))
    svm = SVC(C=settings.c)
    if folds < 2:  # every class has to be in every fold
        return svm
    return CalibratedClassifierCV(svm, method="temperature", ensemble=False, cv=folds)


def _logistic(settings: Settings, labels: Labels, seed: int) -> Estimator:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=settings.c, max_iter=10_000)


def _votes(forest: Estimator, inputs: Floats, clip: float) -> Doubles:
    trees, shares = len(forest.estimators_), forest.predict_proba(inputs)
    logits: Doubles = np.log((trees * shares + 1) / (trees + shares.shape[1]))
    return logits


def _probabilities(estimator: Estimator, inputs: Floats, clip: float) -> Doubles:
    if hasattr(estimator, "predict_proba"):
        return _clipped(estimator.predict_proba(inputs), clip)
    from scipy.special import softmax

    return _clipped(softmax(_scores(estimator, inputs, clip), axis=1), clip)


def _clipped(p: Doubles, clip: float) -> Doubles:
    logits: Doubles = np.log((1 - clip) * p.astype(np.float64) + clip / p.shape[1])
    return logits


def _scores(estimator: Estimator, inputs: Floats, clip: float) -> Doubles:
    """Of two classes there is one column, log(p1 / p0)."""
    scores: Doubles = estimator.decision_function(inputs)
    return scores if scores.ndim == 2 else np.stack([np.zeros_like(scores), scores], axis=1)


PIPELINES = {
    "forest": Pipeline(_forest, _votes, "n_estimators"),
    "boosting": Pipeline(_boosting, _probabilities, "n_estimators", monitored=True),
    "histogram": Pipeline(_histogram, _probabilities, "max_iter"),
    "knn": Pipeline(_neighbours, _probabilities),
    "svm": Pipeline(_svm, _probabilities),
    "logistic": Pipeline(_logistic, _scores),
}
