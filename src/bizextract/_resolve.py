"""From the words of a role to the value that they stand for.

A name, "the company" or "the duo" becomes the organisation of its cluster, an amount becomes
money, a date is resolved against the document's. What cannot be resolved gives no value.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date as Day
from functools import cached_property
from typing import Any

from bizextract import _lexicon
from bizextract._around import REFUSES, only_describes
from bizextract._drafts import PLAIN, Draft, Filler, Reading, roles_of
from bizextract._frames import Assembly
from bizextract._roles import Kind, Slot
from bizextract.normalize import dates, money, names, numbers, places
from bizextract.records import Money, Organization, PartialDate, Place, Span

Mention = tuple[int, int, int]
"""First and last + 1 token, and the index of the cluster."""
POINTED = 0.5
"""The least score of a filler from outside of the event's sentence."""
_DESCRIPTION = 60
"""How many characters behind a place are looked at for what it describes."""
_RANGE = 24
"""How many characters behind a share are looked at for what it is of."""
_RECENT = 3
"""How many sentences later "the duo" may still mean the parties of an event."""
_PRONOUNS = frozenset(
    word for words in _lexicon.read_json("nominals.json")["pronouns"].values() for word in words
)
_NO_NAMES = _PRONOUNS | frozenset(_lexicon.read_json("names.json")["says_nothing"])
_OWNED = frozenset(_lexicon.read_json("nominals.json")["owned"])
_PART_OF_PLACE = re.compile(
    r"\b(?:{})\s$".format("|".join(_lexicon.read_json("places.json")["parts"])), re.IGNORECASE
)
_ROUND_TAILS = frozenset(_lexicon.read_json("nominals.json")["round_tails"])
_PLACE_TAILS = frozenset(_lexicon.read_json("nominals.json")["place"]["singular"])
_EDGES = frozenset(_lexicon.read_json("nominals.json")["edges"])
_HOLLOW = frozenset(_lexicon.read_json("nominals.json")["hollow"])
_STARTS_WITH_NUMBER = re.compile(r"\d{1,6}(?!(?:st|nd|rd|th|bn|mn?|pct)\b)[a-z]{1,30}")
_PHRASE_WORD = re.compile(r"[^\s,;]+")
_JOINS = re.compile(r"(?:\w{1,30}[-‑]){1,4}$")
_JOINED = re.compile(r"(?:[-‑]\w{1,30}){1,4}")
_ARTICLES = frozenset({"the", "a", "an", "its", "their", "this", "both"})
_DEFAULTS = frozenset({"collaboration", "corporate", "project"})
_DEFAULT_WEIGHT = 0.5
"""What a rule's default kind or scope weighs beside one that words settled."""

_ENDINGS = frozenset({"denied", "cancelled"})
_ENDING_WEIGHT = 2.5
"""What a denial or an end that words tell weighs: a reader has seen few of them."""


