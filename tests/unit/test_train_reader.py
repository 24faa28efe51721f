"""Fitting readers for real, on a few sentences: what comes out, and that it is the same again."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs the extra bizextract[train]")
pytest.importorskip("onnx", reason="needs the extra bizextract[train]")
pytest.importorskip("all_minilm_l6_v2", reason="needs the starting weights")

import torch

from bizextract._reader_runtime import build_windows
from bizextract._train.encoders import Encoder, attend
from bizextract._train.fit import Settings, _passes, condense, fit, load_tokenizer
from bizextract._train.losses import batch_losses, bounds_of, encode, look
from bizextract._train.network import Network
from bizextract._train.reader import fit_together, labelled, train_readers, unlabelled

pytestmark = [pytest.mark.train, pytest.mark.slow]

NAMES = ["Alder", "Birch", "Cedar", "Rowan", "Maple", "Hazel"]
WORDS = "Alder teamed up with Maple . The river ran high that spring .".split()  # noqa: SIM905
SENTENCES = [(0, 6), (6, 13)]
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
    (proposal,) = both[0].read(WORDS, SENTENCES, 0.5)
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


def test_matrices_learn_in_few_directions() -> None:
    told = [deal(a, b) for a in NAMES for b in NAMES if a != b]
    settings = replace(SETTINGS, rank=2, rate=2e-3, dropout=0, bfloat16=False)
    fitted = fit(labelled(told), settings)
    event, nothing = seen_by(fitted, "Alder teamed up with Maple. The river ran high that spring.")
    assert nothing < 0 < event
    base = Encoder()
    base.load_base()
    before, after = base.state_dict(), fitted.encoder.state_dict()
    assert before.keys() == after.keys()
    assert torch.equal(before["position.weight"], after["position.weight"])
    for name, weight in before.items():
        if name.startswith("layers.") and weight.dim() == 2:
            values = torch.linalg.svdvals(after[name] - weight)
            assert values[1] > 10 * values[2]
    # What is gone on from has two directions: they learn on, and none is added to them.
    again = fit(labelled(told), replace(settings, epochs=1), start=fitted).encoder.state_dict()
    values = torch.linalg.svdvals(again["layers.0.up.weight"] - before["layers.0.up.weight"])
    assert values[1] > 10 * values[2]
    assert not torch.equal(again["layers.0.up.weight"], after["layers.0.up.weight"])


def test_processes_fit_one_network_together() -> None:
    samples = labelled([deal(a, b) for a in NAMES[:4] for b in NAMES[:4] if a != b])
    sure = replace(
        SETTINGS, epochs=1, bfloat16=False, condense=0, dropout=0, head_dropout=0, rate=1e-5
    )
    steps: list[tuple[int, int]] = []
    both = fit_together(samples, sure, lambda *step: steps.append(step), processes=2)
    assert steps[-1] == (3, 3)
    # A batch holds four windows of one shape: the mean of two halves is that of the whole.
    for name, weight in fit(samples, sure).state_dict().items():
        torch.testing.assert_close(both.state_dict()[name], weight, rtol=1e-3, atol=1e-4)


def seen_by(network: Network, text: str) -> list[float]:
    """How likely a network finds a partnership in each sentence of a document's text."""
    (sample,) = labelled([{"id": "a", "text": text, "orgs": [], "records": []}])
    (window,) = build_windows(load_tokenizer(), sample.words, sample.sentences)
    with torch.no_grad():
        (states,) = encode(network, [window])
        vectors = network.sentences(states, bounds_of(window))
        found: list[float] = network.events(vectors)[:, 1].tolist()
    return found


def test_what_no_label_says_is_learned_from_a_teacher() -> None:
    told = [deal(a, b) for a in NAMES for b in NAMES if a != b]
    teacher = fit(labelled(told), SETTINGS)
    text = "Alder teamed up with Maple. The river ran high that spring."
    untold = labelled([{**document, "records": []} for document in told])
    for trust, finds in ((1.0, True), (0.0, False)):
        taught = fit(untold, replace(SETTINGS, trust=trust), teacher=teacher)
        event, nothing = seen_by(taught, text)
        assert nothing < 0 and (event > 0) is finds
    (reader,) = train_readers([untold], replace(SETTINGS, trust=1.0), teacher=teacher, workers=1)
    assert [found.sentence for found in reader.read(WORDS, SENTENCES, 0.5)] == [0]


