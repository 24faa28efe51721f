"""Changes of few directions: a network learns them alone, and a file holds them alone.

To fine-tune a matrix it is enough to move it in few directions (Hu et al. 2022, arXiv:2106.09685).
So no step has to move all weights of a large network, and a teacher of 110 million of them, whose
starting weights anybody can install, is a file of some megabytes.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bizextract._train.encoders import Encoder

__all__ = ["apply_changes", "changes_between", "learn_changes", "merge_changes"]

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
            left, right = _largest(change, rank)
            changes[name + _LEFT], changes[name + _RIGHT] = left.half(), right.half()
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


def _largest(change: Tensor, rank: int) -> tuple[Tensor, Tensor]:
    """Two factors, of as many columns as there are directions, of a change's largest part."""
    left, values, right = torch.linalg.svd(change, full_matrices=False)
    root = values[:rank].sqrt()
    return (left[:, :rank] * root).contiguous(), (right[:rank].T * root).contiguous()


class LowRank(nn.Module):
    """A linear map that stays, and a change of it in few directions that learns, with the bias.

    Args:
        linear (nn.Linear): The map.
        before (Tensor): Its weight at the very start: what has changed since is what learns on.
        rank (int): How many directions.
        dtype (torch.dtype): Of the weight that stays, for multiplying.
    """

    def __init__(self, linear: nn.Linear, before: Tensor, rank: int, dtype: torch.dtype) -> None:
        super().__init__()
        change = linear.weight.detach() - before
        if change.any():
            left, right = _largest(change, rank)
        else:
            # The directions are drawn; none is gone into yet.
            left = torch.zeros(change.shape[0], rank)
            right = torch.randn(change.shape[1], rank) / change.shape[1] ** 0.5
        self.left, self.right = nn.Parameter(left), nn.Parameter(right)
        self.bias = linear.bias
        self.rest = linear.weight.detach() - left @ right.T
        self.fast = self.rest.to(dtype)

    def forward(self, x: Tensor) -> Tensor:
        """What the changed map gives."""
        return F.linear(x, self.fast, self.bias) + F.linear(F.linear(x, self.right.T), self.left)

    def merged(self) -> nn.Linear:
        """The changed map."""
        linear = nn.Linear(len(self.right), len(self.left))
        with torch.no_grad():
            linear.weight.copy_(self.rest + self.left @ self.right.T)
            linear.bias.copy_(self.bias)
        return linear


def learn_changes(
    encoder: Encoder, before: Encoder, rank: int, dtype: torch.dtype = torch.float32
) -> None:
    """Let an encoder's layers learn in few directions; `merge_changes` makes them plain again.

    Args:
        encoder (Encoder): The encoder, changed in place.
        before (Encoder): The weights that it starts from.
        rank (int): How many directions of each matrix learn.
        dtype (torch.dtype): Of the weights that stay, for multiplying. Default: single precision.
    """
    for layer, start in zip(encoder.layers, before.layers, strict=True):
        for name, linear in [*layer.named_children()]:
            if isinstance(linear, nn.Linear):
                weight = start.get_submodule(name).weight.detach()
                setattr(layer, name, LowRank(linear, weight, rank, dtype))


def merge_changes(encoder: Encoder) -> None:
    """Add what layers learned in few directions to their weights, in place."""
    for layer in encoder.layers:
        for name, part in [*layer.named_children()]:
            if isinstance(part, LowRank):
                setattr(layer, name, part.merged())
