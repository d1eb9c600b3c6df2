"""The computations behind "Check yourself": each runs the thing that its question asks about.

Every function is a generator that yields `Evidence`, the last of it complete, or one `Given`. `find` is for all
questions; the functions named after questions take the question's experiment and its settings (`questions`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from kd_core import metrics
from kd_core.data import DATASETS, Dataset, Doubles, Floats, choose_labelled, without_classes
from kd_core.experiment import Condition, Experiment
from kd_core.losses import distillation_loss, kl, soften
from kd_core.measuring import Holdouts
from kd_core.models import parameter_count
from kd_core.streams import SAMPLE
from kd_core.students import Students
from kd_core.sweeps.grid import Report
from kd_core.sweeps.intervals import Interval, interval, paired_difference
from kd_core.sweeps.pieces import train_together
from kd_core.teaching import teacher_of
from pages.learn.check.questions import ALPHAS, QUESTIONS, Chart, Evidence, Given
from pages.run.kept import kept

SHOWN = 20  # pictures of a sample
TEMPERATURES = (1.0, 2.0, 4.0, 8.0, 16.0)
REPORTS = 10
ALONE = Condition(1.0, 1.0)


def _asked(question: str) -> tuple[str, Experiment, tuple[float, ...]]:
    """The function that a question's evidence comes from, and what it is given."""
    known = QUESTIONS[question]
    return known.compute.__name__, known.experiment, tuple(known.settings.values())


@kept(Evidence, about=_asked, only=lambda values: values[-1:])
def find(question: str) -> Iterator[Evidence]:
    """The evidence for a question's answer; what was complete once comes back as it was."""
    name, experiment, settings = _asked(question)
    yield from globals()[name](experiment, *settings)


# What is shown with a question ---------------------------------------------------------------------------------------


def digit(experiment: Experiment) -> Iterator[Given]:
    """A held-out digit and the teacher's logits for it."""
    data = experiment.load_data()
    index, logits = _unsure_digit(experiment)
    chart = Chart("bars", _classes(experiment), {"teacher": logits.numpy()})
    yield Given(_pictures(experiment, data.test_inputs[[index]]), data.test_labels[[index]], chart)


def opinions(experiment: Experiment) -> Iterator[Given]:
    """A held-out digit, and what the teacher and a student alone think of it at the experiment's temperature."""
    data = experiment.load_data()
    index, logits = _unsure_digit(experiment)
    student = _student_alone(experiment)[index]
    chart = Chart("bars", _classes(experiment), _soften_all(experiment, teacher=logits, alone=student))
    yield Given(_pictures(experiment, data.test_inputs[[index]]), data.test_labels[[index]], chart)


def layers(experiment: Experiment) -> Iterator[Given]:
    """Units of the inputs, the first hidden layer and so on, of teacher and student."""
    chart = _by_layer(teacher=experiment.teacher_widths, distilled=experiment.student_widths)
    none = np.zeros((0, experiment.student_widths[0]), np.float32)
    yield Given(_pictures(experiment, none), np.zeros(0, np.int64), chart)


def sample(experiment: Experiment, *absent: int) -> Iterator[Given]:
    """The first examples that the students of the first pair see, and how many they see of each class."""
    data, _ = without_classes(experiment.load_data(), absent)
    rng = np.random.default_rng((experiment.seed, SAMPLE, 0))
    chosen = choose_labelled(data.train_labels, experiment.labels, rng)
    shown = chosen[:SHOWN]
    counts = np.bincount(data.train_labels[chosen], minlength=data.classes).astype(float)
    chart = Chart("bars", _classes(experiment), {"examples": counts}) if absent else None
    yield Given(_pictures(experiment, data.train_inputs[shown]), data.train_labels[shown], chart)


def _pictures(experiment: Experiment, inputs: Floats) -> Floats:
    """Inputs (n, features) of the experiment's data set as pictures (n, rows, columns)."""
    image = DATASETS[experiment.dataset].image
    if image is None:
        raise ValueError(f"dataset={experiment.dataset} has no pictures.")
    return inputs.reshape(-1, *image)


# One digit -----------------------------------------------------------------------------------------------------------


def shift(experiment: Experiment, constant: float) -> Iterator[Evidence]:
    """Soft targets of the digit's logits z, and of z + constant."""
    logits = _unsure_digit(experiment)[1]
    before = soften(logits, experiment.temperature)
    after = soften(logits + constant, experiment.temperature)
    numbers = {
        "change": float((after - before).abs().max()),
        "entropy_before": float(_entropy(before)),
        "entropy_after": float(_entropy(after)),
    }
    yield Evidence(numbers, Chart("bars", _classes(experiment), {"before": before.numpy(), "after": after.numpy()}))


