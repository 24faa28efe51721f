"""Fit the triage's screen: which sentences with a trigger announce an event after all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from bizextract._frames import load_frames
from bizextract._gold import GoldDocument
from bizextract._triage import Screen, Triage, sentence_features, split_sentences, words_of
from bizextract.evaluation import evidence_of

__all__ = ["fit_screen"]


def fit_screen(
    documents: Iterable[GoldDocument],
    *,
    floor: float = 0.2,
    strength: float = 0.05,
    least: int = 3,
    smallest: float = 0.015,
) -> Screen:
    """Fit a screen on annotated documents, for the shipped frames.

    Args:
        documents: Gold with texts.
        floor: The least probability of a sentence that is read.
        strength: Inverse of the quadratic penalty on weights.
        least: A feature that stands in fewer sentences is left out.
        smallest: A weight that is smaller is left out.

    Returns:
        The screen; equal documents give an equal one.
    """
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    frames = load_frames()
    triage = Triage(frames)
    rows: list[list[str]] = []
    right: list[bool] = []
    for document in documents:
        text = document.text or ""
        told = [span for record in document.records for span in evidence_of(document, record)]
        for start, end in split_sentences(text):
            words = words_of(text[start:end])
            triggers = triage.triggers(words)
            if triggers:
                rows.append(sorted(sentence_features(words, triggers)))
                right.append(any(start < span.end and end > span.start for span in told))
    counts = Counter(name for row in rows for name in row)
    vectors = DictVectorizer()
    design = vectors.fit_transform([{f: 1.0 for f in row if counts[f] >= least} for row in rows])
    model = LogisticRegression(C=strength, max_iter=1000).fit(design, right)
    weights = {
        name: round(float(weight), 3)
        for name, weight in zip(vectors.feature_names_, model.coef_[0], strict=True)
        if abs(weight) >= smallest
    }
    types = tuple(frame.type for frame in frames)
    bias = round(float(model.intercept_[0]), 3)
    return Screen(types=types, bias=bias, weights=weights, floor=floor)
