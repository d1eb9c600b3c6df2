"""The parts of a training step, each once as it should be and once for every bug: plain torch, as people write it.

A batch of one student: logits (N, C), labels (N,), T and alpha numbers. A page shows these functions as they stand,
two side by side: so they are short, say nothing of types, and a buggy one differs from its correct one in the bug only.
`bugs` lists them; `runs` trains with them.
"""

# mypy: allow-untyped-defs

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  (everybody's name for it)
from torch import nn

# What the student is told --------------------------------------------------------------------------------------------


def loss(student_logits, teacher_logits, labels, temperature, alpha):
    log_q = F.log_softmax(student_logits / temperature, dim=-1)
    p = F.softmax(teacher_logits / temperature, dim=-1)
    soft = F.kl_div(log_q, p, reduction="batchmean")
    hard = F.cross_entropy(student_logits, labels)
    return alpha * hard + (1 - alpha) * temperature**2 * soft


def raw_logits(student_logits, teacher_logits, labels, temperature, alpha):
    log_q = student_logits / temperature
    p = F.softmax(teacher_logits / temperature, dim=-1)
    soft = F.kl_div(log_q, p, reduction="batchmean")
    hard = F.cross_entropy(student_logits, labels)
    return alpha * hard + (1 - alpha) * temperature**2 * soft


def probabilities(student_logits, teacher_logits, labels, temperature, alpha):
    log_q = F.softmax(student_logits / temperature, dim=-1)
    p = F.softmax(teacher_logits / temperature, dim=-1)
    soft = F.kl_div(log_q, p, reduction="batchmean")
    hard = F.cross_entropy(student_logits, labels)
    return alpha * hard + (1 - alpha) * temperature**2 * soft


def t_student_only(student_logits, teacher_logits, labels, temperature, alpha):
    log_q = F.log_softmax(student_logits / temperature, dim=-1)
    p = F.softmax(teacher_logits, dim=-1)
    soft = F.kl_div(log_q, p, reduction="batchmean")
    hard = F.cross_entropy(student_logits, labels)
    return alpha * hard + (1 - alpha) * temperature**2 * soft


def double_softmax(student_logits, teacher_logits, labels, temperature, alpha):
    log_q = F.log_softmax(student_logits / temperature, dim=-1)
    p = F.softmax(teacher_logits / temperature, dim=-1)
    soft = F.kl_div(log_q, p, reduction="batchmean")
    hard = F.cross_entropy(F.softmax(student_logits, dim=-1), labels)
    return alpha * hard + (1 - alpha) * temperature**2 * soft


def batch_axis(student_logits, teacher_logits, labels, temperature, alpha):
    log_q = F.log_softmax(student_logits / temperature, dim=0)
    p = F.softmax(teacher_logits / temperature, dim=0)
    soft = F.kl_div(log_q, p, reduction="batchmean")
    hard = F.cross_entropy(student_logits, labels)
    return alpha * hard + (1 - alpha) * temperature**2 * soft


def no_t_squared(student_logits, teacher_logits, labels, temperature, alpha):
    log_q = F.log_softmax(student_logits / temperature, dim=-1)
    p = F.softmax(teacher_logits / temperature, dim=-1)
    soft = F.kl_div(log_q, p, reduction="batchmean")
    hard = F.cross_entropy(student_logits, labels)
    return alpha * hard + (1 - alpha) * soft


def t_teacher_only(student_logits, teacher_logits, labels, temperature, alpha):
    log_q = F.log_softmax(student_logits, dim=-1)
    p = F.softmax(teacher_logits / temperature, dim=-1)
    soft = F.kl_div(log_q, p, reduction="batchmean")
    hard = F.cross_entropy(student_logits, labels)
    return alpha * hard + (1 - alpha) * temperature**2 * soft


def mean_reduction(student_logits, teacher_logits, labels, temperature, alpha):
    log_q = F.log_softmax(student_logits / temperature, dim=-1)
    p = F.softmax(teacher_logits / temperature, dim=-1)
    soft = F.kl_div(log_q, p, reduction="mean")
    hard = F.cross_entropy(student_logits, labels)
    return alpha * hard + (1 - alpha) * temperature**2 * soft


def alpha_swapped(student_logits, teacher_logits, labels, temperature, alpha):
    log_q = F.log_softmax(student_logits / temperature, dim=-1)
    p = F.softmax(teacher_logits / temperature, dim=-1)
    soft = F.kl_div(log_q, p, reduction="batchmean")
    hard = F.cross_entropy(student_logits, labels)
    return (1 - alpha) * hard + alpha * temperature**2 * soft


def argmax(student_logits, teacher_logits, labels, temperature, alpha):
    log_q = F.log_softmax(student_logits / temperature, dim=-1)
    p = F.softmax(teacher_logits / temperature, dim=-1)
    soft = F.nll_loss(log_q, p.argmax(dim=-1))
    hard = F.cross_entropy(student_logits, labels)
    return alpha * hard + (1 - alpha) * temperature**2 * soft


def raw_outputs(student_logits, teacher_logits, labels, temperature, alpha):
    log_q = student_logits
    p = teacher_logits
    soft = nn.KLDivLoss()(log_q, p)
    hard = F.cross_entropy(student_logits, labels)
    return alpha * hard + (1 - alpha) * temperature**2 * soft


def log_target(student_logits, teacher_logits, labels, temperature, alpha):
    log_q = F.log_softmax(student_logits / temperature, dim=-1)
    p = F.log_softmax(teacher_logits / temperature, dim=-1)
    soft = F.kl_div(log_q, p, reduction="batchmean")
    hard = F.cross_entropy(student_logits, labels)
    return alpha * hard + (1 - alpha) * temperature**2 * soft


# Where the teacher's logits are kept: (n, C) in the order of the data; a shuffled batch holds the examples `ids` -----


def look_up(teacher_cache, ids, start):
    return teacher_cache[ids]


def out_of_step(teacher_cache, ids, start):
    return teacher_cache[start : start + len(ids)]


# Who answers ---------------------------------------------------------------------------------------------------------


def forward(student, teacher, inputs):
    teacher.eval()
    with torch.no_grad():
        teacher_logits = teacher(inputs)
    return student(inputs), teacher_logits


def train_mode(student, teacher, inputs):
    with torch.no_grad():
        teacher_logits = teacher(inputs)
    return student(inputs), teacher_logits


def itself(student, teacher, inputs):
    teacher.eval()
    with torch.no_grad():
        teacher_logits = student(inputs)
    return student(inputs), teacher_logits
