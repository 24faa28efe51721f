"""What is scored: records that were predicted, and the texts of gold to predict them from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from bizextract._gold import GoldDocument, read_lines
from bizextract._text import Article
from bizextract.errors import InputError, quote
from bizextract.evaluation.agreement import Json
from bizextract.records import Record, Result

Predictions: TypeAlias = Mapping[str, Result | Sequence[Record | Json]]


def _as_json(record: Record | Json, document: str) -> Json:
    if isinstance(record, Record):
        return record.model_dump(mode="json")
    if isinstance(record, Mapping):
        return record
    raise InputError(
        f"prediction for document {quote(document)}: {quote(record)} is no record; "
        "give Record objects or JSON objects"
    )


def records_of(predictions: Predictions, document: str) -> list[Json]:
    """The records predicted for a document, as JSON."""
    given = predictions.get(document, ())
    return [_as_json(r, document) for r in (given.records if isinstance(given, Result) else given)]


def read_predictions(path: str | Path) -> dict[str, list[Json]]:
    """Read predicted records: one JSON object a line, with ``id`` and ``records``.

    Args:
        path: The file, UTF-8, as ``bizextract extract`` writes it.

    Returns:
        The records of each document, as JSON.

    Raises:
        InputError: The file cannot be read, or a line has no id, a list of records with types, or
            an id that stands in the file already.

    Example:
        >>> evaluate(read_gold("gold.jsonl"), read_predictions("out.jsonl"))  # doctest: +SKIP
    """
    predictions: dict[str, list[Json]] = {}
    for where, value in read_lines(path, InputError):
        key, records = value.get("id"), value.get("records", [])
        if not isinstance(key, str):
            raise InputError(f"{where}: the id is {quote(key)}; write a string")
        if key in predictions:
            raise InputError(f"{where}: the id {quote(key)} stands in an earlier line already")
        if not isinstance(records, list) or not all(_has_type(record) for record in records):
            raise InputError(f"{where}: records is not a list of objects that have a type")
        predictions[key] = records
    return predictions


def _has_type(record: object) -> bool:
    return isinstance(record, dict) and isinstance(record.get("type"), str)


def articles_of(gold: Iterable[GoldDocument]) -> list[Article]:
    """Give the texts of gold documents with their dates, so that the library can read them.

    Args:
        gold: Annotated documents.

    Returns:
        An article for each document, under the document's id.

    Raises:
        InputError: A document has no text.

    Example:
        >>> [article.id for article in articles_of([GoldDocument(id="1", text="", orgs=(),
        ...                                                      records=())])]
        ['1']
    """
    articles = []
    for document in gold:
        if document.text is None:
            raise InputError(
                f"the gold document {quote(document.id)} has no text to read; add the text, or "
                "give the predicted records"
            )
        articles.append(Article(text=document.text, date=document.date, id=document.id))
    return articles
