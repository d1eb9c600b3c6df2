import re
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch
from torch.nn import functional
from zict import LRU

from kd_core.cohort import Cohort
from kd_core.data import DATASETS, GRID_SIDE, load_dataset, without_classes
from kd_core.experiment import Condition, Experiment
from kd_core.giveway import before_steps
from kd_core.recipe import Recipe
from kd_core.snapshot import DivergenceError
from kd_core.streams import INIT, TEACHER_DROPOUT, TEACHER_INIT, TEACHER_ORDER, generator
from kd_core.students import Students, TransferSet
from kd_core.sweeps.grid import Fold
from kd_core.sweeps.intervals import paired_difference
from kd_core.sweeps.pieces import train_together
from kd_core.teaching import TeacherLogits, teacher_key, teacher_of
from kd_core.training import Steer, run
from tests.core.helpers import (
    assert_same_measures,
    assert_same_snapshots,
    cohort_of,
    global_seed,
    images_in_place_of_collections,
    module_of,
    numbers,
)

DIGITS = Experiment(teacher="16", teacher_epochs=2, student="8", epochs=6, labels=50, batch_size=16, seeds=3)
PLANE = DIGITS.replace(dataset="rings")
CONVOLUTIONS = DIGITS.replace(teacher="c4-c6", student="c3-5")
both = pytest.mark.parametrize("experiment", [DIGITS, PLANE], ids=["digits", "rings"])


@pytest.fixture(scope="module")
def teachers():
    """Trained teachers that tests of students share; that this changes nothing is a test of its own."""
    return {}


def run_of(experiment, **options):
    return list(run(experiment, **options))


def steered_run(experiment, steers, **options):
    """All snapshots of a run into which `steers` are sent, a dict from (phase, epoch) to `Steer`."""
    training, snapshots, steer = run(experiment, **options), [], None
    while True:
        try:
            snapshots.append(training.send(steer))
        except StopIteration:
            return snapshots
        steer = steers.get((snapshots[-1].phase, snapshots[-1].epoch))


def students(snapshots):
    return [snapshot for snapshot in snapshots if snapshot.phase == "students"]


def teacher(snapshots):
    return [snapshot for snapshot in snapshots if snapshot.phase == "teacher"]


def differ(one, other):
    """Whether two actors answer differently."""
    return not np.array_equal(one.example_logits, other.example_logits)


# What a run yields


@both
def test_a_run_yields_the_teacher_then_the_students_each_from_epoch_zero(experiment):
    snapshots = run_of(experiment)
    assert [(s.phase, s.epoch) for s in snapshots] == [
        *(("teacher", epoch) for epoch in range(3)),
        *(("students", epoch) for epoch in range(7)),
    ]
    assert {s.phase: s.epochs for s in snapshots} == {"teacher": 2, "students": 6}
    assert {tuple(s.actors) for s in teacher(snapshots)} == {("teacher",)}
    assert {tuple(s.actors) for s in students(snapshots)} == {("alone", "distilled")}
    assert {s.experiment for s in snapshots} == {experiment}


def test_steps_count_the_updates_so_far():
    snapshots = run_of(DIGITS)
    assert [s.step for s in teacher(snapshots)] == [0, 21, 42]  # 1297 examples in batches of 64
    assert [s.step for s in students(snapshots)] == [0, 4, 8, 12, 16, 20, 24]  # 50 examples in batches of 16


@both
def test_nothing_has_been_learned_at_epoch_zero(experiment):
    classes = DATASETS[experiment.dataset].classes
    for snapshot in run_of(experiment):
        if snapshot.epoch == 0:
            for measures in snapshot.actors.values():
                np.testing.assert_allclose(measures.test_loss.hard, np.log(classes), atol=0.25)


@both
def test_shapes_are_those_of_the_seeds_and_the_classes(experiment):
    source = DATASETS[experiment.dataset]
    for snapshot in run_of(experiment):
        seeds = 1 if snapshot.phase == "teacher" else 3
        for measures in snapshot.actors.values():
            shapes = {name: array.shape for name, array in numbers(measures).items()}
            assert shapes.pop("confusion") == (source.classes, source.classes)
            assert shapes.pop("example_logits") == (2 * source.classes, source.classes)
            assert (shapes.pop("tested"), measures.tested) == ((), source.test_size)
            assert shapes.pop("kept_epoch") == (0,)  # nobody was stopped early
            assert shapes.pop("grid") == ((GRID_SIDE**2, source.classes) if source.is_plane else (0,))
            assert set(shapes.values()) == {(seeds,)}
            assert (measures.grid is not None) == source.is_plane


