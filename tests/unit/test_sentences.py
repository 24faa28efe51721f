from __future__ import annotations

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from bizextract.components.sentences import doc_sentences, sentence_starts

NLP = spacy.blank("en")


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It grew. It hired.", ["It grew.", "It hired."]),
        ("Zeta Inc. Chief Executive Ann Roe left.", ["Zeta Inc. Chief Executive Ann Roe left."]),
        ("It joined Zeta Inc. The firm grew.", ["It joined Zeta Inc.", "The firm grew."]),
        ("The U.S. Army paid. OK?", ["The U.S. Army paid.", "OK?"]),
        ("Zeta ( ZTa. N ) grew. It hired.", ["Zeta ( ZTa. N ) grew.", "It hired."]),
        ("Zeta grows\n\nLYON (Wire) - It grew.", ["Zeta grows", "LYON (Wire) - It grew."]),
        ("It agreed \nto build. \n\n Then it did.", ["It agreed \nto build.", "Then it did."]),
        ('He said: "We grow." She left.', ['He said: "We grow."', "She left."]),
        ("  It grew.  ", ["It grew."]),
        ("It met Tarn TRNf.PA there. It left.", ["It met Tarn TRNf.PA there.", "It left."]),
        ("It met Tarn.It left.", ["It met Tarn.", "It left."]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    doc = NLP.make_doc(text)
    assert [doc[a:b].text for a, b in doc_sentences(doc)] == sentences


TOKENS = [".", "It", "(", ")", '"', "\n\n", "\n", " ", "grew", "Inc.", "5"]


@given(st.lists(st.sampled_from(TOKENS)))
def test_starts_are_words_in_order(tokens: list[str]) -> None:
    starts = sentence_starts(tokens)
    words = [i for i, token in enumerate(tokens) if token.strip()]
    assert starts == sorted(set(starts))
    assert set(starts) <= set(words)
    assert starts[:1] == words[:1]


@given(st.text(alphabet="Aa. \n()\"'5$"))
def test_sentences_cover_every_word(text: str) -> None:
    doc = NLP.make_doc(text)
    covered = {i for a, b in doc_sentences(doc) for i in range(a, b)}
    assert {token.i for token in doc if not token.is_space} <= covered
