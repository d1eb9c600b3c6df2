import dataclasses
import math
import subprocess
import sys
from typing import get_args

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kd_core.data import DATASETS
from kd_core.experiment import (
    DECIDING,
    DEFAULTS,
    MAX_CHANGES,
    MAX_LAYERS,
    MAX_QUERY,
    MOST_LABELS,
    MOST_VIEWED,
    OPTIMIZERS,
    SETTINGS,
    Change,
    Experiment,
    ExperimentError,
    Part,
    text_of,
)
from kd_core.messages import LONGEST, in_short, shown
from kd_core.sources import domains
from tests.core.strategies import experiments, queries, values

INVISIBLE = "\ud800"  # a lone surrogate: no encoding has it


def errors_of(**fields):
    with pytest.raises(ExperimentError) as caught:
        Experiment(**fields)
    assert str(caught.value) == " ".join(in_short(list(caught.value.errors.values())))
    return caught.value.errors


def error_of(query):
    """The only error of a query, and its field."""
    with pytest.raises(ExperimentError) as caught:
        Experiment.from_query(query)
    assert Experiment.read(query)[1] == caught.value.errors
    ((name, sentence),) = caught.value.errors.items()
    return name, sentence


# Round trips


@given(experiments())
def test_an_experiment_survives_the_way_through_a_query(experiment):
    assert Experiment.from_query(experiment.to_query()) == experiment
    assert Experiment.from_query("?" + experiment.to_query()) == experiment


NEEDS_OTHERS = {  # fields that mean nothing by themselves, and what they need
    "target_labels": {"target": "thick", "extra": 2, "extra_kind": "noise"},
    "teacher_weights": {"teachers": 3},
    "extra_kind": {"target": "thick", "extra": 2},
}


@pytest.mark.parametrize("name", [name for name in SETTINGS if name not in ("schedule", "teacher_file")])
@given(st.data())
def test_every_field_survives_the_way_through_a_query_by_itself(name, data):
    """A query holds the field unless it is at its default, and then nothing else."""
    narrowed = {
        "labels": st.integers(10, 1297),
        "target_labels": st.just(0) | st.integers(10, 1000),
        "teacher_weights": st.sampled_from(("", "1:1:0.5", "0:0:2")),
        "target": st.sampled_from(("", *domains(DATASETS["digits"]))),
    }
    value = data.draw(narrowed.get(name, values(name)))
    others = NEEDS_OTHERS.get(name, {})
    usual = Experiment(**others) if name not in ("dataset", *DECIDING) else Experiment.read({name: value})[0]
    experiment = usual.replace(**{name: value})
    query = experiment.to_query()
    assert getattr(Experiment.from_query(query), name) == value
    start = "target" if name == "extra_kind" else DEFAULTS[name]  # where a link that names a target starts from
    written = [field for field in SETTINGS if field in others or (field == name and value != start)]
    if name == "splits" and value > DEFAULTS["seeds"]:
        written = ["seeds", "splits"]  # at least one pair for each
    assert [part.split("=")[0] for part in query.split("&") if part] == written


def test_defaults_are_left_out_of_a_query():
    assert Experiment().to_query() == ""
    assert Experiment.from_query("") == Experiment()
    assert Experiment(temperature=8).to_query() == "temperature=8"
    assert Experiment(temperature=4.0, alpha=0.1, seeds=5).to_query() == ""


def test_a_query_is_easy_to_read():
    experiment = Experiment(t_squared=False, temperature=2.0, student="64-32", schedule="3:2:0.5,7:20:1")
    assert experiment.to_query() == "student=64-32&temperature=2&t_squared=0&schedule=3:2:0.5,7:20:1"


def test_the_query_of_the_design_is_read():
    experiment = Experiment.from_query("dataset=digits&student=16&temperature=4")
    assert (experiment.dataset, experiment.student, experiment.temperature) == ("digits", "16", 4.0)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("labels=0100", "labels", 100),
        ("student=064-08", "student", "64-8"),
        ("alpha=.5", "alpha", 0.5),
        ("alpha=-0", "alpha", 0.0),
        ("temperature=1e1", "temperature", 10.0),
        ("t_squared=off", "t_squared", False),
        ("t_squared=TRUE", "t_squared", True),
        ("seeds=٣", "seeds", 3),  # an Arabic three is a digit as any other
        ("student=٣٢", "student", "32"),
        ("student=c08-016", "student", "c8-16"),
        ("schedule=05:4.0:.5", "schedule", "5:4:0.5"),
    ],
)
def test_ways_to_write_a_value_are_one_value(text, name, value):
    assert getattr(Experiment.from_query(text), name) == value
    assert Experiment.from_query(text) == Experiment(**{name: value})


