"""Architectures as data: a multi-layer perceptron is the tuple of its layer widths, such as (64, 16, 10).

Counts come from the widths and need no torch; weights come from a generator.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Generator, Tensor


def parameter_count(widths: Sequence[int]) -> int:
    """Weights and biases: sum over layers of (inputs + 1) * outputs.

    >>> parameter_count((64, 16, 10))  # 65 * 16 + 17 * 10
    1210
    """
    return sum((inputs + 1) * outputs for inputs, outputs in pairwise(widths))


def multiply_accumulates(widths: Sequence[int]) -> int:
    """Multiply-accumulate operations for one example: sum over layers of inputs * outputs.

    >>> multiply_accumulates((64, 16, 10))  # 64 * 16 + 16 * 10
    1184
    """
    return sum(inputs * outputs for inputs, outputs in pairwise(widths))


def byte_count(widths: Sequence[int]) -> int:
    """Bytes of the parameters in float32."""
    return 4 * parameter_count(widths)


def initial_weights(widths: Sequence[int], generator: Generator) -> list[tuple[Tensor, Tensor]]:
    """Weight (inputs, outputs) and bias (outputs,) of each layer, uniform in +-1 / sqrt(inputs).

    That is what `torch.nn.Linear` does (He et al. 2015 with gain 1/sqrt(3)); unlike it, this takes a generator.
    """
    from torch import rand

    layers = []
    for inputs, outputs in pairwise(widths):
        bound = inputs**-0.5
        weight = rand(inputs, outputs, generator=generator).mul_(2 * bound).sub_(bound)
        bias = rand(outputs, generator=generator).mul_(2 * bound).sub_(bound)
        layers.append((weight, bias))
    return layers