@both
def test_numbers_that_say_the_same_agree(experiment):
    size = DATASETS[experiment.dataset].test_size
    for snapshot in run_of(experiment):
        for measures in snapshot.actors.values():
            seeds = len(measures.test_accuracy)
            assert measures.confusion.sum() == size * seeds
            assert measures.confusion.trace() / (size * seeds) == pytest.approx(measures.test_accuracy.mean())
            if measures.grid is not None:
                np.testing.assert_allclose(measures.grid.sum(-1), 1, rtol=1e-5)


def test_the_total_is_what_each_actor_is_trained_on():
    for snapshot in students(run_of(DIGITS)):
        for actor, alpha in (("alone", 1.0), ("distilled", 0.1)):
            for loss in (snapshot.actors[actor].train_loss, snapshot.actors[actor].test_loss):
                np.testing.assert_allclose(loss.total, alpha * loss.hard + (1 - alpha) * loss.soft, rtol=1e-5)
                assert (loss.soft >= 0).all()


def test_a_teacher_agrees_with_itself_and_hears_labels_only():
    for snapshot in teacher(run_of(DIGITS)):
        measures = snapshot.actors["teacher"]
        assert measures.agreement.tolist() == [1]
        assert np.isnan(measures.test_loss.soft).all()
        assert measures.test_loss.total == measures.test_loss.hard


def test_the_loss_that_is_trained_on_falls(teachers):
    first, *_, last = students(run_of(DIGITS.replace(epochs=20), teachers=teachers))
    for actor in ("alone", "distilled"):
        assert (last.actors[actor].train_loss.total < 0.8 * first.actors[actor].train_loss.total).all()


def test_time_rises_from_snapshot_to_snapshot():
    seconds = [snapshot.seconds for snapshot in run_of(PLANE)]
    assert seconds == sorted(seconds)
    assert seconds[0] > 0


# The same numbers


@both
def test_two_runs_give_the_same_numbers_whatever_the_global_seeds_and_leave_those_alone(experiment):
    with global_seed(1):
        one = run_of(experiment.replace(teacher_dropout=0.2, label_noise=0.2, noise=0.1))
    with global_seed(2):
        assert_same_snapshots(run_of(experiment.replace(teacher_dropout=0.2, label_noise=0.2, noise=0.1)), one)


def test_runs_that_take_turns_do_not_disturb_each_other():
    other = PLANE.replace(seed=1)
    mixed = list(zip(run(PLANE), run(other), strict=True))
    assert_same_snapshots([one for one, _ in mixed], run_of(PLANE))
    assert_same_snapshots([two for _, two in mixed], run_of(other))


@pytest.mark.parametrize("actor", ["teacher", "alone", "distilled"])
def test_another_seed_starts_other_networks(actor):
    """Seen on the grid, whose points are the same for every seed, before any data are."""
    one, other = (
        next(s.actors[actor] for s in run(PLANE.replace(seed=seed, teacher_epochs=1)) if actor in s.actors)
        for seed in (0, 1)
    )
    assert not np.allclose(one.grid, other.grid, atol=0.01)


@pytest.mark.parametrize("fields", [{}, {"teacher_dropout": 0.3, "teacher_label_smoothing": 0.1, "noise": 0.1}])
def test_a_teacher_from_the_cache_changes_no_number(fields):
    experiment, teachers = PLANE.replace(**fields), {}
    first = run_of(experiment, teachers=teachers)
    assert list(teachers) == [teacher_key(experiment)]
    steps = []
    with before_steps(lambda: steps.append(1)):
        again = run_of(experiment, teachers=teachers)
    assert len(steps) == students(again)[-1].step  # the teacher took no step
    assert_same_snapshots(first, run_of(experiment))
    assert_same_snapshots(again, first)


def test_a_cached_teacher_serves_other_students_as_one_trained_for_them(teachers):
    run_of(PLANE, teachers=teachers)
    other = PLANE.replace(student="16", temperature=8, labels=30, epochs=2, seeds=2)
    assert_same_snapshots(run_of(other, teachers=teachers), run_of(other))


@both
def test_fewer_seeds_give_the_same_numbers_for_the_seeds_they_share(experiment, teachers):
    few, many = (students(run_of(experiment.replace(seeds=seeds), teachers=teachers)) for seeds in (2, 7))
    for one, other in zip(few, many, strict=True):
        for actor in ("alone", "distilled"):
            shared = numbers(other.actors[actor])
            for name, array in numbers(one.actors[actor]).items():
                if name != "confusion":  # it sums over all seeds
                    expected = shared[name][:2] if array.shape == (2,) else shared[name]
                    np.testing.assert_allclose(array, expected, rtol=1e-3, atol=1e-4, err_msg=name)


def test_fewer_epochs_are_the_start_of_more_epochs(teachers):
    short, long = (students(run_of(PLANE.replace(epochs=epochs), teachers=teachers)) for epochs in (3, 6))
    for one, other in zip(short, long[:4], strict=True):
        for actor in ("alone", "distilled"):
            assert_same_measures(one.actors[actor], other.actors[actor], without=["collapsed"])  # judged at the end


