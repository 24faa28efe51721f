"""Events that are one event: drafts, and how they are brought together.

Pure: a `Reading` holds all that the components found, as plain values. Which roles a type has is
read from its record class, how its drafts are told apart from its frame's `Assembly`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from typing import Any

from bizextract._frames import Assembly
from bizextract._roles import Kind, RecordClass, Slot, class_of, slots_of
from bizextract.errors import InputError, quote
from bizextract.records import Money, Organization, PartialDate, Place, Span

PLAIN = ("status", "kind", "scope")
"""Roles that are a closed choice."""
_FILLED = (Organization, Place, Money, PartialDate, Span, int, float, str)
MAIN = "main"
"""Source of a filler that the document says of its news as a whole."""


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
    """A value for a role.

    Attributes:
        key: What tells it from other values: equal keys are one value.
        value: As the record has it.
        start: Offset of the words that it was read from, in characters.
        end: Where they end.
        score: How likely it is right, 0 to 1.
        scores: The score by what proposed it: rules, reader, or the reader pointing to it from
            another sentence.
        times: How many events of the draft have it.
    """

    key: Any
    value: Any
    start: int
    end: int
    score: float
    scores: dict[str, float] = field(default_factory=dict)
    times: int = 1


@dataclass
class Draft:
    """Events that are one event so far.

    Attributes:
        type: The record type's JSON name.
        events: The proposals.
        roles: By role: its fillers by key.
        votes: For each closed choice (status, kind, scope): how much speaks for each value, by
            value and source.
        trust: What a source's vote weighs, by ``"choice.source"``; 1 where nothing is said.
        likely: How likely each proposal is right by itself.
        refused: Roles with the keys of fillers that a sentence says do not fill them, and the kind
            of event in which that counts: the venture itself as its partner, the seller of a stake
            as its investor, its holder as its target.
        rivals: How likely other drafts of the document are that share a party with it.
    """

    type: str
    events: list[dict[str, Any]]
    roles: dict[str, dict[Any, Filler]]
    votes: dict[str, dict[tuple[str, str], float]]
    likely: list[float] = field(default_factory=list)
    trust: Mapping[str, float] = field(default_factory=dict)
    refused: set[tuple[str, Any, str | None]] = field(default_factory=set)
    rivals: list[float] = field(default_factory=list)

    @property
    def start(self) -> int:
        """First token of the first sentence that carries it."""
        start: int = min(e["sent"][0] for e in self.events)
        return start

    def best(self, role: str) -> Filler | None:
        """The most likely value of a role; of a place, the most likely one that lies within it."""
        found = self.roles.get(role)
        if not found:
            return None
        best = max(found.values(), key=lambda f: (f.score, f.times, -f.start))
        within = [
            f for f in found.values() if _is_place(f.key, best.key) and _within(f.key, best.key)
        ]
        return max(within, key=lambda f: f.score, default=best)

    def choice(self, name: str) -> str | None:
        """The value that most speaks for, of a closed choice such as the status."""
        totals: dict[str, float] = {}
        for (value, source), weight in self.votes.get(name, {}).items():
            weight *= self.trust.get(f"{name}.{source}", 1.0)
            totals[value] = totals.get(value, 0.0) + weight
        return max(totals, key=lambda v: totals[v]) if totals else None


@cache
def filled_slots(record: RecordClass) -> dict[str, Slot]:
    """The roles of a record class that words of a text fill: all but closed choices.

    Raises:
        InputError: A role holds values of a kind that no words are read as.
    """
    found = {role: slot for role, slot in slots_of(record).items() if role not in PLAIN}
    for slot in found.values():
        if slot.annotation not in _FILLED:
            given = getattr(slot.annotation, "__name__", str(slot.annotation))
            raise InputError(
                f"{record.__name__}.{slot.role}: no words are read as {quote(given)}; a role is an "
                f"{', '.join(kind.__name__ for kind in _FILLED)}, or a tuple of many of them"
            )
    return found


def roles_of(draft: Draft) -> dict[str, Slot]:
    """The roles that a draft can have, see `filled_slots`."""
    return filled_slots(class_of(draft.type))


def merge(singles: Iterable[Draft], rules: Mapping[str, Assembly]) -> list[Draft]:
    """Bring drafts together, one for each event that the document asserts.

    Args:
        singles: A draft for each proposal. The likeliest is taken first, and its values count
            where others contradict.
        rules: How drafts of each type are told apart.

    Returns:
        Drafts that hold what their type needs, in order of appearance.
    """
    merged: list[Draft] = []
    loose: list[Draft] = []
    for draft in sorted(singles, key=lambda d: (-d.likely[0], d.start)):
        rule = rules[draft.type]
        target = max(
            (d for d in merged if d.type == draft.type and _same(d, draft, rule)),
            key=lambda d: (_shared(d, draft, rule.of), -abs(d.start - draft.start)),
            default=None,
        )
        if target is not None:
            _join(target, draft)
        elif enough(draft, rule):
            merged.append(draft)
        else:
            loose.append(draft)
    _attach(loose, merged, rules)
    return sorted(merged, key=lambda d: d.start)


def _attach(loose: list[Draft], merged: list[Draft], rules: Mapping[str, Assembly]) -> None:
    """Let drafts that are too thin to stand alone add to one that they fit, or to each other."""
    used: list[Draft] = []
    for draft in loose:
        if any(draft is d for d in used):
            continue
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
        if not any(draft.roles.get(role) for role in rule.anchors):
            continue  # there is nothing that another could share
        together = [
            d
            for d in loose
            if d is not draft
            and d.type == draft.type
            and not _clash(d, draft, rule)
            and _shared(d, draft, rule.anchors)
        ]
        for other in together:
            whole = Draft(draft.type, [], {}, {})
            _join(whole, draft)
            _join(whole, other)
            if enough(whole, rule):
                merged.append(whole)
                used.append(other)
                break


def _values(draft: Draft, role: str) -> set[Any]:
    return set(draft.roles.get(role, {}))


def _shared(a: Draft, b: Draft, roles: Iterable[str]) -> int:
    return sum(len(_agreeing(_values(a, r), _values(b, r))) for r in roles)


def _agreeing(a: set[Any], b: set[Any]) -> set[Any]:
    loose = [y for y in b if isinstance(y, tuple) and y[0] in _LOOSE]
    return {x for x in a if x in b or any(_is_near(x, y) for y in loose)}


_LOOSE = frozenset({"money", "place"})
"""Kinds of value of which two may agree without being equal, as `_is_near` tells."""


def _is_near(x: Any, y: Any) -> bool:
    if isinstance(x, tuple) and isinstance(y, tuple) and x[0] == y[0] == "money":
        return any(
            c == d and abs(v - w) <= Decimal("0.05") * max(v, w) for v, c in x[1:] for w, d in y[1:]
        )
    if _is_place(x, y):
        return x[1] == y[1] or _within(x, y) or _within(y, x)
    return False


def _is_place(*keys: Any) -> bool:
    return all(isinstance(key, tuple) and key[0] == "place" for key in keys)


def _within(x: tuple[Any, ...], y: tuple[Any, ...]) -> bool:
    """Whether place ``y`` is a country or region that place ``x`` lies in."""
    _, _, country, city = x
    _, _, other, other_city = y
    return bool(country and country == other and not other_city and city)


def spread_announcement(drafts: Iterable[Draft]) -> None:
    """Let drafts without a day of announcement take the document's, as the source ``main``.

    An article tells of one announcement, and says once on which day it was made; whether a
    draft belongs to it is for the combiner to judge.
    """
    drafts = list(drafts)
    days = [
        filler
        for draft in drafts
        for filler in draft.roles.get("announced", {}).values()
        if len(filler.value.value) == len("2017-08-19")
    ]
    if not days:
        return
    day = max(days, key=lambda f: (f.score, f.times, -f.start))
    for draft in drafts:
        if not draft.roles.get("announced"):
            taken = replace(day, scores={MAIN: day.score}, times=1)
            draft.roles["announced"] = {day.key: taken}


def note_rivals(drafts: Sequence[Draft], rules: Mapping[str, Assembly]) -> None:
    """Let drafts know how likely those are that share a party with them."""
    for draft in drafts:
        draft.rivals = [
            max(other.likely)
            for other in drafts
            if other is not draft
            and other.type == draft.type
            and _shared(draft, other, rules[draft.type].anchors)
        ]


def keep_apart(draft: Draft) -> None:
    """Of phrases that overlap, such as "training" in "training for pilots", keep the likeliest."""
    for role, slot in roles_of(draft).items():
        if slot.kind is not Kind.PHRASE or not slot.many:
            continue
        kept: dict[Any, Filler] = {}
        fillers = draft.roles.get(role, {}).items()
        for key, one in sorted(fillers, key=lambda kf: (-kf[1].score, kf[1].start - kf[1].end)):
            if all(one.end <= other.start or one.start >= other.end for other in kept.values()):
                kept[key] = one
        if kept:
            draft.roles[role] = kept


def refuse(draft: Draft) -> None:
    """Leave out fillers that a sentence says do not fill their role."""
    for role, key, kind in draft.refused:
        if kind is None or draft.choice("kind") == kind:
            draft.roles.get(role, {}).pop(key, None)


def refuse_places(draft: Draft, no_place: Mapping[str, Collection[str]]) -> None:
    """Leave out countries and towns, by role in the kinds of event in which none fills it."""
    for role, kinds in no_place.items():
        if draft.choice("kind") in kinds:
            fillers = draft.roles.get(role, {})
            for key in [k for k, f in fillers.items() if _is_place(k) and f.value.country]:
                del fillers[key]


def part(draft: Draft, roles: Iterable[str]) -> None:
    """Let a name that fills several of some roles keep the likeliest only."""
    for a in roles:
        for key in list(draft.roles.get(a, {})):
            score = draft.roles[a][key].score
            others = [draft.roles.get(b, {}).get(key) for b in roles if b != a]
            if any(other is not None and other.score >= score for other in others):
                del draft.roles[a][key]


def take_place(
    draft: Draft, place_of: Mapping[str, str], no_place: Mapping[str, Collection[str]]
) -> None:
    """Let open roles hold the place that another holds: a plant without a name is where it is."""
    for role, other in place_of.items():
        best = draft.best(other)
        known = best is not None and _is_place(best.key) and best.value.country
        if best is not None and not known and draft.choice("kind") in no_place.get(other, ()):
            # A company that was taken for a place is not where the money goes.
            fillers = draft.roles.get(role, {})
            for key in [k for k, f in fillers.items() if f.start == best.start]:
                del fillers[key]
        elif best is not None and known and not draft.roles.get(role):
            draft.roles[role] = {best.key: replace(best)}


def enough(draft: Draft, rule: Assembly) -> bool:
    """Whether a draft holds what a record of its type needs."""
    return sum(len(_values(draft, r)) for r in rule.of) >= rule.needs and (
        rule.needs < 2 or len(rule.of) == 1 or sum(bool(_values(draft, r)) for r in rule.of) > 1
    )


def _clash(a: Draft, b: Draft, rule: Assembly) -> bool:
    if _shared(a, b, rule.proof):
        return False
    united = bool(rule.unite) and a.choice("kind") in rule.unite and b.choice("kind") in rule.unite
    for role in rule.clash:
        x, y = _values(a, role), _values(b, role)
        many = roles_of(a)[role].many
        if x and y and not _agreeing(x, y) and not (united and many):
            return True
    return False


def _same(a: Draft, b: Draft, rule: Assembly) -> bool:
    if any(x is y for x in a.events for y in b.events):
        return False  # one sentence was dealt out to several
    return _shared(a, b, rule.anchors) >= rule.share and not _clash(a, b, rule)


def _join(into: Draft, other: Draft) -> None:
    into.events.extend(other.events)
    into.likely.extend(other.likely)
    into.refused |= other.refused
    for role, fillers in other.roles.items():
        have = into.roles.setdefault(role, {})
        # Two lists that each name somebody else tell of one event only by what they share.
        closed = len(have) > 1 and len(fillers) > 1 and not set(have) <= set(fillers)
        for key, filler in fillers.items():
            known = have.get(key)
            if known is None:
                if not (closed and roles_of(into)[role].kind is Kind.NAME):
                    have[key] = filler
            else:
                known.times += filler.times
                known.score = max(known.score, filler.score)
                for source, score in filler.scores.items():
                    known.scores[source] = max(score, known.scores.get(source, 0.0))
    for name, votes in other.votes.items():
        mine = into.votes.setdefault(name, {})
        for value, weight in votes.items():
            mine[value] = mine.get(value, 0.0) + weight
