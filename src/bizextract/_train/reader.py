"""Fit readers on gold, side by side."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing.queues import Queue
from queue import Empty
from typing import Any

import safetensors.torch
import spacy
import torch

from bizextract._reader_model import ReaderModel
from bizextract._train.export import export
from bizextract._train.fit import Settings, fit
from bizextract._train.labels import Sample, label
from bizextract._train.network import Network
from bizextract.normalize.dates import find_dates, parse_anchor
from bizextract.normalize.money import find_money
from bizextract.normalize.numbers import find_counts, find_percents

__all__ = ["FINDERS", "labelled", "train_readers"]

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


def train_readers(
    sets: Sequence[Sequence[Sample]],
    settings: Settings = Settings(),  # noqa: B008  (frozen)
    progress: Progress = lambda *_: None,
    *,
    about: Sequence[Mapping[str, Any]] | None = None,
    start: Network | None = None,
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
        workers (int | None): How many processes. Default: as many as there are cores.

    Example:
        >>> [reader] = train_readers([labelled(docs)])  # doctest: +SKIP
        >>> reader.save("my-reader")  # doctest: +SKIP
    """
    context = multiprocessing.get_context("spawn")
    steps: Queue[tuple[int, int, int]] = context.Queue()
    weights = None if start is None else safetensors.torch.save(start.state_dict())
    about = about or [{} for _ in sets]
    with ProcessPoolExecutor(
        min(len(sets), workers or os.cpu_count() or 1), context, _report_to, (steps,)
    ) as pool:
        jobs = [
            pool.submit(_fit_one, place, samples, settings, about[place], weights)
            for place, samples in enumerate(sets)
        ]
        while not all(job.done() for job in jobs):
            with suppress(Empty):
                progress(*steps.get(timeout=0.5))
        return [ReaderModel(job.result()) for job in jobs]


_steps: Queue[tuple[int, int, int]] | None = None


def _report_to(steps: Queue[tuple[int, int, int]]) -> None:
    global _steps
    _steps = steps


def _fit_one(
    place: int,
    samples: Sequence[Sample],
    settings: Settings,
    about: Mapping[str, Any],
    start: bytes | None,
) -> dict[str, bytes]:
    torch.set_num_threads(1)
    network = None
    if start is not None:
        network = Network()
        network.load_state_dict(safetensors.torch.load(start))

    def report(step: int, steps: int, _: dict[str, float]) -> None:
        assert _steps is not None
        _steps.put((place, step, steps))

    return export(fit(samples, settings, report, network), about)
