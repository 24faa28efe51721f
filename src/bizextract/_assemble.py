"""From proposed events to records: one record an event, details from all over the document.

Pure: a `Reading` holds all that the components found, as plain values; `drafts` brings what the
document says twice together, `build` turns a draft into a record. Which roles a type has is read
from its record class, how its drafts are told apart from its `Assembly`.
"""

from __future__ import annotations

import types as _types
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date as Day
from decimal import Decimal
from functools import cache
from typing import Any

from bizextract._frames import Assembly
from bizextract.normalize import dates, money, names, numbers, places
from bizextract.records import (
    Evidence,
    Money,
    Organization,
    PartialDate,
    Place,
    Record,
    Span,
)

OTHER_ROLES = ("date", "announced", "source")
PLAIN = ("status", "kind", "scope")
POINTED = 0.5
"""The least score of a filler from outside of the event's sentence, where nothing else is said."""


@dataclass(frozen=True)
class Reading:
    """What the components found in one document; offsets are tokens but for ``offsets``."""

    text: str
    offsets: list[tuple[int, int]]
    sentences: list[tuple[int, int]]
    entities: list[tuple[int, int, str]]
    clusters: list[dict[str, Any]]
    events: list[dict[str, Any]]
    date: str | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Character offsets of tokens, without space at the ends."""
        a, b = self.offsets[start][0], self.offsets[end - 1][1]
        piece = self.text[a:b]
        return a + len(piece) - len(piece.lstrip()), b - len(piece) + len(piece.rstrip())


@dataclass
class Filler:
    """A value for a role, with the places that it was read from."""

    key: Any
    value: Any
    start: int
    end: int
    score: float
    sources: set[str] = field(default_factory=set)
    times: int = 1


@dataclass
class Draft:
    """Events that are one event so far."""

    type: str
    events: list[dict[str, Any]]
    roles: dict[str, dict[Any, Filler]]
    votes: dict[str, dict[str, float]]

    @property
    def start(self) -> int:
        """First token of the first sentence that carries it."""
        return min(e["sent"][0] for e in self.events)

    def best(self, role: str) -> Filler | None:
        """The most likely value of a role."""
        found = self.roles.get(role)
        if not found:
            return None
        return max(found.values(), key=lambda f: (f.score, f.times, -f.start))

    def choice(self, name: str) -> str | None:
        """The value that most speaks for, of a closed choice such as the status."""
        votes = self.votes.get(name)
        return max(votes, key=lambda v: votes[v]) if votes else None


@cache
def slots(record: type[Record]) -> dict[str, tuple[str, bool]]:
    """The roles of a record class: what kind of value each takes, and whether it takes many.

    Kinds are ``org``, ``place``, ``target`` (an organisation or a place), ``money``, ``date``,
    ``span``, ``int``, ``float`` and ``str``.
    """
    hints = typing.get_type_hints(record)
    result: dict[str, tuple[str, bool]] = {}
    for role in record.model_fields:
        if role in {"type", "confidence", "evidence", "spans", *PLAIN}:
            continue
        result[role] = _kind(hints[role])
    return result


def _kind(hint: Any) -> tuple[str, bool]:
    if typing.get_origin(hint) is tuple:
        return _kind(typing.get_args(hint)[0])[0], True
    options = (
        [a for a in typing.get_args(hint) if a is not type(None)]
        if typing.get_origin(hint) in (typing.Union, _types.UnionType)
        else [hint]
    )
    if Organization in options and Place in options:
        return "target", False
    table = {
        Organization: "org", Place: "place", Money: "money", PartialDate: "date", Span: "span",
        int: "int", float: "float", str: "str",
    }  # fmt: skip
    for option in options:
        if option in table:
            return table[option], False
    raise TypeError(f"a role of type {hint!r} is not supported")


def drafts(
    reading: Reading,
    rules: Mapping[str, Assembly],
    *,
    floors: Mapping[str, float] | None = None,
) -> list[Draft]:
    """Bring the events of a document together, one draft for each event that it asserts.

    Args:
        reading: What the components found.
        rules: How drafts of each type are told apart.
        floors: By ``"type.role"``: the least score of a role's filler that is taken; 0 where
            nothing is said.

    Returns:
        Drafts that hold what their type needs, in order of appearance.
    """
    resolver = _Resolver(reading)
    merged: list[Draft] = []
    loose: list[Draft] = []
    singles = [
        draft
        for event in sorted(reading.events, key=lambda e: (-e["score"], e["sent"][0]))
        if event["type"] in rules
        for draft in [resolver.draft(event, rules[event["type"]], floors or {})]
    ]
    for draft in singles:
        rule = rules[draft.type]
        target = max(
            (d for d in merged if d.type == draft.type and _same(d, draft, rule)),
            key=lambda d: (_shared(d, draft, rule.of), -abs(d.start - draft.start)),
            default=None,
        )
        if target is not None:
            _join(target, draft)
        elif _enough(draft, rule):
            merged.append(draft)
        else:
            loose.append(draft)
    _attach(loose, merged, rules)
    return sorted(merged, key=lambda d: d.start)


def _attach(loose: list[Draft], merged: list[Draft], rules: Mapping[str, Assembly]) -> None:
    """Let drafts that are too thin to stand alone add to a draft that they fit, then to each other."""
    for draft in loose:
        rule = rules[draft.type]
        fits = [
            d
            for d in merged
            if d.type == draft.type
            and not _clash(d, draft, rule)
            and (_shared(d, draft, rule.anchors) or not any(draft.roles.get(r) for r in rule.of))
        ]
        if fits:
            _join(min(fits, key=lambda d: abs(d.start - draft.start)), draft)
            continue
        together = [
            d for d in loose
            if d is not draft and d.type == draft.type and not _clash(d, draft, rule)
            and _shared(d, draft, rule.anchors)
        ]
        for other in together:
            whole = Draft(draft.type, [], {}, {})
            _join(whole, draft)
            _join(whole, other)
            if _enough(whole, rule):
                merged.append(whole)
                break


def _values(draft: Draft, role: str) -> set[Any]:
    return set(draft.roles.get(role, {}))


def _shared(a: Draft, b: Draft, roles: Iterable[str]) -> int:
    return sum(len(_agreeing(_values(a, r), _values(b, r))) for r in roles)


def _agreeing(a: set[Any], b: set[Any]) -> set[Any]:
    return {x for x in a if any(_agree(x, y) for y in b)}


def _agree(x: Any, y: Any) -> bool:
    if x == y:
        return True
    if isinstance(x, tuple) and isinstance(y, tuple) and x[0] == y[0] == "money":
        return any(
            c == d and abs(v - w) <= Decimal("0.05") * max(v, w)
            for v, c in x[1:] for d, w in ((q, p) for p, q in y[1:])
        )
    if isinstance(x, tuple) and isinstance(y, tuple) and x[0] == y[0] == "place":
        return _within(x, y) or _within(y, x)
    return False


def _within(x: tuple[Any, ...], y: tuple[Any, ...]) -> bool:
    """Whether place ``y`` is a country or region that place ``x`` lies in."""
    _, _, country, city = x
    _, _, other, other_city = y
    return bool(country and country == other and not other_city and city)


def _enough(draft: Draft, rule: Assembly) -> bool:
    return sum(len(_values(draft, r)) for r in rule.of) >= rule.needs and (
        rule.needs < 2 or len(rule.of) == 1 or sum(bool(_values(draft, r)) for r in rule.of) > 1
    )


def _clash(a: Draft, b: Draft, rule: Assembly) -> bool:
    united = bool(rule.unite) and a.choice("kind") in rule.unite and b.choice("kind") in rule.unite
    for role in rule.clash:
        x, y = _values(a, role), _values(b, role)
        many = slots_of(a.type)[role][1]
        if x and y and not _agreeing(x, y) and not (united and many):
            return True
    return False


def _same(a: Draft, b: Draft, rule: Assembly) -> bool:
    return _shared(a, b, rule.anchors) >= rule.share and not _clash(a, b, rule)


def _join(into: Draft, other: Draft) -> None:
    into.events.extend(other.events)
    for role, fillers in other.roles.items():
        have = into.roles.setdefault(role, {})
        # Two lists that each name somebody else tell of one event only by what they share.
        closed = len(have) > 1 and len(fillers) > 1 and not set(have) <= set(fillers)
        for key, filler in fillers.items():
            known = have.get(key)
            if known is None:
                if not (closed and slots_of(into.type)[role][0] == "org"):
                    have[key] = filler
            else:
                known.times += filler.times
                known.sources |= filler.sources
                known.score = max(known.score, filler.score)
    for name, votes in other.votes.items():
        mine = into.votes.setdefault(name, {})
        for value, weight in votes.items():
            mine[value] = mine.get(value, 0.0) + weight


def slots_of(type_: str) -> dict[str, tuple[str, bool]]:
    """`slots` by the type's name."""
    record = Record.type_of(type_)
    if record is None:
        raise KeyError(f"no record class for type {type_!r}")
    return slots(record)


