"""Examples as networks are given them: numbers of examples in, rows of float32 out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Generator, Tensor

from kd_core.cohort import Cohort
from kd_core.data import Dataset, Labels


@dataclass(frozen=True)
class Inputs:
    """The inputs of all splits, (P, features), as they are kept: bytes or float32; and where each split's begin.

    Splits that share their examples share them here too, so nothing is there twice, whatever the number of seeds.
    """

    pool: Tensor
    starts: tuple[int, ...]
    shift: float = 0.0
    scale: float = 1.0

    @classmethod
    def of(cls, data: Sequence[Dataset]) -> Inputs:
        first, pools = data[0], [torch.from_numpy(one.inputs) for one in data]
        if all(one.inputs is first.inputs for one in data):
            return cls(pools[0], (0,) * len(data), first.shift, first.scale)
        starts = np.cumsum([0, *map(len, pools[:-1])])
        return cls(torch.cat(pools), tuple(map(int, starts)), first.shift, first.scale)

    def ids(self, split: int, ids: Labels) -> Labels:
        """Numbers of a split's examples in the pool of all."""
        return ids + self.starts[split]

    def rows(self, ids: Tensor) -> Tensor:
        """What networks are given of these examples: (...) to (..., features) float32."""
        rows = self.pool[ids]
        if rows.dtype == torch.uint8 or (self.shift, self.scale) != (0, 1):
            rows = rows.float().sub_(self.shift).mul_(self.scale)
        return rows

    @property
    def black(self) -> float:
        """What a pixel of 0 is to a network."""
        return -self.shift * self.scale

    def to(self, device: torch.device | None) -> Inputs:
        return Inputs(self.pool.to(device), self.starts, self.shift, self.scale)

    def logits(self, cohort: Cohort, ids: Tensor) -> Tensor:
        """A cohort's logits (K, N, C) on examples (N,) that all share, or (S, N), each group its own.

        Some at a time, where inputs or activations of all would take much memory.
        """
        parts = [cohort.logits(self.rows(part)) for part in torch.split(ids, cohort.looked_at_once, dim=-1)]
        return parts[0] if len(parts) == 1 else torch.cat(parts, 1)


class Order:
    """The order in which each of S seeds passes over its n examples: every pass shuffled anew from its own stream.

    An epoch takes the next `size` of a pass; what does not fill an epoch is left out.
    """

    def __init__(self, examples: int, size: int, generators: Sequence[Generator]) -> None:
        self._examples, self._size, self._generators = examples, size, generators
        self._left: tuple[Tensor, ...] = ()

    def next(self) -> Tensor:
        """Positions (S, size) of the next epoch."""
        if not self._left:
            drawn = torch.stack([torch.randperm(self._examples, generator=each) for each in self._generators])
            whole = self._examples // self._size * self._size
            self._left = torch.split(drawn[:, :whole], self._size, dim=1)
        epoch, *left = self._left
        self._left = tuple(left)
        return epoch
