"""The convolutions of a cohort: those of all members at once, forward and backward.

Channels of all members lie beside one another, (N, K * channels, height, width), and one grouped convolution serves
them all. In memory channels come last. Pooling is written out in slices of the image: torch's own took ten times as
long for a single network of 32 channels (14 x 14, batch 128, one thread), and as long for ten of 8.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import conv2d

from kd_core.models import KERNEL, POOL, Layer, Shape

Weights = tuple[Tensor, Tensor]  # of a layer: (K, channels, 9 * channels before) and (K, channels, 1)
Chosen = tuple[Tensor, Tensor, Tensor]  # right of the upper two, right of the lower two, lower of those


class Maps(NamedTuple):
    """What the way back needs of one convolution.

    inputs (N, groups * channels before, H, W); chosen, the pixels that pooling took; outputs (N, K * channels, H / 2,
    W / 2), after pooling and ReLU.
    """

    inputs: Tensor
    chosen: Chosen | None
    outputs: Tensor


def forward(
    inputs: Tensor, shape: Shape, layers: Sequence[Layer], weights: Sequence[Weights], *, learns: bool = True
) -> list[Maps]:
    """The maps of every layer for images (S, features, N) of that shape, those of each group of members.

    Where nothing is learned from them, it is not kept which pixels were chosen: ten networks of c4-c8 then look at 1000
    images of 14 x 14 in 23 ms instead of 41.
    """
    groups, _, examples = inputs.shape
    channels, height, width = shape
    images = inputs.permute(2, 0, 1).reshape(examples, groups * channels, height, width)
    before, done = images.contiguous(memory_format=torch.channels_last), []
    for layer, (weight, bias) in zip(layers, weights, strict=True):
        convolved = conv2d(before, _kernels(weight, layer), bias.flatten(), padding=KERNEL // 2, groups=groups)
        pooled, chosen = pool(convolved) if learns else (largest(convolved), None)
        done.append(Maps(before, chosen, pooled.relu_()))  # after pooling: the same, and a quarter of the work
        groups, before = len(weight), pooled
    return done


def backward(
    maps: Sequence[Maps],
    gradient: Tensor,
    layers: Sequence[Layer],
    weights: Sequence[Weights],
    gradients: Sequence[Weights],
) -> None:
    """Fill `gradients`, given that of the loss with respect to the last layer's outputs."""
    for number in reversed(range(len(layers))):
        inputs, chosen, outputs = maps[number]
        assert chosen is not None, "these maps were made to look at only"
        layer, (weight, _), (into_weight, into_bias) = layers[number], weights[number], gradients[number]
        members, is_first = len(weight), number == 0
        groups = inputs.shape[1] // layer.inputs[0]
        gradient = torch.ops.aten.threshold_backward(gradient, outputs, 0)
        # Every output passes on to one pixel, so a channel's add up to its bias's. By a product: `sum` rounds by where
        # in memory a channel lies, and equal members would part.
        pixels = gradient.permute(0, 2, 3, 1).reshape(-1, gradient.shape[1])
        torch.mv(pixels.T, pixels.new_ones(len(pixels)), out=into_bias.view(-1))
        gradient = unpool(gradient, chosen, layer.inputs[1:])
        gradient, of_kernels, _ = torch.ops.aten.convolution_backward(
            gradient,
            inputs,
            _kernels(weight, layer),
            None,
            [1, 1],
            [KERNEL // 2, KERNEL // 2],
            [1, 1],
            False,
            [0, 0],
            groups,
            [not is_first, True, False],
        )
        into_weight.copy_(of_kernels.reshape(members, layer.kernels, -1))


def flat(maps: Tensor, members: int) -> Tensor:
    """(N, K * channels, H, W) as the units of the next layer, (K, channels * H * W, N)."""
    return maps.permute(1, 2, 3, 0).reshape(members, -1, len(maps))


def unflat(units: Tensor, like: Tensor) -> Tensor:
    """The other way round."""
    _, channels, height, width = like.shape
    images = units.reshape(channels, height, width, -1).permute(3, 0, 1, 2)
    return images.contiguous(memory_format=torch.channels_last)


def pool(images: Tensor) -> tuple[Tensor, Chosen]:
    """The largest of every 2 x 2 pixels, and which it was, the first of equal ones; an odd row or column is left out.

    (N, C, H, W) to (N, C, H // 2, W // 2).
    """
    height, width = (side // POOL * POOL for side in images.shape[2:])
    upper, lower = images[:, :, 0:height:2, :width], images[:, :, 1:height:2, :width]
    upper_right, lower_right = upper[..., 1::2] > upper[..., 0::2], lower[..., 1::2] > lower[..., 0::2]
    above, below = (torch.maximum(row[..., 0::2], row[..., 1::2]) for row in (upper, lower))
    return torch.maximum(above, below), (upper_right, lower_right, below > above)


def largest(images: Tensor) -> Tensor:
    """As `pool`, without which it was."""
    height, width = (side // POOL * POOL for side in images.shape[2:])
    rows = torch.maximum(images[:, :, 0:height:2, :width], images[:, :, 1:height:2, :width])
    return torch.maximum(rows[..., 0::2], rows[..., 1::2])


def unpool(gradient: Tensor, chosen: Chosen, sides: Shape) -> Tensor:
    """The gradient with respect to the images: each number goes to the pixel that was chosen."""
    examples, channels, height, width = gradient.shape
    shape = (examples, channels, *sides)
    covers = sides == (height * POOL, width * POOL)
    images = torch.empty(shape, memory_format=torch.channels_last)
    if not covers:
        images.zero_()
    upper_right, lower_right, is_lower = chosen
    below = gradient * is_lower
    for start, row, right in ((0, gradient - below, upper_right), (1, below, lower_right)):
        half = row * right
        line = images[:, :, start : height * POOL : POOL, : width * POOL]
        line[..., 1::2] = half
        torch.sub(row, half, out=line[..., 0::2])
    return images


def _kernels(weight: Tensor, layer: Layer) -> Tensor:
    return weight.reshape(-1, layer.inputs[0], KERNEL, KERNEL)