def test_values_have_the_type_of_their_field():
    experiment = Experiment(temperature=4, labels="50", epochs=7.0, t_squared="0", student=16)
    assert [type(getattr(experiment, name)) for name in SETTINGS] == [type(value) for value in DEFAULTS.values()]
    assert experiment == Experiment(labels=50, epochs=7, t_squared=False)


def test_of_a_field_given_twice_the_last_counts():
    assert Experiment.from_query("labels=20&labels=30").labels == 30
    assert error_of("labels=30&labels=banana")[0] == "labels"


def test_equal_experiments_are_one_key():
    assert len({Experiment(), Experiment(temperature=4), Experiment.from_query("temperature=4.0")}) == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        Experiment().labels = 7


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.booleans())
def test_text_reads_back_to_the_same_value(value):
    assert type(value)(float(text_of(value)) if isinstance(value, float) else int(text_of(value))) == value


# Errors


@pytest.mark.parametrize(
    ("query", "allowed"),
    [
        ("temperature=0", "a number from 1 to 20"),
        ("temperature=20.01", "a number from 1 to 20"),
        ("temperature=nan", "a number from 1 to 20"),
        ("temperature=inf", "a number from 1 to 20"),
        ("temperature=-inf", "a number from 1 to 20"),
        ("temperature=1e400", "a number from 1 to 20"),
        ("temperature=", "a number from 1 to 20"),
        ("temperature=²", "a number from 1 to 20"),
        ("temperature=warm", "a number from 1 to 20"),
        ("alpha=2", "a number from 0 to 1"),
        ("alpha=-0.001", "a number from 0 to 1"),
        ("alpha=nan", "a number from 0 to 1"),
        ("alpha=1,5", "a number from 0 to 1"),
        ("noise=2", "a number from 0 to 1"),
        ("label_noise=1", "a number from 0 to 0.9"),
        ("learning_rate=0", "a number from 1e-05 to 1000"),
        ("student=banana", "up to 3 layers of 1 to 1024 units"),
        ("student=", "up to 3 layers of 1 to 1024 units"),
        ("student=0", "up to 3 layers of 1 to 1024 units"),
        ("student=1025", "up to 3 layers of 1 to 1024 units"),
        ("student=16-", "up to 3 layers of 1 to 1024 units"),
        ("student=-16", "up to 3 layers of 1 to 1024 units"),
        ("student=8-8-8-8", "up to 3 layers of 1 to 1024 units"),
        ("student=c8-c8-c8-c8", "up to 3 convolutions of 1 to 64 channels, then"),
        ("student=c65", "up to 3 convolutions of 1 to 64 channels, then"),
        ("student=c0", "up to 3 convolutions of 1 to 64 channels, then"),
        ("student=c", "up to 3 convolutions of 1 to 64 channels, then"),
        ("student=C8", "up to 3 convolutions of 1 to 64 channels, then"),
        ("student=8-c8", "up to 3 convolutions of 1 to 64 channels, then"),
        ("student=²", "up to 3 layers of 1 to 1024 units"),
        ("teacher=" + "9" * 4000, "up to 3 layers of 1 to 1024 units"),
        ("seeds=10000", "a whole number from 1 to 20"),
        ("seeds=0", "a whole number from 1 to 20"),
        ("seeds=2.5", "a whole number from 1 to 20"),
        ("seeds=²", "a whole number from 1 to 20"),
        ("seeds=nan", "a whole number from 1 to 20"),
        ("seeds=", "a whole number from 1 to 20"),
        ("seed=-1", "a whole number from 0 to 2147483647"),
        ("seed=" + "9" * 4000, "a whole number from 0 to 2147483647"),
        ("seed=2147483648", "a whole number from 0 to 2147483647"),
        ("epochs=0x10", "a whole number from 1 to 500"),
        (f"labels={MOST_LABELS + 1}", f"a whole number from 0 to {MOST_LABELS}"),
        ("labels=-1", f"a whole number from 0 to {MOST_LABELS}"),
        ("labels=1298", "0 (all) or a whole number from 10 (one a class) to 1297"),
        ("labels=9", "0 (all) or a whole number from 10 (one a class) to 1297"),
        ("dataset=banana", "one of " + ", ".join(DATASETS)),
        ("dataset=Digits", "one of " + ", ".join(DATASETS)),
        ("dataset=", "one of " + ", ".join(DATASETS)),
        ("optimizer=lion", "one of " + ", ".join(OPTIMIZERS)),
        ("t_squared=2", "1 (on) or 0 (off)"),
        ("t_squared=", "1 (on) or 0 (off)"),
        ("schedule=banana", "entries epoch:temperature:alpha joined by commas"),
        ("banana=1", "there is no field banana; those most like it are "),
        ("=1", "there is no field ; those most like it are "),
        ("Temperature=4", "there is no field Temperature; those most like it are temperature, "),
    ],
)
def test_an_error_names_the_field_the_value_and_what_is_allowed(query, allowed):
    name, sentence = error_of(query)
    assert name == query.partition("=")[0]
    assert sentence.startswith(f"{name}={shown(query.partition('=')[2])} is not allowed")
    assert allowed in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", None),
        ("temperature", True),
        ("temperature", 10**400),
        ("temperature", 1j),
        ("labels", None),
        ("seeds", True),
        ("labels", 10.5),
        ("labels", math.nan),
        ("labels", math.inf),
        ("labels", [100]),
        ("student", None),
        ("student", (16,)),
        ("student", 16.0),
        ("dataset", None),
        ("dataset", ["digits"]),
        ("t_squared", None),
        ("t_squared", 0.5),
        ("schedule", None),
        ("schedule", 5),
        ("seed", "9" * 5000),  # more digits than Python turns into a number
        ("teacher", "9" * 5000),
        ("schedule", "1:4:0.5," * 10**5),
    ],
)
def test_a_value_of_the_wrong_type_is_an_error_of_its_field(name, value):
    assert list(errors_of(**{name: value})) == [name]


