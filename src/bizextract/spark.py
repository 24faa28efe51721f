"""DataFrames in, DataFrames out: extraction on Spark. Needs the extra ``bizextract[spark]``.

Each Python worker loads the pipeline once and keeps it; a worker needs bizextract installed, and
about as much memory as a process of `bizextract.extract_many`.

Example:
    >>> news = session.read.parquet("news.parquet")  # doctest: +SKIP
    >>> extract(news, text="body").groupBy("type").count().show()  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice, tee
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bizextract._extractor import Extractor
from bizextract._pipeline import DEFAULT_ENGINE, Engine, Frames
from bizextract._text import Article, Problem
from bizextract.errors import InputError, extra, quote
from bizextract.records import Record, RecordClass, Result

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

__all__ = ["extract", "schema"]

_DOCUMENTS_AT_ONCE = 256
"""How many documents' records a worker sends back at once."""


def extract(
    documents: DataFrame,
    *,
    text: str = "text",
    id: str | None = None,
    title: str | None = None,
    date: str | None = None,
    engine: Engine | None = None,
    model: str | Path | None = None,
    frames: Frames = (),
    min_confidence: float = 0.0,
) -> DataFrame:
    """Give the records of a DataFrame of documents, a row for each record.

    The columns are those of `schema`. A document that cannot be read has one row, with nothing but
    its id and the reason as ``error``; one that holds no records has none.

    Args:
        documents: A row for each document.
        text: The column with the texts, a string.
        id: The column with the documents' ids; None takes ``id`` where there is such a column.
        title: The column with headlines; None takes ``title`` where there is such a column.
        date: The column with dates: dates, timestamps or strings in ISO 8601; None takes ``date``
            where there is such a column.
        engine: ``"both"``, ``"rules"`` or ``"reader"``; None takes the default.
        model: A folder with a pipeline of one's own, which each worker can read.
        frames: Frame files of types of one's own, which each worker can read.
        min_confidence: Records less likely than this are left out, between 0 and 1.

    Returns:
        The records, in the order of the documents in each partition.

    Raises:
        ExtraError: PySpark or pyarrow is not installed.
        InputError: A column is missing, or the texts are no strings.

    Example:
        >>> records = extract(news, id="url", date="published")  # doctest: +SKIP
        >>> records.where("error is null").select("company.name").show()  # doctest: +SKIP
    """
    with extra("spark"):
        import pyarrow
        from pyspark.sql import functions as F
    columns = _columns(documents, text=text, id=id, title=title, date=date)
    table = _arrow_schema(known := _known_types())
    frames = (frames,) if isinstance(frames, str | Path) else tuple(frames)
    model = None if model is None else str(model)
    named = tuple(map(str, frames))

    def read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        # The classes are held so that a worker, to which they are pickled, has them defined.
        assert known
        extractor = _loaded(model, engine or DEFAULT_ENGINE, named)
        rows, again = tee(row for batch in batches for row in batch.to_pylist())
        results = extractor.pipe(
            map(_article, rows), min_confidence=min_confidence, on_error="record"
        )
        found = zip(again, results, strict=True)
        while some := list(islice(found, _DOCUMENTS_AT_ONCE)):
            flat = [flat for row, result in some for flat in _flat(row.get("id"), result)]
            yield pyarrow.RecordBatch.from_pylist(flat, schema=table)

    chosen = [F.col(_quoted(name)).cast("string").alias(role) for role, name in columns.items()]
    return documents.select(*chosen).mapInArrow(read, schema())


def schema() -> StructType:
    """Give the columns of what `extract` gives; they follow from the record classes.

    First ``document``, the id, and ``error``, the reason why a document could not be read; then
    the fields of all known record types, as they stand in JSON: values with text and offsets are
    structs, lists are arrays, ``spans`` is a map. Amounts of money are strings, so that none is
    rounded or too large: cast them as you need. Types of your own have their fields there as soon
    as their classes are imported.

    Raises:
        ExtraError: PySpark or pyarrow is not installed.
        InputError: Two record types have fields of one name that hold different things.

    Example:
        >>> schema()["location"].dataType["country"].dataType.simpleString()
        'string'
        >>> schema()["partners"].dataType.elementType["name"].dataType.simpleString()
        'string'
    """
    with extra("spark"):
        from pyspark.sql.pandas.types import from_arrow_schema
    return from_arrow_schema(_arrow_schema(_known_types()))


