"""Which records of different documents are of one event.

Two records are, where they are of one type, share an organisation, and neither place, money nor
time keeps them apart. What else they say is counted: what agrees speaks for it, what differs
against. One document's records are events apart, so an event has at most one of each document.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from functools import cache, cached_property, lru_cache
from itertools import chain, combinations, product
from typing import Any, TypeAlias

from bizextract._roles import holds_list, leaf_types
from bizextract.normalize.names import name_key, says_much
from bizextract.normalize.places import lookup_place
from bizextract.records import Money, Organization, PartialDate, Place, Record, Result, Status

Days: TypeAlias = tuple[date, date]

_WEEK = timedelta(days=7)
_QUARTER = timedelta(days=92)
_HALF_YEAR = timedelta(days=183)
_YEAR = timedelta(days=366)
_PLANNING = 3 * _YEAR
"""How far ahead plans reach, and how late they may come true."""
_MEMORY = 5 * _YEAR
"""How long after it an event that is not dated may still be told of."""

_ROUNDING = Decimal("0.05")
"""Numbers that differ by less are one number, rounded otherwise."""

RANK: dict[Status, int] = {
    "rumoured": 0, "planned": 1, "completed": 2, "denied": 3, "cancelled": 4,
}  # fmt: skip
NEXT: dict[Status, frozenset[Status]] = {
    "rumoured": frozenset({"planned", "completed", "denied", "cancelled"}),
    "planned": frozenset({"completed", "denied", "cancelled"}),
    "denied": frozenset({"planned", "completed", "cancelled"}),
    "completed": frozenset({"cancelled"}),
    "cancelled": frozenset(),
}
"""What may become of an event, by its status."""
_AHEAD: frozenset[Status] = frozenset({"rumoured", "planned"})


class Verdict(IntEnum):
    """What two values of one role say of their records being of one event."""

    APART = -9
    DIFFERENT = -1
    OPEN = 0
    SAME = 1


_APART, _DIFFERENT, _OPEN, _SAME = Verdict


@dataclass(frozen=True, eq=False)
class Item:
    """A record on its way into an event.

    Attributes:
        record: The record.
        place: The numbers of its document and, in that, of the record.
        parties: The keys of the organisations that fill a role.
        reported: The days on which it may have been made public.
    """

    record: Record
    place: tuple[int, int]
    parties: dict[str, set[str]]
    reported: Days | None

    @classmethod
    def of(cls, place: tuple[int, int], result: Result, names: Names) -> Item:
        """Give the item of a document's record."""
        record = result.records[place[1]]
        parties = {
            role: {names.key(one) for one in _values(record, role) if isinstance(one, Organization)}
            for role in _roles(type(record)).parties
        }
        announced = record.announced.days if record.announced else None
        return cls(record, place, parties, announced or _day(result.date))

    @cached_property
    def order(self) -> tuple[Any, ...]:
        """Earliest report first; on one day a plan before what came of it."""
        day = self.reported[0] if self.reported else date.max
        return day, RANK[self.record.status], self.place

    @cached_property
    def when(self) -> Days | None:
        """The days on which it may have taken effect, as far as the record or its date tell."""
        if self.record.date is not None:
            return self.record.date.days
        if self.reported is None or self.record.status not in _AHEAD:
            return self.reported
        first, last = self.reported
        return first, last + min(_PLANNING, date.max - last)


def _day(text: str | None) -> Days | None:
    try:
        return (datetime.fromisoformat(text).date(),) * 2 if text else None
    except ValueError:
        return None


def _gap(one: Days, other: Days) -> timedelta:
    """The days between two spans of time; none where they overlap."""
    return max(one[0] - other[1], other[0] - one[1], timedelta(0))