def test_all_errors_are_told_at_once():
    errors = errors_of(temperature=0, alpha=2, student="banana", seeds=10000)
    assert list(errors) == ["student", "temperature", "alpha", "seeds"]
    with pytest.raises(ExperimentError) as caught:
        Experiment.from_query("temperature=0&banana=1&seeds=")
    assert caught.value.errors.keys() == {"temperature", "banana", "seeds"}


@pytest.mark.parametrize("name", DATASETS)
def test_labels_fit_the_data_set(name):
    classes, size = DATASETS[name].classes, DATASETS[name].train_size
    for labels in (0, classes, size):
        assert Experiment(dataset=name, labels=labels).labels == labels
    for labels in (1, classes - 1, *([size + 1] if size < MOST_LABELS else [])):
        sentence = errors_of(dataset=name, labels=labels)["labels"]
        assert sentence.startswith(f"labels={labels} is not allowed with dataset={name}")
        assert f"{classes} (one a class) to {size}" in sentence


def test_every_setting_has_a_help_a_range_and_an_allowed_default():
    for name, setting in SETTINGS.items():
        assert setting.help.endswith(".")
        assert setting.allowed
        assert setting.parse(DEFAULTS[name]) == DEFAULTS[name]
        assert setting.low <= setting.high


@pytest.mark.parametrize("name", [name for name in SETTINGS if not math.isinf(SETTINGS[name].low)])
def test_both_ends_of_a_range_are_allowed_and_nothing_beyond(name):
    setting, kind = SETTINGS[name], type(DEFAULTS[name])
    for end in (setting.low, setting.high):
        assert setting.parse(end) == end
        if name == "target_labels" and end:  # there is nothing to be told of without another domain
            assert Experiment(target="thick", target_labels=end).target_labels == end
        elif name != "labels":  # no data set has so many
            assert getattr(Experiment(**{name: end}), name) == end
    below, above = (setting.low - 1, setting.high + 1) if kind is int else (setting.low - 1e-9, setting.high + 1e-9)
    for beyond in (below, above):
        assert name in errors_of(**{name: beyond})