# What a pair shares


@both
@pytest.mark.parametrize("seeds", [1, 3])
def test_alone_and_distilled_start_as_the_same_network(experiment, seeds, teachers):
    start = students(run_of(experiment.replace(seeds=seeds, epochs=1), teachers=teachers))[0]
    losses = ("train_loss.total", "test_loss.total")  # what each is going to be trained on
    assert_same_measures(start.actors["alone"], start.actors["distilled"], without=losses)


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize("seeds", [1, 3])
@both
def test_alpha_one_makes_the_distilled_student_the_one_alone(experiment, seeds, optimizer, teachers):
    given = experiment.replace(alpha=1, seeds=seeds, optimizer=optimizer, student="7", temperature=9)
    for snapshot in students(run_of(given, teachers=teachers)):
        assert_same_measures(snapshot.actors["distilled"], snapshot.actors["alone"])


def test_with_a_smaller_alpha_the_distilled_student_goes_another_way(teachers):
    last = run_of(PLANE, teachers=teachers)[-1]
    assert differ(last.actors["distilled"], last.actors["alone"])


def test_alpha_one_hears_nothing_of_the_teacher():
    one, other = (
        students(run_of(PLANE.replace(alpha=1, teacher=units)))[-1].actors["distilled"] for units in ("16", "4")
    )
    assert not differ(one, other)


def test_alpha_zero_never_looks_at_the_labels(teachers):
    one, other = (run_of(PLANE.replace(alpha=0, label_noise=noise), teachers=teachers)[-1] for noise in (0, 0.9))
    assert not differ(one.actors["distilled"], other.actors["distilled"])
    assert differ(one.actors["alone"], other.actors["alone"])


@pytest.mark.parametrize("fields", [{"temperature": 9}, {"alpha": 0.7}, {"t_squared": False}, {"teacher_epochs": 1}])
def test_what_the_distilled_student_hears_does_not_touch_the_one_alone(fields, teachers):
    one, other = (run_of(experiment, teachers=teachers)[-1] for experiment in (PLANE, PLANE.replace(**fields)))
    assert not differ(one.actors["alone"], other.actors["alone"])
    assert differ(one.actors["distilled"], other.actors["distilled"])


@pytest.mark.parametrize(
    "fields",
    [
        {"labels": 30},
        {"label_noise": 0.5},
        {"student": "4"},
        {"batch_size": 8},
        {"learning_rate": 0.1},
        {"optimizer": "sgd"},
    ],
    ids=str,
)
def test_settings_of_the_students_change_both_students_and_no_teacher(fields):
    one, other = run_of(PLANE), run_of(PLANE.replace(**fields))
    assert_same_snapshots(teacher(one), teacher(other), same_experiment=False)
    assert differ(one[-1].actors["alone"], other[-1].actors["alone"])
    assert differ(one[-1].actors["distilled"], other[-1].actors["distilled"])


@pytest.mark.parametrize(
    "fields",
    [
        {"noise": 0.1},
        {"teacher": "4"},
        {"teacher_epochs": 1},
        {"teacher_dropout": 0.5},
        {"teacher_label_smoothing": 0.3},
    ],
    ids=str,
)
def test_settings_of_the_teacher_change_the_teacher(fields):
    one, other = (teacher(run_of(PLANE.replace(**given)))[-1].actors["teacher"] for given in ({}, fields))
    assert differ(one, other)


def test_train_accuracy_counts_flipped_labels_as_right(teachers):
    """A wide student learns its 50 labels by heart, and half of them are wrong."""
    noisy = DIGITS.replace(label_noise=0.5, student="64", epochs=40)
    last = run_of(noisy, teachers=teachers)[-1].actors["alone"]
    assert (last.train_accuracy > 0.95).all()
    assert (last.test_accuracy < 0.75).all()


# The transfer set


@pytest.fixture
def transfer(teachers):
    """(data, the teacher, the transfer set with a third of the labels flipped, and without) of DIGITS."""
    run_of(DIGITS, teachers=teachers)
    data, known = load_dataset("digits"), teachers[teacher_key(DIGITS)]
    return (
        data,
        known,
        *(
            TransferSet.draw(DIGITS.replace(label_noise=noise), [data], known.logits.train, range(3))
            for noise in (0.3, 0)
        ),
    )


def whole(transfer):
    """Every seed's sample as one batch."""
    return transfer.batch(torch.arange(transfer.size).expand_as(transfer.ids))


