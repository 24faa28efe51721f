"""One sentence that tells of several events."""

from __future__ import annotations

import pytest

from bizextract._distribute import distribute
from bizextract._frames import Assembly
from bizextract._resolve import Resolver
from tagged import event, reading_of

RULES = {
    "investment": Assembly(needs=2, of=("investors", "target"), anchors=("investors",), share=1),
    "partnership": Assembly(needs=2, of=("partners",), anchors=("partners",), share=2),
    "headquarters_opening": Assembly(
        needs=1, of=("company",), anchors=("company",), share=1, clash=("location",)
    ),
}

SENTENCES = [
    # A sentence, the type, its roles, and what fills them in each event.
    ("Alder has joint ventures with Birch and Cedar.", "partnership",
     {"partners": "Alder|Birch|Cedar"}, ["Alder Birch", "Alder Cedar"]),
    ("Alder plans alliances and other deals with Birch and Cedar in steel.", "partnership",
     {"partners": "Alder|Birch|Cedar"}, ["Alder Birch", "Alder Cedar"]),
    ("Alder has a joint venture with Birch and Cedar.", "partnership",
     {"partners": "Alder|Birch|Cedar"}, ["Alder Birch Cedar"]),
    ("Alder and Birch have joint ventures with Cedar and Rowan.", "partnership",
     {"partners": "Alder|Birch|Cedar|Rowan"}, ["Alder Birch Cedar Rowan"]),
    ("Alder has joint ventures with Birch in steel.", "partnership",
     {"partners": "Alder|Birch"}, ["Alder Birch"]),
    ("Alder and Birch invested [$5m|MONEY] each in Rowan.", "investment",
     {"investors": "Alder|Birch", "target": "Rowan", "amount": "$5m"},
     ["Alder Rowan $5m", "Birch Rowan $5m"]),
    ("Alder and Birch will each invest [$5m|MONEY] in Rowan.", "investment",
     {"investors": "Alder|Birch", "target": "Rowan", "amount": "$5m"},
     ["Alder Rowan $5m", "Birch Rowan $5m"]),
    ("Alder and Birch invested [$5m|MONEY] in Rowan.", "investment",
     {"investors": "Alder|Birch", "target": "Rowan", "amount": "$5m"}, ["Alder Birch Rowan $5m"]),
    ("Alder put [$5m|MONEY] in Rowan, Birch and Cedar [$7m|MONEY] each.", "investment",
     {"investors": "Alder|Birch|Cedar", "target": "Rowan", "amount": "$7m"},
     ["Birch Rowan $7m", "Cedar Rowan $7m"]),
    ("Alder and Birch invest [$5m|MONEY] and [$7m|MONEY] respectively in Rowan.", "investment",
     {"investors": "Alder|Birch", "target": "Rowan", "amount": "$5m|$7m"},
     ["Alder Rowan $5m", "Birch Rowan $7m"]),
    ("Alder has invested in firms such as Birch, hotelier Cedar’s, and the brewer Rowan.",
     "investment", {"investors": "Alder", "target": "Birch|Cedar|Rowan"},
     ["Alder Birch", "Alder Cedar", "Alder Rowan"]),
    ("Alder invested in Birch (BRC.N) and Cedar.", "investment",
     {"investors": "Alder", "target": "Birch|Cedar"}, ["Alder Birch", "Alder Cedar"]),
    ("Alder invested [$5m|MONEY] in Birch and Cedar.", "investment",
     {"investors": "Alder", "target": "Birch|Cedar", "amount": "$5m"}, ["Alder Birch Cedar $5m"]),
    ("Alder invested in Birch, which owns Cedar.", "investment",
     {"investors": "Alder", "target": "Birch|Cedar"}, ["Alder Birch Cedar"]),
    ("Alder, Birch and Cedar have opened head offices in Lyon.", "headquarters_opening",
     {"company": "Alder|Birch|Cedar"}, ["Alder", "Birch", "Cedar"]),
    ("Alder, which owns Birch, has opened a head office in Lyon.", "headquarters_opening",
     {"company": "Alder|Birch"}, ["Alder Birch"]),
    ("Alder and Birch bought shares in each other.", "investment",
     {"investors": "Alder", "target": "Birch"}, ["Alder Birch", "Birch Alder"]),
    ("Alder agreed to exchange stakes with Birch.", "investment",
     {"investors": "Alder", "target": "Birch"}, ["Alder Birch", "Birch Alder"]),
    ("Alder bought Birch Exchange shares.", "investment",
     {"investors": "Alder", "target": "Birch"}, ["Alder Birch"]),
    ("Alder bought shares in Birch.", "investment",
     {"investors": "Alder", "target": "Birch"}, ["Alder Birch"]),
    ("Alder opened its head office in Lyon.", "headquarters_opening",
     {"company": "Alder"}, ["Alder"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "type_", "roles", "events"), SENTENCES)
def test_a_sentence_is_dealt_out(
    text: str, type_: str, roles: dict[str, str], events: list[str]
) -> None:
    reading = reading_of(text)
    whole = Resolver(reading).draft(event(reading, type_, **roles), RULES[type_])
    found = [
        " ".join(
            reading.text[one.start : one.end]
            for role in roles
            for one in sorted(part.roles[role].values(), key=lambda one: one.start)
        )
        for part in distribute(reading, whole)
    ]
    assert found == events
    assert all(part.events == whole.events for part in distribute(reading, whole))
