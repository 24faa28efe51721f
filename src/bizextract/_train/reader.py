"""Fit a reader on gold, and let it read documents that it was not fitted on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import spacy

from bizextract._reader_model import ReaderModel
from bizextract._train.export import export
from bizextract._train.fit import Settings, fit
from bizextract._train.labels import Sample, fold_of, label
from bizextract._train.network import Network
from bizextract.normalize.dates import find_dates, parse_anchor
from bizextract.normalize.money import find_money
from bizextract.normalize.numbers import find_counts, find_percents

__all__ = ["FINDERS", "labelled", "out_of_fold", "train_reader"]

Found = Iterator[tuple[int, int, Any]]
Progress = Callable[[int, int, dict[str, float]], None]


def _money(text: str, _: str | None) -> Found:
    for match in find_money(text):
        for money in (match, *match.equivalents):
            yield money.start, money.end, (money.value, money.currency)


def _percents(text: str, _: str | None) -> Found:
    return ((m.start, m.end, m.value) for m in find_percents(text))


def _counts(text: str, _: str | None) -> Found:
    return ((m.start, m.end, m.value) for m in find_counts(text))


def _dates(text: str, date: str | None) -> Found:
    return ((m.start, m.end, m.value) for m in find_dates(text, parse_anchor(date)))


#: Where values stand in a text: functions to (start, end, value) in characters.
FINDERS: dict[str, Callable[[str, str | None], Found]] = {
    "money": _money,
    "percent": _percents,
    "count": _counts,
    "date": _dates,
}


def labelled(docs: Iterable[Mapping[str, Any]]) -> list[Sample]:
    """Put the records of gold documents on their words."""
    nlp = spacy.blank("en")
    return [label(doc, nlp, FINDERS) for doc in docs]


def train_reader(
    docs: Iterable[Mapping[str, Any]],
    settings: Settings = Settings(),  # noqa: B008  (frozen)
    progress: Progress = lambda *_: None,
    about: Mapping[str, Any] | None = None,
    start: Network | None = None,
) -> ReaderModel:
    """Fit a reader on gold documents.

    Args:
        docs (Iterable[Mapping[str, Any]]): Gold lines with their texts.
        settings (Settings): How to train.
        progress (Callable): Called after each step with step, steps and losses.
        about (Mapping[str, Any] | None): What the model's manifest shall say beside its version.
        start (Network | None): A network to go on from, see `fit`.

    Example:
        >>> train_reader(docs, Settings(epochs=1)).save("my-reader")  # doctest: +SKIP
    """
    return ReaderModel(export(fit(labelled(docs), settings, progress, start), about or {}))


def out_of_fold(
    docs: Sequence[Mapping[str, Any]],
    k: int = 3,
    settings: Settings = Settings(),  # noqa: B008  (frozen)
    progress: Progress = lambda *_: None,
    extra: Sequence[Mapping[str, Any]] = (),
    start: Network | None = None,
) -> Iterator[tuple[ReaderModel, set[str]]]:
    """Fit `k` readers, each on all documents but a fold of them, by their ids.

    Args:
        docs (Sequence[Mapping[str, Any]]): Gold lines with their texts.
        k (int): How many folds. Default: 3.
        settings (Settings): How to train.
        progress (Callable): Called after each step of each fold.
        extra (Sequence[Mapping[str, Any]]): Gold that is in every fold's training set.
        start (Network | None): A network to go on from, see `fit`.

    Yields:
        tuple[ReaderModel, set[str]]: A reader, and the ids of the documents that it never saw.
    """
    samples, more = labelled(docs), labelled(extra)
    for fold in range(k):
        rest = [s for s in samples if fold_of(s.id, k) != fold]
        network = fit([*rest, *more], settings, progress, start)
        held_out = {s.id for s in samples if fold_of(s.id, k) == fold}
        yield ReaderModel(export(network, {"fold": fold})), held_out
