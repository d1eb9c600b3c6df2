"""Early stopping: every student ends with the weights of the epoch that was best on its validation examples."""

from __future__ import annotations

import torch
from torch import Tensor

from kd_core.cohort import Cohort


class Best:
    """The best weights so far of each of K members (Prechelt 1998): all train on, each is put back in the end.

    A cohort has one length, whoever is done: what would be saved is not, but no member influences another.
    """

    def __init__(self, cohort: Cohort) -> None:
        self._cohort, self._kept = cohort, [tensor.clone() for layer in cohort.layers for tensor in layer]
        members = len(cohort.layers[0][0])
        self._error = torch.full((members,), 1.0, device=cohort.parameters.device)
        self.epochs = torch.zeros(members, dtype=torch.int64, device=cohort.parameters.device)

    def look(self, error: Tensor, epoch: int) -> None:
        """Keep what is no worse, given each member's error (K,), a share: few examples tell many epochs alike."""
        better = error <= self._error
        self._error, self.epochs = torch.where(better, error, self._error), torch.where(better, epoch, self.epochs)
        for kept, now in zip(self._kept, self._now(), strict=True):
            kept[better] = now[better]

    def restore(self) -> None:
        """Put the best weights back."""
        for kept, now in zip(self._kept, self._now(), strict=True):
            now.copy_(kept)

    def _now(self) -> list[Tensor]:
        return [tensor for layer in self._cohort.layers for tensor in layer]
