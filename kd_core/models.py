"""Networks as data: a text such as `64-32` or `c8-c16-32`, parsed once into layers that know their shapes.

`c8` is a 3 x 3 convolution of 8 channels that keeps the size, then 2 x 2 max-pooling and ReLU; `32` is 32 units with
ReLU. The last layer, of one logit a class, is not written. One grammar for teacher and student. Counts need no torch;
weights come from a generator.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch import Generator, Tensor

MAX_LAYERS, MAX_WIDTH = 3, 1024  # of units
MAX_CONVOLUTIONS, MAX_CHANNELS = 3, 64
KERNEL, POOL = 3, 2  # pixels a side
Shape = tuple[int, ...]  # of an example: (units,), or of an image (channels, height, width)


class Layer(NamedTuple):
    """One layer: the shapes that it takes and gives; of a convolution, `outputs` is after pooling."""

    inputs: Shape
    outputs: Shape

    @property
    def is_convolution(self) -> bool:
        return len(self.outputs) > 1

    @property
    def fan_in(self) -> int:
        """Inputs of one output: all units, or 3 x 3 pixels of every channel."""
        return self.inputs[0] * KERNEL**2 if self.is_convolution else prod(self.inputs)

    @property
    def kernels(self) -> int:
        """Rows of its weight: units, or channels."""
        return self.outputs[0]

    @property
    def parameters(self) -> int:
        """Weights and biases: (fan-in + 1) * kernels."""
        return (self.fan_in + 1) * self.kernels

    @property
    def places(self) -> int:
        """At how many places every kernel is applied: once, or at each pixel that comes in."""
        return prod(self.inputs[1:]) if self.is_convolution else 1

    @property
    def multiply_adds(self) -> int:
        """For one example: fan-in * kernels at every place."""
        return self.fan_in * self.kernels * self.places

    @property
    def written(self) -> int:
        """Numbers that it writes for one example, before pooling."""
        return self.kernels * self.places


@dataclass(frozen=True)
class Architecture:
    """A network for inputs of some shape: its layers, the last of which gives the logits.

    >>> network = Architecture.of("c8-32", (1, 8, 8), 10)
    >>> [layer.outputs for layer in network.layers], parameter_count(network)  # 10 * 8 + 129 * 32 + 33 * 10
    ([(8, 4, 4), (32,), (10,)], 4538)
    """

    text: str
    shape: Shape
    layers: tuple[Layer, ...]

    @classmethod
    @lru_cache(maxsize=256)
    def of(cls, text: str, shape: Shape, classes: int) -> Architecture:
        """The network that a text describes, for inputs of a shape.

        Raises `ValueError` if the text is not allowed, and `MisfitError` if it is but the network doesn't fit the data.
        """
        layers: list[Layer] = []
        now = shape
        for channels, units in read_network(text):
            if channels:
                if len(now) < 3:
                    raise MisfitError("convolution_needs_image")
                _, height, width = now
                if min(height, width) < POOL:
                    raise MisfitError("pooled_away")
                layers.append(Layer(now, (channels, height // POOL, width // POOL)))
            else:
                layers.append(Layer(now, (units,)))
            now = layers[-1].outputs
        return cls(text, shape, (*layers, Layer(now, (classes,))))

    @property
    def convolutions(self) -> int:
        """How many of its layers are convolutions: the first ones."""
        return sum(layer.is_convolution for layer in self.layers)

    @property
    def widths(self) -> tuple[int, ...]:
        """Numbers that come in, and that every layer gives: (64, 16, 10)."""
        return (prod(self.shape), *(prod(layer.outputs) for layer in self.layers))

    @property
    def label(self) -> str:
        """As people write it, inputs and classes included: 64-16-10, or 14x14-c8-c16-10."""
        channels = f"x{self.shape[0]}" if self.shape[0] > 1 else ""
        start = "x".join(map(str, self.shape[1:])) + channels if self.convolutions else str(prod(self.shape))
        return "-".join([start, self.text, str(self.layers[-1].kernels)])


class MisfitError(ValueError):
    """A network that does not fit the data; its one argument is the kind of `Message` that says why."""


def read_network(text: str) -> list[tuple[int, int]]:
    """(channels, 0) of each convolution, then (0, units) of each hidden layer; ValueError if a text isn't allowed.

    >>> read_network("c8-32")
    [(8, 0), (0, 32)]
    """
    if not re.fullmatch(r"c?\d{1,4}(-c?\d{1,4})*", text):
        raise ValueError
    parts = text.split("-")
    found = [(int(part[1:]), 0) if part[0] == "c" else (0, int(part)) for part in parts]
    convolutions = sum(part[0] == "c" for part in parts)
    if convolutions > MAX_CONVOLUTIONS or len(parts) - convolutions > MAX_LAYERS:
        raise ValueError
    if any(part[0] == "c" for part in parts[convolutions:]):
        raise ValueError  # a convolution after units, which have no places
    if not all(1 <= channels <= MAX_CHANNELS or 1 <= units <= MAX_WIDTH for channels, units in found):
        raise ValueError
    return found


def parameter_count(network: Architecture) -> int:
    """Weights and biases: sum over layers of (fan-in + 1) * kernels.

    >>> parameter_count(Architecture.of("16", (64,), 10))  # 65 * 16 + 17 * 10
    1210
    """
    return sum(layer.parameters for layer in network.layers)


def multiply_accumulates(network: Architecture) -> int:
    """Multiply-accumulate operations for one example: sum over layers of fan-in * kernels * places.

    >>> multiply_accumulates(Architecture.of("16", (64,), 10))  # 64 * 16 + 16 * 10
    1184
    """
    return sum(layer.multiply_adds for layer in network.layers)


def byte_count(network: Architecture) -> int:
    """Bytes of the parameters in float32."""
    return 4 * parameter_count(network)


def initial_weights(layers: Sequence[Layer], generator: Generator) -> list[tuple[Tensor, Tensor]]:
    """Weight (fan-in, kernels) and bias (kernels,) of each layer, uniform in +-1 / sqrt(fan-in).

    That is what `torch.nn.Linear` and `Conv2d` do (He et al. 2015 with gain 1/sqrt(3)); unlike them, this takes a
    generator. Of a convolution, the rows are channel by channel, 3 x 3 pixels each.
    """
    from torch import rand

    drawn = []
    for layer in layers:
        bound = layer.fan_in**-0.5
        weight = rand(layer.fan_in, layer.kernels, generator=generator).mul_(2 * bound).sub_(bound)
        bias = rand(layer.kernels, generator=generator).mul_(2 * bound).sub_(bound)
        drawn.append((weight, bias))
    return drawn