class Names:
    """Which organisations are one, over all documents.

    Args:
        records: The records of all documents.
    """

    def __init__(self, records: Iterable[Record]) -> None:
        owners: defaultdict[str, set[str]] = defaultdict(set)
        for record in records:
            for _, value in record.values():
                for alias in value.aliases if isinstance(value, Organization) else ():
                    if says_much(alias):
                        owners[key_of(alias)].add(key_of(value.name))
        self._parents: dict[str, str] = {}
        for alias, names in owners.items():
            if len(names) == 1:  # an alias of two is a name of neither
                roots = {self._root(alias), self._root(*names)}
                if len(roots) == 2:
                    self._parents[max(roots)] = min(roots)

    def _root(self, key: str) -> str:
        while key in self._parents:
            key = self._parents[key]
        return key

    def key(self, organization: Organization) -> str:
        """The one key of all names that the documents know an organisation by."""
        return self._root(key_of(organization.name))


@lru_cache(maxsize=65536)
def key_of(name: str) -> str:
    """Give a name's key, or the name itself where no word is left of it."""
    return name_key(name) or name.casefold()


def _values(record: Record, role: str) -> tuple[Any, ...]:
    value = getattr(record, role)
    return value if isinstance(value, tuple) else (value,)


# --- which records are of one event --------------------------------------------------------


def group(items: Iterable[Item]) -> list[list[Item]]:
    """Bring together the items of each event.

    The two that agree most are joined first; two groups are joined where every record of one may
    be of the event of every record of the other.

    Args:
        items: Records of any documents.

    Returns:
        A list for each event, earliest report first; the events in order of appearance.
    """
    ordered = sorted(items, key=lambda item: item.order)
    groups = {item.place: [item] for item in ordered}
    fitting: dict[frozenset[Item], tuple[Any, ...]] = {}
    for one, other in _candidates(ordered):
        score = _agreement(one, other)
        if score is not None:
            fitting[frozenset((one, other))] = -score, _apart(one, other), one.order, other.order
    for pair in sorted(fitting, key=fitting.__getitem__):
        some, more = (groups[item.place] for item in pair)
        if some is not more and all(frozenset(two) in fitting for two in product(some, more)):
            some.extend(more)
            for item in more:
                groups[item.place] = some
    events = {id(of_one): sorted(of_one, key=lambda item: item.order) for of_one in groups.values()}
    return sorted(events.values(), key=lambda of_one: min(item.place for item in of_one))


_PAIR, _CITY = "two of ", "city of "


def _candidates(items: Iterable[Item]) -> Iterator[tuple[Item, Item]]:
    """Give the pairs of records that may be of one event, by what such records have in common.

    They are of one type and name the same parties and the same city, as far as both name any, so
    that not all records of a party that is often named are compared with each other.
    """
    shapes: defaultdict[type[Record], set[tuple[str, ...]]] = defaultdict(set)
    known: defaultdict[tuple[Any, ...], list[Item]] = defaultdict(list)
    for item in items:
        kind, marks = type(item.record), _marks(item)
        found: dict[tuple[int, int], Item] = {}
        for shape in shapes[kind]:
            both = [name for name in marks if name in shape]
            common = tuple(name for name in both if _PAIR + name not in both)[:2]
            if common and not common[0].startswith(_CITY):
                for words in product(*(marks[name] for name in common)):
                    found |= {one.place: one for one in known.get((kind, shape, common, words), ())}
        yield from ((one, item) for one in found.values() if one.place[0] != item.place[0])
        names = tuple(marks)
        shapes[kind].add(names)
        for some in chain(((name,) for name in names), combinations(names, 2)):
            if some[0] != _PAIR + some[-1]:
                for words in product(*(marks[name] for name in some)):
                    known[kind, names, some, words].append(item)


def _marks(item: Item) -> dict[str, set[Any]]:
    """What a record names, by role: two records of one event share one of each that both have.

    The parties come first. Where a role lists all parties, any two of them stand for it as well.
    """
    roles = _roles(type(item.record))
    marks: dict[str, set[Any]] = {}
    for role in roles.parties:
        keys = item.parties[role]
        if role == roles.group and len(keys) > 1:
            marks[_PAIR + role] = set(combinations(sorted(keys), 2))
        if keys:
            marks[role] = keys
    for role in roles.seats:
        place = getattr(item.record, role)
        if isinstance(place, Place) and place.city:
            marks[_CITY + role] = {_city_name(place)}
    return marks


