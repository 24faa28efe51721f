"""Tables, files and schemas: columns and dtypes, values, ways there and back, what is refused."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import jsonschema
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bizextract as bx
from bizextract.records import Record

TEXT = "Acme and Beta Labs put €2.5m to €3m into a plant in Lyon in Q3 2017."


def at(words: str) -> dict[str, Any]:
    """Where words stand in the text."""
    start = TEXT.index(words)
    return {"text": words, "start": start, "end": start + len(words)}


ACME = bx.Organization(**at("Acme"), name="Acme Foods Inc.")
BETA = bx.Organization(**at("Beta Labs"), name="Beta Labs")
LYON = bx.Place(**at("Lyon"), name="Lyon", city="Lyon", region="Rhône", country="FR")
MONEY = bx.Money(
    **at("€2.5m to €3m"), value=Decimal(2_500_000), currency="EUR", value_max=Decimal(3_000_000)
)
INVESTMENT = bx.Investment(
    investors=(ACME, BETA),
    target=LYON,
    location=LYON,
    amount=MONEY,
    date=bx.PartialDate(**at("Q3 2017"), value="2017-Q3"),
    status="planned",
    confidence=0.75,
    evidence=(bx.Evidence(**at(TEXT), by=("reader",)),),
    spans={"kind": bx.Span(**at("plant"))},
)
OPENING = bx.HeadquartersOpening(company=ACME, location=LYON, jobs=500, scope="regional")
PARTNERSHIP = bx.Partnership(partners=(ACME, BETA), fields=(bx.Span(**at("plant")),))
RESULTS = [
    bx.Result(id="a", text=TEXT, title="A plant", date="2017-08-20T09:30:00Z", url="https://a.example",
              records=(INVESTMENT, OPENING)),
    bx.Result(text="No news.", warnings=("not English",)),
    bx.Result(id="c", text=TEXT, records=(PARTNERSHIP,)),
]  # fmt: skip


def test_a_row_is_a_record() -> None:
    frame = bx.to_frame(RESULTS)
    assert list(frame["document_number"]) == [0, 0, 2]
    assert list(frame["record_number"]) == [0, 1, 0]
    for row in frame.itertuples():
        assert RESULTS[row.document_number].records[row.record_number].type == row.type
    row = frame.iloc[0]
    assert row[["document", "document_title", "type", "status", "kind"]].tolist() == [
        "a", "A plant", "investment", "planned", "project",
    ]  # fmt: skip
    assert row["document_date"] == pd.Timestamp("2017-08-20")
    assert (row["date"], row["date_first_day"]) == ("2017-Q3", pd.Timestamp("2017-07-01"))
    assert row[["amount", "amount_max", "amount_currency"]].tolist() == [2.5e6, 3e6, "EUR"]
    assert row["investors"] == ["Acme Foods Inc.", "Beta Labs"]
    assert row[["target", "location", "location_city", "location_country"]].tolist() == [
        "Lyon", "Lyon", "Lyon", "FR",
    ]  # fmt: skip
    assert row["evidence"] == [TEXT]
    assert row["confidence"] == 0.75
    assert pd.isna(row["jobs"])
    assert frame["jobs"].tolist()[1] == 500
    assert frame.loc[2, "fields"] == ["plant"]
    assert pd.isna(frame.loc[2, ["scope", "amount", "confidence", "date"]]).all()


def test_lists_explode() -> None:
    frame = bx.to_frame(RESULTS).explode("partners")
    assert frame["partners"].dropna().tolist() == ["Acme Foods Inc.", "Beta Labs"]


DTYPES = {
    "document_number": "Int64",
    "document": "string",
    "document_date": "datetime64[ms]",
    "type": "category",
    "status": "category",
    "kind": "category",
    "scope": "category",
    "date": "string",
    "date_first_day": "datetime64[ms]",
    "jobs": "Int64",
    "amount": "float64",
    "amount_currency": "string",
    "stake": "float64",
    "round": "string",
    "confidence": "float64",
    "partners": "object",
    "evidence": "object",
}


@pytest.mark.parametrize("tall", [False, True])
@pytest.mark.parametrize("results", [[], [bx.Result(id="a")], RESULTS[2:], iter(RESULTS)])
def test_columns_and_dtypes_are_the_same_whatever_is_there(results: Any, tall: bool) -> None:
    frame = bx.to_frame(results, tall=tall)
    pd.testing.assert_series_equal(frame.dtypes, bx.to_frame(RESULTS, tall=tall).dtypes)
    assert isinstance(frame.index, pd.RangeIndex)


def test_dtypes() -> None:
    frame = bx.to_frame([])
    assert {name: str(frame[name].dtype) for name in DTYPES} == DTYPES
    assert list(frame["status"].cat.categories)[:2] == ["completed", "planned"]
    assert {"funding_round", "joint_venture"} <= set(frame["kind"].cat.categories)
    assert not any(str(dtype) == "bool" for dtype in frame.dtypes)


def test_tall_has_a_row_for_each_value_with_its_words() -> None:
    frame = bx.to_frame(RESULTS, tall=True)
    first = frame[(frame["document_number"] == 0) & (frame["record_number"] == 0)]
    assert list(zip(first["role"], first["value"], strict=True)) == [
        ("status", "planned"),
        ("date", "2017-Q3"),
        ("investors", "Acme Foods Inc."),
        ("investors", "Beta Labs"),
        ("target", "Lyon"),
        ("location", "Lyon"),
        ("amount", "EUR 2500000 to 3000000"),
        ("kind", "project"),
    ]
    for row in first.dropna().itertuples():
        assert TEXT[row.start : row.end] == row.text
    assert first.set_index("role").loc["kind", "text"] == "plant"
    assert first[first["start"].isna()]["role"].tolist() == ["status"]


def test_a_result_gives_its_own_frame() -> None:
    pd.testing.assert_frame_equal(RESULTS[0].to_frame(), bx.to_frame(RESULTS[:1]))
    assert set(RESULTS[2].to_frame(tall=True)["document"]) == {"c"}


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("2017", "2017-01-01", "2017-12-31"),
        ("2016-02", "2016-02-01", "2016-02-29"),
        ("2017-08-19", "2017-08-19", "2017-08-19"),
        ("2017-Q4", "2017-10-01", "2017-12-31"),
        ("2017-H1", "2017-01-01", "2017-06-30"),
        ("1871", "1871-01-01", "1871-12-31"),
    ],
)
def test_days_of_a_date(value: str, first: str, last: str) -> None:
    date = bx.PartialDate(text=value, start=0, end=len(value), value=value)
    assert date.days is not None
    assert tuple(map(str, date.days)) == (first, last)
    frame = bx.to_frame([bx.Result(records=(bx.Partnership(date=date),))])
    assert str(frame.loc[0, "date_first_day"].date()) == first


@pytest.mark.parametrize("value", ["0000", "2017-02-31"])
def test_a_day_that_no_calendar_has(value: str) -> None:
    date = bx.PartialDate(text=value, start=0, end=len(value), value=value)
    assert date.days is None
    frame = bx.to_frame([bx.Result(records=(bx.Partnership(date=date),))])
    assert frame.loc[0, "date"] == value
    assert pd.isna(frame.loc[0, "date_first_day"])


def test_a_document_date_that_is_none() -> None:
    frame = bx.to_frame([bx.Result(date="last week", records=(PARTNERSHIP,))])
    assert pd.isna(frame.loc[0, "document_date"])


@pytest.fixture
def own_type() -> Any:
    """A type of one's own, known only during a test."""

    class Fine(Record):
        """An authority fines a company."""

        type: Literal["fine"] = "fine"
        company: bx.Organization | None = None
        amount: bx.Money | None = None
        level: Literal["civil", "criminal"] | None = None
        appealed: bool | None = None
        scope: str | None = None  # a category in other types
        stake: int | None = None  # a float in other types

    yield Fine
    del Record._types["fine"]


