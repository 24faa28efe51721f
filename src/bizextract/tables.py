"""Results as tables and files: pandas DataFrames, Parquet, JSONL, and the JSON Schema of records.

The columns follow from the record classes, so that a type of one's own has its roles as columns as
soon as its class is defined, and a table without rows has the columns of one with many.

Example:
    >>> from bizextract.records import Money, Organization
    >>> beta = Organization(text="Beta", start=15, end=19, name="Beta Labs Ltd")
    >>> money = Money(text="$2m", start=28, end=31, value="2000000", currency="USD")
    >>> record = Record.type_of("investment")(target=beta, amount=money, confidence=0.9)
    >>> frame = to_frame([Result(id="a", records=(record,))])
    >>> frame[["document", "type", "target", "amount", "amount_currency"]].to_dict("records")
    [{'document': 'a', 'type': 'investment', 'target': 'Beta Labs Ltd', 'amount': 2000000.0,
      'amount_currency': 'USD'}]
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from bizextract._gold import read_models
from bizextract._roles import class_of, holds_list, leaf_types
from bizextract.errors import InputError, extra
from bizextract.records import Money, PartialDate, Place, Record, Result, Span, each_result

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["json_schema", "read_jsonl", "to_frame", "to_jsonl", "to_parquet"]


class _Kind(Enum):
    """What a column holds, with the dtype that pandas has for it."""

    TEXT = "string"
    TEXTS = "object"
    CATEGORY = "category"
    NUMBER = "float64"
    COUNT = "Int64"
    FLAG = "boolean"
    DAY = "datetime64[ms]"


@dataclass(frozen=True)
class _Column:
    kind: _Kind
    categories: tuple[str, ...] = ()

    def with_(self, other: _Column) -> _Column:
        """The column that holds what two types of record have under one name."""
        if self.kind is other.kind:
            return _Column(self.kind, tuple(dict.fromkeys((*self.categories, *other.categories))))
        if {self.kind, other.kind} == {_Kind.NUMBER, _Kind.COUNT}:
            return _Column(_Kind.NUMBER)
        return _Column(_Kind.TEXT)


_Part = tuple[str, _Kind, Callable[[Any], Any]]

_PARTS: tuple[tuple[type, tuple[_Part, ...]], ...] = (
    (
        Place,
        (
            ("", _Kind.TEXT, str),
            ("_city", _Kind.TEXT, lambda place: place.city),
            ("_region", _Kind.TEXT, lambda place: place.region),
            ("_country", _Kind.TEXT, lambda place: place.country),
        ),
    ),
    (
        Money,
        (
            ("", _Kind.NUMBER, lambda money: money.value),
            ("_max", _Kind.NUMBER, lambda money: money.value_max),
            ("_currency", _Kind.TEXT, lambda money: money.currency),
        ),
    ),
    (
        PartialDate,
        (
            ("", _Kind.TEXT, str),
            ("_first_day", _Kind.DAY, lambda date: date.days[0] if date.days else None),
        ),
    ),
    (bool, (("", _Kind.FLAG, bool),)),
    (int, (("", _Kind.COUNT, int),)),
    (float, (("", _Kind.NUMBER, float),)),
    (Decimal, (("", _Kind.NUMBER, float),)),
)
"""The columns of a role by what it holds: ending of the name, kind, and what of the value."""

_AS_TEXT: tuple[_Part, ...] = (("", _Kind.TEXT, str),)

_HEAD = {
    "document_number": _Column(_Kind.COUNT),
    "document": _Column(_Kind.TEXT),
    "document_title": _Column(_Kind.TEXT),
    "document_url": _Column(_Kind.TEXT),
    "document_date": _Column(_Kind.DAY),
    "record_number": _Column(_Kind.COUNT),
}
_TAIL = {"confidence": _Column(_Kind.NUMBER), "evidence": _Column(_Kind.TEXTS)}
_NO_COLUMNS = frozenset({"type", "confidence", "evidence", "spans"})


def to_frame(results: Iterable[Result], *, tall: bool = False) -> pd.DataFrame:
    """Give the records of results as a pandas DataFrame.

    The wide form has a row for each record, and the columns of all known record types:

    - ``document_number`` and ``record_number`` say where the record stands:
      ``results[document_number].records[record_number]``; then ``document`` (its id),
      ``document_title``, ``document_url`` and ``document_date``.
    - ``type``, ``status``, ``kind`` and ``scope`` are categories.
    - A date is the text of the partial date, as ``2017-Q3``, and ``…_first_day``, a datetime.
    - Money is a float, with ``…_max`` for a range and ``…_currency``; a count is ``Int64``.
    - An organisation is its name; a place too, with ``…_city``, ``…_region`` and ``…_country``.
    - A role with several values is a list of texts, as is the evidence;
      ``frame.explode("partners")`` gives a row for each.
    - ``confidence`` is a float, missing where no model gave one.

    The tall form has a row for each value of a role, with the words that it was read from:
    ``document_number``, ``document``, ``record_number``, ``type``, ``role``, ``value``, ``start``,
    ``end`` and ``text``. The last three are missing where a role has its default.

    Args:
        results: What `extract_many` or `read_jsonl` gave.
        tall: A row for each value of a role, not for each record.

    Returns:
        The table; without records it has no rows, and the same columns and dtypes.

    Raises:
        InputError: What came in are no results, or a role has the name of a fixed column.
        ExtraError: pandas is not installed.

    Example:
        >>> frame = to_frame([])
        >>> len(frame), str(frame["amount"].dtype), str(frame["jobs"].dtype)
        (0, 'float64', 'Int64')
        >>> list(to_frame([], tall=True))[4:]
        ['role', 'value', 'start', 'end', 'text']
    """
    if tall:
        return _frame(_tall_columns(), _tall_rows(results))
    return _frame(_columns(), _rows(results))


def to_parquet(results: Iterable[Result], path: str | Path, *, tall: bool = False) -> None:
    """Write the table that `to_frame` gives to a Parquet file.

    Args:
        results: What `extract_many` or `read_jsonl` gave.
        path: The file; one that is there is written over.
        tall: A row for each value of a role, not for each record.

    Raises:
        InputError: What came in are no results, or the file cannot be written.
        ExtraError: pandas or pyarrow is not installed.

    Example:
        >>> to_parquet(results, "records.parquet")  # doctest: +SKIP
        >>> pandas.read_parquet("records.parquet")["type"].value_counts()  # doctest: +SKIP
    """
    with extra("tables"):
        import pyarrow as pa
        import pyarrow.parquet as pq
    frame = to_frame(results, tall=tall)
    schema = pa.Schema.from_pandas(frame, preserve_index=False)
    # Without rows, nothing tells pyarrow that lists hold texts.
    for number, name in enumerate(frame):
        if frame[name].dtype == object:
            schema = schema.set(number, pa.field(name, pa.list_(pa.string())))
    table = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
    try:
        pq.write_table(table, path)
    except OSError as error:
        raise _unwritable(path, error) from error


def to_jsonl(results: Iterable[Result], path: str | Path) -> None:
    """Write results to a file, a JSON object a line, each as it is taken from ``results``.

    Args:
        results: What `extract_many` or `read_jsonl` gave.
        path: The file; one that is there is written over.

    Raises:
        InputError: What came in are no results, or the file cannot be written.

    Example:
        >>> import tempfile
        >>> from bizextract.records import Partnership
        >>> results = [Result(id="a", text="…", records=(Partnership(kind="memorandum"),))]
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     to_jsonl(results, f"{folder}/results.jsonl")
        ...     read_jsonl(f"{folder}/results.jsonl") == results
        True
    """
    target = Path(path)
    try:
        file = target.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        raise _unwritable(path, error) from error
    with file:
        for result in each_result(results):
            file.write(result.model_dump_json() + "\n")


def read_jsonl(path: str | Path) -> list[Result]:
    """Read the results that `to_jsonl` or ``bizextract extract -f jsonl`` wrote.

    What the command line wrote has no texts; all else is there. The classes of record types of
    one's own are defined, or imported, before their records are read.

    Args:
        path: The file, UTF-8; empty lines are passed over.

    Returns:
        Results equal to those that were written, each record of its type's class.

    Raises:
        InputError: The file cannot be read, or a line holds no result; the message names file and
            line, what came in and what is legal.

    Example:
        >>> read_jsonl("none.jsonl")
        Traceback (most recent call last):
        ...
        bizextract.errors.InputError: none.jsonl: cannot be read: No such file or directory
    """
    return [result for _, result in read_models(path, Result, InputError)]


def json_schema(type: str | None = None) -> dict[str, Any]:
    """Give the JSON Schema of a record type, or of a result with records of all known types.

    Args:
        type: A record type's name; None asks for a whole result, as it stands in a line of JSONL.

    Returns:
        A JSON Schema, draft 2020-12, of what is written; ``bizextract schema`` prints it.

    Raises:
        InputError: There is no such type.

    Example:
        >>> schema = json_schema("partnership")
        >>> schema["title"], schema["properties"]["kind"]["enum"][:2]
        ('Partnership', ['joint_venture', 'memorandum'])
    """
    schema: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    if type is not None:
        try:
            record = class_of(type)
        except ValueError as error:
            raise InputError(str(error)) from error
        return schema | record.model_json_schema(mode="serialization")
    result = Result.model_json_schema(mode="serialization")
    definitions: dict[str, Any] = result["$defs"]
    del definitions["Record"]  # the parent, in whose place its children stand
    for model in _record_classes():
        whole = model.model_json_schema(mode="serialization")
        definitions |= whole.pop("$defs", {}) | {model.__name__: whole}
    known = [{"$ref": f"#/$defs/{model.__name__}"} for model in _record_classes()]
    result["properties"]["records"]["items"] = {"oneOf": known}
    return schema | result


def _unwritable(path: str | Path, error: OSError) -> InputError:
    return InputError(f"cannot write to {path}: {error.strerror or error}")


# --- columns -------------------------------------------------------------------------------


def _record_classes() -> list[type[Record]]:
    return list(Record._types.values())


def _with_parent() -> list[type[Record]]:
    """`Record` and all known types: what all records have comes first."""
    return [Record, *_record_classes()]


@cache
def _parts(record: type[Record], role: str) -> tuple[_Part, ...]:
    """The columns of a role that holds one value; a role of several types is text."""
    leaves = list(leaf_types(record.model_fields[role].annotation))
    if len(leaves) != 1 or not isinstance(leaves[0], type):
        return _AS_TEXT
    return next((parts for kind, parts in _PARTS if issubclass(leaves[0], kind)), _AS_TEXT)


def _columns() -> dict[str, _Column]:
    """The wide form's columns: those of all documents, then the roles of all known types."""
    types = _Column(_Kind.CATEGORY, tuple(Record._types))
    roles: dict[str, _Column] = {}
    for record in _with_parent():
        for role in record.model_fields:
            if role in _NO_COLUMNS:
                continue
            for name, column in _columns_of(record, role):
                if name in _HEAD or name in _TAIL:
                    raise InputError(
                        f"role {role!r} of {record.__name__} has the name of a column of its own; "
                        "give it another"
                    )
                roles[name] = roles[name].with_(column) if name in roles else column
    return {**_HEAD, "type": types, "status": roles.pop("status"), **roles, **_TAIL}