def _apart(one: Item, other: Item) -> timedelta:
    """The time between two reports; the longest where one is not dated."""
    return _gap(one.reported, other.reported) if one.reported and other.reported else timedelta.max


def _agreement(one: Item, other: Item) -> int | None:
    """How much more agrees than differs between two records; None where they are two events."""
    roles = _roles(type(one.record))
    shared = lacks_party = False
    for role in roles.parties:
        few, many = sorted((one.parties[role], other.parties[role]), key=len)
        if few:
            if not (few <= many if role == roles.group else few & many):
                return None
            shared = True
        elif many:
            lacks_party = True
    time = _time(one, other)
    if not shared or time is _APART:
        return None
    details = []
    for role, default in roles.details:
        verdict = compare(getattr(one.record, role), getattr(other.record, role), default)
        if verdict is _APART or (verdict is _DIFFERENT and role in roles.seats):
            return None
        details.append(verdict)
    score = sum(details) + time
    if lacks_party and (_SAME not in details or score < 1):
        return None  # who is not named may be anybody
    lacks_place = roles.seats and _is_nowhere(one, roles) != _is_nowhere(other, roles)
    if lacks_place and score < 1:
        return None
    return score if score >= 0 else None


def _is_nowhere(item: Item, roles: _Roles) -> bool:
    return all(getattr(item.record, role) is None for role in roles.seats)


@dataclass(frozen=True)
class _Roles:
    """What the roles of a record type mean here.

    Attributes:
        parties: Those that organisations fill.
        group: That of them which lists all parties of an event, as a partnership's partners.
        seats: The first that only places fill, where the event is, and those that a place may
            fill as well as an organisation.
        details: All that not only organisations fill, each with what it holds where nothing is
            said.
    """

    parties: tuple[str, ...]
    group: str | None
    seats: tuple[str, ...]
    details: tuple[tuple[str, Any], ...]


@cache
def _roles(record: type[Record]) -> _Roles:
    own = {role: f for role, f in record.model_fields.items() if role not in Record.model_fields}
    types = {role: set(leaf_types(field.annotation)) for role, field in own.items()}
    parties = tuple(role for role in own if Organization in types[role])
    only_places = [role for role in own if types[role] == {Place}]
    is_group = len(parties) == 1 and holds_list(own[parties[0]].annotation)
    return _Roles(
        parties=parties,
        group=parties[0] if is_group else None,
        seats=(*only_places[:1], *(r for r in parties if Place in types[r])),
        details=tuple((r, own[r].default) for r in own if types[r] != {Organization}),
    )


def _time(one: Item, other: Item) -> Verdict:
    early, late = sorted((one, other), key=lambda item: item.order)
    if (one.record.status == "cancelled") != (other.record.status == "cancelled"):
        return _end(*sorted((one, other), key=lambda item: item.record.status == "cancelled"))
    goes_on = late.record.status in NEXT[early.record.status]
    both_ahead = early.record.status in _AHEAD and late.record.status in _AHEAD
    if one.record.date and other.record.date and one.when and other.when:
        gap = _gap(one.when, other.when)
        if not gap:
            return _SAME
        if goes_on and gap <= _PLANNING:
            return _OPEN
        return _DIFFERENT if gap <= (_YEAR if both_ahead else _QUARTER) else _APART
    if not one.record.date and not other.record.date:
        if one.reported is None or other.reported is None:
            return _OPEN
        gap = _gap(one.reported, other.reported)
        if gap <= _WEEK:
            return _SAME
    elif one.when and other.when:
        gap = _gap(one.when, other.when)
    else:
        return _OPEN
    if gap <= _HALF_YEAR or (goes_on and gap <= _MEMORY):
        return _OPEN
    return _DIFFERENT if gap <= _MEMORY else _APART


