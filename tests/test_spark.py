"""Extraction on Spark: a local session with two workers, and the schema, which needs none."""

from __future__ import annotations

import datetime
import os
import runpy
import shutil
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import pytest

import bizextract as bx

pyspark = pytest.importorskip("pyspark", reason="needs the extra bizextract[spark]")

from pyspark.sql import DataFrame, SparkSession  # noqa: E402
from pyspark.sql.types import (  # noqa: E402
    ArrayType,
    DoubleType,
    LongType,
    MapType,
    StringType,
    StructType,
)

from bizextract import spark  # noqa: E402

ROOT = Path(__file__).parents[1]

pytestmark = [
    pytest.mark.spark,
    # PySpark says so of all its parts; what is used here passes Arrow's batches only.
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
]
needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java 17")


# --- the schema ------------------------------------------------------------------------------


def test_values_are_structs_and_lists_are_arrays() -> None:
    schema = spark.schema()
    assert schema.names[:3] == ["document", "error", "type"]
    for record in (bx.HeadquartersOpening, bx.Partnership, bx.Investment):
        assert set(record.model_fields) <= set(schema.names)
    kinds = {field.name: field.dataType for field in schema}
    assert isinstance(kinds["jobs"], LongType)
    assert isinstance(kinds["stake"], DoubleType)
    assert isinstance(kinds["status"], StringType)
    assert isinstance(kinds["partners"], ArrayType)
    assert isinstance(kinds["spans"], MapType)
    company, target = kinds["company"], kinds["target"]
    assert isinstance(company, StructType)
    assert set(company.names) == set(bx.Organization.model_fields)
    assert isinstance(target, StructType)  # either an organisation or a place
    assert set(target.names) == {*bx.Organization.model_fields, *bx.Place.model_fields}


def test_what_holds_its_own_kind_ends_there() -> None:
    money = spark.schema()["amount"].dataType
    assert isinstance(money, StructType)
    assert set(money.names) == set(bx.Money.model_fields)
    restated = money["equivalents"].dataType
    assert isinstance(restated, ArrayType) and isinstance(restated.elementType, StructType)
    assert set(restated.elementType.names) == set(bx.Money.model_fields) - {"equivalents"}


@pytest.fixture
def own_types() -> Iterator[None]:
    """Forget the types that a test defines."""
    before = dict(bx.Record._types)
    yield
    bx.Record._types.clear()
    bx.Record._types.update(before)


@pytest.mark.usefixtures("own_types")
def test_a_type_of_ones_own_has_its_fields() -> None:
    class Fine(bx.Record):
        type: Literal["fine"] = "fine"
        target: bx.Span | None = None  # less than that of an investment
        articles: tuple[int, ...] = ()
        is_final: bool = False

    schema = spark.schema()
    assert schema["articles"].dataType.simpleString() == "array<bigint>"
    assert schema["is_final"].dataType.simpleString() == "boolean"
    assert "ticker" in schema["target"].dataType.names  # type: ignore[attr-defined]


@pytest.mark.usefixtures("own_types")
def test_fields_that_cannot_share_a_column_are_named() -> None:
    class Fine(bx.Record):
        type: Literal["fine"] = "fine"
        stake: bx.Money | None = None

    with pytest.raises(bx.InputError, match=r"Fine\.stake holds .* in another type; give it"):
        spark.schema()
    del bx.Record._types["fine"]

    class Bill(bx.Record):
        type: Literal["bill"] = "bill"
        error: str | None = None

    with pytest.raises(bx.InputError, match=r"Bill\.error has the name of a column of ours"):
        spark.schema()


# --- a session -------------------------------------------------------------------------------

TEXTS = [
    "Harlow Foods Inc. will move its headquarters from Porto to Lyon for $40 million (€36m).",
    "Alder AG and Birchwood Ltd. have formed a joint venture to build batteries in Hungary.",
    "Osprey Capital bought a 20.5 percent stake in Gannet Insurance for 90 million euros.",
    "Nothing of note happened in the markets on Friday.",
    "Quill raised $12m in a Series B round led by Harrow Ventures, it said on Monday.",
]
ROWS = [
    (f"n{i}", TEXTS[i % len(TEXTS)], "Company news" if i % 2 else None, f"2017-08-{i + 10}")
    for i in range(20)
]
BROKEN = [("no text", None, None, "2017-08-20"), ("no date", TEXTS[0], None, "soon")]
COLUMNS = "id string, text string, title string, date string"


