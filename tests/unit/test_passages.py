"""Documents of passages: they stand for the whole text, and focus narrows them."""

from __future__ import annotations

from typing import Any

import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc

from bizextract.components.extensions import source_of
from bizextract.components.passages import Focus, doc_of_passages
from bizextract.components.sentences import doc_sentences

NLP = spacy.blank("en")
TEXT = "Hills\n\nIt rained. Alder grew. It snowed. Alder met Birch. It froze."


def event(doc: Doc, words: str, score: float = 0.9, **more: Any) -> dict[str, Any]:
    """A proposal for the sentence that begins with some words."""
    start, end = next(s for s in doc_sentences(doc) if doc[s[0] : s[1]].text.startswith(words))
    role = {"role": "partners", "start": start, "end": start + 1, "score": 0.9}
    return {
        "type": "partnership", "source": "reader", "rule": None, "score": score,
        "sent": [start, end], "trigger": None, "status": None, "kind": None, "scope": None,
        "cues": [], "roles": [role], "pointed": [], **more,
    }  # fmt: skip


def read(*events: tuple[str, float], **more: Any) -> Doc:
    doc = doc_of_passages(NLP, TEXT, [(0, len(TEXT))])
    doc._.bizextract_date = "2024-01-01"
    doc._.bizextract_events = [event(doc, words, score, **more) for words, score in events]
    return doc


@settings(deadline=None)
@given(st.data())
def test_tokens_stand_where_they_stood(data: st.DataObject) -> None:
    text = data.draw(st.text(alphabet="ab .\n", max_size=60))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8)))
    passages = list(zip(cuts[::2], cuts[1::2], strict=False))
    doc = doc_of_passages(NLP, text, passages)
    whole, starts = source_of(doc)
    assert whole == text
    inside = {i for a, b in passages for i in range(a, b)}
    for token, start in zip(doc, starts, strict=True):
        if not token.is_space:
            assert text[start : start + len(token)] == token.text
            assert set(range(start, start + len(token))) <= inside


def test_a_blank_line_in_a_gap_stays() -> None:
    doc = doc_of_passages(NLP, TEXT, [(0, 5), (18, 29)])
    assert doc.text == "Hills\n\nAlder grew."


def test_focus_keeps_the_headline_and_the_sentence() -> None:
    doc = Focus(NLP)(read(("Alder met", 0.9)))
    assert " ".join(doc.text.split()) == "Hills Alder met Birch."
    assert doc._.bizextract_date == "2024-01-01"
    text, starts = source_of(doc)
    assert [text[s : s + len(t)] for s, t in zip(starts, doc, strict=True)] == [t.text for t in doc]


def test_focus_moves_events_with_their_sentences() -> None:
    doc = Focus(NLP)(read(("Alder met", 0.9)))
    (found,) = doc._.bizextract_events
    assert doc[found["sent"][0] : found["sent"][1]].text == "Alder met Birch."
    assert doc[found["roles"][0]["start"] : found["roles"][0]["end"]].text == "Alder"


def test_focus_keeps_what_is_pointed_to() -> None:
    doc = read(("Alder met", 0.9))
    place = next(t.i for t in doc if t.text == "rained")
    doc._.bizextract_events[0]["pointed"] = [
        {"role": "partners", "start": place, "end": place + 1, "score": 0.8}
    ]
    focused = Focus(NLP)(doc)
    assert "It rained." in focused.text
    pointed = focused._.bizextract_events[0]["pointed"][0]
    assert focused[pointed["start"]].text == "rained"


def test_without_a_likely_event_nothing_is_left() -> None:
    doc = Focus(NLP)(read(("Alder met", 0.1)))
    assert len(doc) == 0
    assert source_of(doc)[0] == TEXT
    assert doc._.bizextract_events == []