def test_the_teachers_logits_are_those_of_the_examples_beside_them(transfer):
    data, known, noisy, _ = transfer
    position = {row.tobytes(): i for i, row in enumerate(data.train_inputs)}
    for pair in range(3):
        ids = [position[row.tobytes()] for row in whole(noisy).inputs[pair].numpy()]
        assert len(set(ids)) == 50
        np.testing.assert_array_equal(whole(noisy).teacher_logits[pair], known.logits.train[0, ids])
        assert (noisy.labels[pair].numpy() != data.train_labels[ids]).sum() == 15
    np.testing.assert_array_equal(whole(noisy).targets.argmax(-1), noisy.labels)
    np.testing.assert_array_equal(whole(noisy).targets.sum(-1), 1)


def test_inputs_are_there_once_for_all_seeds_and_batches_are_gathered(transfer):
    data, _, noisy, _ = transfer
    assert noisy.inputs.pool.data_ptr() == data.inputs.ctypes.data  # not a copy
    positions = torch.tensor([[3, 0], [1, 1], [49, 2]])
    batch = noisy.batch(positions)
    for pair, (one, other) in enumerate(positions):
        np.testing.assert_array_equal(batch.inputs[pair], whole(noisy).inputs[pair, [one, other]])
        np.testing.assert_array_equal(batch.targets[pair], whole(noisy).targets[pair, [one, other]])
        np.testing.assert_array_equal(batch.teacher_logits[pair], whole(noisy).teacher_logits[pair, [one, other]])


def test_label_noise_flips_labels_of_the_same_sample(transfer):
    _, _, noisy, clean = transfer
    np.testing.assert_array_equal(noisy.ids, clean.ids)
    assert ((noisy.labels != clean.labels).sum(-1) == 15).all()


def test_every_pair_has_its_own_sample(transfer):
    _, _, _, clean = transfer
    samples = [{row.tobytes() for row in inputs.numpy()} for inputs in whole(clean).inputs]
    assert all(len(samples[i] & samples[j]) < 25 for i, j in ((0, 1), (0, 2), (1, 2)))


# Against torch's own parts


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize("t_squared", [True, False])
def test_students_learn_what_torch_modules_learn(optimizer, t_squared, teachers):
    """All examples in one batch: then their order does not matter, and a loop in plain torch needs no randomness."""
    experiment = PLANE.replace(
        labels=0,
        batch_size=512,
        optimizer=optimizer,
        learning_rate=0.1,
        t_squared=t_squared,
        temperature=3,
        alpha=0.4,
        schedule="3:9:0.8",
    )
    last, data = run_of(experiment, teachers=teachers)[-1], load_dataset("rings")
    inputs, labels = torch.from_numpy(data.train_inputs), torch.from_numpy(data.train_labels)
    teacher_logits = teachers[teacher_key(experiment)].logits.train
    start = Cohort(experiment.student_network, [generator(experiment.seed, INIT, pair) for pair in range(3)])
    for actor in ("alone", "distilled"):
        for pair in range(3):
            module = module_of(start, pair)
            stepper = {
                "adam": torch.optim.Adam(module.parameters(), 0.1),
                "adamw": torch.optim.AdamW(module.parameters(), 0.1),
                "sgd": torch.optim.SGD(module.parameters(), 0.1, momentum=0.9),
            }[optimizer]
            for epoch in range(6):
                temperature, alpha = (3, 0.4) if epoch < 3 else (9, 0.8)
                logits = module(inputs)
                log_q, log_p = (logits / temperature).log_softmax(-1), (teacher_logits / temperature).log_softmax(-1)
                soft = functional.kl_div(log_q, log_p, reduction="batchmean", log_target=True)
                soft = soft * temperature**2 if t_squared else soft
                hard = functional.cross_entropy(logits, labels)
                stepper.zero_grad()
                (hard if actor == "alone" else alpha * hard + (1 - alpha) * soft).backward()
                stepper.step()
            logits = module(torch.from_numpy(data.test_inputs)).detach()
            test_loss = functional.cross_entropy(logits, torch.from_numpy(data.test_labels))
            assert last.actors[actor].test_loss.hard[pair] == pytest.approx(float(test_loss), rel=1e-4)


@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_the_teacher_learns_what_a_torch_module_learns(dropout, smoothing):
    experiment = PLANE.replace(teacher="16-8", teacher_dropout=dropout, teacher_label_smoothing=smoothing, seed=5)
    last, data = teacher(run_of(experiment))[-1].actors["teacher"], load_dataset("rings", seed=5)
    inputs, labels = torch.from_numpy(data.train_inputs), torch.from_numpy(data.train_labels)
    order, masks = generator(5, TEACHER_ORDER), generator(5, TEACHER_DROPOUT)
    first, relu, second, _, third = module = module_of(cohort_of((2, 16, 8, 3), [generator(5, TEACHER_INIT)]), 0)
    stepper = torch.optim.Adam(module.parameters(), 0.002)
    for _ in range(2):
        for ids in torch.randperm(500, generator=order).split(64):
            hidden = inputs[ids]
            for linear in (first, second):
                hidden = relu(linear(hidden))
                if dropout:
                    hidden = hidden * (torch.rand(1, *hidden.shape, generator=masks)[0] >= dropout) / (1 - dropout)
            stepper.zero_grad()
            functional.cross_entropy(third(hidden), labels[ids], label_smoothing=smoothing).backward()
            stepper.step()
    logits = module(torch.from_numpy(data.test_inputs)).detach()
    test_loss = functional.cross_entropy(logits, torch.from_numpy(data.test_labels))
    assert last.test_loss.hard[0] == pytest.approx(float(test_loss), rel=1e-4)


