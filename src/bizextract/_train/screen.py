"""Fit the triage's screen: which sentences with a trigger announce an event after all.

Gold is little for a model of words; most of what it is fitted on is ordinary news in which the
reader has looked for events, and the screen learns to foresee what the reader will say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TypeAlias

import spacy

from bizextract._frames import load_frames
from bizextract._gold import GoldDocument
from bizextract._reader_model import ReaderModel
from bizextract._train.labels import fold_of
from bizextract._triage import Screen, Triage, sentence_features, split_sentences, words_of
from bizextract.components.reader import Reader
from bizextract.evaluation.mistakes import evidence_of

__all__ = ["Told", "fit_screen", "is_held_out", "told_in", "told_of"]

Told: TypeAlias = tuple[str, list[tuple[int, int, float]]]
"""A text, and passages of it with the probability that they tell of an event."""


def is_held_out(id_: str) -> bool:
    """Whether a text of the stream is left out of the fit, for benchmarks on what is new to it."""
    return fold_of(id_, 4) == 0


def told_of(documents: Iterable[GoldDocument]) -> Iterator[Told]:
    """Give the evidence of annotated documents, which is certain."""
    for document in documents:
        spans = [span for record in document.records for span in evidence_of(document, record)]
        yield document.text or "", [(span.start, span.end, 1.0) for span in spans]


def told_in(texts: Iterable[str], model: ReaderModel) -> Iterator[Told]:
    """Give the sentences of whole texts in which a reader sees events."""
    nlp = spacy.blank("en")
    reader = Reader(nlp, threshold=0.02)
    reader.use(model)
    for text in texts:
        doc = nlp(text)
        events = [(doc[slice(*event["sent"])], event["score"]) for event in reader.propose(doc)]
        yield text, [(sentence.start_char, sentence.end_char, p) for sentence, p in events]


def fit_screen(
    texts: Iterable[Told],
    *,
    floor: float = 0.25,
    strength: float = 0.05,
    least: int = 3,
    smallest: float = 0.015,
) -> Screen:
    """Fit a screen for the shipped frames.

    Args:
        texts: What `told_of` and `told_in` give.
        floor: The least probability of a sentence that is read.
        strength: Inverse of the quadratic penalty on weights.
        least: A feature that stands in fewer sentences is left out.
        smallest: A weight that is smaller is left out.

    Returns:
        The screen; equal texts give an equal one.
    """
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    frames = load_frames()
    triage = Triage(frames)
    rows: list[list[str]] = []
    odds: list[float] = []
    for text, told in texts:
        for start, end in split_sentences(text):
            words = words_of(text[start:end])
            triggers = triage.triggers(words)
            if triggers:
                rows.append(sorted(sentence_features(words, triggers)))
                here = (p for first, last, p in told if start < last and end > first)
                odds.append(max(here, default=0.0))
    counts = Counter(name for row in rows for name in row)
    vectors = DictVectorizer()
    # A sentence with probability p stands there twice: as one that tells, with weight p, and not.
    names = [{f: 1.0 for f in row if counts[f] >= least} for row in rows]
    design = vectors.fit_transform([*names, *names])
    right = [True] * len(rows) + [False] * len(rows)
    weight = [*odds, *(1 - p for p in odds)]
    model = LogisticRegression(C=strength, max_iter=1000).fit(design, right, sample_weight=weight)
    weights = {
        name: round(float(value), 3)
        for name, value in zip(vectors.feature_names_, model.coef_[0], strict=True)
        if abs(value) >= smallest
    }
    types = tuple(frame.type for frame in frames)
    bias = round(float(model.intercept_[0]), 3)
    return Screen(types=types, bias=bias, weights=weights, floor=floor)