class Resolver:
    """Turns the words of a role into values."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.anchor: Day | None = dates.parse_anchor(reading.date)
        self.names: list[Mention] = []
        self.others: list[Mention] = []
        for k, cluster in enumerate(reading.clusters):
            named = {" ".join(n.split()) for n in [cluster["name"], *cluster["aliases"]]}
            for start, end in cluster["mentions"]:
                a, b = reading.span(start, end)
                is_name = " ".join(reading.text[a:b].split()) in named
                (self.names if is_name else self.others).append((start, end, k))
        self.names.sort()
        self._money: list[Any] | None = None
        self._found_dates: dict[dates.Prefer, list[dates.DateMatch]] = {}
        self._parties: tuple[int, tuple[int, ...]] | None = None

    @cached_property
    def _terms(self) -> frozenset[str]:
        return names.terms_abbreviated(self.reading.text)

    @cached_property
    def _read(self) -> str:
        """The text, blank but for the sentences that were read: finders cost by the word."""
        text, at = self.reading.text, 0
        pieces: list[str] = []
        for start, end in self.reading.sentences:
            a, b = self.reading.span(start, end)
            pieces += [" " * (a - at), text[a:b]]
            at = b
        return "".join(pieces)

    def draft(self, event: dict[str, Any], rule: Assembly) -> Draft:
        """A draft of one event, its roles filled with values.

        Events are to be given in the order of their sentences: "the duo" is resolved to the
        parties of the events before.
        """
        draft = Draft(event["type"], [event], {}, {})
        for name in PLAIN:
            votes = _votes(event, name)
            if votes:
                draft.votes[name] = {(v, event["source"]): w for v, w in votes.items()}
        for role in event["roles"]:
            self._take(draft, role, event)
        self._point(draft, event, rule)
        self._refuse(draft, event)
        self._remember_parties(draft)
        return draft

    def _point(self, draft: Draft, event: dict[str, Any], rule: Assembly) -> None:
        """Fill what the event's own sentence leaves open from elsewhere in the document."""
        pointed = sorted(event.get("pointed", ()), key=lambda r: -r["score"])
        for role in rule.of:
            if roles_of(draft)[role].kind not in {Kind.NAME, Kind.NAME_OR_PLACE}:
                continue
            want = rule.needs if len(rule.of) == 1 else 1
            for candidate in pointed:
                have = draft.roles.get(role, {})
                if candidate["role"] != role or len(have) >= want:
                    continue
                if candidate["score"] < POINTED:
                    break
                used = {k for r in rule.of if r != role for k in draft.roles.get(r, {})}
                self._take(draft, candidate, event, used, pointed=True)

    def _take(
        self,
        draft: Draft,
        role: Any,
        event: dict[str, Any],
        used: Iterable[Any] = (),
        pointed: bool = False,
    ) -> None:
        name = role["role"]
        slot = roles_of(draft).get(name)
        if slot is None:
            return
        party = slot.kind is Kind.NAME and slot.many
        for filler in self._fill(slot, role, event):
            if filler.key in used or (party and self._owns(filler.start)):
                continue
            filler.scores = {"pointed" if pointed else event["source"]: filler.score}
            have = draft.roles.setdefault(name, {})
            if filler.key not in have or have[filler.key].score < filler.score:
                have[filler.key] = filler

    def _refuse(self, draft: Draft, event: dict[str, Any]) -> None:
        """Note fillers that the sentence says do not fill their role.

        A venture's own name is not a partner of it, who sells a stake not its investor, who holds
        one not its target.
        """
        start, end = self.reading.span(*event["sent"])
        text = self.reading.text
        named = [
            (("org", k), *self.reading.span(s, e)) for s, e, k in self._named_in(event["sent"])
        ]
        for type_, role, kind, says in REFUSES:
            if draft.type != type_:
                continue
            fillers = draft.roles.get(role, {})
            stand = {(k, f.start, f.end) for k, f in fillers.items() if start <= f.start < end}
            if roles_of(draft)[role].kind in {Kind.NAME, Kind.NAME_OR_PLACE}:
                # Another sentence may propose a name of which this one tells.
                stand.update(named)
            for key, a, b in stand:
                others = [_name(f) for k, f in fillers.items() if k != key]
                name = _name(fillers[key]) if key in fillers else text[a:b]
                if says(text[start:a], text[b:end], name, others):
                    draft.refused.add((role, key, kind))

    def _named_in(self, sent: Sequence[int]) -> list[Mention]:
        first = bisect_left(self.names, (sent[0],))
        return self.names[first : bisect_left(self.names, (sent[1],))]

    def _owns(self, start: int) -> bool:
        """Whether a name only says whose the party is: "Tern Cloud, a subsidiary of Tern"."""
        before = self.reading.text[max(0, start - 60) : start].split()
        if before and before[-1].lower() in _ARTICLES:
            before.pop()
        return len(before) > 1 and before[-1] == "of" and before[-2].lower() in _OWNED

    def _fill(self, slot: Slot, role: Any, event: dict[str, Any]) -> Iterator[Filler]:
        start, end, score = role["start"], role["end"], role["score"]
        if slot.kind is Kind.NAME:
            yield from self._organizations(start, end, score)
        elif slot.kind is Kind.PLACE:
            yield from self._places(start, end, score)
        elif slot.kind is Kind.NAME_OR_PLACE:
            orgs = list(self._organizations(start, end, score, places_too=False))
            there = orgs or self._places(start, end, score)
            yield from (f for f in there if orgs or not self._only_describes(f.end))
        elif slot.kind is Kind.MONEY:
            yield from self._moneys(start, end, score)
        elif slot.kind is Kind.DATE:
            ahead = role["role"] == "date" and event.get("status") == "planned"
            yield from self._dates(start, end, score, ahead)
        else:
            yield from self._plain(slot, start, end, score)

    def _cluster_at(self, start: int, end: int, labels: frozenset[str]) -> list[Mention]:
        """Clusters named inside of some words; the last where one name stands after another."""
        inside = [
            (s, e, k)
            for s, e, k in self.names
            if s < end and e > start and self.reading.clusters[k]["label"] in labels
        ]
        if inside:
            return [max(inside, key=lambda m: (min(m[1], end) - max(m[0], start), m[0]))]
        referring = [
            (s, e, k)
            for s, e, k in self.others
            if s < end and e > start and self.reading.clusters[k]["label"] in labels
        ]
        if len(referring) > 1 and self._parties and "ORG" in labels:
            sentence, parties = self._parties
            if 0 <= self._sentence(start) - sentence <= _RECENT:
                return [(*referring[0][:2], k) for k in parties]
        return referring

    def _sentence(self, token: int) -> int:
        return bisect_right(self.reading.sentences, (token, len(self.reading.offsets)))

    def _remember_parties(self, draft: Draft) -> None:
        """Keep who acts together: "the duo" in a later sentence most likely means them."""
        for role, slot in roles_of(draft).items():
            keys = [k for k in draft.roles.get(role, {}) if k[0] == "org"]
            if slot.kind is Kind.NAME and slot.many and len(keys) > 1:
                start = draft.events[0]["sent"][0]
                self._parties = (self._sentence(start), tuple(k for _, k in keys))

    def _organizations(
        self, start: int, end: int, score: float, places_too: bool = True
    ) -> Iterator[Filler]:
        found = self._cluster_at(start, end, frozenset({"ORG", "PERSON", "NAME"}))
        places_there = [] if found else self._cluster_at(start, end, frozenset({"PLACE"}))
        for s, e, k in found or (places_there if places_too else []):
            a, b = self.reading.span(s, e)
            if not found and self._only_describes(b):
                continue
            named = (s, e, k) in self.names
            weight = score if named else 0.8 * score
            if self.reading.clusters[k]["label"] == "PERSON":
                weight *= 0.6
            yield self._in_cluster(k, a, b, weight, self._ticker_after(e))
        if not found and not places_there:
            yield from self._unknown_name(start, end, score)

    def _only_describes(self, end: int) -> bool:
        return only_describes(self.reading.text[end : end + _DESCRIPTION])

    def _unknown_name(self, start: int, end: int, score: float) -> Iterator[Filler]:
        """Words in an organisation's role that no component knew: taken where name-shaped."""
        a, b = self.reading.span(start, end)
        text = names.split_ticker(self.reading.text[a:b])[0]
        words = text.split()
        while words and (not _opens_name(words[0]) or words[0].lower() in _ARTICLES):
            a += len(words[0]) + 1
            words = words[1:]
        capitals = any(c.isupper() for w in words for c in w)
        # "3ami" is a name, "40" and "2nd-hand" are none.
        if not words or not (capitals or _STARTS_WITH_NUMBER.fullmatch(words[0])):
            return
        if names.is_code(self.reading.text[a : b + 5].split(maxsplit=1)[0].rstrip(".,")):
            yield from self._named_before(start, score)
            return
        if self._says_nothing(" ".join(words)):
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

    def _says_nothing(self, text: str) -> bool:
        """Whether words in a role name nothing: a pronoun, the abbreviation of a term."""
        return text.lower() in _NO_NAMES or text in self._terms

    def _named_before(self, start: int, score: float) -> Iterator[Filler]:
        """The organisation that a Reuters code stands behind: "Tarn Foods ( TARN.L )"."""
        for s, e, k in self.names:
            if start - 1 <= e <= start and self.reading.clusters[k]["label"] in {"ORG", "NAME"}:
                a, b = self.reading.span(s, e)
                yield self._in_cluster(k, a, b, score, self._ticker_after(e))

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
        found: list[tuple[int, int, str | None]] = [
            (s, e, None) for s, e, label in self.reading.entities
            if label == "PLACE" and s < end and e > start
        ]  # fmt: skip
        if not found:
            referring = self._cluster_at(start, end, frozenset({"PLACE"}))
            found = [(s, e, self.reading.clusters[k]["name"]) for s, e, k in referring]
        if not found:
            a, b = self.reading.span(start, end)
            text = self.reading.text[a:b]
            named = self._cluster_at(start, end, frozenset({"ORG", "PERSON"}))
            # What is an organisation in the document is no place, unless the gazetteer knows it.
            if (
                text[:1].isupper()
                and (not named or places.lookup_place(text, known=True))
                and not self._says_nothing(text)
            ):
                found = [(start, end, None)]
        best: Filler | None = None
        for s, e, name in found:
            filler = self._place(s, e, score, name)
            if best is None or _precision(filler.value) > _precision(best.value):
                best = filler
        if best is not None:
            yield best

    def _place(self, start: int, end: int, score: float, name: str | None = None) -> Filler:
        a, b = self.reading.span(start, end)
        # "southeast Michigan" is more than Michigan.
        before = _PART_OF_PLACE.search(self.reading.text, max(0, a - 30), a)
        name = name or self.reading.text[a:b]
        a = before.start() if before else a
        text = self.reading.text[a:b]
        known = places.lookup_place(name)
        value = Place(
            text=text, start=a, end=b, name=known.name if known else name,
            city=known.city if known else None, region=known.region if known else None,
            country=known.country if known else None,
        )  # fmt: skip
        city = value.city or (None if known else name)
        return Filler(("place", place_key(value.name), value.country, city), value, a, b, score)

    def _moneys(self, start: int, end: int, score: float) -> Iterator[Filler]:
        if self._money is None:
            self._money = money.find_money(self._read)
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

    def _dates(self, start: int, end: int, score: float, ahead: bool) -> Iterator[Filler]:
        """Dates are read in their sentence's words: "in May" says more than "May"."""
        prefer: dates.Prefer = "future" if ahead else "past"
        if prefer not in self._found_dates:
            found = dates.find_dates(self._read, self.anchor, prefer=prefer)
            self._found_dates[prefer] = found
        a, b = self.reading.span(start, end)
        for match in self._found_dates[prefer]:
            if match.start < b and match.end > a and match.value:
                text = self.reading.text[match.start : match.end]
                value = PartialDate(text=text, start=match.start, end=match.end, value=match.value)
                yield Filler(("date", value.value), value, value.start, value.end, score)
                return

    def _plain(self, slot: Slot, start: int, end: int, score: float) -> Iterator[Filler]:
        a, b = self.reading.span(start, end)
        if slot.kind is Kind.PHRASE:
            a, b = _phrase(self.reading.text, a, b)
        text = self.reading.text[a:b]
        value: Any = Span(text=text, start=a, end=b) if text else None
        if slot.annotation is float:
            value = _percent(self.reading.text, a, b)
        elif slot.annotation is int:
            counted = numbers.find_counts(text)
            number = counted[0].value if counted else numbers.parse_number(text)
            value = int(number) if number is not None else None
        elif slot.annotation is str:
            # "Series B round" and "Series B" are one.
            value = _without(_ROUND_TAILS, text)
        if value is not None:
            key = value if slot.kind is Kind.NUMBER else text.casefold()
            yield Filler((slot.kind, key), value, a, b, score)