@pytest.mark.parametrize("text", ["c4-c6", "c4-8"])
def test_a_teacher_of_convolutions_learns_in_one_cycle_what_a_torch_module_learns(text):
    experiment = CONVOLUTIONS.replace(teacher=text)
    last, data = teacher(run_of(experiment))[-1].actors["teacher"], load_dataset("digits")
    inputs, labels = torch.from_numpy(data.train_inputs), torch.from_numpy(data.train_labels)
    order, recipe = generator(0, TEACHER_ORDER), Recipe.of(experiment)
    module = module_of(Cohort(experiment.teacher_network, [generator(0, TEACHER_INIT)]), 0)
    stepper, step = torch.optim.Adam(module.parameters()), 0
    for _ in range(2):
        for ids in torch.randperm(1297, generator=order).split(64):
            stepper.param_groups[0]["lr"] = recipe.rate(step, 42)
            stepper.zero_grad()
            functional.cross_entropy(module(inputs[ids]), labels[ids]).backward()
            stepper.step()
            step += 1
    logits = module(torch.from_numpy(data.test_inputs)).detach()
    test_loss = functional.cross_entropy(logits, torch.from_numpy(data.test_labels))
    assert last.test_loss.hard[0] == pytest.approx(float(test_loss), rel=1e-3)


# Convolutions


def test_a_run_of_convolutions_over_splits_is_what_runs_of_each_split_are():
    experiment = CONVOLUTIONS.replace(splits=2, seeds=3)
    last, pairs = run_of(experiment)[-1].actors, [[0, 2], [1]]
    together = teacher_of(experiment, {})
    for split, part in enumerate(experiment.by_split):
        alone = teacher_of(part, {})
        assert together.test_accuracy[split] == pytest.approx(alone.test_accuracy[0], abs=0.02)  # 42 steps of rounding
        conditions = [Condition(part.temperature, 1.0), part.heard_at(0)]
        logits = TeacherLogits(*(part[split : split + 1] for part in together.logits))
        *_, report = train_together(part, conditions, logits, seeds=pairs[split])
        for found, actor in zip(report.accuracy, ("alone", "distilled"), strict=True):
            np.testing.assert_allclose(found, last[actor].test_accuracy[pairs[split]], atol=0.01)


@pytest.mark.parametrize(("seeds", "splits"), [(1, 1), (3, 1), (3, 3)])
def test_alpha_one_makes_a_distilled_convolution_the_one_alone(seeds, splits, teachers):
    experiment = CONVOLUTIONS.replace(alpha=1, seeds=seeds, splits=splits, temperature=9, student="c3-c5")
    for snapshot in students(run_of(experiment, teachers=teachers)):
        assert_same_measures(snapshot.actors["distilled"], snapshot.actors["alone"])


def test_convolutions_learn_and_two_runs_of_them_give_the_same_numbers():
    experiment = CONVOLUTIONS.replace(teacher="c8-c16", teacher_epochs=5, student="c4-c8", epochs=20)
    one, other = (run_of(experiment) for _ in range(2))
    assert_same_snapshots(one, other)
    assert teacher(one)[-1].actors["teacher"].test_accuracy[0] > 0.9
    assert (one[-1].actors["distilled"].test_accuracy > 0.7).all()


# Large sets


@pytest.fixture(scope="module")
def large():
    """(experiment, its snapshots, its teacher) of twelve thousand examples, and three thousand to test on."""
    with images_in_place_of_collections(12_000, 3_000):
        experiment = Experiment(
            dataset="mnist", teacher="8", teacher_epochs=2, student="4", epochs=3, labels=0, batch_size=512, seeds=2
        )
        teachers = {}
        yield experiment, run_of(experiment, teachers=teachers), teachers[teacher_key(experiment)]


def test_of_a_large_set_a_part_is_looked_at_while_networks_train_and_all_at_the_end(large):
    _, snapshots, known = large
    for snapshot in snapshots:
        for measures in snapshot.actors.values():
            tested = 3_000 if snapshot.epoch == snapshot.epochs else 1_000
            seeds = len(measures.test_accuracy)
            assert measures.tested == tested
            assert measures.confusion.sum() == tested * seeds
            assert measures.confusion.trace() / (tested * seeds) == pytest.approx(measures.test_accuracy.mean())
            assert measures.example_logits.shape == (20, 10)
    assert (known.logits.train.shape, known.logits.test.shape) == ((1, 12_000, 10), (1, 3_000, 10))