def uniform(experiment: Experiment, hot: float) -> Iterator[Evidence]:
    """Entropy of the digit's soft targets, in nats, for temperatures from 1 to `hot`."""
    logits = _unsure_digit(experiment)[1]
    temperatures = np.geomspace(1, hot, 25)
    entropy = _entropy(soften(logits, torch.from_numpy(temperatures)[:, None])).numpy()
    limit = float(np.log(len(logits)))
    chart = Chart(
        "lines", tuple(temperatures), {"teacher": entropy, "limit": np.full_like(temperatures, limit)}, log="x"
    )
    yield Evidence({"entropy": float(entropy[-1]), "limit": limit}, chart)


def order(experiment: Experiment) -> Iterator[Evidence]:
    """The digit's soft targets at T = 1 and at the experiment's temperature."""
    logits = _unsure_digit(experiment)[1]
    plain, soft = soften(logits, 1.0), soften(logits, experiment.temperature)
    numbers = {"top_before": 100 * float(plain.max()), "top_after": 100 * float(soft.max())}
    yield Evidence(numbers, Chart("bars", _classes(experiment), {"plain": plain.numpy(), "soft": soft.numpy()}))


def symmetric(experiment: Experiment) -> Iterator[Evidence]:
    """KL(teacher || student) and KL(student || teacher) for the digit, with the terms that each class adds to them."""
    index, logits = _unsure_digit(experiment)
    teacher, student = logits / experiment.temperature, _student_alone(experiment)[index] / experiment.temperature
    p, q = _soften_all(experiment, teacher=logits, alone=_student_alone(experiment)[index]).values()
    series = {"forward": p * np.log(p / q), "backward": q * np.log(q / p)}
    numbers = {"forward": float(kl(teacher, student)), "backward": float(kl(student, teacher))}
    yield Evidence(numbers, Chart("bars", _classes(experiment), series))


# Two networks --------------------------------------------------------------------------------------------------------


def smaller(experiment: Experiment) -> Iterator[Evidence]:
    """Parameters of teacher and student, layer by layer."""
    networks = {"teacher": experiment.teacher_network, "distilled": experiment.student_network}
    teacher, student = map(parameter_count, networks.values())
    by_layer = {name: tuple(layer.parameters for layer in network.layers) for name, network in networks.items()}
    numbers = {"teacher_parameters": float(teacher), "student_parameters": float(student), "times": teacher / student}
    yield Evidence(numbers, _by_layer(**by_layer))


def alpha(experiment: Experiment) -> Iterator[Evidence]:
    """Students at several alphas, against students who train on the same labels and have no teacher at all."""
    data, teacher = experiment.load_splits(), teacher_of(experiment).logits
    mute = torch.zeros_like(teacher.train)
    alone = Students(experiment, data, mute, [Condition(experiment.temperature, 1.0)])
    taught = Students(experiment, data, teacher.train, [Condition(experiment.temperature, a) for a in ALPHAS.values()])
    holdouts = _holdouts(experiment, data)
    trainings = (students.train(experiment.epochs, every=_every(experiment)) for students in (alone, taught))
    for epoch, _ in zip(*trainings, strict=True):
        distance = torch.zeros(taught.layout)
        for parts, baseline in zip(taught.cohort.layers, alone.cohort.layers, strict=True):
            for part, base in zip(parts, baseline, strict=True):
                gap = (taught.layout.split(part) - alone.layout.split(base)).abs()
                distance = torch.maximum(distance, gap.flatten(2).amax(-1))
        logits = taught.layout.split(holdouts.logits(taught.cohort))
        accuracy = 100 * metrics.accuracy(logits, holdouts.labels).mean(1)
        largest = distance.amax(1).double().numpy()
        numbers = {f"distance_{name}": float(value) for name, value in zip(ALPHAS, largest, strict=True)}
        numbers |= {f"accuracy_{name}": float(value) for name, value in zip(ALPHAS, accuracy, strict=True)}
        numbers["alone"] = 100 * float(metrics.accuracy(holdouts.logits(alone.cohort), holdouts.labels).mean())
        chart = Chart("bars", tuple(ALPHAS.values()), {"distance": largest})
        yield Evidence(numbers, chart, done=epoch / experiment.epochs)