def _columns_of(record: type[Record], role: str) -> Iterator[tuple[str, _Column]]:
    annotation = record.model_fields[role].annotation
    leaves = list(leaf_types(annotation))
    if holds_list(annotation):
        yield role, _Column(_Kind.TEXTS)
    elif all(get_origin(leaf) is Literal for leaf in leaves):
        choices = [str(choice) for leaf in leaves for choice in get_args(leaf)]
        yield role, _Column(_Kind.CATEGORY, tuple(choices))
    else:
        for ending, kind, _ in _parts(record, role):
            yield role + ending, _Column(kind)


def _tall_columns() -> dict[str, _Column]:
    roles = [role for record in _with_parent() for role in record.model_fields]
    return {
        "document_number": _HEAD["document_number"],
        "document": _HEAD["document"],
        "record_number": _HEAD["record_number"],
        "type": _Column(_Kind.CATEGORY, tuple(Record._types)),
        "role": _Column(
            _Kind.CATEGORY, tuple(r for r in dict.fromkeys(roles) if r not in _NO_COLUMNS)
        ),
        "value": _Column(_Kind.TEXT),
        "start": _Column(_Kind.COUNT),
        "end": _Column(_Kind.COUNT),
        "text": _Column(_Kind.TEXT),
    }


# --- rows ----------------------------------------------------------------------------------