def _columns(documents: DataFrame, *, text: str, **others: str | None) -> dict[str, str]:
    """Give the columns to read, by what they hold."""
    there = ", ".join(documents.columns)
    for name in (text, *others.values()):
        if name is not None and name not in documents.columns:
            raise InputError(f"no column {quote(name)}; the columns are {quote(there)}")
    kind = documents.schema[text].dataType.simpleString()
    if not kind.startswith(("string", "varchar", "char", "void")):
        raise InputError(f"the column {quote(text)} holds {kind}; name one of strings with text=")
    found = {role: role if name is None else name for role, name in others.items()}
    return {"text": text} | {role: n for role, n in found.items() if n in documents.columns}


def _quoted(name: str) -> str:
    """Quote a column's name, so that a dot in it is a dot."""
    return "`" + name.replace("`", "``") + "`"


@lru_cache(maxsize=2)
def _loaded(model: str | None, engine: Engine, frames: tuple[str, ...]) -> Extractor:
    """Load the pipeline of a worker, which lives as long as the worker."""
    return Extractor(model, engine=engine, frames=frames)


def _article(row: Mapping[str, str | None]) -> Article | Problem:
    try:
        return Article(**row)  # type: ignore[arg-type]  # what is no text is told as a reason
    except InputError as error:
        return Problem(row.get("id") or "", str(error))


def _flat(document: str | None, result: Result) -> Iterator[dict[str, Any]]:
    if result.error is not None:
        yield {"document": document, "error": result.error}
    for record in result.records:
        row = record.model_dump(mode="json")
        yield {"document": document, **row, "spans": list(row["spans"].items())}


# --- the schema ------------------------------------------------------------------------------

_SCALARS = {"string": "string", "integer": "int64", "number": "float64", "boolean": "bool"}
"""Arrow's types by those of JSON Schema."""

_Names = tuple[str, ...]


def _known_types() -> list[RecordClass]:
    return list(Record._types.values())


def _arrow_schema(types: Iterable[RecordClass]) -> pa.Schema:
    with extra("spark"):
        import pyarrow as pa
    fields = {"document": pa.string(), "error": pa.string()}
    for record in types:
        whole = record.model_json_schema(mode="serialization")
        for name, part in whole["properties"].items():
            if name in ("document", "error"):
                raise InputError(f"{record.__name__}.{name} has the name of a column of ours")
            kind = _arrow_type(part, whole.get("$defs", {}), ())
            try:
                fields[name] = _joined(fields[name], kind) if name in fields else kind
            except TypeError as error:
                raise InputError(
                    f"{record.__name__}.{name} holds {error} in another type; give it another name"
                ) from None
    return pa.schema(fields.items())


def _arrow_type(part: Mapping[str, Any], models: Mapping[str, Any], within: _Names) -> pa.DataType:
    """Give the Arrow type of a part of a JSON Schema.

    Args:
        part: The part.
        models: The schema's definitions, by name.
        within: The definitions that the part stands in. A field that holds its own model again
            (the restatements of a restated amount) is left out, as no column can nest for ever.
    """
    import pyarrow as pa

    if "anyOf" in part:
        kinds = [_arrow_type(one, models, within) for one in part["anyOf"] if one != _NULL]
        joined = kinds[0]
        for kind in kinds[1:]:
            joined = _joined(joined, kind)
        return joined
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        inside = (*within, name)
        return pa.struct(
            {
                field: _arrow_type(value, models, inside)
                for field, value in models[name]["properties"].items()
                if not (name in within and _holds(value, name))
            }.items()
        )
    if part["type"] == "array":
        return pa.list_(_arrow_type(part["items"], models, within))
    if part["type"] == "object":
        return pa.map_(pa.string(), _arrow_type(part["additionalProperties"], models, within))
    return pa.type_for_alias(_SCALARS[part["type"]])


_NULL = {"type": "null"}


def _holds(part: object, name: str) -> bool:
    return f"'#/$defs/{name}'" in repr(part)


def _joined(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """Give the type that holds what either holds.

    Raises:
        TypeError: There is none.
    """
    import pyarrow as pa

    if one == other:
        return one
    if not (pa.types.is_struct(one) and pa.types.is_struct(other)):
        raise TypeError(f"{other}, but {one}")
    fields = {field.name: field.type for field in one}
    for field in other:
        kind = fields.get(field.name, field.type)
        fields[field.name] = _joined(kind, field.type)
    return pa.struct(fields.items())
