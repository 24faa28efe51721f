"""What fitting changed, kept small: exact where it is of low rank, near where it is not."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs the extra bizextract[train]")

import torch

from bizextract._train.changes import apply_changes, changes_between

pytestmark = pytest.mark.train


def test_changes_of_low_rank_come_back() -> None:
    torch.manual_seed(0)
    before = {"matrix": torch.randn(40, 30), "bias": torch.randn(30), "same": torch.randn(5)}
    moved = torch.randn(40, 4) @ torch.randn(4, 30)
    after = {
        "matrix": before["matrix"] + moved, "bias": before["bias"] + 1.0,
        "same": before["same"].clone(), "new": torch.randn(3, 3),
    }  # fmt: skip
    changes = changes_between(before, after, rank=4)
    assert set(changes) == {"matrix.left", "matrix.right", "bias", "new"}
    assert changes["matrix.left"].shape == (40, 4)
    back = apply_changes(before, changes)
    assert set(back) == set(after)
    for name, weight in after.items():
        torch.testing.assert_close(back[name], weight, rtol=1e-2, atol=2e-2)


def test_the_largest_part_of_a_change_is_kept() -> None:
    torch.manual_seed(0)
    before = {"matrix": torch.zeros(60, 60)}
    after = {"matrix": torch.randn(60, 3) @ torch.randn(3, 60) * 10 + torch.randn(60, 60)}
    left_out = {
        rank: float((apply_changes(before, changes_between(before, after, rank))["matrix"]
                     - after["matrix"]).norm() / after["matrix"].norm())
        for rank in (1, 3, 10)
    }  # fmt: skip
    assert left_out[1] > 0.3
    assert left_out[10] < left_out[3] < 0.1