# Reading whatever comes


def test_read_falls_back_field_by_field():
    experiment, errors = Experiment.read("temperature=99&alpha=0.5&seeds=banana&epochs=7&colour=red")
    assert experiment == Experiment(alpha=0.5, epochs=7)
    assert errors.keys() == {"temperature", "seeds", "colour"}


def test_read_takes_a_mapping_as_well():
    assert Experiment.read({"temperature": "8", "seeds": "0"})[0] == Experiment(temperature=8)
    assert Experiment.read({}) == (Experiment(), {})


def test_read_drops_labels_that_do_not_fit_the_data_set_and_keeps_the_data_set():
    experiment, errors = Experiment.read("dataset=rings&labels=1000")
    assert experiment == Experiment(dataset="rings")
    assert errors.keys() == {"labels"}


def test_a_link_to_a_data_set_starts_from_what_suits_it_and_leaves_that_out():
    for name, source in DATASETS.items():
        experiment, errors = Experiment.read({"dataset": name})
        assert not errors
        assert {field: getattr(experiment, field) for field in source.suggested} == source.suggested
        assert experiment.to_query() == (f"dataset={name}" if name != DEFAULTS["dataset"] else "")
        as_digits = Experiment(dataset=name, labels=20)  # built by hand, it starts from what every experiment does
        assert Experiment.from_query(as_digits.to_query()) == as_digits


def test_what_does_not_fit_falls_back_to_what_suits_the_data_set():
    for name in ("iris", "mnist", "digits"):
        experiment, errors = Experiment.read({"dataset": name, "labels": "99999", "temperature": "0", "epochs": "7"})
        assert errors.keys() == {"labels", "temperature"}
        assert experiment == Experiment.from_query(f"dataset={name}&epochs=7")


@pytest.mark.parametrize("name", ["rings", "wine"])
def test_a_convolution_needs_images_and_without_them_the_other_fields_are_kept(name):
    experiment, errors = Experiment.read({"dataset": name, "student": "c4", "teacher": "c8-16", "epochs": "7"})
    assert errors.keys() == {"student", "teacher"}
    assert errors["student"].startswith(f"student=c4 is not allowed with dataset={name}: a convolution needs images")
    assert experiment == Experiment.from_query(f"dataset={name}&epochs=7")


def test_networks_have_the_shape_of_the_data():
    experiment = Experiment(dataset="mnist", teacher="c8-c16-32", student="16")
    assert experiment.teacher_network.label == "14x14-c8-c16-32-10"
    assert experiment.student_network.label == "196-16-10"
    assert experiment.source is DATASETS["mnist"]


def test_read_drops_a_schedule_that_outlasts_the_run():
    experiment, errors = Experiment.read("epochs=5&schedule=5:4:0.5")
    assert experiment == Experiment(epochs=5)
    assert "its epochs lie within the run, 1 to 4" in errors["schedule"]


@given(st.text(st.characters()) | queries())
@example(f"student={INVISIBLE}&{INVISIBLE}=%ff")
@example("labels=" + "9" * 5000)
@example("&&==&%&;?")
def test_read_never_raises_and_what_it_returns_round_trips(query):
    experiment, errors = Experiment.read(query)
    assert Experiment.from_query(experiment.to_query()) == experiment
    if len(query) > MAX_QUERY:
        assert list(errors) == ["query"]
    else:
        assert all(sentence.startswith(f"{shown(name)}=") for name, sentence in errors.items())
    if errors:
        with pytest.raises(ExperimentError) as caught:
            Experiment.from_query(query)
        assert caught.value.errors == errors
    else:
        assert Experiment.from_query(query) == experiment


@given(st.dictionaries(st.sampled_from(list(SETTINGS)) | st.text(), st.text(st.characters())))
def test_read_never_raises_on_a_mapping(fields):
    experiment, errors = Experiment.read(fields)
    assert Experiment.from_query(experiment.to_query()) == experiment
    assert errors.keys() >= fields.keys() - SETTINGS.keys()