def _percent(text: str, start: int, end: int) -> float | None:
    """The share in percent that some words are a part of: "five" of "five to ten percent"."""
    first = max(0, start - len("a "))
    for match in numbers.find_percents(text[first : end + _RANGE]):
        if first + match.start < end and first + match.end > start:
            return match.value
    return None


def _name(filler: Filler) -> str:
    """The name of an organisation or a place; of other values their words."""
    return str(getattr(filler.value, "name", filler.value.text))


def _phrase(text: str, start: int, end: int) -> tuple[int, int]:
    """The phrase in some words: whole words, no small ones at its edges; empty for a bare verb."""
    before = _JOINS.search(text, max(0, start - 40), start)
    after = _JOINED.match(text, end)
    start, end = before.start() if before else start, after.end() if after else end
    words = list(_PHRASE_WORD.finditer(text, start, end))
    while words and words[-1][0].lower() in _EDGES:
        words.pop()
    while words and words[0][0].lower() in _EDGES:
        words.pop(0)
    if not words or (len(words) == 1 and words[0][0].lower() in _HOLLOW):
        return start, start
    return words[0].start(), words[-1].end()


def place_key(name: str) -> str:
    """A place's name without the word for what it is: "Xi'an City" and "Xi'an" are one."""
    return _without(_PLACE_TAILS, names.name_key(name))


def _without(tails: frozenset[str], text: str) -> str:
    """Drop words that only say what a thing is from the end of its name; one word stays."""
    words = text.split()
    while len(words) > 1 and words[-1].lower() in tails:
        words.pop()
    return " ".join(words)


def _opens_name(word: str) -> bool:
    return word[:1].isupper() or word[:1].isdigit() or any(c.isupper() for c in word[1:3])


def _votes(event: Mapping[str, Any], name: str) -> dict[str, float]:
    """How much an event speaks for each value of a closed choice."""
    odds = event.get("odds", {}).get(name)
    if odds:
        return {value: share * event["score"] for value, share in odds.items()}
    value = event.get(name)
    if value is None:
        return {}
    weight = 1.0
    if name == "status" and value in _ENDINGS:
        weight = _ENDING_WEIGHT
    elif name != "status" and value in _DEFAULTS:
        weight = _DEFAULT_WEIGHT
    return {value: event["score"] * weight}


def _precision(place: Place) -> int:
    return (place.city is not None) * 2 + (place.region is not None)
