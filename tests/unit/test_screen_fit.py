"""Fitting the screen, on a few sentences in which what is right is known."""

from __future__ import annotations

import math
from importlib.resources import files

import pytest

from bizextract._frames import load_frames
from bizextract._gold import GoldDocument
from bizextract._reader_model import ReaderModel
from bizextract._train.screen import Told, fit_screen, is_held_out, told_in, told_of
from bizextract._triage import Triage, sentence_features, words_of

GOOD = "Alder teamed up with Birch."
DULL = "Alder teamed up old jokes."
TRIGGERS = Triage(load_frames()).triggers(words_of(GOOD))


def told(*probabilities: float) -> list[Told]:
    """Texts of a sentence each: good ones told with these probabilities, as many dull ones."""
    good = [(GOOD, [(0, len(GOOD), p)]) for p in probabilities]
    return [*good, *((DULL, []) for _ in probabilities)]


def test_it_learns_which_words_tell() -> None:
    screen = fit_screen(told(*[1.0] * 6), strength=1.0)
    good = screen.probability(["alder", "teamed", "up", "with", "birch"], TRIGGERS)
    dull = screen.probability(["alder", "teamed", "up", "old", "jokes"], TRIGGERS)
    assert good > 0.5 > dull
    assert screen.weights["w birch"] > 0 > screen.weights["w jokes"]


def test_what_the_reader_doubts_weighs_less() -> None:
    words = ["alder", "teamed", "up", "with", "birch"]
    sure, unsure = (
        fit_screen(told(*[p] * 6), strength=1.0).probability(words, TRIGGERS) for p in (1.0, 0.3)
    )
    assert sure > unsure


def test_the_same_texts_give_the_same_screen() -> None:
    assert fit_screen(told(*[1.0, 0.4] * 3)) == fit_screen(told(*[1.0, 0.4] * 3))


def test_rare_words_are_left_out() -> None:
    screen = fit_screen([*told(*[1.0] * 4), ("Cedar teamed up with Birch.", [])], strength=1.0)
    assert "w cedar" not in screen.weights


def test_a_probability_is_that_of_the_features_weights() -> None:
    screen = fit_screen(told(*[1.0] * 6), strength=1.0)
    words = ["alder", "teamed", "up", "up", "with", "birch"]
    weights = [screen.weights.get(name, 0.0) for name in sentence_features(words, TRIGGERS)]
    expected = 1 / (1 + math.exp(-screen.bias - sum(weights)))
    assert screen.probability(words, TRIGGERS) == pytest.approx(expected)


def test_evidence_of_gold_is_certain() -> None:
    text = f"Hills. {GOOD}"
    record = {
        "type": "partnership", "status": "completed", "kind": "collaboration",
        "partners": ["Alder", "Birch"], "evidence": [GOOD],
    }  # fmt: skip
    gold = GoldDocument.model_validate(
        {"id": "1", "text": text, "orgs": [["Alder"], ["Birch"]], "records": [record]}
    )
    assert list(told_of([gold])) == [(text, [(7, len(text), 1.0)])]


def test_a_reader_tells_which_sentences_it_believes() -> None:
    text = "It rained all day. Alder Inc. and Birch Corp. agreed to form a joint venture in Lyon."
    folder = files("bizextract").joinpath("data", "reader")
    ((read, found),) = told_in([text], ReaderModel.load(str(folder)))
    assert read == text
    start, end, likely = max(found, key=lambda passage: passage[2])
    assert text[start:end] == text.partition(". ")[2]
    assert likely > 0.5


def test_a_quarter_is_held_out() -> None:
    assert 220 < sum(is_held_out(str(i)) for i in range(1000)) < 280
