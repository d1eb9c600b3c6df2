"""Measures of networks. They only call methods of the tensors they are given, so nothing here imports torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def accuracy(logits: Tensor, labels: Tensor) -> Tensor:
    """Share of examples whose largest logit is the label's: (..., N, C) and (..., N) to (...), in [0, 1].

    >>> from torch import tensor
    >>> accuracy(tensor([[3.0, 1.0], [0.0, 2.0]]), tensor([0, 0]))  # the answers are 0 and 1
    tensor(0.5000)
    """
    return (logits.argmax(-1) == labels).float().mean(-1)


def agreement(logits: Tensor, teacher_logits: Tensor) -> Tensor:
    """Share of examples on which two networks give the same answer (Stanton et al. 2021, section 3.2).

    (..., N, C) and a shape that broadcasts against it to (...), in [0, 1].

    >>> from torch import tensor
    >>> agreement(tensor([[3.0, 1.0], [0.0, 2.0]]), tensor([[1.0, 0.0], [1.0, 0.0]]))  # 0 and 1, 0 and 0
    tensor(0.5000)
    """
    return (logits.argmax(-1) == teacher_logits.argmax(-1)).float().mean(-1)


def calibration_error(logits: Tensor, labels: Tensor, bins: int = 15) -> Tensor:
    """Expected calibration error: sum over bins of (n_b / N) |accuracy_b - confidence_b|, at T = 1.

    Confidence is the top probability; bins of equal width (Guo et al. 2017, equation 3). (..., N, C) to (...).
    """
    confidence, answer = logits.softmax(-1).max(-1)
    gap = (answer == labels).float() - confidence
    bin_of = (confidence * bins).ceil().long().sub_(1).clamp_(0, bins - 1)
    summed = gap.new_zeros((*gap.shape[:-1], bins)).scatter_add_(-1, bin_of, gap)
    return summed.abs().sum(-1) / gap.shape[-1]


def one_answer(logits: Tensor) -> Tensor:
    """Whether all examples get the same answer: (..., N, C) to (...) bool.

    >>> from torch import tensor
    >>> one_answer(tensor([[3.0, 1.0], [2.0, 0.0]]))
    tensor(True)
    """
    answers = logits.argmax(-1)
    return (answers == answers[..., :1]).all(-1)


def confusion_counts(logits: Tensor, labels: Tensor) -> Tensor:
    """Counts (C, C) over all leading axes: row = true class, column = answer. (..., N, C) and (..., N)."""
    classes = logits.shape[-1]
    cell = (labels * classes + logits.argmax(-1)).flatten()
    return cell.bincount(minlength=classes * classes).reshape(classes, classes)