def test_a_type_of_ones_own_has_columns(own_type: Any) -> None:
    fine = own_type(company=ACME, amount=MONEY, level="civil", appealed=True, scope="wide", stake=3)
    frame = bx.to_frame([bx.Result(records=(fine, OPENING))])
    assert frame.loc[0, ["type", "company", "level", "scope"]].tolist() == [
        "fine", "Acme Foods Inc.", "civil", "wide",
    ]  # fmt: skip
    assert str(frame["appealed"].dtype) == "boolean"
    assert frame["appealed"].tolist() == [True, pd.NA]
    assert (str(frame["scope"].dtype), frame.loc[1, "scope"]) == ("string", "regional")
    assert (str(frame["stake"].dtype), frame.loc[0, "stake"]) == ("float64", 3.0)
    assert "fine" in frame["type"].cat.categories
    pd.testing.assert_series_equal(frame.dtypes, bx.to_frame([]).dtypes)


def test_a_type_of_ones_own_there_and_back(own_type: Any, tmp_path: Path) -> None:
    results = [bx.Result(id="a", records=(own_type(company=ACME, level="civil"), OPENING))]
    bx.to_jsonl(results, tmp_path / "r.jsonl")
    again = bx.read_jsonl(tmp_path / "r.jsonl")
    assert again == results
    assert type(again[0].records[0]) is own_type


def test_a_role_with_the_name_of_a_column_is_refused() -> None:
    class Leak(Record):
        type: Literal["leak"] = "leak"
        document: str | None = None

    try:
        with pytest.raises(bx.InputError, match=r"role 'document' of Leak .* give it another"):
            bx.to_frame([])
    finally:
        del Record._types["leak"]


@pytest.mark.parametrize("tall", [False, True])
@pytest.mark.parametrize("results", [RESULTS, []])
def test_parquet_and_back(results: list[bx.Result], tall: bool, tmp_path: Path) -> None:
    bx.to_parquet(results, tmp_path / "r.parquet", tall=tall)
    again = pd.read_parquet(tmp_path / "r.parquet")
    frame = bx.to_frame(results, tall=tall)
    for name in frame:
        if frame[name].dtype == object:
            assert str(pq.read_schema(tmp_path / "r.parquet").field(name).type).startswith("list")
            again[name] = [list(value) for value in again[name]]
        elif frame[name].dtype == "category":
            again[name] = again[name].astype(frame[name].dtype)
    pd.testing.assert_frame_equal(
        again.astype({n: object for n in frame if frame[n].dtype == object}), frame
    )