def _end(begun: Item, ended: Item) -> Verdict:
    """Compare the time of an event with that of its end, which is what a cancelled one is dated."""
    if begun.record.status == "completed":
        return _APART if begun.when and ended.when and ended.when[1] < begun.when[0] else _OPEN
    if begun.reported and ended.reported and begun.reported[0] - ended.reported[1] > _WEEK:
        return _APART  # planned anew
    return _OPEN


def compare(a: Any, b: Any, default: Any = None) -> Verdict:
    """Compare two values of a role that names no party.

    Args:
        a: A value, None or ().
        b: Another.
        default: What the role holds where nothing is said.
    """
    match a, b:
        case (None, _) | (_, None) | ((), _) | (_, ()):
            return _OPEN
        case Money(), Money():
            return _moneys(a, b)
        case Place(), Place():
            return _places(a, b)
        case PartialDate(), PartialDate():
            if a.days is None or b.days is None:
                return _OPEN
            return _DIFFERENT if _gap(a.days, b.days) else _SAME
        case tuple(), tuple():
            return _phrases(a, b)
        case str(), str() if default is None:
            return _SAME if a.casefold() == b.casefold() else _APART  # the name of a round
        case (bool() | str(), _) | (_, bool() | str()):
            return _DIFFERENT if a != b and default not in (a, b) else _OPEN
        case (int() | float() | Decimal(), int() | float() | Decimal()):
            return _SAME if _near(Decimal(str(a)), Decimal(str(b))) else _DIFFERENT
        case _:
            return _OPEN


def _near(a: Decimal, b: Decimal) -> bool:
    return abs(a - b) <= _ROUNDING * max(abs(a), abs(b))


def _moneys(a: Money, b: Money) -> Verdict:
    """Compare amounts in a currency that both give; twice as much is other money."""
    ranges, others = _amounts(a), _amounts(b)
    verdicts = []
    for currency in ranges.keys() & others.keys():
        (low, high), (least, most) = ranges[currency], others[currency]
        if (low <= most and least <= high) or _near(low, most) or _near(high, least):
            verdicts.append(_SAME)
        else:
            far = 2 * min(high, most) < max(low, least)
            verdicts.append(_APART if far else _DIFFERENT)
    return max(verdicts, default=_OPEN)


def _amounts(money: Money) -> dict[str, tuple[Decimal, Decimal]]:
    return {
        one.currency: (one.value, one.value if one.value_max is None else one.value_max)
        for one in (*money.equivalents, money)
    }


def _phrases(a: tuple[Any, ...], b: tuple[Any, ...]) -> Verdict:
    """Compare lists of phrases by their longer words."""
    words, others = (
        {word for phrase in phrases for word in str(phrase).casefold().split() if len(word) > 3}
        for phrases in (a, b)
    )
    if not words or not others:
        return _OPEN
    return _SAME if words & others else _DIFFERENT


def _places(a: Place | None, b: Place | None) -> Verdict:
    """Compare places: SAME where a city or region is, OPEN where one may lie in the other."""
    if a is None or b is None:
        return _OPEN
    sort, other = level(a), level(b)
    if _clash(a.country, b.country) or (a.country and _clash(a.region, b.region)):
        return _DIFFERENT
    if sort == other == "country":
        return _OPEN
    if sort == other:
        name, name_b = _city_name(a), _city_name(b)
        if name == name_b:
            return _SAME
        within = name in name_b or name_b in name
        return _OPEN if sort == "region" or (sort == "" and within) else _DIFFERENT
    return _OPEN


def _city_name(place: Place) -> str:
    return (place.city or place.name).casefold().removeprefix("the ")


def _clash(a: str | None, b: str | None) -> bool:
    return a is not None and b is not None and a.casefold() != b.casefold()


def level(place: Place) -> str:
    """What sort of place it is; "" where the gazetteer does not know it, or an area."""
    return "city" if place.city else _sort_of(place.name)


@lru_cache(maxsize=65536)
def _sort_of(name: str) -> str:
    known = lookup_place(name, known=True)
    return known.kind if known is not None and known.kind in ("country", "region") else ""
