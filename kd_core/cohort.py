"""The cohort: K networks of one architecture as stacked weights, trained as one.

A student trained alone and a distilled student are two members of a cohort; so are ten seeds of each. One batched
matrix product serves them all, and no member influences another.

Examples lie along the LAST axis here: activations are (K, units, N). So products of a small network have N columns
and not 10, and members that share their inputs share one product in the first layer. Measured on digits (64-32-10,
batch 64, 100 members, one thread), the products of a step took 1.2 ms that way and 2.8 ms with examples first.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from kd_core import convolution
from kd_core.models import Architecture, initial_weights

# MKL reads this at its first product: rounding then does not depend on where in memory a member lies, so that equal
# members stay equal to the last bit. Intel's processors need the strict mode for that, and only they have it.
_CPU = Path("/proc/cpuinfo")
_IS_INTEL = _CPU.exists() and "GenuineIntel" in _CPU.read_text()
os.environ.setdefault("MKL_CBWR", "AUTO,STRICT" if _IS_INTEL else "AUTO")


LOOK_BYTES = 2**22  # what the widest layer may write when networks are looked at: it stays in the cache


class Layout(NamedTuple):
    """How members lie in a cohort: S seeds of M conditions each, K = S * M; member s * M + m is condition m of seed s.

    Here alone is it known; everybody else asks.
    """

    conditions: int
    seeds: int

    @property
    def members(self) -> int:
        return self.seeds * self.conditions

    def of_condition(self, condition: int) -> slice:
        """The members under one condition, seed by seed."""
        return slice(condition, None, self.conditions)

    def of_conditions(self, values: Tensor) -> Tensor:
        """What each condition has, for every member: (M, ...) to (K, ...)."""
        return values.repeat(self.seeds, *[1] * (values.dim() - 1))

    def of_seeds(self, values: Tensor) -> Tensor:
        """What each seed has, for every member: (S, ...) to (K, ...)."""
        return values.repeat_interleave(self.conditions, dim=0)

    def split(self, values: Tensor) -> Tensor:
        """What every member has, by condition and seed: (K, ...) to (M, S, ...)."""
        return values.view(self.seeds, self.conditions, *values.shape[1:]).transpose(0, 1)


class Activations(NamedTuple):
    """What a cohort computes on the way to its logits: the maps of every convolution, then units (K, units, N).

    units: what comes into the first layer of units, for inputs (S, features, N), the output of every hidden layer, and
    last the logits (K, C, N).
    """

    maps: list[convolution.Maps]
    units: list[Tensor]

    @property
    def logits(self) -> Tensor:
        return self.units[-1]


class Cohort:
    """K networks of one architecture with ReLU.

    Members come in groups that share their inputs, one behind the other: in a `Layout`, those of a seed.

    All parameters of all members lie in one flat tensor, and all gradients in another: one fused optimizer call moves
    everything. `layers` holds views of the parameters, a weight (K, outputs, inputs) and a bias (K, outputs, 1) each;
    of a convolution, (K, channels, 9 * channels before) and (K, channels, 1).
    """

    def __init__(self, network: Architecture, generators: Sequence[Generator]) -> None:
        """Members are initialised each from its own generator: equal generators give equal weights."""
        members, self.network = len(generators), network
        sizes = [(layer.kernels, layer.fan_in) for layer in network.layers]
        self._shapes = [shape for o, i in sizes for shape in ((members, o, i), (members, o, 1))]
        size = sum(torch.Size(shape).numel() for shape in self._shapes)
        size += -size % 16  # whole vector registers: the fused optimizer rounds a remainder in another way
        self._hold(torch.zeros(size), torch.zeros(size))
        for member, generator in enumerate(generators):
            for (weight, bias), start in zip(self.layers, initial_weights(network.layers, generator), strict=True):
                weight[member], bias[member, :, 0] = start[0].T, start[1]

    def _hold(self, parameters: Tensor, gradients: Tensor) -> None:
        self.parameters, self.gradients = parameters, gradients
        self.layers, self._gradient_layers = _views(parameters, self._shapes), _views(gradients, self._shapes)

    def to(self, device: torch.device) -> Cohort:
        """Move to a device; before an optimizer is made for it."""
        self._hold(self.parameters.to(device), self.gradients.to(device))
        return self

    def logits(self, inputs: Tensor) -> Tensor:
        """Logits (K, N, C) of inputs (N, features) that all share, or (S, N, features), each group its own."""
        grouped = inputs if inputs.dim() == 3 else inputs[None]
        return self.activations(grouped.transpose(1, 2), learns=False).logits.transpose(1, 2).contiguous()

    @property
    def looked_at_once(self) -> int:
        """Of how many examples the widest layer fits into `LOOK_BYTES`, inputs included."""
        widest = max(self.network.widths[0], *(layer.written for layer in self.network.layers))
        return max(64, LOOK_BYTES // (4 * len(self.layers[0][0]) * widest))

    def activations(
        self, inputs: Tensor, dropout: float = 0.0, generators: Sequence[Generator] = (), *, learns: bool = True
    ) -> Activations:
        """From inputs (S, features, N) to the logits; unless a cohort `learns`, there is no way back from there.

        Dropout zeroes that share of the hidden units, and of what the last convolution gives, and scales up the others,
        so that evaluation needs no change (Srivastava et al. 2014, section 10). Each member draws from its own
        generator, or all of a group from one, and drop the same then.
        """
        count, maps = self.network.convolutions, []
        if count:
            convolved = self.network.layers[:count], self.layers[:count]
            maps = convolution.forward(inputs, self.network.shape, *convolved, learns=learns)
            inputs = _drop(convolution.flat(maps[-1].outputs, len(self.layers[0][0])), dropout, generators)
        units = [inputs]
        for weight, bias in self.layers[count:-1]:
            units.append(_drop(_linear(weight, bias, units[-1]).relu_(), dropout, generators))
        weight, bias = self.layers[-1]
        return Activations(maps, [*units, _linear(weight, bias, units[-1])])

    def backward(self, activations: Activations, gradient: Tensor, dropout: float = 0.0) -> None:
        """Fill `gradients`, given the gradient (K, C, N) of each member's loss with respect to its logits.

        Back-propagation written out: a unit whose output was zero passes nothing on.
        """
        count = self.network.convolutions
        for layer in reversed(range(count, len(self.layers))):
            weight_gradient, bias_gradient = self._gradient_layers[layer]
            inputs = activations.units[layer - count]
            shared = (len(inputs), -1)  # the first layer's inputs are those of a group
            product = gradient.reshape(*shared, gradient.shape[-1])
            torch.bmm(product, inputs.transpose(1, 2), out=weight_gradient.view(*shared, inputs.shape[1]))
            torch.sum(gradient, dim=2, keepdim=True, out=bias_gradient)
            if layer:
                gradient = torch.bmm(self.layers[layer][0].transpose(1, 2), gradient)
            if layer > count or (dropout and count):
                gradient = torch.ops.aten.threshold_backward(gradient, inputs, 0)
                if dropout:
                    gradient /= 1 - dropout
        if count:
            convolution.backward(
                activations.maps,
                convolution.unflat(gradient, activations.maps[-1].outputs),
                self.network.layers[:count],
                self.layers[:count],
                self._gradient_layers[:count],
            )

    def member(self, index: int) -> Cohort:
        """Member `index` as a cohort of one that shares its weights; for evaluation only."""
        one = object.__new__(Cohort)
        one.network = self.network
        one.layers = [(weight[index : index + 1], bias[index : index + 1]) for weight, bias in self.layers]
        return one


def _drop(hidden: Tensor, dropout: float, generators: Sequence[Generator]) -> Tensor:
    """Zero that share of each member's units (K, units, N), and scale up the others; nothing is drawn for none."""
    if dropout:
        shape = (hidden.shape[2], hidden.shape[1])
        drawn = torch.stack([torch.rand(shape, generator=each) for each in generators]).transpose(1, 2)
        drawn = drawn.repeat_interleave(len(hidden) // len(drawn), dim=0)
        hidden *= (drawn >= dropout) / (1 - dropout)
    return hidden


def _linear(weight: Tensor, bias: Tensor, inputs: Tensor) -> Tensor:
    """(K, outputs, inputs) times (K, inputs, N); where S groups share inputs (S, inputs, N), one product a group."""
    groups = len(inputs)
    output = torch.baddbmm(bias.reshape(groups, -1, 1), weight.reshape(groups, -1, weight.shape[2]), inputs)
    return output.view(len(weight), -1, inputs.shape[2])


def _views(flat: Tensor, shapes: Sequence[tuple[int, ...]]) -> list[tuple[Tensor, Tensor]]:
    sizes = [torch.Size(shape).numel() for shape in shapes]
    parts = [part.view(shape) for part, shape in zip(torch.split(flat[: sum(sizes)], sizes), shapes, strict=True)]
    return list(zip(parts[::2], parts[1::2], strict=True))