class _Resolver:
    """Turns the words of a role into values."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.anchor: Day | None = dates.parse_anchor(reading.date)
        self.names: list[tuple[int, int, int]] = []
        self.others: list[tuple[int, int, int]] = []
        for k, cluster in enumerate(reading.clusters):
            named = {" ".join(n.split()) for n in [cluster["name"], *cluster["aliases"]]}
            for start, end in cluster["mentions"]:
                a, b = reading.span(start, end)
                is_name = " ".join(reading.text[a:b].split()) in named
                (self.names if is_name else self.others).append((start, end, k))
        self._money: list[Any] | None = None

    def draft(
        self, event: dict[str, Any], rule: Assembly, floors: Mapping[str, float]
    ) -> Draft:
        """A draft of one event, its roles filled with values."""
        draft = Draft(event["type"], [event], {}, {})
        for name in PLAIN:
            odds = event.get("odds", {}).get(name) or {event[name]: 1.0}
            weight = event["score"] * _trust(event)
            votes = {v: p * weight for v, p in odds.items() if v is not None}
            if votes:
                draft.votes[name] = votes
        for role in event["roles"]:
            self._take(draft, role, event, floors)
        self._point(draft, event, rule, floors)
        return draft

    def _point(
        self, draft: Draft, event: dict[str, Any], rule: Assembly, floors: Mapping[str, float]
    ) -> None:
        """Fill what the event's own sentence leaves open from elsewhere in the document."""
        pointed = sorted(event.get("pointed", ()), key=lambda r: -r["score"])
        for role in rule.of:
            if slots_of(draft.type)[role][0] not in {"org", "target"}:
                continue
            want = rule.needs if len(rule.of) == 1 else 1
            for candidate in pointed:
                have = draft.roles.get(role, {})
                if candidate["role"] != role or len(have) >= want:
                    continue
                if candidate["score"] < floors.get(f"{draft.type}.{role}.pointed", POINTED):
                    break
                used = {k for r in rule.of if r != role for k in draft.roles.get(r, {})}
                self._take(draft, candidate, event, {}, used)

    def _take(
        self,
        draft: Draft,
        role: Any,
        event: dict[str, Any],
        floors: Mapping[str, float],
        used: Iterable[Any] = (),
    ) -> None:
        name = role["role"]
        kinds = slots_of(draft.type)
        if name not in kinds or role["score"] < floors.get(f"{draft.type}.{name}", 0.0):
            return
        for filler in self._fill(kinds[name][0], role, event):
            if filler.key in used:
                continue
            filler.sources.add(event["source"])
            have = draft.roles.setdefault(name, {})
            if filler.key not in have or have[filler.key].score < filler.score:
                have[filler.key] = filler

    def _fill(self, kind: str, role: Any, event: dict[str, Any]) -> Iterator[Filler]:
        start, end, score = role["start"], role["end"], role["score"]
        if kind == "org":
            yield from self._organizations(start, end, score)
        elif kind == "place":
            yield from self._places(start, end, score)
        elif kind == "target":
            orgs = list(self._organizations(start, end, score))
            yield from orgs or self._places(start, end, score)
        elif kind == "money":
            yield from self._moneys(start, end, score)
        elif kind == "date":
            yield from self._dates(start, end, score, event)
        else:
            yield from self._plain(kind, start, end, score)

    def _cluster_at(self, start: int, end: int, labels: frozenset[str]) -> list[tuple[int, int, int]]:
        """Clusters named inside of some words; the last where one name stands after another."""
        inside = [
            (s, e, k)
            for s, e, k in self.names
            if s < end and e > start and self.reading.clusters[k]["label"] in labels
        ]
        if inside:
            return [max(inside, key=lambda m: (min(m[1], end) - max(m[0], start), m[0]))]
        return [
            (s, e, k)
            for s, e, k in self.others
            if s < end and e > start and self.reading.clusters[k]["label"] in labels
        ]

    def _organizations(self, start: int, end: int, score: float) -> Iterator[Filler]:
        found = self._cluster_at(start, end, frozenset({"ORG", "PERSON", "NAME"}))
        places_there = [] if found else self._cluster_at(start, end, frozenset({"PLACE"}))
        for s, e, k in found or places_there:
            a, b = self.reading.span(s, e)
            named = (s, e, k) in self.names
            weight = score if named else 0.8 * score
            if self.reading.clusters[k]["label"] == "PERSON":
                weight *= 0.6
            yield self._in_cluster(k, a, b, weight, self._ticker_after(e))
        if not found and not places_there:
            yield from self._unknown_name(start, end, score)

    def _unknown_name(self, start: int, end: int, score: float) -> Iterator[Filler]:
        """Words in an organisation's role that no component knew: taken where name-shaped."""
        a, b = self.reading.span(start, end)
        text = names.split_ticker(self.reading.text[a:b])[0]
        words = text.split()
        while words and not _opens_name(words[0]):
            a += len(words[0]) + 1
            words = words[1:]
        if not words or not any(c.isupper() for w in words for c in w):
            return
        name = self.reading.text[a : a + len(" ".join(words))]
        key = names.name_key(name)
        if not key:
            return
        known = self._cluster_named(name)
        if known is None:
            value = Organization(text=name, start=a, end=a + len(name), name=name)
            yield Filler(("name", key), value, a, a + len(name), score)
        else:
            yield self._in_cluster(known, a, a + len(name), score)

    def _cluster_named(self, name: str) -> int | None:
        """The cluster that a name without a mention of its own belongs to."""
        for k, cluster in enumerate(self.reading.clusters):
            if cluster["label"] != "PLACE" and any(
                names.is_alias(name, other) or names.is_alias(other, name)
                for other in [cluster["name"], *cluster["aliases"]]
            ):
                return k
        return None

    def _in_cluster(
        self, k: int, start: int, end: int, score: float, ticker: str | None = None
    ) -> Filler:
        cluster = self.reading.clusters[k]
        value = Organization(
            text=self.reading.text[start:end], start=start, end=end, name=cluster["name"],
            aliases=tuple(cluster["aliases"]), ticker=ticker,
        )  # fmt: skip
        return Filler(("org", k), value, start, end, score)

    def _ticker_after(self, end: int) -> str | None:
        for s, e, label in self.reading.entities:
            if label == "TICKER" and s == end:
                a, b = self.reading.span(s, e)
                return self.reading.text[a:b].strip("() ")
        return None

    def _places(self, start: int, end: int, score: float) -> Iterator[Filler]:
        found = [
            (s, e) for s, e, label in self.reading.entities
            if label == "PLACE" and s < end and e > start
        ]  # fmt: skip
        if not found:
            found = [m[:2] for m in self._cluster_at(start, end, frozenset({"PLACE"}))]
        if not found:
            a, b = self.reading.span(start, end)
            found = [(start, end)] if self.reading.text[a : a + 1].isupper() else []
        best: Filler | None = None
        for s, e in found:
            filler = self._place(s, e, score)
            if best is None or _precision(filler.value) > _precision(best.value):
                best = filler
        if best is not None:
            yield best

    def _place(self, start: int, end: int, score: float) -> Filler:
        a, b = self.reading.span(start, end)
        text = self.reading.text[a:b]
        known = places.lookup_place(text)
        value = Place(
            text=text, start=a, end=b, name=known.name if known else text,
            city=known.city if known else None, region=known.region if known else None,
            country=known.country if known else None,
        )  # fmt: skip
        city = value.city or (None if known else text)
        return Filler(("place", names.name_key(value.name), value.country, city), value, a, b, score)

    def _moneys(self, start: int, end: int, score: float) -> Iterator[Filler]:
        if self._money is None:
            self._money = money.find_money(self.reading.text)
        a, b = self.reading.span(start, end)
        for match in self._money:
            if match.start < b and match.end > a:
                value = self._to_money(match)
                every = [value, *value.equivalents]
                key = ("money", *((m.value, m.currency) for m in every))
                yield Filler(key, value, value.start, value.end, score)
                return

    def _to_money(self, match: Any) -> Money:
        return Money(
            text=self.reading.text[match.start : match.end], start=match.start, end=match.end,
            value=match.value, currency=match.currency, value_max=match.value_max,
            equivalents=tuple(self._to_money(m) for m in match.equivalents),
        )  # fmt: skip

    def _dates(
        self, start: int, end: int, score: float, event: dict[str, Any]
    ) -> Iterator[Filler]:
        a, b = self.reading.span(start, end)
        piece = self.reading.text[a:b]
        ahead = event.get("status") == "planned" and not event.get("announced_role")
        prefer = "future" if ahead else "past"
        for match in dates.find_dates(piece, self.anchor, prefer=prefer):
            if match.value:
                value = PartialDate(
                    text=piece[match.start : match.end], start=a + match.start, end=a + match.end,
                    value=match.value,
                )  # fmt: skip
                yield Filler(("date", value.value), value, value.start, value.end, score)
                return

    def _plain(self, kind: str, start: int, end: int, score: float) -> Iterator[Filler]:
        a, b = self.reading.span(start, end)
        text = self.reading.text[a:b]
        value: Any = Span(text=text, start=a, end=b)
        if kind == "float":
            found = numbers.find_percents(text)
            value = found[0].value if found else numbers.parse_number(text)
        elif kind == "int":
            counted = numbers.find_counts(text)
            number = counted[0].value if counted else numbers.parse_number(text)
            value = int(number) if number is not None else None
        elif kind == "str":
            value = " ".join(text.split())
        if value is not None:
            key = text.casefold() if kind in {"span", "str"} else value
            yield Filler((kind, key), value, a, b, score)


