"""Beyond one document: records of the same event, brought together.

Example:
    >>> from bizextract.records import HeadquartersOpening, Organization, Place
    >>> def opening(city, **more):
    ...     acme = Organization(text="Acme", start=0, end=4, name="Acme Inc.")
    ...     place = Place(text=city, start=9, end=9 + len(city), name=city, city=city)
    ...     return HeadquartersOpening(company=acme, location=place, **more)
    >>> events = merge([
    ...     Result(id="plan", date="2016-05-02", records=(opening("Lyon", status="planned"),)),
    ...     Result(id="else", date="2017-01-15", records=(opening("Leeds"),)),
    ...     Result(id="done", date="2017-06-30", records=(opening("Lyon", jobs=300),)),
    ... ])
    >>> [(event.record.location.name, event.documents) for event in events]
    [('Lyon', ['plan', 'done']), ('Leeds', ['else'])]
    >>> events[0].record.status, events[0].record.jobs, events[0].history
    ('completed', 300, [('2016-05-02', 'planned'), ('2017-06-30', 'completed')])
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny

from bizextract._matching import NEXT, Item, Names, Verdict, compare, group, key_of, level
from bizextract.records import (
    Evidence,
    Money,
    Organization,
    PartialDate,
    Place,
    Record,
    Result,
    Status,
    each_result,
)

__all__ = ["Contradiction", "Event", "Source", "merge"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Frozen):
    """What one document says of an event.

    Attributes:
        document_number: The document's place among the results that were merged.
        document: Its id, where it has one.
        title: Its headline, where it was given.
        url: Where it came from.
        date: Its date, ISO 8601, where it was given.
        record_number: The record's place among those of the document.
        record: The record, whose offsets point into the document's text.
    """

    document_number: int
    document: str | None = None
    title: str | None = None
    url: str | None = None
    date: str | None = None
    record_number: int
    record: SerializeAsAny[Record]


class Contradiction(_Frozen):
    """A role of which documents say what cannot all be so.

    Attributes:
        role: The role's name.
        values: What they say, as text, the value that was taken first.
        sources: For each value: which of the event's sources say so.
    """

    role: str
    values: tuple[str, ...]
    sources: tuple[tuple[int, ...], ...]


class Event(_Frozen):
    """An event, as all the documents tell of it.

    Attributes:
        record: What they say together. Its evidence is that of all sources, in their order; a
            value's offsets point into the text of the source that `origins` names. Its confidence
            is the highest of theirs.
        sources: The records that it was merged from, earliest first, undated documents last.
        origins: For each filled role: which source each of its values was taken from.
        contradictions: What the sources disagree about.
    """

    record: SerializeAsAny[Record]
    sources: tuple[Source, ...]
    origins: dict[str, tuple[int, ...]] = Field(default_factory=dict)
    contradictions: tuple[Contradiction, ...] = ()

    @property
    def documents(self) -> list[str | None]:
        """The ids of the documents that tell of it, in the order of the sources."""
        return [source.document for source in self.sources]

    @property
    def evidence(self) -> list[tuple[str | None, Evidence]]:
        """Each passage that carries the event, with the id of its document."""
        return [(s.document, passage) for s in self.sources for passage in s.record.evidence]

    @property
    def history(self) -> list[tuple[str | None, Status]]:
        """Each status in turn, with the date of the first document that gives it."""
        steps: list[tuple[str | None, Status]] = []
        for source in self.sources:
            if not steps or steps[-1][1] != source.record.status:
                steps.append((source.date, source.record.status))
        return steps


def merge(results: Iterable[Result]) -> list[Event]:
    """Bring records of the same event from different documents together.

    Organisations are the same where their normalised names are, or where one name is another's
    alias in some document and no third one's. A more specific value is preferred: a city to its
    country, a day to its year, the fuller name. A plan that came true is ``completed``, one that
    was dropped ``cancelled``; a postponed date is the later report's. Where values differ, the one
    that most sources give is taken, or the latest, and the others are told as contradictions.

    Args:
        results: What `extract_many` or `read_jsonl` gave.

    Returns:
        The events, in order of appearance; a record that no other document tells of is an event
        with one source.

    Raises:
        InputError: What came in are no results.

    Example:
        >>> merge([])
        []
    """
    documents = list(each_result(results))
    names = Names(record for result in documents for record in result.records)
    items = [
        Item.of((number, place), result, names)
        for number, result in enumerate(documents)
        for place in range(len(result.records))
    ]
    return [_event(of_one, documents, names) for of_one in group(items)]


def _source(item: Item, documents: list[Result]) -> Source:
    number, place = item.place
    result = documents[number]
    return Source(
        document_number=number, document=result.id, title=result.title, url=result.url,
        date=result.date, record_number=place, record=item.record,
    )  # fmt: skip


_Given: TypeAlias = "list[tuple[int, Any]]"
"""Values of a role, each with the position of its source."""


def _event(items: list[Item], documents: list[Result], names: Names) -> Event:
    records = [item.record for item in items]
    status, against = _status(items)
    content: dict[str, Any] = {"status": records[status].status}
    origins: dict[str, tuple[int, ...]] = {"status": (status,)}
    contradictions = list(against)
    for role, field in type(records[0]).model_fields.items():
        given = [(n, getattr(r, role)) for n, r in enumerate(records)]
        if role == "date":
            given = _dates(given, records, content["status"])
        given = [(n, value) for n, value in given if value not in (None, (), field.default)]
        if role in ("type", "status", "confidence", "evidence", "spans") or not given:
            continue
        if isinstance(given[0][1], tuple):
            chosen = _union(given, names)
            content[role] = tuple(value for _, value in chosen)
            origins[role] = tuple(n for n, _ in chosen)
            continue
        if role == "announced":
            first = min(given, key=lambda one: one[1].days or (date.max, date.max))
            given = [one for one in given if _agree(one[1], first[1])]
        elif role == "source":
            given = given[:1]
        elif any(isinstance(value, Organization) for _, value in given):
            given = [(n, value) for n, value in given if isinstance(value, Organization)]
        taken, contradiction = _settle(role, given, names)
        if contradiction is not None:
            contradictions.append(contradiction)
        origins[role], content[role] = (taken[0],), taken[1]
    spans = {
        role: records[where[0]].spans[role]
        for role, where in origins.items()
        if role in records[where[0]].spans
    }
    record = type(records[0])(
        **content,
        confidence=max((r.confidence for r in records if r.confidence is not None), default=None),
        evidence=tuple(passage for r in records for passage in r.evidence),
        spans=spans,
    )
    return Event(
        record=record,
        sources=tuple(_source(item, documents) for item in items),
        origins=origins,
        contradictions=tuple(contradictions),
    )


def _status(items: list[Item]) -> tuple[int, list[Contradiction]]:
    """Follow the status: which source has the last word, and what does not fit what came before."""
    now = 0
    against: dict[Status, list[int]] = defaultdict(list)
    for number, item in enumerate(items[1:], start=1):
        before, new = items[now].record.status, item.record.status
        denies = "denied" in (before, new) and bool({before, new} & {"planned", "completed"})
        if new in NEXT[before]:
            if denies:
                against[before].append(now)
            now = number
        elif new != before and (denies or _goes_back(items[now], item)):
            against[new].append(number)
    last = items[now].record.status
    against.pop(last, None)
    if not against:
        return now, []
    saying = tuple(n for n, item in enumerate(items) if item.record.status == last)
    return now, [
        Contradiction(
            role="status",
            values=(last, *against),
            sources=(saying, *(tuple(numbers) for numbers in against.values())),
        )
    ]


def _goes_back(before: Item, after: Item) -> bool:
    """Whether a later report has an event less far; one that calls a plan a rumour is vague."""
    if before.record.status == "planned" or before.reported is None or after.reported is None:
        return False
    return before.reported[1] < after.reported[0]


def _dates(given: _Given, records: list[Record], status: Status) -> _Given:
    """The dates that count: not a plan's where it came true, and only the end's of what ended."""
    told = [(n, value) for n, value in given if records[n].status == status and value is not None]
    return told if told or status == "cancelled" else given


def _settle(role: str, given: _Given, names: Names) -> tuple[tuple[int, Any], Contradiction | None]:
    """Choose a value: that of most sources, else the latest; the most specific that agrees."""
    camps: list[_Given] = []
    for n, value in sorted(given, key=lambda one: _precision(one[1]), reverse=True):
        for camp in camps:
            if all(_agree(value, other) for _, other in camp):
                camp.append((n, value))
                break
        else:
            camps.append([(n, value)])
    camps.sort(key=lambda camp: (len(camp), max(n for n, _ in camp)), reverse=True)
    n, value = camps[0][0]
    if isinstance(value, Organization):
        value = _joined(value, [other for _, other in given])
    if len(camps) == 1:
        return (n, value), None
    return (n, value), Contradiction(
        role=role,
        values=tuple(str(camp[0][1]) for camp in camps),
        sources=tuple(tuple(sorted(n for n, _ in camp)) for camp in camps),
    )


def _agree(a: Any, b: Any) -> bool:
    """Whether two values may both be so; organisations were found to be one already."""
    if isinstance(a, Organization):
        return True
    if isinstance(a, str | bool):
        return a == b if isinstance(a, bool) else a.casefold() == str(b).casefold()
    return compare(a, b) >= Verdict.OPEN


def _precision(value: Any) -> tuple[Any, ...]:
    """How specific a value is, to compare with others of its role."""
    match value:
        case Organization(name=name):
            return len(key_of(name).split()), len(name)
        case Place():
            return (("country", "region", "", "city").index(level(value)), len(value.name))
        case Money(value=amount, value_max=high, equivalents=others):
            return _digits(amount), high is None, len(others)
        case PartialDate(days=(first, last)):
            return (-(last - first).days,)
        case bool():
            return ()
        case int() | float() | Decimal():
            return (_digits(Decimal(str(value))),)
        case _:
            return (len(str(value)),)


def _digits(number: Decimal) -> int:
    return len(number.normalize().as_tuple().digits)


def _union(given: _Given, names: Names) -> _Given:
    """All values of a list, in order of appearance, each of its kind once and at its fullest."""
    alike: dict[Any, _Given] = {}
    for n, values in given:
        for value in values:
            key = names.key(value) if isinstance(value, Organization) else str(value).casefold()
            alike.setdefault(key, []).append((n, value))
    chosen = []
    for same in alike.values():
        n, value = max(same, key=lambda one: _precision(one[1]))
        if isinstance(value, Organization):
            value = _joined(value, [other for _, other in same])
        chosen.append((n, value))
    return chosen


def _joined(fullest: Organization, all_: list[Organization]) -> Organization:
    """The fullest form of an organisation, with the other names and the ticker of the rest."""
    others = dict.fromkeys(name for one in all_ for name in (one.name, *one.aliases))
    aliases = tuple(dict.fromkeys((*fullest.aliases, *(n for n in others if n != fullest.name))))
    tickers = [one.ticker for one in (fullest, *all_) if one.ticker]
    return fullest.model_copy(
        update={"aliases": aliases, "ticker": tickers[0] if tickers else None}
    )