def test_an_epoch_of_a_large_set_is_a_round_of_it(large):
    _, snapshots, _ = large
    assert [s.step for s in teacher(snapshots)] == [0, 50, 100]  # 6400 examples in batches of 128
    assert [s.step for s in students(snapshots)] == [0, 13, 26, 39]  # 6400 examples in batches of 512


def test_networks_learn_from_rounds(large):
    _, snapshots, known = large
    assert known.test_accuracy[0] > 0.9
    first, *_, last = students(snapshots)
    for actor in ("alone", "distilled"):
        assert (last.actors[actor].test_loss.total < first.actors[actor].test_loss.total).all()


def test_a_sweep_of_a_large_set_ends_where_its_run_does(large):
    experiment, snapshots, known = large
    conditions = [Condition(experiment.temperature, 1.0), experiment.heard_at(0)]
    *_, report = train_together(experiment, conditions, known.logits)
    for found, actor in zip(report.accuracy, ("alone", "distilled"), strict=True):
        np.testing.assert_allclose(found, snapshots[-1].actors[actor].test_accuracy, atol=1e-3)


# Steering


def test_steering_equals_the_experiment_with_the_schedule_it_leaves(teachers):
    steers = {("students", 2): Steer(9, 0.5), ("students", 4): Steer(2, 1)}
    steered = steered_run(PLANE, steers, teachers=teachers)
    assert steered[-1].experiment == PLANE.replace(schedule="2:9:0.5,4:2:1")
    assert_same_snapshots(run_of(steered[-1].experiment, teachers=teachers), steered, same_experiment=False)


def test_steering_acts_from_the_snapshot_just_seen_on(teachers):
    steered = students(steered_run(PLANE, {("students", 2): Steer(9, 0.5)}, teachers=teachers))
    straight = students(run_of(PLANE, teachers=teachers))
    assert_same_snapshots(steered[:3], straight[:3])
    assert differ(steered[3].actors["distilled"], straight[3].actors["distilled"])
    assert [s.experiment.schedule for s in steered] == ["", "", "", *["2:9:0.5"] * 4]
    assert [(s.temperature, s.alpha) for s in steered] == [*[(4, 0.1)] * 3, *[(9, 0.5)] * 4]
    for one, other in zip(steered, straight, strict=True):
        assert not differ(one.actors["alone"], other.actors["alone"])


@pytest.mark.parametrize("moment", [("teacher", 0), ("teacher", 2)])
def test_steering_while_the_teacher_trains_starts_the_students_with_it(moment, teachers):
    steered = steered_run(PLANE, {moment: Steer(9, 0.5)})
    expected = PLANE.replace(temperature=9, alpha=0.5)
    assert {s.experiment for s in students(steered)} == {expected}
    assert {(s.temperature, s.alpha) for s in students(steered)} == {(9, 0.5)}
    assert_same_snapshots(steered, run_of(expected), same_experiment=False)
    assert_same_snapshots(steered_run(PLANE, {moment: Steer(9, 0.5)}, teachers=teachers), steered)


def test_steering_before_the_first_update_is_starting_with_it(teachers):
    steered = students(steered_run(PLANE, {("students", 0): Steer(9, 0.5)}, teachers=teachers))
    assert steered[-1].experiment == PLANE.replace(temperature=9, alpha=0.5)
    assert_same_snapshots(steered[1:], students(run_of(steered[-1].experiment, teachers=teachers))[1:])


def test_a_snapshot_tells_what_is_heard_from_there_on(teachers):
    snapshots = run_of(PLANE.replace(schedule="1:9:0.5,4:2:1"), teachers=teachers)
    assert [(s.temperature, s.alpha) for s in teacher(snapshots)] == [(4, 0.1)] * 3
    assert [(s.temperature, s.alpha) for s in students(snapshots)] == [(4, 0.1), *[(9, 0.5)] * 3, *[(2, 1)] * 3]


def test_steering_at_the_end_changes_nothing(teachers):
    steered = steered_run(PLANE, {("students", 6): Steer(9, 0.5)}, teachers=teachers)
    assert_same_snapshots(steered, run_of(PLANE, teachers=teachers))


def test_steering_drops_the_rest_of_a_schedule(teachers):
    steered = steered_run(PLANE.replace(schedule="2:8:0,5:1:1"), {("students", 4): Steer(9, 0.5)}, teachers=teachers)
    assert steered[-1].experiment.schedule == "2:8:0,4:9:0.5"