@pytest.fixture(scope="module")
def session() -> Iterator[SparkSession]:
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    # Record types that other test modules define go along to the workers, which import them.
    paths = [str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    builder = SparkSession.builder.master("local[2]")
    for name, value in {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.shuffle.partitions": "4",
        "spark.ui.enabled": "false",
    }.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


def found(records: DataFrame) -> dict[str, list[dict[str, Any]]]:
    """The rows by document, without what is empty."""
    by_document: dict[str, list[dict[str, Any]]] = {}
    for row in records.collect():
        values = without_empty(row.asDict(recursive=True))
        by_document.setdefault(values.pop("document"), []).append(values)
    return by_document


def without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        inner = {name: without_empty(one) for name, one in value.items()}
        return {name: one for name, one in inner.items() if one not in (None, [], {})}
    return [without_empty(one) for one in value] if isinstance(value, list) else value


@needs_java
@pytest.mark.model
def test_the_records_are_those_of_extract_many(session: SparkSession) -> None:
    documents = session.createDataFrame([*ROWS, *BROKEN], COLUMNS).repartition(4)
    rows = found(spark.extract(documents, engine="reader"))
    broken = {name: rows.pop(name) for name, *_ in BROKEN}
    assert broken["no text"] == [{"error": "text must be a string, not NoneType: 'None'"}]
    ((reason,),) = [one.values() for one in broken["no date"]]
    assert reason.startswith("'soon' is not a date")
    articles = [bx.Article(text, id=id, title=title, date=date) for id, text, title, date in ROWS]
    want = {
        result.id: [without_empty(record.model_dump(mode="json")) for record in result.records]
        for result in bx.extract_many(articles, engine="reader")
    }
    assert rows == {name: records for name, records in want.items() if records}
    assert len(rows) >= 12
    # A worker has loaded the pipeline once, whatever number of tasks it did.
    workers = loads_of_workers(session)
    assert sum(loads + further for loads, further in workers.values()) >= 4
    assert {loads for loads, _ in workers.values()} <= {0, 1}


def loads_of_workers(session: SparkSession) -> dict[int, tuple[int, int]]:
    """How often each process loaded the pipeline, and how often it did not need to."""

    def count(batches: Iterator[Any]) -> Iterator[Any]:
        import time

        import pyarrow as pa

        from bizextract.spark import _loaded

        list(batches)
        time.sleep(1)  # both workers are to take part
        info = _loaded.cache_info()
        yield pa.RecordBatch.from_pylist([{"p": os.getpid(), "l": info.misses, "f": info.hits}])

    counts = session.range(0, 8, 1, 4).mapInArrow(count, "p long, l long, f long").collect()
    return {row.p: (row.l, row.f) for row in counts}


@needs_java
@pytest.mark.model
def test_columns_may_have_other_names_and_types(session: SparkSession) -> None:
    day = datetime.datetime(2017, 8, 20, 9, 30)
    documents = session.createDataFrame(
        [(7, day, "Harlow Foods Inc. opened its headquarters in Lyon in May.", "x")],
        "number long, `made.at` timestamp, body string, text string",
    )
    records = spark.extract(
        documents, text="body", id="number", date="made.at", engine="reader"
    ).select("document", "date.value", "company.name")
    assert [tuple(row) for row in records.collect()] == [("7", "2017-05", "Harlow Foods Inc.")]


@needs_java
@pytest.mark.model
@pytest.mark.usefixtures("own_types")
@pytest.mark.skipif(not (ROOT / "examples").is_dir(), reason="needs the repository")
def test_a_type_of_ones_own_is_known_to_workers(
    session: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    monkeypatch.delitem(sys.modules, "own_type", raising=False)  # of a test before
    import_module("own_type")
    session.sparkContext.addPyFile(str(ROOT / "examples" / "own_type.py"))
    text = "Northgate Robotics Inc. has agreed to acquire Verhaegen NV for 30 million euros."
    (row,) = spark.extract(
        session.createDataFrame([(text,)], "text string").coalesce(1),
        engine="rules",
        frames=[ROOT / "examples" / "acquisition.toml"],
    ).collect()
    assert (row.document, row.type) == (None, "acquisition")
    assert (row.acquirer.name, row.target.name) == ("Northgate Robotics Inc.", "Verhaegen NV")
    monkeypatch.delitem(sys.modules, "own_type")


@needs_java
def test_columns_that_cannot_be_read_are_named(session: SparkSession) -> None:
    documents = session.createDataFrame([(7, "x")], "text long, body string")
    with pytest.raises(bx.InputError, match="no column 'words'; the columns are 'text, body'"):
        spark.extract(documents, text="words")
    with pytest.raises(bx.InputError, match="no column 'url'"):
        spark.extract(documents, text="body", id="url")
    with pytest.raises(bx.InputError, match="the column 'text' holds bigint"):
        spark.extract(documents)


@needs_java
@pytest.mark.model
@pytest.mark.skipif(not (ROOT / "examples").is_dir(), reason="needs the repository")
def test_the_example_reads_and_writes_parquet(
    session: SparkSession,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [*ROWS[:5], BROKEN[0]]
    table = pa.Table.from_pylist([{"id": i, "text": t, "date": d} for i, t, _, d in rows])
    pq.write_table(table, tmp_path / "articles.parquet")
    arguments = [str(tmp_path / "articles.parquet"), str(tmp_path / "out"), "--engine", "reader"]
    monkeypatch.setattr(sys, "argv", ["spark_parquet.py", *arguments])
    # It gets the session of these tests, which the others go on with: to start one takes long.
    monkeypatch.setattr(SparkSession, "stop", lambda self: None)
    runpy.run_path(str(ROOT / "examples" / "spark_parquet.py"), run_name="__main__")
    printed = capsys.readouterr().out
    assert "headquarters_opening" in printed
    assert "text must be a string, not NoneType" in printed
    written = pq.read_table(tmp_path / "out").to_pylist()
    named = {row["document"] for row in written}
    assert {"n0", "n1", "n2", "no text"} <= named and "n3" not in named