def _opens_name(word: str) -> bool:
    return word[:1].isupper() or word[:1].isdigit() or any(c.isupper() for c in word[1:3])


def _trust(event: dict[str, Any]) -> float:
    return 1.0 if event["source"] == "reader" else 0.7


def _precision(place: Place) -> int:
    return (place.city is not None) * 2 + (place.region is not None)


def build(reading: Reading, draft: Draft, confidence: float | None = None) -> Record:
    """Turn a draft into a record.

    Args:
        reading: What the components found in the document.
        draft: One of the drafts of that reading.
        confidence: Probability that the record is right, where a model gave one.

    Returns:
        A record of the draft's type.
    """
    record = Record.type_of(draft.type)
    assert record is not None, draft.type
    content: dict[str, Any] = {"confidence": confidence, "evidence": _evidence(reading, draft)}
    spans: dict[str, Span] = {}
    for role, (kind, many) in slots(record).items():
        if many:
            fillers = sorted(draft.roles.get(role, {}).values(), key=lambda f: f.start)
            content[role] = tuple(f.value for f in fillers)
            continue
        filler = draft.best(role)
        if filler is None:
            continue
        content[role] = filler.value
        if kind in {"int", "float", "str"}:
            text = reading.text[filler.start : filler.end]
            spans[role] = Span(text=text, start=filler.start, end=filler.end)
    for name in PLAIN:
        value = draft.choice(name)
        if value is not None and name in record.model_fields:
            content[name] = value
            cue = _cue(reading, draft, name)
            if cue is not None:
                spans[name] = cue
    return record(**content, spans=spans)


def _evidence(reading: Reading, draft: Draft) -> tuple[Evidence, ...]:
    found: dict[tuple[int, int], set[str]] = {}
    for event in draft.events:
        start, end = reading.span(*event["sent"])
        found.setdefault((start, end), set()).add(event["rule"] or event["source"])
    return tuple(
        Evidence(text=reading.text[a:b], start=a, end=b, by=tuple(sorted(by)))
        for (a, b), by in sorted(found.items())
    )


def _cue(reading: Reading, draft: Draft, name: str) -> Span | None:
    """The words that a closed choice was read from, where a component kept them."""
    for event in draft.events:
        for start, end, label in event.get("cues") or []:
            if label == name or (name == "status" and label == event.get("status")):
                a, b = reading.span(start, end)
                return Span(text=reading.text[a:b], start=a, end=b)
    return None