def test_steering_to_alpha_one_keeps_hearing_the_labels_only(teachers):
    """From alpha = 0 to 1 at the first epoch: what was learned from the teacher stays, the rest are labels."""
    steered = students(steered_run(PLANE.replace(alpha=0), {("students", 1): Steer(4, 1)}, teachers=teachers))
    np.testing.assert_array_equal(*(steered[-1].actors["distilled"].train_loss[:2]))
    with pytest.raises(AssertionError):
        np.testing.assert_array_equal(*(steered[1].actors["distilled"].train_loss[:2]))


# Stopping


def test_a_run_can_be_closed_before_its_end():
    training = run(PLANE)
    seen = list(islice(training, 5))
    training.close()
    assert list(training) == []
    assert_same_snapshots(seen, run_of(PLANE)[:5])


def test_a_run_closed_while_the_teacher_trains_leaves_no_half_trained_teacher():
    teachers = {}
    training = run(PLANE, teachers=teachers)
    list(islice(training, 2))
    training.close()
    assert teachers == {}


def test_a_teacher_that_its_store_has_dropped_still_teaches_who_holds_it():
    """A run is held at its teacher's last epoch while others pass through the same store, which keeps but two."""
    store = LRU(2, {})
    held = run(PLANE, teachers=store)
    seen = list(islice(held, 3))  # the teacher's epochs 0 to 2
    for seed in (1, 2, 3):
        run_of(PLANE.replace(seed=seed, teacher_epochs=1, epochs=1), teachers=store)
    assert teacher_key(PLANE) not in store
    assert_same_snapshots([*seen, *held], run_of(PLANE))


def test_who_does_not_watch_a_teacher_gets_the_same_one_and_it_is_trained_once():
    store, steps = {}, []
    with before_steps(lambda: steps.append(1)):
        first = teacher_of(PLANE, store)
        assert len(steps) == 16
        assert teacher_of(PLANE.replace(alpha=0.7, student="4"), store) is first
    assert len(steps) == 16
    assert teacher_of(PLANE.replace(teacher="4"), store) is not first
    assert torch.equal(first.network.logits(torch.from_numpy(PLANE.load_data().test_inputs))[0], first.logits.test[0])


def test_a_teacher_of_a_fold_is_another_one():
    store = {}
    whole, fold = teacher_of(PLANE, store), teacher_of(PLANE, store, Fold(0, 5))
    assert whole.logits.train.shape == (1, 500, 3)
    assert (fold.logits.train.shape, fold.logits.test.shape) == ((1, 400, 3), (1, 100, 3))
    assert teacher_of(PLANE, store, Fold(0, 5)) is fold


@pytest.mark.parametrize("count", [1, 3])
def test_students_are_given_a_condition_each_and_not_fewer_or_more(count, teachers):
    students = Students(PLANE, PLANE.load_splits(), teacher_of(PLANE, teachers).logits.train, [Condition(4, 0.5)] * 2)
    with pytest.raises(ValueError, match=f"{count} conditions are not allowed: there are 2"):
        students.put_under([Condition(4, 0.5)] * count)


class Halt(Exception):  # noqa: N818
    pass


@pytest.mark.parametrize(("step", "snapshots"), [(1, 1), (5, 1), (16, 2), (17, 4), (21, 5)])
def test_what_is_raised_before_a_step_ends_the_run_in_the_middle_of_an_epoch(step, snapshots):
    """PLANE takes 2 * 8 steps for the teacher, then 4 an epoch for the students."""
    steps, seen = [], []

    def halt():
        steps.append(1)
        if len(steps) == step:
            raise Halt

    with pytest.raises(Halt), before_steps(halt):
        seen.extend(run(PLANE))
    assert (len(steps), len(seen)) == (step, snapshots)


def test_others_have_their_turn_before_every_step():
    steps = []
    with before_steps(lambda: steps.append(1)):
        for snapshot in run(PLANE):
            assert len(steps) == snapshot.step + (16 if snapshot.phase == "students" else 0)


# Divergence


def test_divergence_names_the_step_and_what_to_try():
    query = "learning_rate=1000&optimizer=sgd&student=64-64-64&teacher=16&teacher_epochs=1"
    seen = []
    with pytest.raises(DivergenceError) as caught:
        seen.extend(run(Experiment.from_query(query)))
    who, step, epoch = re.match(r"The (\w+) diverged at step (\d+) \(epoch (\d+)\)", str(caught.value)).groups()
    assert who == "students"
    assert int(epoch) == seen[-1].epoch + 1
    assert seen[-1].step < int(step) <= seen[-1].step + 2  # 100 examples in batches of 64
    assert "Try a smaller learning rate" in str(caught.value)
    for measures in seen[-1].actors.values():
        assert np.isfinite(measures.example_logits).all()


# Splits


SPLIT = PLANE.replace(splits=3, seeds=7, teacher_dropout=0.2, label_noise=0.1)


