"""Fit readers on gold, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import safetensors.torch
import spacy

from bizextract._frames import load_frames
from bizextract._reader_model import ReaderModel
from bizextract._reader_schema import TYPES
from bizextract._train.crew import Crew, Report, run_crew, side_by_side
from bizextract._train.encoders import Encoder
from bizextract._train.export import export
from bizextract._train.fit import Settings, fit
from bizextract._train.labels import Sample, label, split
from bizextract._train.network import Network
from bizextract._triage import Triage
from bizextract.normalize.dates import find_dates, parse_anchor
from bizextract.normalize.money import find_money
from bizextract.normalize.numbers import find_counts, find_percents

__all__ = ["FINDERS", "fit_together", "labelled", "train_readers", "unlabelled"]

Found = Iterator[tuple[int, int, Any]]
Progress = Callable[[int, int, int], None]


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


def unlabelled(docs: Iterable[Mapping[str, Any]]) -> Iterator[Sample]:
    """Documents of which nothing is known: only a teacher says what their sentences tell.

    Those without any trigger are left out, as nobody would read them.

    Args:
        docs (Iterable[Mapping[str, Any]]): With id and text.
    """
    nlp, triage = spacy.blank("en"), Triage(load_frames())
    for doc in docs:
        sample = split(doc["id"], doc["text"], nlp)
        for number, (start, end) in enumerate(sample.sentences):
            first, last = sample.offsets[start][0], sample.offsets[end - 1][1]
            if triage.is_hot(doc["text"][first:last]):
                sample.masked |= {(number, type_) for type_ in TYPES}
        if sample.masked:
            yield sample


def fit_together(
    samples: Sequence[Sample],
    settings: Settings,
    progress: Report = lambda *_: None,
    start: Network | None = None,
    *,
    teacher: Network | None = None,
    encoder: type[Encoder] = Encoder,
    processes: int = 2,
) -> Network:
    """Fit one network by several processes of one thread each, each on its part of every batch.

    Args:
        samples (Sequence[Sample]): What `labelled` gave.
        settings (Settings): How to train; its batch is that of all processes together.
        progress (Callable): Called with steps done and in all.
        start (Network | None): See `fit`.
        teacher (Network | None): See `fit`.
        encoder (type): See `fit`.
        processes (int): How many. The weights depend on it: each drops other units. Default: 2.
    """
    work = partial(_fit_part, samples, settings, start, teacher, encoder)
    network = Network(encoder=encoder)
    network.load_state_dict(safetensors.torch.load(run_crew(work, processes, progress)))
    return network.eval()


def _fit_part(
    samples: Sequence[Sample],
    settings: Settings,
    start: Network | None,
    teacher: Network | None,
    encoder: type[Encoder],
    crew: Crew,
    report: Report,
) -> bytes:
    network = fit(
        samples, settings, lambda step, steps, _: report(step, steps), start,
        teacher=teacher, encoder=encoder, crew=crew,
    )  # fmt: skip
    return b"" if crew.rank else safetensors.torch.save(network.state_dict())


def train_readers(
    sets: Sequence[Sequence[Sample]],
    settings: Settings = Settings(),  # noqa: B008  (frozen)
    progress: Progress = lambda *_: None,
    *,
    about: Sequence[Mapping[str, Any]] | None = None,
    start: Network | None = None,
    teacher: Network | None = None,
    workers: int | None = None,
) -> list[ReaderModel]:
    """Fit a reader on each of some sets of documents, side by side.

    Each is fitted by one thread of a process of its own: two on two cores are done in little more
    than half the time that both cores take for one after the other, and the weights do not depend
    on how many cores there are.

    Args:
        sets (Sequence[Sequence[Sample]]): For each reader, what `labelled` gave.
        settings (Settings): How to train.
        progress (Callable): Called with a reader's place in `sets`, its steps done and in all.
        about (Sequence[Mapping[str, Any]] | None): For each reader, what its manifest shall say
            beside its version.
        start (Network | None): A network to go on from, see `fit`.
        teacher (Network | None): A network to learn from beside the labels, see `fit`.
        workers (int | None): How many processes. Default: as many as there are cores.

    Example:
        >>> [reader] = train_readers([labelled(docs)])  # doctest: +SKIP
        >>> reader.save("my-reader")  # doctest: +SKIP
    """
    about = about or [{} for _ in sets]
    jobs = [
        partial(_fit_one, samples, settings, about[place], start, teacher)
        for place, samples in enumerate(sets)
    ]
    return [ReaderModel(files) for files in side_by_side(jobs, progress, workers)]


def _fit_one(
    samples: Sequence[Sample],
    settings: Settings,
    about: Mapping[str, Any],
    start: Network | None,
    teacher: Network | None,
    report: Report,
) -> dict[str, bytes]:
    fitted = fit(
        samples, settings, lambda step, steps, _: report(step, steps), start, teacher=teacher
    )
    return export(fitted, about)
