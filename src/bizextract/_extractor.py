"""`Extractor`: holds a pipeline and reads documents with it."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from spacy.language import Language
from spacy.tokens import Doc

from bizextract._language import other_language
from bizextract._pipeline import (
    DEFAULT_ENGINE,
    Engine,
    Frames,
    Triggers,
    build,
    load_weights,
    narrow,
    open_saved,
)
from bizextract._text import (
    Article,
    Problem,
    check_length,
    pieces_of,
    without_surrogates,
)
from bizextract._triage import readable_passages
from bizextract.components.passages import doc_of_passages
from bizextract.errors import BizExtractError, InputError, quote
from bizextract.records import Record, Result

Input: TypeAlias = str | Article | Problem

OnError = Literal["raise", "skip", "record"]

_REASON_LIMIT = 300  # characters; what other libraries raise may quote a whole text

_LONGEST = 100_000_000  # characters; what is longer is no document but a mistake
_AT_ONCE = 32  # documents

_log = logging.getLogger("bizextract")

_reading = threading.Lock()
"""Held while a pipeline reads: what a vocabulary learns from a text is freed after it, and spaCy
does not know for whom. Threads gain nothing from more, as one at a time runs Python."""


def _renew_lock() -> None:
    global _reading
    _reading = threading.Lock()


if hasattr(os, "register_at_fork"):  # a process that was forked meanwhile is not to wait for ever
    os.register_at_fork(after_in_child=_renew_lock)


class Extractor:
    """Reads business news and gives typed records.

    Args:
        model: A folder that `bizextract train` or ``nlp.to_disk`` wrote; None takes what ships.
        engine: ``"both"`` (rules and reader, the default), ``"rules"`` or ``"reader"``; ignored
            where a model is given, which has its own.
        base: Name or path of an English base pipeline; None takes the one that ships.
        frames: Frame files of types of one's own; see docs/adding_types.md.
        triggers: More words for rules, by a rule's id, such as ``{"partner-verb": ["buddy up"]}``.
        triage: Whether only the passages that can hold an event are read, which is many times
            faster; see docs/scale.md.

    Raises:
        LexiconError: A frame file or a trigger is wrong.
        ModelError: A pipeline or weights are missing or damaged.

    Example:
        >>> reader = Extractor(engine="rules")
        >>> reader.extract("Acme Inc. will move its headquarters to Lyon.").records[0].type
        'headquarters_opening'
    """

    def __init__(
        self,
        model: str | Path | None = None,
        *,
        engine: Engine = DEFAULT_ENGINE,
        base: str | Path | None = None,
        frames: Frames = (),
        triggers: Triggers | None = None,
        triage: bool = True,
    ) -> None:
        self.nlp: Language = (
            build(engine, base, frames=frames, triggers=triggers)
            if model is None
            else open_saved(model, frames=frames, triggers=triggers)
        )
        load_weights(self.nlp)
        self.nlp.max_length = _LONGEST  # long texts are read in pieces
        self.triage = narrow(self.nlp) if triage else None

    def extract(
        self,
        item: Input,
        *,
        title: str | None = None,
        date: str | None = None,
        url: str | None = None,
        min_confidence: float = 0.0,
    ) -> Result:
        """Read one document.

        Args:
            item: The text, or an `Article`.
            title: The headline, where it does not stand in the text.
            date: The document's date, ISO 8601; relative dates are resolved against it.
            url: Where the document comes from.
            min_confidence: Records less likely than this are left out, between 0 and 1.

        Returns:
            The result, with its records in order of appearance.

        Raises:
            InputError: The input is not text, is too long, or the date is invalid.
        """
        article = _article(item, title=title, date=date, url=url)
        check_length(article, self.nlp.max_length)
        (result,) = self._results([article], min_confidence)
        return result

    def pipe(
        self,
        items: Iterable[Input],
        *,
        n_process: int = 1,
        batch_size: int = 32,
        min_confidence: float = 0.0,
        on_error: OnError = "raise",
    ) -> Iterator[Result]:
        """Read a stream of documents, in order.

        Args:
            items: Texts or articles; read as results are taken, a few batches ahead.
            n_process: How many processes read.
            batch_size: How many documents are read at once.
            min_confidence: As for `extract`.
            on_error: What becomes of a document that cannot be read: ``"raise"`` ends the stream
                with its error, ``"skip"`` leaves it out and logs a warning with id and reason,
                ``"record"`` gives a result without records whose ``error`` is the reason.

        Yields:
            A result for each document.

        Raises:
            InputError: An item is not text, is too long, or its date is invalid, and ``on_error``
                is ``"raise"``; or ``on_error`` is none of the three.
        """
        if on_error not in get_args(OnError):
            legal = ", ".join(get_args(OnError))
            raise InputError(f"no on_error {quote(on_error)}; choose one of: {legal}")
        read = partial(self._read, min_confidence=min_confidence, keep_failures=on_error != "raise")
        batches = _batches(items, batch_size)
        results = (
            chain.from_iterable(map(read, batches))
            if n_process == 1
            else _in_processes(read, batches, n_process)
        )
        for number, result in enumerate(results, start=1):
            if result.error is not None and on_error == "skip":
                name = f"document {number}" if result.id is None else quote(result.id)
                _log.warning("%s is left out: %s", name, result.error)
            else:
                yield result

    def _read(
        self, items: list[Input], *, min_confidence: float, keep_failures: bool
    ) -> list[Result]:
        """Read a batch; where it fails as a whole, each document by itself."""
        results: list[Result | None] = []
        articles: list[Article] = []
        for item in items:
            try:
                article = _article(item)
                check_length(article, self.nlp.max_length)
            except InputError as error:
                if not keep_failures:
                    raise
                results.append(_failure(item, error))
            else:
                results.append(None)
                articles.append(article)
        try:
            found = self._results(articles, min_confidence)
        except Exception:
            found = [self._alone(article, min_confidence, keep_failures) for article in articles]
        rest = iter(found)
        return [next(rest) if result is None else result for result in results]

    def _alone(self, article: Article, min_confidence: float, keep_failures: bool) -> Result:
        try:
            (result,) = self._results([article], min_confidence)
        except Exception as error:
            if not keep_failures:
                error.add_note(f"It was raised by the document with the id {quote(article.id)}.")
                raise
            return _failure(article, error)
        return result

    def _results(self, articles: list[Article], min_confidence: float) -> list[Result]:
        found: list[list[Record]] = [[] for _ in articles]
        warnings: list[list[str]] = [[] for _ in articles]

        def docs() -> Iterator[tuple[Doc, tuple[int, int]]]:
            for number, article in enumerate(articles):
                if language := other_language(article.full_text):
                    warnings[number].append(f"the text is in {language}; only English is read")
                    continue
                pieces = list(pieces_of(article.full_text))
                if len(pieces) > 1:
                    warnings[number].append(
                        f"the text is long and was read in {len(pieces)} pieces; what two of them "
                        "tell of one event is not joined"
                    )
                for start, end in pieces:
                    if (doc := self._doc(article, start, end)) is not None:
                        yield doc, (number, start)

        # Strings and lexemes of the texts are freed at the end: memory stays flat over any number.
        with _reading, self.nlp.memory_zone():
            read = self.nlp.pipe(
                docs(), as_tuples=True, batch_size=max(1, min(len(articles), _AT_ONCE))
            )
            for doc, (number, start) in read:
                found[number] += (_moved(r, start) for r in doc._.bizextract.records)
        return [
            _result(article, records, warned, min_confidence)
            for article, records, warned in zip(articles, found, warnings, strict=True)
        ]

    def _doc(self, article: Article, start: int, end: int) -> Doc | None:
        """Make a document of what is to be read of a piece; None where that is nothing."""
        piece = article.full_text[start:end]
        title = None if start else article.title
        passages = readable_passages(piece, title, self.triage, headed=not start)
        if not passages:
            return None
        doc = doc_of_passages(self.nlp, piece, passages, clean=True)
        doc._.bizextract_date = article.date
        return doc


def _moved(record: Record, by: int) -> Record:
    """Let the offsets of a record, which point into a piece, point into the whole text."""
    if not by:
        return record
    moved: Record = Record.model_validate(_moved_value(record.model_dump(), by))
    return moved


def _moved_value(value: Any, by: int) -> Any:
    if isinstance(value, dict):
        moved = {name: _moved_value(inner, by) for name, inner in value.items()}
        if {"text", "start", "end"} <= value.keys():
            moved |= {"start": value["start"] + by, "end": value["end"] + by}
        return moved
    return [_moved_value(v, by) for v in value] if isinstance(value, list | tuple) else value


def _article(
    item: Input, *, title: str | None = None, date: str | None = None, url: str | None = None
) -> Article:
    if isinstance(item, Article):
        given = {"title": title, "date": date, "url": url}
        return item.with_(**{k: v for k, v in given.items() if v is not None})
    if isinstance(item, Problem):
        raise InputError(str(item))
    return Article(text=item, title=title, date=date, url=url)


def _result(
    article: Article, found: list[Record], warnings: list[str], min_confidence: float
) -> Result:
    return Result(
        id=article.id,
        text=article.full_text,
        title=article.title,
        date=article.date,
        url=article.url,
        records=tuple(r for r in found if r.confidence is None or r.confidence >= min_confidence),
        warnings=tuple(warnings),
    )


def _failure(item: Input, error: Exception) -> Result:
    """Give what stands for a document that could not be read."""
    if isinstance(item, Problem):
        return Result(id=item.name, error=without_surrogates(item.reason))
    reason = " ".join(str(error).split())
    if not isinstance(error, BizExtractError):  # its own name says more than its message
        reason = f"{type(error).__name__}: {reason}"
    if len(reason) > _REASON_LIMIT:
        reason = reason[: _REASON_LIMIT - 1] + "…"
    reason = without_surrogates(reason)
    if isinstance(item, Article):
        return Result(id=item.id, title=item.title, date=item.date, url=item.url, error=reason)
    return Result(error=reason)


# --- several processes -------------------------------------------------------------------------

_Read: TypeAlias = Callable[[list[Input]], list[Result]]

_read_here: _Read | None = None
"""What a process that was started to read does with a batch."""


def _batches(items: Iterable[Input], size: int) -> Iterator[list[Input]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def _in_processes(read: _Read, batches: Iterable[list[Input]], n_process: int) -> Iterator[Result]:
    """Read batches in other processes, in order, at most two ahead for each process.

    Not ``nlp.pipe(n_process=…)``: there, one error ends the stream, and whole documents are sent
    back, whose bytes cost more to pack than their few records.
    """
    pool = ProcessPoolExecutor(n_process, initializer=_start, initargs=(read,))
    ahead: deque[Future[list[Result]]] = deque()
    try:
        for batch in batches:
            ahead.append(pool.submit(_read_batch, batch))
            if len(ahead) > 2 * n_process:
                yield from ahead.popleft().result()
        while ahead:
            yield from ahead.popleft().result()
    except BrokenProcessPool as error:
        raise BizExtractError(
            "a process that reads was ended from outside, perhaps for want of memory; take fewer "
            "processes, or smaller batches"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _start(read: _Read) -> None:
    global _read_here
    _read_here = read
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process when the one that started it is gone, which a killed one cannot tell."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _read_batch(batch: list[Input]) -> list[Result]:
    assert _read_here is not None
    return _read_here(batch)