def shrink(experiment: Experiment, low: float, high: float) -> Iterator[Evidence]:
    """Norm of the soft loss's gradient with respect to the logits of an untrained student, with and without T^2."""
    data, teacher = experiment.load_splits(), teacher_of(experiment).logits
    students = Students(experiment, data, teacher.train, [ALONE], seeds=[0])
    untrained = students.train_predictions()
    assert untrained.teacher_logits is not None
    temperatures = sorted({*TEMPERATURES, low, high})
    norms: dict[str, list[float]] = {"with": [], "without": []}
    for temperature in temperatures:
        for name, sizes in norms.items():
            leaf = untrained.logits.double().requires_grad_()
            terms = distillation_loss(
                leaf,
                untrained.teacher_logits.double(),
                untrained.labels,
                temperature=temperature,
                alpha=0.0,
                t_squared=name == "with",
            )
            terms.soft.sum().backward()  # type: ignore[no-untyped-call]
            assert leaf.grad is not None
            sizes.append(float(leaf.grad.norm()))
    at = [norms["without"][temperatures.index(temperature)] for temperature in (low, high)]
    series = {name: np.array(sizes) for name, sizes in norms.items()}
    numbers = {"size_low": at[0], "size_high": at[1], "ratio": at[0] / at[1]}
    yield Evidence(numbers, Chart("lines", tuple(temperatures), series, log="xy"))


# Students in pairs, over splits --------------------------------------------------------------------------------------


def few(experiment: Experiment) -> Iterator[Evidence]:
    """Distilled ("first") against alone, pair by pair."""
    for done, report in _compare(experiment, [_distilled(experiment)]):
        alone, distilled = report.accuracy
        gain = paired_difference(distilled, alone, splits=experiment.splits)
        yield _pairs({"distilled": distilled, "alone": alone}, done, gain=gain)


def sure(experiment: Experiment, warm: float) -> Iterator[Evidence]:
    """Entropy of the teachers' targets on their training sets against T; students at T and `warm` against one alone."""
    data, logits = experiment.load_splits(), teacher_of(experiment).logits.train.double()
    temperatures = sorted({*TEMPERATURES, experiment.temperature, warm})
    entropy = np.stack([_entropy(soften(logits, temperature)).mean(-1).numpy() for temperature in temperatures])
    share = 100 * entropy / np.log(data[0].classes)  # a row for each T, a column for each split's teacher
    at, warm_at = temperatures.index(experiment.temperature), temperatures.index(warm)
    right = 100 * metrics.accuracy(logits, torch.from_numpy(np.stack([one.train_labels for one in data])))
    numbers = {
        "right": float(right.mean()),
        "entropy": float(entropy[at].mean()),
        "softer": float(share[warm_at].mean()),
    }
    chart = Chart("lines", tuple(temperatures), {"teacher": share.mean(1)})
    means = {"share": interval(share[at], splits=experiment.splits)}
    for done, report in _compare(experiment, [_distilled(experiment), Condition(warm, experiment.alpha)]):
        alone, plain, soft = report.accuracy
        differences = {
            name: paired_difference(accuracy, alone, splits=experiment.splits)
            for name, accuracy in (("plain", plain), ("soft", soft))
        }
        yield Evidence(numbers, chart, differences, means, collapsed=_lost(report.accuracy), done=done)


def ranking(experiment: Experiment) -> Iterator[Evidence]:
    """Distilled against alone, by agreement with the teacher and by accuracy."""
    right = 100 * float(teacher_of(experiment).test_accuracy.mean())
    for done, report in _compare(experiment, [_distilled(experiment)]):
        measured = {"agreement": report.agreement, "accuracy": report.accuracy}
        differences = {
            name: paired_difference(distilled, alone, splits=experiment.splits)
            for name, (alone, distilled) in measured.items()
        }
        series = {
            f"{name}_{who}": row
            for name, rows in measured.items()
            for who, row in zip(("alone", "distilled"), rows, strict=True)
        }
        evidence = _pairs(series, done, **differences)
        yield replace(evidence, numbers={**evidence.numbers, "teacher_right": right})


def adam(experiment: Experiment, sgd_rate: float) -> Iterator[Evidence]:
    """Soft loss only, with T^2 ("first") and without, under Adam; and the same under SGD at its own learning rate."""
    under = {"adam": experiment, "sgd": experiment.replace(optimizer="sgd", learning_rate=sgd_rate)}
    runs = {
        f"{optimizer}_{name}": _compare(optimized.replace(t_squared=name == "with"), [_distilled(experiment)])
        for optimizer, optimized in under.items()
        for name in ("with", "without")
    }
    for each in zip(*runs.values(), strict=True):
        accuracy = {name: report.accuracy[1] for name, (_, report) in zip(runs, each, strict=True)}
        gain, sgd = (
            paired_difference(accuracy[f"{name}_with"], accuracy[f"{name}_without"], splits=experiment.splits)
            for name in under
        )
        yield _pairs(accuracy, each[0][0], gain=gain, sgd=sgd)


