"""Fitting readers for real, on a few sentences: what comes out, and that it is the same again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs the extra bizextract[train]")
pytest.importorskip("onnx", reason="needs the extra bizextract[train]")
pytest.importorskip("all_minilm_l6_v2", reason="needs the starting weights")

import torch

from bizextract._train.fit import Settings, fit
from bizextract._train.network import attend
from bizextract._train.reader import labelled, train_readers

pytestmark = [pytest.mark.train, pytest.mark.slow]

NAMES = ["Alder", "Birch", "Cedar", "Rowan", "Maple", "Hazel"]
SETTINGS = Settings(epochs=12, average=0.5, swap=0, mask=0, rate=3e-4)


def deal(left: str, right: str) -> dict[str, Any]:
    """A document with a partnership and a sentence without an event."""
    told = f"{left} teamed up with {right}."
    record = {"type": "partnership", "partners": [left, right], "kind": "collaboration",
              "fields": [], "status": "completed", "date": None, "announced": None,
              "evidence": [told]}  # fmt: skip
    text = f"{told} The river ran high that spring."
    return {"id": left + right, "date": None, "text": text, "orgs": [[left], [right]],
            "records": [record]}  # fmt: skip


def test_readers_are_fitted_side_by_side() -> None:
    samples = labelled([deal(a, b) for a in NAMES for b in NAMES if a != b])
    steps: list[tuple[int, int, int]] = []
    both = train_readers(
        [samples, samples[:20]], SETTINGS, lambda *step: steps.append(step),
        about=[{"name": "whole"}, {"name": "part"}], workers=2,
    )  # fmt: skip
    assert {place for place, _, _ in steps} == {0, 1}
    assert all(step <= n for _, step, n in steps)
    words = "Alder teamed up with Maple . The river ran high that spring .".split()  # noqa: SIM905
    (proposal,) = both[0].read(words, [(0, 6), (6, 13)], 0.5)
    assert (proposal.type, proposal.sentence) == ("partnership", 0)
    assert {(r.start, r.end) for r in proposal.roles if r.tagged} == {(0, 1), (4, 5)}
    (again,) = train_readers([samples], SETTINGS, about=[{"name": "whole"}], workers=1)
    assert again.files == both[0].files
    assert both[1].files != both[0].files


def test_the_weights_at_the_end_are_a_mean_with_those_of_the_start() -> None:
    samples = labelled([deal(a, b) for a in NAMES[:3] for b in NAMES[:3] if a != b])
    short = replace(SETTINGS, epochs=1, bfloat16=False)
    start = fit(samples, short)
    began = start.state_dict()
    gone, half, back = (
        fit(samples, replace(short, stay=share), start=start).state_dict() for share in (0, 0.5, 1)
    )
    for name in began:
        torch.testing.assert_close(half[name], (began[name] + gone[name]) / 2)
        torch.testing.assert_close(back[name], began[name])
    assert not torch.equal(gone["heads.tag"], began["heads.tag"])


def test_attention_step_by_step_is_that_of_the_fused_kernel() -> None:
    generator = torch.Generator().manual_seed(0)
    query, key, value = torch.randn(3, 2, 4, 5, 8, generator=generator)
    mask = torch.zeros(2, 1, 1, 5)
    mask[0, :, :, 3:] = -1e4
    fused = torch.nn.functional.scaled_dot_product_attention(query, key, value, mask)
    torch.testing.assert_close(attend(query, key, value, mask), fused)