# What is too long


def test_a_query_that_is_too_long_is_not_read_and_one_sentence_says_so():
    for query in ("temperature=8&x=" + "&" * MAX_QUERY, {"temperature": "8", "x": "1" * MAX_QUERY}):
        experiment, errors = Experiment.read(query)
        assert experiment == Experiment()
        assert list(errors) == ["query"]
        assert "at most 5120 are allowed" in errors["query"]
    assert not Experiment.read("&" * MAX_QUERY)[1]


def test_the_longest_experiment_fits_into_a_query():
    long, images = 1 / 3, max((name for name, source in DATASETS.items() if source.image), key=len)
    everything = Experiment(
        dataset=images,
        labels=MOST_VIEWED,
        **dict.fromkeys(("noise", "label_noise", "teacher_dropout", "teacher_label_smoothing"), long),
        **dict.fromkeys(("teacher", "student"), "c64-c64-c63-1024-1024-1023"),
        teacher_epochs=200,
        **dict.fromkeys(("test_noise", "student_dropout", "weight_decay", "teacher_clip"), 0.01 * long),
        validation=0.5 * long,
        target="inverted",
        target_labels=1000,
        teacher_kind="boosting+histogram+logistic+network+forest+knn+svm",
        teachers=17,
        teacher_weights=":".join(["987.654"] * 39),
        teacher_mean="probabilities",
        teacher_trees=1000,
        teacher_depth=50,
        teacher_neighbours=100,
        teacher_c=999 + long,
        teacher_shift=3,
        extra=20,
        extra_kind="mixup",
        shift=3,
        shift_view="clean",
        temperature=19 + long,
        alpha=2.2250738585072014e-308,
        t_squared=False,
        epochs=500,
        batch_size=512,
        learning_rate=999 + long,
        optimizer="adamw",
        seeds=20,
        splits=20,
        seed=2**31 - 1,
        schedule=",".join(f"{440 + i}:{19 + long!r}:2.2250738585072014e-308" for i in range(MAX_CHANGES)),
    )
    query = everything.to_query()
    assert query.count("=") >= len(SETTINGS) - 2  # one data set is the default's, and no file of answers is there
    for written in (query, query.replace(":", "%3A").replace(",", "%2C")):
        assert len(written) <= MAX_QUERY
        assert Experiment.from_query(written) == everything


def test_of_many_wrong_fields_the_first_are_told_and_how_many_there_are_more():
    with pytest.raises(ExperimentError) as caught:
        Experiment.from_query("&".join(f"x{i}=1" for i in range(300)) + "&alpha=2&temperature=0")
    assert len(caught.value.errors) == 302
    assert len(str(caught.value)) <= LONGEST
    assert str(caught.value) == (
        "temperature=0 is not allowed: temperature is a number from 1 to 20. "
        "alpha=2 is not allowed: alpha is a number from 0 to 1. "
        "x0=1 is not allowed: there is no field x0; those most like it are extra, extra_kind, weight_decay. "
        "Also wrong: 299 more."
    )


# The schedule


def test_a_schedule_says_what_is_heard_when():
    experiment = Experiment(temperature=2, alpha=0.5, schedule="3:8:0.25,10:1:1")
    assert experiment.changes == (Change(3, 8.0, 0.25), Change(10, 1.0, 1.0))
    heard = [experiment.heard_at(epoch) for epoch in (0, 2, 3, 9, 10, 99)]
    assert heard == [(2, 0.5), (2, 0.5), (8, 0.25), (8, 0.25), (1, 1), (1, 1)]
    assert experiment.settled == Experiment(temperature=1, alpha=1)


@pytest.mark.parametrize(
    "schedule",
    [
        "0:4:0.5",
        "-1:4:0.5",
        "5:4:0.5,5:3:0.5",
        "7:4:0.5,5:4:0.5",
        "5:0:0.5",
        "5:21:0.5",
        "5:4:1.5",
        "5:nan:0.5",
        "5:4:nan",
        "5:inf:0",
        "1.5:4:0.5",
        "5:4",
        "5:4:0.5:1",
        "5:4:0.5,",
        ",",
        ":",
        "²:4:0.5",
        "9" * 5000 + ":4:0.5",
        ",".join(f"{epoch}:4:0.5" for epoch in range(1, MAX_CHANGES + 2)),
    ],
)
def test_a_schedule_that_is_not_allowed_is_refused_with_what_is(schedule):
    sentence = errors_of(schedule=schedule, epochs=500)["schedule"]
    assert sentence.startswith(f"schedule={shown(schedule)} is not allowed: schedule is up to {MAX_CHANGES} entries")


