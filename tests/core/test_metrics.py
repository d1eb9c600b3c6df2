import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kd_core.metrics import accuracy, agreement, calibration_error, confusion_counts


def answers(seed, shape=(3, 200, 5)):
    """Logits (K, N, C) and labels (K, N), random."""
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.normal(0, 2, shape)), torch.from_numpy(rng.integers(shape[-1], size=shape[:-1]))


def logits_of(*rows):
    """Logits whose softmax is the given rows."""
    return torch.tensor(rows, dtype=torch.float64).log()


def calibration_in_numpy(probabilities, labels, bins=15):
    """Guo et al. 2017, equation 3: bins (m/M, (m+1)/M] and a loop over them."""
    confidence, right = probabilities.max(-1), probabilities.argmax(-1) == labels
    total = 0.0
    for m in range(bins):
        inside = (confidence > m / bins) & (confidence <= (m + 1) / bins)
        if inside.any():
            total += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return total


def test_accuracy_agreement_and_confusion_equal_values_worked_by_hand():
    logits = logits_of([0.6, 0.4], [0.3, 0.7], [0.9, 0.1])  # answers 0, 1, 0
    teacher = logits_of([0.1, 0.9], [0.2, 0.8], [0.7, 0.3])  # answers 1, 1, 0
    labels = torch.tensor([0, 0, 0])
    assert accuracy(logits, labels).item() == pytest.approx(2 / 3)
    assert agreement(logits, teacher).item() == pytest.approx(2 / 3)
    assert confusion_counts(logits, labels).tolist() == [[2, 1], [0, 0]]


def test_calibration_error_equals_the_value_worked_by_hand():
    # With 10 bins: .65 and .68 share a bin, one right of two: |.5 - .665| * 2/4; .95 right: .05 / 4; .55 wrong: .55 / 4
    logits = logits_of([0.65, 0.35], [0.32, 0.68], [0.05, 0.95], [0.55, 0.45])
    labels = torch.tensor([0, 0, 1, 1])
    assert calibration_error(logits, labels, bins=10).item() == pytest.approx((2 * 0.165 + 0.05 + 0.55) / 4)


def test_a_confidence_between_two_bins_belongs_to_the_lower_one():
    # Bins (0, .5] and (.5, 1]: .5 wrong and .75 right are apart, (.5 + .25) / 2; together they would be |.5 - .25| / 2
    logits = logits_of([0.5, 0.5], [0.25, 0.75])
    assert calibration_error(logits, torch.tensor([1, 1]), bins=2).item() == pytest.approx(0.375)


def test_a_certain_network_is_wrong_by_the_share_of_its_errors():
    logits = torch.tensor([[0.0, 1e4], [0.0, 1e4], [1e4, 0.0], [1e4, 0.0]])
    assert calibration_error(logits, torch.tensor([1, 1, 0, 1])).item() == pytest.approx(0.25)


@given(st.integers(0, 2**32 - 1), st.integers(1, 20))
def test_calibration_error_equals_a_loop_in_numpy(seed, bins):
    logits, labels = answers(seed)
    expected = [
        calibration_in_numpy(p.softmax(-1).numpy(), y.numpy(), bins) for p, y in zip(logits, labels, strict=True)
    ]
    np.testing.assert_allclose(calibration_error(logits, labels, bins), expected, atol=1e-12)


@given(st.integers(0, 2**32 - 1))
def test_measures_of_a_stack_equal_numpy_one_at_a_time(seed):
    logits, labels = answers(seed)
    teacher = answers(seed + 1, (200, 5))[0]
    given = logits.argmax(-1).numpy()
    np.testing.assert_allclose(accuracy(logits, labels), (given == labels.numpy()).mean(-1), rtol=1e-6)
    np.testing.assert_allclose(agreement(logits, teacher), (given == teacher.argmax(-1).numpy()).mean(-1), rtol=1e-6)
    counts = np.zeros((5, 5), int)
    np.add.at(counts, (labels.numpy().ravel(), given.ravel()), 1)
    np.testing.assert_array_equal(confusion_counts(logits, labels), counts)


def test_a_network_agrees_with_itself():
    logits, _ = answers(0)
    assert agreement(logits, logits).tolist() == [1, 1, 1]
