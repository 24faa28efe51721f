"""From drafts to records: what is decided, and how a record is built.

Pure: reading in, records out. The combiner (`bizextract._combine`) judges proposals, fillers and
drafts; without one, what was proposed is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bizextract._combine import Combiner
from bizextract._distribute import distribute
from bizextract._drafts import (
    PLAIN,
    Draft,
    Reading,
    enough,
    keep_apart,
    merge,
    note_rivals,
    part,
    refuse,
    refuse_places,
    roles_of,
    spread_announcement,
    take_place,
)
from bizextract._frames import Assembly
from bizextract._resolve import Resolver
from bizextract._roles import Kind, class_of
from bizextract.records import Evidence, Record, Span


def assemble(reading: Reading, rules: Mapping[str, Assembly], combiner: Combiner) -> list[Record]:
    """Give the records of a document.

    Args:
        reading: What the components found.
        rules: How drafts of each type are told apart.
        combiner: What decides.

    Returns:
        Records in order of appearance, each with the combiner's probability as confidence.
    """
    records = []
    for draft in drafts(reading, rules, combiner):
        probability = combiner.probability(reading, draft)
        if combiner.accepts(draft, probability) or _is_trusted(draft, rules):
            records.append(build(reading, draft, probability))
    return records


def drafts(reading: Reading, rules: Mapping[str, Assembly], combiner: Combiner) -> list[Draft]:
    """Give one draft for each event that a document may assert, before the last decision.

    Args:
        reading: What the components found.
        rules: How drafts of each type are told apart.
        combiner: What judges proposals and fillers.

    Returns:
        Drafts in order of appearance, their fillers judged.
    """
    found = []
    for draft in singles(reading, rules):
        likely = combiner.event(reading, draft)
        if likely >= combiner.event_floor(draft.type) or _is_trusted(draft, rules):
            draft.likely = [likely]
            draft.trust = combiner.trust_of(draft.type)
            found.append(draft)
    merged = merge(found, rules)
    spread_announcement(merged)
    for draft in merged:
        combiner.judge_fillers(draft)
        refuse(draft)
        refuse_places(draft, rules[draft.type].no_place)
        part(draft, rules[draft.type].apart)
        keep_apart(draft)
        take_place(draft, rules[draft.type].place_of, rules[draft.type].no_place)
    whole = [d for d in merged if enough(d, rules[d.type])]
    note_rivals(whole, rules)
    return whole


def _is_trusted(draft: Draft, rules: Mapping[str, Assembly]) -> bool:
    """Whether a rule found it that is believed whatever the combiner says."""
    return any(event["rule"] in rules[draft.type].trusted for event in draft.events)


def singles(reading: Reading, rules: Mapping[str, Assembly]) -> list[Draft]:
    """Give a draft for each proposed event by itself, in the order of their sentences."""
    resolver = Resolver(reading)
    found = [
        draft
        for event in sorted(reading.events, key=lambda e: e["sent"][0])
        if event["type"] in rules
        for draft in distribute(reading, resolver.draft(event, rules[event["type"]]))
    ]
    for draft in found:
        refuse(draft)
    return found


def build(reading: Reading, draft: Draft, confidence: float | None = None) -> Record:
    """Turn a draft into a record.

    Args:
        reading: What the components found in the document.
        draft: One of the drafts of that reading.
        confidence: Probability that the record is right, where a model gave one.

    Returns:
        A record of the draft's type.
    """
    record = class_of(draft.type)
    content: dict[str, Any] = {"confidence": confidence, "evidence": _evidence(reading, draft)}
    spans: dict[str, Span] = {}
    for role, slot in roles_of(draft).items():
        if slot.many:
            fillers = sorted(draft.roles.get(role, {}).values(), key=lambda f: f.start)
            content[role] = tuple(f.value for f in fillers)
            continue
        filler = draft.best(role)
        if filler is None:
            continue
        content[role] = filler.value
        if slot.kind in {Kind.NUMBER, Kind.TEXT}:
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