def test_a_run_over_splits_is_what_runs_of_each_split_are():
    """Teachers to the last number, pairs too: pair k sits in split k modulo 3 and keeps its own random numbers."""
    together, parts = teacher_of(SPLIT, {}), [teacher_of(part, {}) for part in SPLIT.by_split]
    last = run_of(SPLIT)[-1].actors
    for split, (part, alone) in enumerate(zip(SPLIT.by_split, parts, strict=True)):
        torch.testing.assert_close(together.logits.test[split], alone.logits.test[0])
        assert together.test_accuracy[split] == pytest.approx(alone.test_accuracy[0])
        pairs = [pair for pair in range(7) if pair % 3 == split]
        conditions = [Condition(SPLIT.temperature, 1.0), SPLIT.heard_at(0)]
        *_, report = train_together(part, conditions, alone.logits, seeds=pairs)
        np.testing.assert_allclose(report.accuracy[0], last["alone"].test_accuracy[pairs], atol=2e-3)
        np.testing.assert_allclose(report.accuracy[1], last["distilled"].test_accuracy[pairs], atol=2e-3)


def test_splits_divide_the_data_otherwise_and_have_teachers_of_their_own():
    snapshots = run_of(SPLIT)
    assert teacher(snapshots)[-1].actors["teacher"].test_accuracy.shape == (3,)
    known = teacher_of(SPLIT, {})
    assert not torch.equal(known.logits.train[0], known.logits.train[1])
    samples = TransferSet.draw(SPLIT, SPLIT.load_splits(), known.logits.train, range(7))
    assert [set((ids // 500).tolist()) for ids in samples.logit_ids] == [{pair % 3} for pair in range(7)]
    for pair in range(7):
        of_split = SPLIT.load_splits()[pair % 3]
        positions = samples.logit_ids[pair] - 500 * (pair % 3)
        np.testing.assert_array_equal(samples.inputs.rows(samples.ids[pair]), of_split.train_inputs[positions])
        assert torch.equal(samples.teacher_logits[samples.logit_ids[pair]], known.logits.train[pair % 3][positions])


def test_samples_of_splits_of_unequal_size_are_cut_to_the_smallest():
    experiment = PLANE.replace(splits=2, seeds=2, labels=0)
    data = [without_classes(one, [])[0] for one in experiment.load_splits()]
    data[1] = replace(data[1], train_ids=data[1].train_ids[:490])
    logits = [torch.zeros(len(one.train_labels), 3) for one in data]
    samples = TransferSet.draw(experiment, data, logits, range(2))
    assert samples.ids.shape == samples.logit_ids.shape == (2, 490)
    assert samples.logit_ids[1].min() >= 500
    assert samples.ids[1].min() >= 1000


def test_a_teacher_nobody_watches_is_measured_at_its_ends_and_measured_again_for_who_does():
    store = {}
    quick = teacher_of(PLANE, store)
    assert [snapshot.epoch for snapshot in quick.snapshots] == [0, 2]
    assert_same_snapshots(teacher(run_of(PLANE, teachers=store)), teacher(run_of(PLANE)))
    assert teacher_of(PLANE, store).every == 1  # and who does not watch takes what there is


# Collapse


def test_dead_students_are_said_to_be_dead_at_the_end_and_not_before():
    query = "optimizer=sgd&learning_rate=.3&temperature=20&alpha=0&epochs=60"
    snapshots = students(run_of(Experiment.from_query(query)))
    assert not any(s.actors[actor].collapsed.any() for s in snapshots[:-1] for actor in s.actors)
    assert snapshots[-1].actors["distilled"].collapsed.all()
    assert not snapshots[-1].actors["alone"].collapsed.any()


@pytest.mark.parametrize(
    "query", ["epochs=30", "label_noise=.5&labels=0&epochs=20", "dataset=blobs&labels=20", "alpha=0"]
)
def test_students_that_have_learned_something_have_not_collapsed(query):
    last = run_of(Experiment.from_query(query).replace(teacher="32", teacher_epochs=5))[-1].actors
    assert not any(actor.collapsed.any() for actor in last.values())


# The claims


@pytest.fixture(scope="module")
def gain():
    """How much ten distilled students beat those alone, in accuracy on the digits: a function of the experiment."""
    teachers = {}

    def measured(**fields):
        last = run_of(Experiment(seeds=10, **fields), teachers=teachers)[-1].actors
        return paired_difference(last["distilled"].test_accuracy, last["alone"].test_accuracy)

    return measured


def test_with_few_labels_distillation_wins_clearly(gain):
    assert gain(labels=100).low > 0.01


def test_with_all_labels_distillation_does_not_win_clearly(gain):
    result = gain(labels=0, epochs=20)  # 420 steps; those with 100 labels take 200
    assert not (result.is_clear and result.mean > 0)
    assert abs(result.mean) < 0.02