@pytest.mark.parametrize(("epoch", "is_allowed"), [(1, True), (9, True), (10, False), (10**30, False)])
def test_a_schedule_lies_within_the_run(epoch, is_allowed):
    experiment, errors = Experiment.read(f"epochs=10&schedule={epoch}:4:0.5")
    assert bool(experiment.schedule) == is_allowed
    assert is_allowed or "its epochs lie within the run, 1 to 9" in errors["schedule"]


def test_a_full_schedule_is_allowed():
    schedule = ",".join(f"{epoch}:4:0.5" for epoch in range(1, MAX_CHANGES + 1))
    assert len(Experiment(schedule=schedule).changes) == MAX_CHANGES


moves = st.tuples(st.integers(0, 12), st.floats(1, 20), st.floats(0, 1))


@given(st.lists(moves, max_size=6).map(sorted))
def test_steering_is_heard_from_its_epoch_on(steps):
    experiment, expected = Experiment(epochs=10), {}
    for epoch, temperature, alpha in steps:
        experiment = experiment.steered(epoch, temperature=temperature, alpha=alpha)
        expected |= dict.fromkeys(range(epoch, 10), (temperature, alpha))
    heard = {epoch: experiment.heard_at(epoch) for epoch in range(10)}
    assert heard == dict.fromkeys(range(10), (4.0, 0.1)) | expected
    assert experiment.settled.heard_at(0) == heard[9]
    assert experiment.settled.schedule == ""
    assert Experiment.from_query(experiment.to_query()) == experiment


def test_steering_at_the_start_is_starting_with_other_values():
    assert Experiment(schedule="5:8:1").steered(0, temperature=2, alpha=0) == Experiment(temperature=2, alpha=0)


def test_steering_drops_what_was_to_come_later():
    experiment = Experiment(schedule="3:8:0.5,7:2:0.5,9:1:1")
    assert experiment.steered(7, temperature=5, alpha=0).schedule == "3:8:0.5,7:5:0"


def test_steering_to_what_is_heard_already_is_no_change():
    assert Experiment().steered(5, temperature=4, alpha=0.1) == Experiment()
    assert Experiment(schedule="3:8:0.5").steered(3, temperature=4, alpha=0.1) == Experiment()


def test_steering_after_the_end_changes_nothing():
    experiment = Experiment(epochs=10)
    assert experiment.steered(10, temperature=8, alpha=1) is experiment


# What follows from the fields


def test_widths_run_from_the_features_to_the_classes():
    assert Experiment(teacher="256-256").teacher_widths == (64, 256, 256, 10)
    assert Experiment(dataset="blobs", student="16-8").student_widths == (2, 16, 8, 4)


@pytest.mark.parametrize("name", [name for name in SETTINGS if name != "teacher_file"])  # a file has to be there
def test_the_teacher_depends_on_its_own_fields_the_data_and_the_seed_only(name):
    other = {
        "dataset": "rings",
        "noise": 0.5,
        "teacher": "8",
        "teacher_epochs": 3,
        "teacher_dropout": 0.5,
        "teacher_label_smoothing": 0.1,
        "seed": 1,
        "splits": 2,
        "test_noise": 0.5,
        "target": "thick",
        "target_labels": 20,
        "teacher_kind": "forest",
        "teachers": 2,
        "teacher_weights": "2",
        "teacher_mean": "probabilities",
        "teacher_trees": 7,
        "teacher_depth": 7,
        "teacher_neighbours": 7,
        "teacher_c": 7.0,
        "teacher_clip": 0.1,
        "teacher_shift": 1,
    }
    mine = {
        "extra": 2,
        "extra_kind": "mixup",
        "shift": 1,
        "shift_view": "clean",
        "student_dropout": 0.5,
        "weight_decay": 0.5,
        "validation": 0.5,
        "labels": 50,
        "label_noise": 0.5,
        "student": "8",
        "temperature": 8,
        "alpha": 0.5,
        "t_squared": False,
        "epochs": 7,
        "batch_size": 32,
        "learning_rate": 0.1,
        "optimizer": "sgd",
        "seeds": 2,
        "schedule": "3:4:0.5",
    }
    start = Experiment(target="thick") if name == "target_labels" else Experiment()
    changed = start.replace(**{name: (other | mine)[name]})
    assert changed != start
    teacher = ("data", "teacher")
    assert (changed.key(*teacher) != start.key(*teacher)) == (name in other)


