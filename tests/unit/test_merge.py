"""Events over documents: sets of documents with what must come together, stay apart, contradict.

The sets are in ``merge_sets.toml``. A role is written as its name or text; behind ``|`` are a
name's aliases, behind ``=`` an amount in another currency. Places are looked up in the gazetteer.
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bizextract as bx
from bizextract import _matching
from bizextract._roles import leaf_types
from bizextract.normalize.places import lookup_place
from bizextract.records import Record

SETS = tomllib.loads((Path(__file__).parent / "merge_sets.toml").read_text(encoding="utf-8"))[
    "sets"
]
TYPES: dict[str, type[Record]] = {
    "h": bx.HeadquartersOpening,
    "p": bx.Partnership,
    "i": bx.Investment,
}


def span(text: str) -> dict[str, Any]:
    return {"text": text, "start": 0, "end": len(text)}


def organization(text: str) -> bx.Organization:
    name, *aliases = text.split(" | ")
    return bx.Organization(**span(name), name=name, aliases=tuple(aliases))


def place(text: str) -> bx.Place | None:
    known = lookup_place(text, known=True)
    if known is None:
        return bx.Place(**span(text), name=text)
    return bx.Place(
        **span(text), name=text, city=known.city, region=known.region, country=known.country
    )


def money(text: str) -> bx.Money:
    first, *others = text.split(" = ")
    currency, low, *high = first.replace(" to ", " ").split()
    return bx.Money(
        **span(first),
        currency=currency,
        value=Decimal(low),
        value_max=Decimal(high[0]) if high else None,
        equivalents=tuple(money(other) for other in others),
    )


def value_of(record: type[Record], role: str, text: Any) -> Any:
    if isinstance(text, list):
        return tuple(value_of(record, role, one) for one in text)
    types = set(leaf_types(record.model_fields[role].annotation))
    if types == {bx.Organization, bx.Place}:
        return place(text) if lookup_place(text) else organization(text)
    (only,) = types
    if only is bx.PartialDate:
        return bx.PartialDate(**span(text), value=text)
    if only is bx.Span:
        return bx.Span(**span(text))
    makers: dict[Any, Any] = {bx.Organization: organization, bx.Place: place, bx.Money: money}
    return makers[only](text) if only in makers else text


def record_of(written: dict[str, dict[str, Any]]) -> Record:
    ((initial, roles),) = written.items()
    kind = TYPES[initial]
    evidence = (bx.Evidence(**span(str(roles)), by=("reader",)),)
    values = {role: value_of(kind, role, text) for role, text in roles.items()}
    return kind(**values, evidence=evidence, confidence=len(roles) / 10)


def results_of(documents: list[dict[str, Any]]) -> list[bx.Result]:
    return [
        bx.Result(id=d["id"], date=d.get("date"), records=tuple(map(record_of, d["records"])))
        for d in documents
    ]


def label(source: bx.Source) -> str:
    return (
        f"{source.document}.{source.record_number}"
        if source.record_number
        else source.document or ""
    )


def plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    return value if isinstance(value, int | float) else str(value)


@pytest.mark.parametrize("one", [pytest.param(one, id=one["name"]) for one in SETS])
def test_sets(one: dict[str, Any]) -> None:
    results = results_of(one["documents"])
    events = bx.merge(results)
    assert [[label(source) for source in event.sources] for event in events] == one["events"]
    event = events[0]
    wanted = one.get("record", {})
    assert {role: plain(getattr(event.record, role)) for role in wanted} == wanted
    if "history" in one:
        assert [status for _, status in event.history] == one["history"]
    found = {
        c.role: {
            value: [event.documents[n] for n in numbers]
            for value, numbers in zip(c.values, c.sources, strict=True)
        }
        for c in event.contradictions
    }
    assert found == one.get("contradictions", {})
    for contradiction in event.contradictions:
        assert contradiction.values[0] == str(getattr(event.record, contradiction.role))


@pytest.mark.parametrize("one", [pytest.param(one, id=one["name"]) for one in SETS])
def test_the_order_of_documents_does_not_matter(one: dict[str, Any]) -> None:
    whole = {frozenset(group) for group in one["events"]}
    for documents in permutations(one["documents"]):
        events = bx.merge(results_of(list(documents)))
        assert {frozenset(label(s) for s in event.sources) for event in events} == whole


@pytest.mark.parametrize("one", [pytest.param(one, id=one["name"]) for one in SETS])
def test_an_event_keeps_all_evidence_and_says_where_each_value_is_from(one: dict[str, Any]) -> None:
    results = results_of(one["documents"])
    events = bx.merge(results)
    kept = [(s.document, s.record) for event in events for s in event.sources]
    assert len(kept) == sum(len(result.records) for result in results)
    for event in events:
        assert event.record.evidence == tuple(passage for _, passage in event.evidence)
        assert len(event.evidence) == len(event.sources)
        assert event.record.confidence == max(s.record.confidence or 0 for s in event.sources)
        for source in event.sources:
            record = results[source.document_number].records[source.record_number]
            assert (source.document, source.record) == (results[source.document_number].id, record)
        for role, value in event.record.values():
            if value == type(event.record).model_fields[role].default and role != "status":
                continue
            given = [
                str(one)
                for n in event.origins[role]
                for filled, one in event.sources[n].record.values()
                if filled == role
            ]
            assert str(value) in given


def test_names_of_one_organisation_are_gathered() -> None:
    names = ["Norfield | NFI", "Norfield Inc.", "Norfield Holdings Ltd"]
    records = [
        bx.HeadquartersOpening(company=organization(name), location=place("Lyon")) for name in names
    ]
    listed = records[1].model_copy(
        update={"company": organization(names[1]).model_copy(update={"ticker": "NYSE: NFI"})}
    )
    (event,) = bx.merge([bx.Result(records=(r,)) for r in (records[0], listed, records[2])])
    company = event.record.company  # type: ignore[attr-defined]
    assert company.name == "Norfield Holdings Ltd"
    assert set(company.aliases) == {"Norfield", "NFI", "Norfield Inc."}
    assert company.ticker == "NYSE: NFI"


def test_the_earliest_announcement_counts() -> None:
    days = ["2017-05", "2017-05-04", "2018-02-02"]
    results = [
        bx.Result(
            records=(
                bx.Partnership(
                    partners=(organization("Ferrow"), organization("Ostrava Steel")),
                    announced=bx.PartialDate(**span(day), value=day),
                    status=status,
                ),
            )
        )
        for day, status in zip(days, ("planned", "planned", "completed"), strict=True)
    ]
    (event,) = bx.merge(results)
    assert str(event.record.announced) == "2017-05-04"
    assert event.contradictions == ()


def test_plain_values_keep_their_words() -> None:
    def opening(scope: Any, words: str) -> bx.Result:
        spans = {"scope": bx.Span(**span(words)), "status": bx.Span(**span("opened"))}
        record = bx.HeadquartersOpening(
            company=organization("Norfield"), location=place("Lyon"), scope=scope, spans=spans
        )
        return bx.Result(records=(record,))

    (event,) = bx.merge([opening("corporate", "head office"), opening("regional", "its region's")])
    assert event.record.spans["scope"].text == "its region's"
    assert event.origins["scope"] == (1,)


def test_a_type_of_ones_own_is_merged() -> None:
    class Takeover(Record):
        type: Literal["takeover"] = "takeover"
        buyer: bx.Organization | None = None
        target: bx.Organization | None = None
        price: bx.Money | None = None
        friendly: bool | None = None

    def takeover(day: str, target: str, **more: Any) -> bx.Result:
        buyer = organization("Ferrow AG")
        return bx.Result(
            date=day, records=(Takeover(buyer=buyer, target=organization(target), **more),)
        )

    hostile: dict[str, Any] = {"status": "planned", "friendly": False}
    try:
        events = bx.merge(
            [
                takeover("2020-01-01", "Osk Cells", price=money("EUR 5"), **hostile),
                takeover("2020-01-02", "Quellen"),
                takeover("2020-06-01", "Osk Cells Ltd", price=money("EUR 5"), friendly=True),
            ]
        )
    finally:
        del Record._types["takeover"]
    assert [len(event.sources) for event in events] == [2, 1]
    assert isinstance(events[0].record, Takeover)
    assert (events[0].record.status, str(events[0].record.price)) == ("completed", "EUR 5")
    assert [c.role for c in events[0].contradictions] == ["friendly"]


@pytest.mark.parametrize("one", SETS[:4], ids=lambda one: one["name"])
def test_events_come_back_from_json(one: dict[str, Any]) -> None:
    for event in bx.merge(results_of(one["documents"])):
        assert bx.Event.model_validate_json(event.model_dump_json()) == event


def test_what_is_compared_grows_with_the_events_and_not_with_one_party(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared = 0
    agreement = _matching._agreement

    def counted(one: Any, other: Any) -> int | None:
        nonlocal compared
        compared += 1
        return agreement(one, other)

    monkeypatch.setattr(_matching, "_agreement", counted)
    counts = []
    for size in (100, 200):
        compared = 0
        results = []
        for number in range(size):
            partners = (organization("Ferrow AG"), organization(f"Partner {number}"))
            city = bx.Place(**span(f"City {number}"), name=f"City {number}", city=f"City {number}")
            several: tuple[Record, ...] = (
                bx.HeadquartersOpening(company=partners[0], location=city),
                bx.Partnership(partners=partners),
                bx.Investment(investors=partners[:1], target=partners[1]),
            )
            results += [bx.Result(records=(one,)) for one in several for _ in range(2)]
        assert {len(event.sources) for event in bx.merge(results)} == {2}
        counts.append(compared)
    assert counts == [300, 600]


def test_nothing_to_merge() -> None:
    assert bx.merge([]) == []
    assert bx.merge([bx.Result(id="a")]) == []
    with pytest.raises(bx.InputError, match="put a single result into a list"):
        bx.merge(bx.Result())  # type: ignore[arg-type]


NAMES = st.sampled_from(["Ferrow", "Ferrow AG", "Quellen", "Osk Cells | Osk", "Osk", "…"])
DATES = st.sampled_from([None, "0000", "9999", "2017", "2017-05", "2019-02-31"])


@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, "2017-05-02", "2019-01-01", "soon"]),
            st.sampled_from(["completed", "planned", "rumoured", "cancelled", "denied"]),
            NAMES,
            NAMES,
            DATES,
            DATES,
            st.sampled_from([None, "EUR 5", "USD 0", "EUR 7 to 9"]),
        ),
        max_size=6,
    )
)
def test_every_record_is_in_one_event(rows: list[tuple[Any, ...]]) -> None:
    results = [
        bx.Result(
            date=day,
            records=(
                bx.Investment(
                    status=status,
                    investors=(organization(investor),),
                    target=organization(target),
                    date=bx.PartialDate(**span(when), value=when) if when else None,
                    announced=bx.PartialDate(**span(told), value=told) if told else None,
                    amount=money(amount) if amount else None,
                ),
            ),
        )
        for day, status, investor, target, when, told, amount in rows
    ]
    events = bx.merge(results)
    numbers = [s.document_number for event in events for s in event.sources]
    assert sorted(numbers) == list(range(len(rows)))
    firsts = [min(s.document_number for s in event.sources) for event in events]
    assert firsts == sorted(firsts)
