"""The distillation loss, its parts, and its gradient in closed form.

All functions take a stack: logits `(..., N, C)` hold N examples of C classes for any leading shape `(...)`, and
temperature and alpha are floats or tensors of that leading shape.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, arange, as_tensor
from torch.nn.functional import one_hot

from kd_core.snapshot import LossTerms

__all__ = ["LossTerms", "cross_entropy", "distillation_gradient", "distillation_loss", "kl", "soften"]


def soften(logits: Tensor, temperature: float | Tensor, axis: int = -1) -> Tensor:
    """Soft targets p = softmax(z / T) over the classes (Hinton, Vinyals & Dean 2015, section 2).

    Args:
        logits: (..., C), any real numbers; classes along `axis`, by default the last.
        temperature: above 0; a float, or a tensor that broadcasts against the logits. 1 is the plain softmax.
    Returns:
        (..., C), each row sums to 1; its entropy rises with T towards ln C.
    Raises:
        ValueError: if a temperature is not above 0.

    >>> from torch import tensor
    >>> soften(tensor([1.0, 9.0]).log(), temperature=2)  # 1 to 9 becomes 1 to 3, its square root
    tensor([0.2500, 0.7500])
    """
    _require_temperature(temperature)
    return (logits / temperature).softmax(axis)


def kl(teacher_logits: Tensor, student_logits: Tensor) -> Tensor:
    """KL(p || q) = sum_c p_c (ln p_c - ln q_c) of p = softmax(teacher) and q = softmax(student), in nats.

    (..., C) and (..., C) to (...). 0 exactly when the two rows differ by a constant, and above it else; in float32
    rounding can leave a nearly equal pair below 0, by a few 1e-7. It isn't clamped: a clamp has no gradient there.

    >>> from torch import tensor
    >>> kl(tensor([99.0, 0.0]), tensor([0.0, 0.0]))  # a sure teacher, a student that does not know: ln 2
    tensor(0.6931)
    """
    log_p, log_q = teacher_logits.log_softmax(-1), student_logits.log_softmax(-1)
    return (log_p.exp() * (log_p - log_q)).sum(-1)


def cross_entropy(logits: Tensor, labels: Tensor, label_smoothing: float = 0.0) -> Tensor:
    """-sum_c y_c ln softmax(z)_c in nats, with y = (1 - s) onehot(label) + s / C (Szegedy et al. 2016, section 7).

    (..., C) and (...) int64 to (...).

    >>> from torch import tensor
    >>> cross_entropy(tensor([0.0, 0.0]), tensor(1))  # two classes, no idea: ln 2
    tensor(0.6931)
    """
    log_q = logits.log_softmax(-1)
    hard = -log_q.gather(-1, labels[..., None]).squeeze(-1)
    return (1 - label_smoothing) * hard - label_smoothing * log_q.mean(-1)


def distillation_loss(
    student_logits: Tensor,
    teacher_logits: Tensor,
    labels: Tensor,
    *,
    temperature: float | Tensor,
    alpha: float | Tensor,
    t_squared: bool = True,
) -> LossTerms[Tensor]:
    """total = alpha * CE(labels, q_1) + (1 - alpha) * T^2 * KL(p_T || q_T), each a mean over N.

    p_T and q_T are the teacher's and the student's soft targets at temperature T. KL is summed over classes. The
    gradient of KL shrinks as 1 / T^2, hence the factor (Hinton, Vinyals & Dean 2015, section 2). The teacher is
    frozen: no gradient reaches its logits.

    Args:
        student_logits, teacher_logits: (..., N, C).
        labels: (..., N) int64 in 0 .. C - 1.
        temperature: above 0; a float, or a tensor of the leading shape (...).
        alpha: weight of the HARD term, in [0, 1]; 1 never hears the teacher, 0 never looks at the labels.
        t_squared: whether soft holds the factor T^2.
    Returns:
        LossTerms(total, hard, soft), each of the leading shape (...).
    Raises:
        ValueError: if shapes disagree, or temperature or alpha is out of range.

    >>> from torch import tensor, zeros
    >>> distillation_loss(zeros(1, 2), zeros(1, 2), tensor([0]), temperature=4, alpha=0.5)  # ln 2 / 2, ln 2, 0
    LossTerms(total=tensor(0.3466), hard=tensor(0.6931), soft=tensor(0.))
    """
    if student_logits.shape != teacher_logits.shape:
        raise ValueError(
            f"teacher_logits has shape {tuple(teacher_logits.shape)}: it must be that of student_logits, "
            f"{tuple(student_logits.shape)}."
        )
    if labels.shape != student_logits.shape[:-1]:
        raise ValueError(
            f"labels has shape {tuple(labels.shape)}: it must be {tuple(student_logits.shape[:-1])}, "
            "that of the logits without their last axis."
        )
    _require_temperature(temperature)
    _require_alpha(alpha)
    temperature = _per_stack("temperature", temperature, student_logits)
    alpha = _per_stack("alpha", alpha, student_logits)
    per_row = temperature[..., None, None]
    hard = cross_entropy(student_logits, labels).mean(-1)
    soft = kl(teacher_logits.detach() / per_row, student_logits / per_row).mean(-1)
    if t_squared:
        soft = temperature**2 * soft
    return LossTerms(alpha * hard + (1 - alpha) * soft, hard, soft)


class Weights(NamedTuple):
    """What the two terms of the gradient count for a batch of N examples, each (..., 1, 1).

    hard = alpha / N; soft = (1 - alpha) * T^2 * (1 / T) / N; rate = 1 / T. Where U unlabelled examples follow, the soft
    term is a mean over N + U, and hard is one for each example, (..., 1, N + U): 0 for the unlabelled ones.
    """

    hard: Tensor
    soft: Tensor
    rate: Tensor

    @classmethod
    def of(
        cls, temperature: Tensor, alpha: Tensor, examples: int, *, t_squared: bool = True, unlabelled: int = 0
    ) -> Weights:
        """For temperature and alpha of the leading shape (...); with unlabelled examples, classes lie along axis -2."""
        temperature, alpha = temperature[..., None, None], alpha[..., None, None]
        soft = (1 - alpha) * (temperature if t_squared else 1 / temperature) / (examples + unlabelled)
        hard = alpha / examples
        if unlabelled:
            hard = hard * (arange(examples + unlabelled, device=alpha.device) < examples)
        return cls(hard, soft, 1 / temperature)

    def mix(self, soft_targets: Tensor, hard_targets: Tensor) -> Tensor:
        """hard * y + soft * p_T: all of the gradient that the student has no part in, (..., N, C)."""
        return self.hard * hard_targets + self.soft * soft_targets

    def gradient(self, student_logits: Tensor, mixed_targets: Tensor, axis: int = -1) -> Tensor:
        """hard * q_1 + soft * q_T - mixed targets, (..., N, C); classes along `axis`."""
        softened = (student_logits * self.rate).softmax(axis).mul_(self.soft)
        return softened.addcmul_(student_logits.softmax(axis), self.hard).sub_(mixed_targets)


def distillation_gradient(
    student_logits: Tensor,
    soft_targets: Tensor,
    hard_targets: Tensor,
    *,
    temperature: Tensor,
    alpha: Tensor,
    t_squared: bool = True,
    axis: int = -1,
) -> Tensor:
    """Gradient of the total of `distillation_loss` with respect to the student's logits, in closed form.

    d total / d z = [alpha * (q_1 - y) + (1 - alpha) * T^2 * (1 / T) * (q_T - p_T)] / N
    (Hinton, Vinyals & Dean 2015, equation 2, with the factor T^2).

    Args:
        student_logits: (..., N, C).
        soft_targets: p_T of the teacher, (..., N, C).
        hard_targets: y, one-hot or smoothed rows, (..., N, C).
        temperature, alpha: tensors of the leading shape (...).
        axis: of the classes, -1 or -2; at -2 all of these are (..., C, N).
    Returns:
        (..., N, C); the sum over classes is 0.
    """
    examples = student_logits.shape[-2 if axis in (-1, student_logits.dim() - 1) else -1]
    weights = Weights.of(temperature, alpha, examples, t_squared=t_squared)
    return weights.gradient(student_logits, weights.mix(soft_targets, hard_targets), axis)


def hard_targets(labels: Tensor, classes: int, label_smoothing: float = 0.0) -> Tensor:
    """Rows (1 - s) onehot(label) + s / C: (...) int64 to (..., C) float32."""
    return one_hot(labels, classes).float().mul_(1 - label_smoothing).add_(label_smoothing / classes)


def _require_temperature(temperature: float | Tensor) -> None:
    if not bool(as_tensor(temperature > 0).all()):
        raise ValueError(f"temperature={temperature} is not allowed: temperature is a number above 0.")


def _require_alpha(alpha: float | Tensor) -> None:
    if not bool(as_tensor((alpha >= 0) & (alpha <= 1) if isinstance(alpha, Tensor) else 0 <= alpha <= 1).all()):
        raise ValueError(f"alpha={alpha} is not allowed: alpha is a number from 0 to 1.")


def _per_stack(name: str, value: float | Tensor, logits: Tensor) -> Tensor:
    """A number, or one number for each stacked (N, C), as a tensor of the kind of the logits."""
    tensor, leading = as_tensor(value, dtype=logits.dtype, device=logits.device), logits.shape[:-2]
    if tensor.shape not in ((), leading):
        raise ValueError(
            f"{name} has shape {tuple(tensor.shape)}: it must be a number, or a tensor of shape {tuple(leading)}, "
            "that of the logits without their last two axes."
        )
    return tensor