def test_every_setting_belongs_to_one_part_of_a_run_and_keys_follow_from_that():
    parts = get_args(Part)
    assert {setting.part for setting in SETTINGS.values()} == set(parts)
    assert sorted(map(str, Experiment().key(*parts))) == sorted(map(str, DEFAULTS.values()))
    assert Experiment().key("loss") == (4.0, 0.1, True, "")
    assert Experiment().key() == ()


def test_replace_checks_what_it_makes():
    assert Experiment().replace(temperature=8) == Experiment(temperature=8)
    with pytest.raises(ExperimentError, match="alpha=2 is not allowed"):
        Experiment().replace(alpha=2)


def test_no_more_hidden_layers_are_drawn_than_are_allowed():
    assert len(Experiment(student="-".join(["8"] * MAX_LAYERS)).student_widths) == MAX_LAYERS + 2


# The import


@pytest.mark.parametrize(
    "statement",
    [
        "import kd_core",
        "from kd_core import DATASETS, DivergenceError, Experiment, Measures, Snapshot, load_dataset",
        "import kd_core.metrics, kd_core.models",
        "import kd_core; kd_core.Experiment.from_query('labels=50').to_query()",
    ],
)
def test_the_import_is_light(statement):
    heavy = "{'torch', 'sklearn', 'streamlit', 'plotly', 'pandas', 'distributed', 'tqdm'}"
    code = f"import sys; {statement}; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_names_that_need_torch_load_when_first_used():
    code = "import kd_core; assert kd_core.soften and kd_core.run and kd_core.distillation_loss and kd_core.Steer"
    subprocess.run([sys.executable, "-c", code], check=True)
    import kd_core

    assert all(getattr(kd_core, name) is not None for name in kd_core.__all__)
    with pytest.raises(AttributeError, match="'kd_core' has no attribute 'banana'"):
        _ = kd_core.banana


# Splits


def test_every_split_holds_a_pair_so_seeds_are_raised_to_splits():
    assert Experiment(splits=10).seeds == 10
    assert Experiment(splits=10) == Experiment.from_query("splits=10&seeds=10")
    assert Experiment(splits=4, seeds=7).seeds == 7


def test_each_split_is_an_experiment_of_its_own_with_its_share_of_the_pairs():
    experiment = Experiment(splits=3, seeds=7, temperature=8.0, seed=5)
    parts = experiment.by_split
    assert [part.seeds for part in parts] == [3, 2, 2]
    assert [part.splits for part in parts] == [1, 1, 1]
    assert parts[0] == experiment.replace(splits=1, seeds=3)
    assert {part.replace(seed=5, seeds=3) for part in parts} == {parts[0]}
    assert [experiment.split_of(pair) for pair in range(7)] == [0, 1, 2, 0, 1, 2, 0]
    assert experiment.seeds_of([4, 0]) == [parts[1].seed, parts[0].seed]


def test_more_splits_keep_those_there_were_and_neighbouring_seeds_share_none():
    few, many = (Experiment(splits=splits).by_split for splits in (3, 20))
    assert [part.seed for part in few] == [part.seed for part in many[:3]]
    drawn = [part.seed for seed in range(20) for part in Experiment(splits=20, seed=seed).by_split]
    assert len(set(drawn)) == 400


def test_the_data_of_a_split_are_those_of_its_own_experiment():
    experiment = Experiment(splits=2, noise=0.1)
    for data, part in zip(experiment.load_splits(), experiment.by_split, strict=True):
        np.testing.assert_array_equal(data.test_inputs, part.load_data().test_inputs)
