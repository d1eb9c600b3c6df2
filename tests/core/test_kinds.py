import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kd_core.experiment import SETTINGS, Experiment, ExperimentError
from kd_core.kinds import KINDS, MAX_MEMBERS, PIPELINES, Member, curve, members_of, read_kinds, stages
from tests.core.strategies import kinds

DIGITS = Experiment()


def refused(field, **fields):
    with pytest.raises(ExperimentError) as caught:
        Experiment(**fields)
    assert list(caught.value.errors) == [field]
    return caught.value.errors[field]


@given(kinds())
def test_kinds_are_read_in_their_order_and_a_space_is_a_plus(text):
    assert "+".join(read_kinds(text)) == text
    assert read_kinds(text.replace("+", " ")) == read_kinds(text)


@pytest.mark.parametrize("text", ["", "+", "ridge", "network+", "forest+forest", "Network", "network,forest"])
def test_a_teacher_of_no_kind_of_an_unknown_one_or_of_one_twice_is_refused(text):
    assert "one or several of network, forest" in refused("teacher_kind", teacher_kind=text)


def test_kinds_that_are_drawn_are_there_as_often_as_is_asked():
    members = members_of(("network", "knn", "forest"), 2)
    assert members == (
        *(Member("network", number) for number in range(2)),
        Member("knn", 0),
        *(Member("forest", number) for number in range(2)),
    )


def test_every_kind_reads_settings_that_there_are_and_each_of_the_teacher_is_read_by_one():
    read = {name for kind in KINDS.values() for name in kind.settings}
    whole = {"teacher_kind", "teachers", "teacher_weights", "teacher_mean"}
    assert read | whole == {name for name, setting in SETTINGS.items() if setting.part == "teacher"}


@given(st.integers(1, 1000))
def test_stages_rise_from_1_to_the_last(trees):
    found = stages(trees)
    assert found[0] == 1
    assert found[-1] == trees
    assert list(found) == sorted(set(found))
    assert all(after <= 2.5 * before for before, after in itertools.pairwise(found))


def test_a_teacher_is_looked_at_kind_after_kind_and_the_ensemble_last():
    assert curve("network", 3, 100) == (0, 1, 2, 3)
    assert Experiment(teacher_kind="forest", teacher_trees=7).teacher_curve == (1, 2, 5, 7)
    both = Experiment(teacher_kind="network+forest+knn", teacher_epochs=2, teacher_trees=5)
    assert both.teacher_curve == (0, 1, 2, *(3, 4, 7), 8, 9)
    assert Experiment(teacher_epochs=2, teachers=3).teacher_curve == (0, 1, 2)
    assert Experiment(teacher_epochs=2, teachers=3, teacher_weights="1:0:1").teacher_curve == (0, 1, 2, 3)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=20).filter(any))
def test_weights_of_members_sum_to_one(weights):
    if len(weights) > 1:
        experiment = Experiment(teachers=len(weights), teacher_weights=":".join(map(str, weights)))
        assert sum(experiment.weights) == pytest.approx(1)
        assert [weight == 0 for weight in experiment.weights] == [weight == 0 for weight in weights]


def test_without_weights_all_members_count_alike():
    assert Experiment(teachers=4).weights == (0.25,) * 4
    assert Experiment().weights == (1.0,)


@pytest.mark.parametrize("text", ["0", "0:0", "-1:2", "nan", "1:", "1001:1", "a:b", ":"])
def test_an_ensemble_of_none_and_weights_that_are_none_are_refused(text):
    assert "an ensemble of none teaches nothing" in refused("teacher_weights", teachers=2, teacher_weights=text)


# What does not go together


def test_every_member_has_a_weight():
    assert "the teacher has 3 members" in refused("teacher_weights", teachers=3, teacher_weights="1:2")


def test_others_of_a_kind_that_is_not_drawn_would_be_the_same():
    assert "would all be the same" in refused("teachers", teacher_kind="knn", teachers=2)
    assert Experiment(teacher_kind="knn+network", teachers=2).members[-1] == Member("network", 1)


def test_members_are_not_too_many():
    text = refused("teachers", teacher_kind="network+forest+knn", teachers=20)
    assert f"would have 41 members, and at most {MAX_MEMBERS} are allowed" in text


def test_a_file_is_a_kind_and_the_kind_needs_a_file():
    assert "that kind needs a file" in refused("teacher_file", teacher_kind="file")
    assert "a teacher of the kind file" in refused("teacher_file", teacher_file="answers-" + "0" * 32)
    assert "32 hexadecimal digits" in refused("teacher_file", teacher_kind="file", teacher_file="../x")


@pytest.mark.parametrize(
    ("dataset", "target"), [("digits", "moved"), ("blobs", "thick"), ("wine", "turned"), ("mnist", "mnist")]
)
def test_a_target_that_does_not_fit_the_data_is_refused_with_those_that_do(dataset, target):
    text = refused("target", dataset=dataset, labels=20, target=target)
    assert text.startswith(f"target={target} is not allowed with dataset={dataset}: target is one of noisy, ")


def test_labels_of_the_target_need_a_target_and_one_a_class():
    assert "0, or with a target 10" in refused("target_labels", target_labels=50)
    assert "0, or with a target 10" in refused("target_labels", target="thick", target_labels=9)


@pytest.mark.parametrize("name", ["shift", "teacher_shift"])
def test_only_images_are_shifted(name):
    assert "only images can be shifted" in refused(name, dataset="rings", **{name: 1})


def test_unlabelled_examples_have_to_come_from_somewhere():
    assert "there is no other domain" in refused("extra_kind", extra=1, extra_kind="target")
    assert "no training example is left" in refused("extra_kind", extra=1, extra_kind="rest", labels=0)


def test_a_teacher_does_not_answer_for_views_of_very_many():
    for fields in ({"shift": 1}, {"extra": 1}):
        assert "of at most 10000" in refused(*fields, dataset="mnist", labels=10_001, **fields)


def test_validation_leaves_an_example_a_class():
    assert "has to be left to learn from" in refused("validation", labels=12, validation=0.5)


# Where a link starts from


@pytest.mark.parametrize("kind", PIPELINES)
def test_a_link_to_a_pipeline_starts_at_temperature_one(kind):
    experiment = Experiment.from_query(f"teacher_kind={kind}")
    assert (experiment.temperature, experiment.has_pipeline) == (1.0, True)
    assert experiment.to_query() == f"teacher_kind={kind}"
    assert Experiment.from_query(f"teacher_kind={kind}&temperature=4").temperature == 4


def test_a_plus_that_was_typed_into_an_address_by_hand_is_one():
    typed = Experiment.from_query("teacher_kind=network+forest")  # a query has a space there
    assert typed == Experiment.from_query("teacher_kind=network%2Bforest")
    assert (typed.teacher_kind, typed.temperature) == ("network+forest", 1.0)


def test_a_link_to_another_domain_starts_with_its_unlabelled_examples():
    experiment = Experiment.from_query("target=thick")
    assert (experiment.extra, experiment.extra_kind) == (5, "target")
    assert experiment.to_query() == "target=thick"
    assert Experiment.from_query("target=thick&extra=0").extra == 0
