"""`Extractor`: holds a pipeline and reads documents with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

from bizextract._pipeline import DEFAULT_ENGINE, Engine, Frames, Triggers, build, open_saved
from bizextract._text import Article, check_length
from bizextract.records import Result

Input = str | Article


class Extractor:
    """Reads business news and gives typed records.

    Args:
        model: A folder that `bizextract train` or ``nlp.to_disk`` wrote; None takes what ships.
        engine: ``"both"`` (rules and reader, the default), ``"rules"`` or ``"reader"``; ignored
            where a model is given, which has its own.
        base: Name or path of an English base pipeline; None takes the one that ships.
        frames: Frame files of types of one's own; see docs/adding_types.md.
        triggers: More words for rules, by a rule's id, such as ``{"partner-verb": ["buddy up"]}``.

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
    ) -> None:
        self.nlp: Language = (
            build(engine, base, frames=frames, triggers=triggers)
            if model is None
            else open_saved(model, frames=frames, triggers=triggers)
        )

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
        if not article.text.strip():
            return _result(article, None, min_confidence)
        return _result(article, self.nlp(self._doc(article)), min_confidence)

    def pipe(
        self,
        items: Iterable[Input],
        *,
        n_process: int = 1,
        batch_size: int = 32,
        min_confidence: float = 0.0,
    ) -> Iterator[Result]:
        """Read a stream of documents, in order.

        Args:
            items: Texts or articles; read as results are taken, a batch ahead.
            n_process: How many processes read.
            batch_size: How many documents are read at once.
            min_confidence: As for `extract`.

        Yields:
            A result for each document.

        Raises:
            InputError: An item is not text, is too long, or its date is invalid.
        """
        pairs = ((self._doc(a), a) for a in (_article(item) for item in items))
        read = self.nlp.pipe(pairs, as_tuples=True, n_process=n_process, batch_size=batch_size)
        for doc, article in read:
            yield _result(article, doc, min_confidence)

    def _doc(self, article: Article) -> Doc:
        check_length(article, self.nlp.max_length)
        doc = self.nlp.make_doc(article.full_text)
        doc._.bizextract_date = article.date
        return doc


def _article(
    item: Input, *, title: str | None = None, date: str | None = None, url: str | None = None
) -> Article:
    if isinstance(item, Article):
        given = {"title": title, "date": date, "url": url}
        return item.with_(**{k: v for k, v in given.items() if v is not None})
    return Article(text=item, title=title, date=date, url=url)


def _result(article: Article, doc: Doc | None, min_confidence: float) -> Result:
    found = doc._.bizextract.records if doc is not None else ()
    return Result(
        id=article.id,
        text=article.full_text,
        title=article.title,
        date=article.date,
        url=article.url,
        records=tuple(r for r in found if r.confidence is None or r.confidence >= min_confidence),
    )
