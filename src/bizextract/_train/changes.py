"""What fitting changed in a network's weights, as a file a seventieth of their size.

Fine-tuning moves a matrix in few directions (Hu et al. 2022, arXiv:2106.09685): the largest of its
singular values are kept. So a teacher of 110 million weights, whose starting weights anybody can
install, is a file of some megabytes.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

__all__ = ["apply_changes", "changes_between"]

Weights = Mapping[str, Tensor]
_LEFT, _RIGHT = ".left", ".right"


def changes_between(before: Weights, after: Weights, rank: int = 16) -> dict[str, Tensor]:
    """Give what is to be added to weights, in half precision.

    Args:
        before (Mapping[str, Tensor]): The weights at the start; what they lack counts as zero.
        after (Mapping[str, Tensor]): The fitted weights.
        rank (int): How many directions of a matrix's change are kept; matrices that are new, or
            have no more than twice as many rows or columns, are kept whole. Default: 16.

    Returns:
        What `apply_changes` takes; weights that stayed the same are not in it.
    """
    changes = {}
    for name, weight in after.items():
        change = weight - before[name] if name in before else weight
        if not change.any():
            continue
        if name in before and change.dim() == 2 and min(change.shape) > 2 * rank:
            left, values, right = torch.linalg.svd(change, full_matrices=False)
            root = values[:rank].sqrt()
            changes[name + _LEFT] = (left[:, :rank] * root).half().contiguous()
            changes[name + _RIGHT] = (right[:rank].T * root).half().contiguous()
        else:
            changes[name] = change.half()
    return changes


def apply_changes(before: Weights, changes: Weights) -> dict[str, Tensor]:
    """Give weights with what `changes_between` found added to them.

    Args:
        before (Mapping[str, Tensor]): The weights at the start, left as they are.
        changes (Mapping[str, Tensor]): What is added.
    """
    after = dict(before)
    for name, change in changes.items():
        if name.endswith(_RIGHT):
            continue
        change = change.float()
        if name.endswith(_LEFT):
            name = name.removesuffix(_LEFT)
            change = change @ changes[name + _RIGHT].float().T
        after[name] = before[name] + change if name in before else change
    return after