def _rows(results: Iterable[Result]) -> Iterator[dict[str, Any]]:
    for document_number, result in enumerate(each_result(results)):
        head = {
            "document_number": document_number,
            "document": result.id,
            "document_title": result.title,
            "document_url": result.url,
            "document_date": _day(result.date),
        }
        for record_number, record in enumerate(result.records):
            yield {
                **head,
                "record_number": record_number,
                "type": record.type,
                **_cells(record),
                "confidence": record.confidence,
                "evidence": [passage.text for passage in record.evidence],
            }


def _cells(record: Record) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for role in type(record).model_fields:
        value = getattr(record, role)
        if role in _NO_COLUMNS or value is None:
            continue
        if isinstance(value, tuple | list):
            cells[role] = [str(one) for one in value]
            continue
        for ending, _, part in _parts(type(record), role):
            cells[role + ending] = part(value)
    return cells


def _tall_rows(results: Iterable[Result]) -> Iterator[dict[str, Any]]:
    for document_number, result in enumerate(each_result(results)):
        for record_number, record in enumerate(result.records):
            for role, value in record.values():
                words = value if isinstance(value, Span) else record.spans.get(role)
                yield {
                    "document_number": document_number,
                    "document": result.id,
                    "record_number": record_number,
                    "type": record.type,
                    "role": role,
                    "value": str(value),
                    "start": words.start if words else None,
                    "end": words.end if words else None,
                    "text": words.text if words else None,
                }


