"""Records: JSON and back, dispatch by type, types of one's own, the forms of values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bizextract.records import (
    Evidence,
    HeadquartersOpening,
    Investment,
    InvestmentKind,
    Money,
    Organization,
    PartialDate,
    Partnership,
    PartnershipKind,
    Place,
    Record,
    Result,
    Scope,
    Span,
    Status,
)

WORDS = st.text(max_size=12)
OFFSETS = st.integers(0, 10**6)
SPAN = {"text": WORDS, "start": OFFSETS, "end": OFFSETS}
AMOUNTS = st.decimals(0, 10**13, allow_nan=False, allow_infinity=False, places=2)
CURRENCIES = st.sampled_from(["USD", "EUR", "CNY"])
ORGS = st.builds(
    Organization, **SPAN, name=WORDS, aliases=st.lists(WORDS, max_size=2).map(tuple),
    ticker=st.none() | WORDS,
)  # fmt: skip
PLACES = st.builds(Place, **SPAN, name=WORDS, city=st.none() | WORDS, country=st.none() | WORDS)
RESTATED = st.builds(Money, **SPAN, value=AMOUNTS, currency=CURRENCIES)
MONEY = st.builds(
    Money, **SPAN, value=AMOUNTS, currency=CURRENCIES, value_max=st.none() | AMOUNTS,
    equivalents=st.lists(RESTATED, max_size=2).map(tuple),
)  # fmt: skip
DATES = st.builds(
    PartialDate, **SPAN, value=st.sampled_from(["2017", "2017-05", "2017-08-19", "2017-Q3"])
)
COMMON = {
    "status": st.sampled_from(get_args(Status)),
    "date": st.none() | DATES,
    "announced": st.none() | DATES,
    "source": st.none() | ORGS,
    "confidence": st.none() | st.floats(0, 1),
    "evidence": st.lists(
        st.builds(Evidence, **SPAN, by=st.lists(WORDS, max_size=2).map(tuple)), max_size=2
    ).map(tuple),
    "spans": st.dictionaries(WORDS, st.builds(Span, **SPAN), max_size=2),
}
RECORDS = st.one_of(
    st.builds(
        HeadquartersOpening, **COMMON, company=st.none() | ORGS, location=st.none() | PLACES,
        origin=st.none() | PLACES, scope=st.sampled_from(get_args(Scope)),
        jobs=st.none() | st.integers(0, 10**6), cost=st.none() | MONEY,
    ),
    st.builds(
        Partnership, **COMMON, partners=st.lists(ORGS, max_size=3).map(tuple),
        kind=st.sampled_from(get_args(PartnershipKind)),
        fields=st.lists(st.builds(Span, **SPAN), max_size=2).map(tuple),
    ),
    st.builds(
        Investment, **COMMON, investors=st.lists(ORGS, max_size=2).map(tuple),
        target=st.none() | ORGS | PLACES, location=st.none() | PLACES, amount=st.none() | MONEY,
        kind=st.sampled_from(get_args(InvestmentKind)), round=st.none() | WORDS,
        stake=st.none() | st.floats(0, 100),
    ),
)  # fmt: skip


@given(RECORDS)
def test_a_record_comes_back_from_json(record: Record) -> None:
    again = Record.model_validate_json(record.model_dump_json())
    assert type(again) is type(record)
    assert again == record


@given(st.lists(RECORDS, max_size=3), st.none() | WORDS)
def test_a_result_comes_back_from_json(records: list[Record], title: str | None) -> None:
    result = Result(id="a1", text="Acme grows.", title=title, records=tuple(records))
    stored = json.dumps(result.model_dump(mode="json"))
    assert Result.model_validate(json.loads(stored)) == result


@pytest.mark.parametrize("known", [HeadquartersOpening, Partnership, Investment])
def test_the_type_gives_the_class(known: type[Record]) -> None:
    name = known.model_fields["type"].default
    assert type(Record.model_validate({"type": name})) is known
    assert Record.type_of(name) is known


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ({"type": "takeover"}, "unknown record type 'takeover'; known: headquarters_opening"),
        ({"status": "planned"}, "unknown record type 'None'; known"),
        ({"type": ["partnership"]}, r"unknown record type .*partnership"),
        ({"type": "partnership", "stake": 5}, "Extra inputs are not permitted"),
        ({"type": "partnership", "status": "certain"}, "Input should be 'completed'"),
        ({"type": "partnership", "confidence": 1.5}, "less than or equal to 1"),
    ],
    ids=["unknown", "missing", "list", "role of another type", "status", "confidence"],
)
def test_what_is_no_record_is_refused(found: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Record.model_validate(found)


def test_a_class_refuses_another_type() -> None:
    with pytest.raises(ValidationError, match="Input should be 'partnership'"):
        Partnership.model_validate({"type": "investment"})


@pytest.fixture
def acquisition() -> Iterator[type[Record]]:
    class Acquisition(Record):
        type: Literal["acquisition"] = "acquisition"
        buyer: Organization | None = None

    yield Acquisition
    del Record._types["acquisition"]


def test_a_subclass_of_ones_own_is_known_by_its_type(acquisition: type[Record]) -> None:
    buyer = Organization(text="Acme", start=0, end=4, name="Acme")
    record = acquisition.model_validate({"buyer": buyer})
    assert list(record.values()) == [("status", "completed"), ("buyer", buyer)]
    result = Result(text="Acme buys.", records=(record, Partnership()))
    again = Result.model_validate_json(result.model_dump_json())
    assert again == result
    assert [type(r) for r in again.records] == [acquisition, Partnership]


def test_a_subclass_without_a_type_of_its_own_takes_nobodys_place() -> None:
    class Venture(Partnership):
        pass

    assert Record.type_of("partnership") is Partnership


def test_values_give_one_pair_for_each_value() -> None:
    one, other = (Organization(text=n, start=0, end=4, name=n) for n in ("Acme", "Brix"))
    record = Partnership(status="planned", partners=(one, other), confidence=0.5)
    assert list(record.values()) == [
        ("status", "planned"),
        ("partners", one),
        ("partners", other),
        ("kind", "collaboration"),
    ]


def test_a_result_sorts_records_by_class() -> None:
    records = (Partnership(), Investment(), HeadquartersOpening(), Partnership(kind="memorandum"))
    result = Result(records=records)
    assert result.partnerships == [records[0], records[3]]
    assert result.investments == [records[1]]
    assert result.headquarters == [records[2]]


def test_records_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Partnership().status = "planned"  # type: ignore[misc]


@pytest.mark.parametrize(
    "value", ["2017", "2017-05", "2017-12", "2017-08-19", "2017-08-31", "2017-Q1", "2017-Q4",
              "2017-H1", "2017-H2"],
)  # fmt: skip
def test_a_date_is_as_precise_as_its_words(value: str) -> None:
    assert PartialDate(text="then", start=0, end=4, value=value).value == value


@pytest.mark.parametrize(
    "value", ["", "17", "2017-5", "2017-13", "2017-00", "2017-08-32", "2017-Q5", "2017-H3",
              "2017-Q1-01", "2017-08-19T10:00", "May 2017", " 2017", "2017\n"],
)  # fmt: skip
def test_another_form_of_date_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match="is none of YYYY"):
        PartialDate(text="then", start=0, end=4, value=value)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("12000000", "12000000"),
        ("1.2E+7", "12000000"),
        ("20.50", "20.5"),
        ("20.00", "20"),
        ("100", "100"),
        ("0.00", "0"),
        ("0.000001", "0.000001"),
        ("1E-9", "0.000000001"),
    ],
)
def test_decimals_are_plain_in_json(value: str, shown: str) -> None:
    money = Money(text="$", start=0, end=1, value=Decimal(value), currency="USD")
    assert money.model_dump(mode="json")["value"] == shown
    assert money.model_dump()["value"] == Decimal(value)


@pytest.mark.parametrize("currency", ["usd", "US", "USDX", "US$", ""])
def test_a_currency_is_a_code(currency: str) -> None:
    with pytest.raises(ValidationError, match="currency"):
        Money(text="$1", start=0, end=2, value=Decimal(1), currency=currency)


def test_offsets_are_not_negative() -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        Span(text="Acme", start=-1, end=4)