def test_of_unlabelled_documents_a_teacher_alone_says_what_they_tell() -> None:
    told = [deal(a, b) for a in NAMES for b in NAMES if a != b]
    teacher = fit(labelled(told), SETTINGS)
    quiet = {"id": "quiet", "text": "The river ran high that spring. It rained."}
    samples = list(unlabelled([*told, quiet]))
    assert [sample.id for sample in samples] == [document["id"] for document in told]
    assert {number for number, _ in samples[0].masked} == {0} and not samples[0].events
    # What may tell of an event stays where sentences are left out, with what stands beside it.
    late = {"id": "late", "text": "It rained. " * 5 + told[0]["text"] + " It snowed." * 4}
    (sample,) = unlabelled([late])
    short = condense(sample, random.Random(0), keep=0)
    assert {number for number, _ in sample.masked} == {5}
    assert {number for number, _ in short.masked} == {4} and len(short.sentences) == 6
    taught = fit(samples, replace(SETTINGS, trust=0.3), teacher=teacher)
    event, nothing = seen_by(taught, told[0]["text"])
    assert nothing < 0 < event


def test_passes_that_are_not_fresh_take_the_windows_of_those_that_were() -> None:
    settings = Settings(epochs=5, fresh=2)
    drawings = iter([["a", "b", "c"], ["d", "e"], ["f"]])
    taken = list(_passes(lambda: next(drawings), settings, random.Random(0)))
    assert [batch for _, batch in taken[:5]] == ["a", "b", "c", "d", "e"]
    by_place = dict(taken[:5])
    assert all(by_place[place] == batch for place, batch in taken)
    assert {batch for _, batch in taken[5:8]} == {"a", "b", "c"}
    assert {batch for _, batch in taken[8:10]} == {"d", "e"}
    assert len(taken) == 13


def test_what_a_teacher_saw_is_as_good_as_another_look() -> None:
    torch.manual_seed(0)
    samples = labelled([deal("Alder", "Birch"), deal("Rowan", "Hazel")])
    windows = [build_windows(load_tokenizer(), s.words, s.sentences)[0] for s in samples]
    network, teacher = Network().eval(), Network().eval()
    batch = list(zip(samples, windows, strict=True))
    seen = look(teacher, windows)
    assert not any(states.requires_grad for states in seen)
    assert batch_losses(network, batch, False, teacher, 0.5, seen) == batch_losses(
        network, batch, False, teacher, 0.5
    )


def test_a_teacher_that_is_not_trusted_changes_nothing() -> None:
    torch.manual_seed(0)
    samples = labelled([deal("Alder", "Birch"), deal("Rowan", "Hazel")])
    windows = [build_windows(load_tokenizer(), s.words, s.sentences)[0] for s in samples]
    network, teacher = Network().eval(), Network().eval()
    batch = list(zip(samples, windows, strict=True))
    alone = batch_losses(network, batch)
    assert batch_losses(network, batch, teacher=teacher, trust=0.0) == alone
    heard = batch_losses(network, batch, teacher=teacher, trust=0.5)
    assert all(heard[name] != loss for name, loss in alone.items() if loss)


def test_states_are_to_tell_those_of_a_teacher() -> None:
    samples = labelled([deal("Alder", "Birch"), deal("Rowan", "Hazel")])
    windows = [build_windows(load_tokenizer(), s.words, s.sentences)[0] for s in samples]
    network, teacher = Network().eval(), Network().eval()
    batch = list(zip(samples, windows, strict=True))
    assert not batch_losses(network, batch, teacher=teacher)["state"]
    network.liken(teacher.encoder.size.width)
    assert network.likeness is not None
    torch.nn.init.zeros_(network.likeness.weight)
    torch.nn.init.zeros_(network.likeness.bias)
    # A network that tells nothing misses all of the variance, a copy nothing.
    words = sum(len(sample.words) for sample in samples)
    told = batch_losses(network, batch, teacher=teacher)["state"].item()
    assert told == pytest.approx((words - 1) / words, abs=0.01)
    network.load_state_dict(teacher.state_dict(), strict=False)
    spread, centre = torch.std_mean(torch.cat(look(teacher, windows)).float(), dim=0)
    with torch.no_grad():
        network.likeness.weight.copy_(torch.diag(1 / spread))
        network.likeness.bias.copy_(-centre / spread)
    assert batch_losses(network, batch, teacher=teacher)["state"].item() < 0.01


def test_what_tells_a_teachers_states_is_not_kept() -> None:
    samples = labelled([deal("Alder", "Birch"), deal("Rowan", "Hazel")])
    settings = replace(SETTINGS, epochs=8, state_weight=3.0, trust=0.0)
    missing = []
    fitted = fit(samples, settings, lambda *step: missing.append(step[2]["state"]),
                 teacher=Network())  # fmt: skip
    assert fitted.state_dict().keys() == Network().state_dict().keys()
    assert missing[-1] < missing[0]


def test_attention_step_by_step_is_that_of_the_fused_kernel() -> None:
    generator = torch.Generator().manual_seed(0)
    query, key, value = torch.randn(3, 2, 4, 5, 8, generator=generator)
    mask = torch.zeros(2, 1, 1, 5)
    mask[0, :, :, 3:] = -1e4
    fused = torch.nn.functional.scaled_dot_product_attention(query, key, value, mask)
    torch.testing.assert_close(attend(query, key, value, mask), fused)