def missing(experiment: Experiment, absent: int) -> Iterator[Evidence]:
    """Percent of a class's held-out examples that students recognise who have never seen one of it."""
    data, teacher = experiment.load_splits(), teacher_of(experiment).logits
    seen, kept = zip(*(without_classes(one, (absent,)) for one in data), strict=True)
    heard = [logits[torch.from_numpy(ids)] for logits, ids in zip(teacher.train, kept, strict=True)]
    conditions = [ALONE, Condition(1.0, experiment.alpha), _distilled(experiment)]
    students = Students(experiment, seen, heard, conditions)
    holdouts = _holdouts(experiment, data)
    asked = holdouts.labels == absent
    for epoch in students.train(experiment.epochs, every=_every(experiment)):
        named = students.layout.split(holdouts.logits(students.cohort)).argmax(-1) == absent
        recall = 100 * ((named & asked).sum(-1) / asked.sum(-1)).double().numpy()
        if epoch == experiment.epochs:
            judged = students.train_predictions().collapsed(students.conditions.of_members(students.layout))
            recall[students.layout.split(torch.from_numpy(judged)).numpy()] = np.nan
        evidence = _pairs(dict(zip(("alone", "plain", "soft"), recall, strict=True)), epoch / experiment.epochs)
        yield replace(evidence, means={"recall": interval(recall[2], splits=experiment.splits)})


# Parts ---------------------------------------------------------------------------------------------------------------


def _compare(experiment: Experiment, conditions: list[Condition]) -> Iterator[tuple[float, Report]]:
    """Train a student alone and one for each (temperature, alpha), for every pair: share done, and the report.

    Rows of a report are the student alone and then the conditions, its columns pairs; its shares are made percent, NaN
    where a student has collapsed.
    """
    for report in train_together(experiment, [ALONE, *conditions], teacher_of(experiment).logits):
        accuracy, agreement = (
            np.where(report.collapsed, np.nan, 100 * values) for values in (report.accuracy, report.agreement)
        )
        yield report.epoch / experiment.epochs, report._replace(accuracy=accuracy, agreement=agreement)


def _distilled(experiment: Experiment) -> Condition:
    return experiment.heard_at(0)


def _pairs(series: dict[str, Doubles], done: float, **differences: Interval) -> Evidence:
    """Evidence of students in pairs: their means, and every pair in the chart."""
    values = {name: np.asarray(percent, np.float64) for name, percent in series.items()}
    pairs = tuple(range(1, len(next(iter(values.values()))) + 1))
    means = {name: interval(percent).mean for name, percent in values.items()}
    collapsed = _lost(np.stack(list(values.values())))
    return Evidence(means, Chart("pairs", pairs, values), differences, collapsed=collapsed, done=done)


def _lost(percent: Doubles | Floats) -> int:
    """How many pairs, columns of (M, S), hold a student that has collapsed."""
    return int(np.isnan(percent).any(0).sum())


def _holdouts(experiment: Experiment, data: Sequence[Dataset]) -> Holdouts:
    """What the pairs of all splits are tested on."""
    return Holdouts(data, (), [experiment.split_of(pair) for pair in range(experiment.seeds)])


def _every(experiment: Experiment) -> int:
    """Epochs from one report to the next."""
    return max(1, experiment.epochs // REPORTS)


def _unsure_digit(experiment: Experiment) -> tuple[int, Tensor]:
    """Where in the first test set the digit is of which its teacher, right about it, is least sure; its logits (C,)."""
    data, logits = experiment.load_data(), teacher_of(experiment).logits.test[0].double()
    right = logits.argmax(-1) == torch.from_numpy(data.test_labels)
    index = int(torch.where(right, _entropy(logits.softmax(-1)), -1.0).argmax())
    return index, logits[index]


def _student_alone(experiment: Experiment) -> Tensor:
    """Test logits (N, C) of the student of the first seed that never heard the teacher."""
    data, teacher = experiment.load_splits(), teacher_of(experiment).logits
    students = Students(experiment, data, teacher.train, [ALONE], seeds=[0])
    for _ in students.train(experiment.epochs):
        pass
    return students.cohort.logits(torch.from_numpy(data[0].test_inputs))[0].double()


def _entropy(probabilities: Tensor) -> Tensor:
    """-sum_c p_c ln p_c in nats: (..., C) to (...)."""
    return -torch.xlogy(probabilities, probabilities).sum(-1)


def _soften_all(experiment: Experiment, **logits: Tensor) -> dict[str, Doubles]:
    return {name: soften(values, experiment.temperature).numpy() for name, values in logits.items()}


def _classes(experiment: Experiment) -> tuple[int, ...]:
    return tuple(range(experiment.source.classes))


def _by_layer(**counts: tuple[int, ...]) -> Chart:
    """Bars by layer from the input on; where a network has fewer layers, none stand before its last."""
    longest = max(map(len, counts.values()))
    series = {name: np.array([*w[:-1], *[0] * (longest - len(w)), w[-1]], np.float64) for name, w in counts.items()}
    return Chart("bars", tuple(range(1, longest + 1)), series)