def test_jsonl_and_back(tmp_path: Path) -> None:
    bx.to_jsonl(iter(RESULTS), tmp_path / "r.jsonl")
    again = bx.read_jsonl(str(tmp_path / "r.jsonl"))
    assert again == RESULTS
    assert [type(r) for result in again for r in result.records] == [
        bx.Investment, bx.HeadquartersOpening, bx.Partnership,
    ]  # fmt: skip
    assert isinstance(again[0].records[0].target, bx.Place)  # type: ignore[attr-defined]
    bx.to_jsonl([], tmp_path / "none.jsonl")
    assert bx.read_jsonl(tmp_path / "none.jsonl") == []


@settings(deadline=None)  # it writes files
@given(
    text=st.text(), value=st.decimals(0, 10**13, places=2), confidence=st.none() | st.floats(0, 1)
)
def test_any_text_and_number_comes_back(
    tmp_path_factory: pytest.TempPathFactory, text: str, value: Decimal, confidence: float | None
) -> None:
    path = tmp_path_factory.mktemp("any") / "r.jsonl"
    money = bx.Money(text=text, start=0, end=1, value=value, currency="EUR")
    name = bx.Organization(text=text, start=0, end=1, name=text, aliases=(text,))
    record = bx.Investment(investors=(name,), amount=money, confidence=confidence)
    results = [bx.Result(id=text, text=text, records=(record,)), bx.Result(title=text)]
    bx.to_jsonl(results, path)
    assert bx.read_jsonl(path) == results
    assert bx.to_frame(results).loc[0, "amount"] == float(value)


def test_reads_what_the_command_line_prints(tmp_path: Path) -> None:
    lines = [json.dumps(r.model_dump(mode="json", exclude={"text"})) for r in RESULTS]
    (tmp_path / "r.jsonl").write_text("\n\n".join(lines), encoding="utf-8")
    assert bx.read_jsonl(tmp_path / "r.jsonl") == [
        r.model_copy(update={"text": ""}) for r in RESULTS
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "b", "records": [{"type": "merger"}]}', r"records\[0\].*unknown record type 'mer"),
        ('{"id": "b", "records": [{"type": "partnership", "status": "done"}]}', "status: .*'done'"),
        ('{"id": "b", "recods": []}', "recods: "),
        ('{"id": "b"', "not valid JSON"),
        ("[]", "is not a JSON object"),
    ],
)
def test_a_broken_line_is_told_by_file_and_line(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text('{"id": "a"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(bx.InputError, match=rf"r\.jsonl, line 2: .*{message}"):
        bx.read_jsonl(path)


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    for write in (bx.to_jsonl, bx.to_parquet):
        with pytest.raises(bx.InputError, match=r"cannot write to .*r\.out"):
            write(RESULTS, tmp_path / "none" / "r.out")


@pytest.mark.parametrize("wrong", [RESULTS[0], "results.jsonl", None, ["a"], [PARTNERSHIP]])
def test_what_are_no_results_is_refused(wrong: Any) -> None:
    with pytest.raises(bx.InputError, match=r"given as a list|is no Result"):
        bx.to_frame(wrong)


@pytest.mark.parametrize(("module", "call"), [("pandas", bx.to_frame), ("pyarrow", bx.to_parquet)])
def test_a_missing_library_is_told_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, module: str, call: Any
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    arguments = (RESULTS,) if module == "pandas" else (RESULTS, tmp_path / "r.parquet")
    with pytest.raises(bx.ExtraError, match=rf"{module}; run: pip install 'bizextract\[tables\]'"):
        call(*arguments)


def test_schema_holds_what_is_written() -> None:
    check = jsonschema.Draft202012Validator(bx.json_schema())
    check.check_schema(check.schema)
    for result in RESULTS:
        assert list(check.iter_errors(result.model_dump(mode="json"))) == []
    wrong = RESULTS[0].model_dump(mode="json")
    wrong["records"][0]["amount"]["currency"] = "euro"
    assert [error.json_path for error in check.iter_errors(wrong)] == ["$.records[0]"]


@pytest.mark.parametrize("record", [INVESTMENT, OPENING, PARTNERSHIP])
def test_schema_of_a_type(record: bx.Record) -> None:
    check = jsonschema.Draft202012Validator(bx.json_schema(record.type))
    assert list(check.iter_errors(record.model_dump(mode="json"))) == []
    others = {r.type for r in (INVESTMENT, OPENING, PARTNERSHIP)} - {record.type}
    for other in others:
        assert list(check.iter_errors({"type": other}))


def test_schema_of_an_unknown_type() -> None:
    with pytest.raises(bx.InputError, match=r"unknown record type 'merger'; known: .*partnership"):
        bx.json_schema("merger")