def _day(date: str | None) -> datetime.date | None:
    """The day of a document's date; None where the date is not ISO 8601."""
    try:
        return datetime.datetime.fromisoformat(date).date() if date else None
    except ValueError:
        return None


def _frame(columns: dict[str, _Column], rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    with extra("tables"):
        import pandas as pd
    cells: dict[str, list[Any]] = {name: [] for name in columns}
    for row in rows:
        for name, column in cells.items():
            column.append(row.get(name))
    return pd.DataFrame({name: _series(columns[name], cells[name]) for name in columns})


def _series(column: _Column, cells: list[Any]) -> pd.Series:
    import numpy as np
    import pandas as pd

    match column.kind:
        case _Kind.TEXT:
            values: list[Any] = [None if cell is None else str(cell) for cell in cells]
            return pd.Series(values, dtype="string")
        case _Kind.TEXTS:
            return pd.Series([[] if cell is None else cell for cell in cells], dtype=object)
        case _Kind.CATEGORY:
            values = [None if cell is None else str(cell) for cell in cells]
            return pd.Series(pd.Categorical(values, categories=list(column.categories)))
        case _Kind.NUMBER:
            values = [None if cell is None else float(cell) for cell in cells]
            return pd.Series(values, dtype="float64")
        case _Kind.DAY:
            return pd.Series(np.array(cells, dtype="datetime64[ms]"))  # NaT for None
        case kind:
            return pd.Series(cells, dtype=kind.value)
