from math import prod

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kd_core import cohort as cohorts
from kd_core.cohort import Cohort
from kd_core.data import load_dataset
from kd_core.inputs import Inputs, Order
from kd_core.models import Architecture
from tests.core.helpers import generators, normal

pytestmark = pytest.mark.usefixtures("collections")


def splits_of(name, count=2, **options):
    return [load_dataset(name, seed=seed, **options) for seed in range(count)]


# Rows


def test_bytes_are_standardised_by_hand():
    pool = torch.tensor([[0, 51], [102, 255]], dtype=torch.uint8)
    rows = Inputs(pool, (0,), shift=51.0, scale=0.5).rows(torch.tensor([[1, 1, 0]]))
    assert rows.dtype == torch.float32
    assert rows.tolist() == [[[25.5, 102], [25.5, 102], [-25.5, 0]]]
    assert pool.tolist() == [[0, 51], [102, 255]]


def test_floats_that_are_features_already_stay_as_they_are():
    pool = normal(3, 2)
    assert torch.equal(Inputs(pool, (0,)).rows(torch.tensor([2, 0])), pool[[2, 0]])


@pytest.mark.parametrize("name", ["digits", "mnist", "kmnist28", "rings", "iris"])
@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_networks_are_given_the_rows_that_data_sets_tell_of(name, noise):
    splits = splits_of(name, noise=noise)
    inputs = Inputs.of(splits)
    for number, data in enumerate(splits):
        ids = inputs.ids(number, torch.from_numpy(data.test_ids))
        np.testing.assert_allclose(inputs.rows(ids), data.test_inputs, rtol=1e-6, atol=1e-6)


def test_pixels_of_a_collection_have_mean_zero_and_deviation_one():
    for name in ("mnist", "fashion28"):
        data = load_dataset(name)
        rows = data.rows(np.concatenate([data.train_ids, data.test_ids])).astype(float)
        assert rows.mean() == pytest.approx(0, abs=1e-4)
        assert rows.std() == pytest.approx(1, abs=1e-4)


# One pool


@pytest.mark.parametrize("name", ["mnist", "mnist28"])
def test_splits_that_share_a_pool_share_memory(name):
    splits = splits_of(name, 5)
    inputs = Inputs.of(splits)
    assert inputs.pool.dtype == torch.uint8
    assert {data.inputs.ctypes.data for data in splits} == {inputs.pool.data_ptr()}
    assert inputs.starts == (0,) * 5
    assert len({data.train_ids.tobytes() for data in splits}) == 5


@pytest.mark.parametrize("name", ["rings", "iris"])
def test_splits_with_inputs_of_their_own_lie_one_behind_the_other(name):
    splits = splits_of(name, 3)
    size = len(splits[0].labels)
    inputs = Inputs.of(splits)
    assert len(inputs.pool) == 3 * size
    assert inputs.starts == (0, size, 2 * size)


# The order


def streams(seeds, seed=0):
    return generators(seeds, seed)


@given(st.integers(1, 40), st.integers(1, 4), st.integers(0, 9))
def test_every_epoch_of_a_small_set_is_a_permutation_of_it(size, seeds, seed):
    order = Order(size, size, streams(seeds, seed))
    for _ in range(3):
        epoch = order.next()
        assert torch.equal(epoch.sort(dim=1).values, torch.arange(size).expand(seeds, -1))


@given(st.integers(1, 60), st.integers(1, 20), st.integers(1, 3))
def test_rounds_of_a_large_pass_part_it(examples, size, seeds):
    size = min(size, examples)
    order, rounds = Order(examples, size, streams(seeds)), examples // size
    for _ in range(2):
        epochs = torch.cat([order.next() for _ in range(rounds)], dim=1)
        assert epochs.shape == (seeds, rounds * size)
        for seen in epochs.tolist():
            assert len(set(seen)) == len(seen)
            assert set(seen) <= set(range(examples))


def test_every_pass_is_shuffled_anew_and_what_fills_no_round_is_another_part_each_time():
    order = Order(50, 20, streams(1))
    first, second = (torch.cat([order.next(), order.next()], dim=1)[0] for _ in range(2))
    assert not torch.equal(first, second)
    assert set(first.tolist()) != set(second.tolist())


def test_each_seed_has_an_order_of_its_own_that_no_other_disturbs():
    three, order = Order(30, 10, streams(3)), Order(30, 10, streams(3)[1:2])
    for _ in range(4):
        among_three = three.next()
        assert torch.equal(among_three[1:2], order.next())
        assert not torch.equal(among_three[0], among_three[1])


def test_an_order_is_what_its_stream_draws():
    stream = torch.Generator().manual_seed(7)
    drawn = torch.cat([torch.randperm(30, generator=stream) for _ in range(2)])
    order = Order(30, 10, [torch.Generator().manual_seed(7)])
    assert torch.equal(torch.cat([order.next()[0] for _ in range(6)]), drawn)


# Some at a time


@pytest.mark.parametrize(("text", "shape"), [("7", (5,)), ("c3-4", (2, 4, 4))])
@pytest.mark.parametrize("is_grouped", [False, True])
def test_logits_in_parts_equal_logits_at_once(text, shape, is_grouped, monkeypatch):
    cohort = Cohort(Architecture.of(text, shape, 4), generators(4))
    inputs = Inputs(normal(300, prod(shape)), (0,))
    ids = torch.randint(300, (2, 150) if is_grouped else (150,), generator=torch.Generator().manual_seed(1))
    at_once = cohort.logits(inputs.rows(ids))
    assert cohort.looked_at_once > 150
    monkeypatch.setattr(cohorts, "LOOK_BYTES", 1)
    assert cohort.looked_at_once == 64
    torch.testing.assert_close(inputs.logits(cohort, ids), at_once)


def test_what_is_looked_at_at_once_fits_into_its_memory():
    cohort = Cohort(Architecture.of("c8-32", (1, 28, 28), 10), generators(20))
    written = 4 * 20 * 8 * 28 * 28  # bytes for one example in the widest layer: all channels before pooling
    assert cohort.looked_at_once == max(64, cohorts.LOOK_BYTES // written)
