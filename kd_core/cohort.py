"""The cohort: K networks of one architecture as stacked weights, trained as one.

A student trained alone and a distilled student are two members of a cohort; so are ten seeds of each. One batched
matrix product serves them all, and no member influences another.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Generator, Tensor

from kd_core.models import initial_weights

# MKL reads this at its first product: rounding then does not depend on where in memory a member lies, so that equal
# members stay equal to the last bit.
os.environ.setdefault("MKL_CBWR", "AUTO")


class Cohort:
    """K multi-layer perceptrons with ReLU, of widths (features, ..., classes).

    All parameters of all members lie in one flat tensor, and all gradients in another: one fused optimizer call moves
    everything. `layers` holds views of the parameters, a weight (K, inputs, outputs) and a bias (K, 1, outputs) each.
    """

    def __init__(self, widths: Sequence[int], generators: Sequence[Generator]) -> None:
        """Members are initialised each from its own generator: equal generators give equal weights."""
        members = len(generators)
        shapes = [shape for i, o in pairwise(widths) for shape in ((members, i, o), (members, 1, o))]
        size = sum(torch.Size(shape).numel() for shape in shapes)
        size += -size % 16  # whole vector registers: the fused optimizer rounds a remainder in another way
        self.parameters, self.gradients = torch.zeros(size), torch.zeros(size)
        self.layers, self._gradient_layers = _views(self.parameters, shapes), _views(self.gradients, shapes)
        for member, generator in enumerate(generators):
            for (weight, bias), start in zip(self.layers, initial_weights(widths, generator), strict=True):
                weight[member], bias[member, 0] = start

    def logits(self, inputs: Tensor) -> Tensor:
        """Logits (K, N, C) of inputs (K, N, features), or of inputs (N, features) that all members share."""
        members = len(self.layers[0][0])
        return self.activations(inputs.expand(members, *inputs.shape[-2:]))[-1]

    def activations(self, inputs: Tensor, dropout: float = 0.0, generator: Generator | None = None) -> list[Tensor]:
        """The inputs (K, N, features), the output (K, N, units) of every hidden layer, and last the logits (K, N, C).

        Dropout zeroes that share of the hidden units and scales up the others, so that evaluation needs no change
        (Srivastava et al. 2014, section 10).
        """
        outputs = [inputs]
        for weight, bias in self.layers[:-1]:
            hidden = torch.baddbmm(bias, outputs[-1], weight).relu_()
            if dropout:
                hidden *= (torch.rand(hidden.shape, generator=generator) >= dropout) / (1 - dropout)
            outputs.append(hidden)
        weight, bias = self.layers[-1]
        return [*outputs, torch.baddbmm(bias, outputs[-1], weight)]

    def backward(self, activations: list[Tensor], gradient: Tensor, dropout: float = 0.0) -> None:
        """Fill `gradients`, given the gradient (K, N, C) of each member's loss with respect to its logits.

        Back-propagation through a perceptron, written out: a unit whose output was zero passes nothing on.
        """
        for layer in reversed(range(len(self.layers))):
            weight_gradient, bias_gradient = self._gradient_layers[layer]
            torch.bmm(activations[layer].transpose(1, 2), gradient, out=weight_gradient)
            torch.sum(gradient, dim=1, keepdim=True, out=bias_gradient)
            if layer:
                gradient = torch.bmm(gradient, self.layers[layer][0].transpose(1, 2))
                gradient *= (activations[layer] > 0) / (1 - dropout) if dropout else activations[layer] > 0

    def member(self, index: int) -> Cohort:
        """Member `index` as a cohort of one that shares its weights; for evaluation only."""
        one = object.__new__(Cohort)
        one.layers = [(weight[index : index + 1], bias[index : index + 1]) for weight, bias in self.layers]
        return one


def _views(flat: Tensor, shapes: Sequence[tuple[int, ...]]) -> list[tuple[Tensor, Tensor]]:
    sizes = [torch.Size(shape).numel() for shape in shapes]
    parts = [part.view(shape) for part, shape in zip(torch.split(flat[: sum(sizes)], sizes), shapes, strict=True)]
    return list(zip(parts[::2], parts[1::2], strict=True))
