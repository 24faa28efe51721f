"""The verbs of the package: thin over `Extractor`, which is built on first use and kept."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from bizextract._text import Article
from bizextract.errors import InputError
from bizextract.records import Result

if TYPE_CHECKING:
    from spacy.language import Language

    from bizextract._extractor import Extractor, OnError
    from bizextract._pipeline import Engine, Frames, Triggers


@lru_cache(maxsize=4)
def _extractor(
    engine: Engine | None, frames: tuple[tuple[str, int], ...] = (), triage: bool = True
) -> Extractor:
    from bizextract._extractor import Extractor
    from bizextract._pipeline import DEFAULT_ENGINE

    paths = [path for path, _ in frames]
    return Extractor(engine=engine or DEFAULT_ENGINE, frames=paths, triage=triage)


def _versions(frames: Frames) -> tuple[tuple[str, int], ...]:
    """Frame files with the time of their last change, so that an edited file is read again."""
    paths = [frames] if isinstance(frames, str | Path) else frames
    return tuple((str(p), os.stat(p).st_mtime_ns if os.path.exists(p) else 0) for p in paths)


def extract(
    item: str | Article | None = None,
    *,
    html: str | bytes | None = None,
    title: str | None = None,
    date: str | None = None,
    url: str | None = None,
    engine: Engine | None = None,
    min_confidence: float = 0.0,
    frames: Frames = (),
    triage: bool = True,
) -> Result:
    """Read one document and give its records.

    The pipeline is loaded on the first call and kept.

    Args:
        item: The text, or an `Article`.
        html: A web page in place of a text; its main text is read, which the result keeps. Needs
            ``bizextract[html]``.
        title: The headline, where it does not stand in the text.
        date: The document's date, ISO 8601; relative dates are resolved against it.
        url: Where the document comes from.
        engine: ``"both"``, ``"rules"`` or ``"reader"``; None takes the default.
        min_confidence: Records less likely than this are left out, between 0 and 1.
        frames: Frame files of types of one's own; see docs/adding_types.md.
        triage: Whether only the passages that can hold an event are read; see docs/scale.md.

    Returns:
        The result, with its records in order of appearance.

    Raises:
        InputError: The input is not text, is too long, or the date is invalid; there are both a
            text and a page, or neither; the page holds no text.
        LexiconError: A frame file is wrong.
        ModelError: The base pipeline or weights are missing or damaged.

    Example:
        >>> result = extract("Acme Foods Inc. will move its headquarters to Lyon.")
        >>> result.headquarters[0].company.name
        'Acme Foods Inc.'
    """
    if html is not None:
        if item is not None:
            raise InputError("give a text or html=, not both")
        item = Article.from_html(html)
    if item is None:
        raise InputError("text must be a string, not NoneType; give a text, an Article or html=")
    return _extractor(engine, _versions(frames), triage).extract(
        item, title=title, date=date, url=url, min_confidence=min_confidence
    )


def extract_many(
    items: Iterable[str | Article],
    *,
    engine: Engine | None = None,
    n_process: int = 1,
    batch_size: int = 32,
    min_confidence: float = 0.0,
    on_error: OnError = "raise",
    frames: Frames = (),
    triage: bool = True,
) -> Iterator[Result]:
    """Read a stream of documents and give their results, in order.

    Args:
        items: Texts or articles; they are read as results are taken.
        engine: ``"both"``, ``"rules"`` or ``"reader"``; None takes the default.
        n_process: How many processes read.
        batch_size: How many documents are read at once.
        min_confidence: Records less likely than this are left out, between 0 and 1.
        on_error: What becomes of a document that cannot be read: ``"raise"`` ends the stream with
            its error, ``"skip"`` leaves it out and logs a warning with id and reason,
            ``"record"`` gives a result without records whose ``error`` is the reason.
        frames: Frame files of types of one's own; see docs/adding_types.md.
        triage: Whether only the passages that can hold an event are read; see docs/scale.md.

    Yields:
        A result for each document.

    Raises:
        InputError: An item is not text, is too long, or its date is invalid, and ``on_error`` is
            ``"raise"``; or ``on_error`` is none of the three.
        LexiconError: A frame file is wrong.
        ModelError: The base pipeline or weights are missing or damaged.

    Example:
        >>> texts = ["Acme Foods Inc. will move its headquarters to Lyon."] * 2
        >>> [len(result.records) for result in extract_many(texts)]
        [1, 1]
        >>> [result.error for result in extract_many([*texts, 7], on_error="record")]
        [None, None, "text must be a string, not int: '7'"]
    """
    yield from _extractor(engine, _versions(frames), triage).pipe(
        items,
        n_process=n_process,
        batch_size=batch_size,
        min_confidence=min_confidence,
        on_error=on_error,
    )


def load(
    model: str | Path | None = None,
    *,
    engine: Engine = "both",
    base: str | Path | None = None,
    frames: Frames = (),
    triggers: Triggers | None = None,
) -> Language:
    """Load the spaCy pipeline; its documents carry ``doc._.bizextract``, a `Result`.

    Args:
        model: A folder that `bizextract train` or ``nlp.to_disk`` wrote; None takes what ships.
        engine: ``"both"``, ``"rules"`` or ``"reader"``.
        base: Name or path of an English base pipeline; None takes the one that ships.
        frames: Frame files of types of one's own; see docs/adding_types.md.
        triggers: More words for rules, by a rule's id, such as ``{"partner-verb": ["buddy up"]}``.

    Returns:
        A pipeline of one's own, not shared with `extract`.

    Raises:
        InputError: There is no such engine, or it has no rules to add frames to.
        LexiconError: A frame file or a trigger is wrong.
        ModelError: The base pipeline is missing, or a saved one damaged; with the first document,
            where the reader's weights are.

    Example:
        >>> doc = load()("Acme Foods Inc. will move its headquarters to Lyon.")
        >>> doc._.bizextract.headquarters[0].location.name
        'Lyon'
    """
    from bizextract._pipeline import build, open_saved

    if model is not None:
        return open_saved(model, frames=frames, triggers=triggers)
    return build(engine, base, frames=frames, triggers=triggers)
