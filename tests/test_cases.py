"""Announcements in our own words, each with what must be read from it.

A case is a line of ``cases/*.jsonl``: ``id``, ``text`` with inline tags named after roles
(``<company>Acme Foods</company> opens its <location>Lyon</location> headquarters``), ``type``, and
plain values such as ``status`` and ``kind``. A role that shares its words with another is given as
a plain value too. A case without a ``type`` must yield nothing. ``today`` is the document's date,
``xfail`` says why a case is known to fail.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark import ParameterSet
from spacy.language import Language

import bizextract as bx
from bizextract.records import PartialDate, Record

CASES = Path(__file__).parent / "cases"

KEYS = {
    "headquarters_opening": ("company", "location", "origin"),
    "partnership": ("partners",),
    "investment": ("investors", "target", "amount"),
}
PLAIN = ("status", "kind", "scope", "date", "announced")
_TAG = re.compile(r"<(/?)([^<>]*)>")


@dataclass(frozen=True)
class Case:
    """One case, its tags taken out of the text."""

    id: str
    text: str
    type: str | None
    roles: dict[str, list[str]]
    plain: dict[str, str] = field(default_factory=dict)
    today: str | None = None
    xfail: str | None = None


def untag(tagged: str, roles: set[str]) -> tuple[str, dict[str, list[str]]]:
    """Take the tags out of a text; a malformed, unknown or unclosed tag is an error."""
    text, place = "", 0
    found: dict[str, list[str]] = {}
    current: tuple[str, int] | None = None
    for match in _TAG.finditer(tagged):
        text += tagged[place : match.start()]
        closing, name = match.groups()
        if name not in roles:
            raise ValueError(f"tag <{closing}{name}> names no role; known: {sorted(roles)}")
        if bool(closing) != (current is not None) or (closing and current and current[0] != name):
            raise ValueError(f"tag <{closing}{name}> does not fit: {tagged!r}")
        if closing and current:
            found.setdefault(name, []).append(text[current[1] :])
            current = None
        else:
            current = (name, len(text))
        place = match.end()
    text += tagged[place:]
    if current is not None or "<" in text or ">" in text:
        raise ValueError(f"unclosed or broken tag in {tagged!r}")
    return text, found


def read_cases() -> list[Case]:
    """Read all case files."""
    cases = []
    for path in sorted(CASES.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            entry: dict[str, Any] = json.loads(line)
            record = Record.type_of(entry["type"]) if "type" in entry else None
            text, roles = untag(entry["text"], set(record.model_fields) if record else set())
            for key in set(entry) - {"id", "text", "type", "today", "xfail", *PLAIN}:
                if record is None or key not in record.model_fields:
                    raise ValueError(f"{path.name}: {entry['id']}: unknown key {key!r}")
                roles.setdefault(key, []).append(entry[key])
            plain = {k: entry[k] for k in PLAIN if k in entry}
            optional = {k: entry.get(k) for k in ("today", "xfail")}
            cases.append(Case(entry["id"], text, entry.get("type"), roles, plain, **optional))
    return cases


ALL = read_cases()


def as_param(case: Case) -> ParameterSet:
    """A case as a pytest parameter with its id, failing as it says."""
    marks = [pytest.mark.xfail(strict=True, reason=case.xfail)] if case.xfail else []
    return pytest.param(case, id=case.id, marks=marks)


@pytest.fixture(scope="session")
def rules() -> Language:
    return bx.load(engine="rules")


def differences(case: Case, records: list[Record]) -> list[str]:
    """Say in what the records of a case differ from what it asks for."""
    if case.type is None:
        return [f"found {r.type}: {_shown(r)}" for r in records]
    mine = [r for r in records if r.type == case.type]
    if len(mine) != 1:
        return [f"found {len(mine)} records of type {case.type}, not 1: {list(map(_shown, mine))}"]
    record = mine[0]
    found = [
        f"{role}: {names} not in {_shown(record)}"
        for role, names in case.roles.items()
        if not _same(names, record, role)
    ]
    found += [
        f"{role}: {_names(record, role)} is too much"
        for role in KEYS.get(case.type, ())
        if role not in case.roles and _names(record, role)
    ]
    return found + [
        f"{name}: {_plain(record, name)} is not {value}"
        for name, value in case.plain.items()
        if _plain(record, name) != value
    ]


def _same(wanted: list[str], record: Record, role: str) -> bool:
    have = _names(record, role)
    wanted = list(dict.fromkeys(wanted))
    return len(have) == len(wanted) and all(any(w in names for names in have) for w in wanted)


def _names(record: Record, role: str) -> list[set[str]]:
    """For each value of a role, the texts that it answers to."""
    value = getattr(record, role)
    if value is None or value == ():
        return []
    if isinstance(value, str | int | float):
        return [{record.spans[role].text}]
    values = value if isinstance(value, tuple) else (value,)
    return [{v.text, getattr(v, "name", ""), *getattr(v, "aliases", ())} for v in values]


def _plain(record: Record, name: str) -> str | None:
    value = getattr(record, name)
    return value.value if isinstance(value, PartialDate) else value


def _shown(record: Record) -> str:
    return " ".join(f"{role}={getattr(value, 'text', value)!r}" for role, value in record.values())


@pytest.mark.model
@pytest.mark.parametrize("case", [as_param(case) for case in ALL])
def test_case(case: Case, rules: Language) -> None:
    doc = rules.make_doc(case.text)
    doc._.bizextract_date = case.today
    records = list(rules(doc)._.bizextract.records)
    assert not differences(case, records)


MUTUAL = [
    "Kobra Steel and Ferro Tinto will take stakes of 3 percent in each other.",
    "Kobra Steel and Ferro Tinto agreed a share swap in January.",
    "Kobra Steel swapped 2 percent of its shares with Ferro Tinto.",
    "Kobra Steel and Ferro Tinto exchanged stakes in 2010.",
]


@pytest.mark.model
@pytest.mark.parametrize("text", MUTUAL)
def test_each_side_of_a_swap_invests_in_the_other(text: str, rules: Language) -> None:
    records = rules(text)._.bizextract.records
    told = {(r.investors[0].name, r.target.name, r.kind) for r in records}
    assert told == {
        ("Kobra Steel", "Ferro Tinto", "stake"),
        ("Ferro Tinto", "Kobra Steel", "stake"),
    }


BEFORE_THE_VENTURE = {
    "Ferrum Works and Borealis Ltd scrapped their iron ore joint venture.": ["iron ore"],
    "Ferrum Works left a coal exploration partnership with Borealis Ltd.": ["coal exploration"],
    "Ferrum Works and Borealis Ltd set up an oil and gas joint venture.": ["oil and gas"],
    "Ferrum Works signed a memorandum on oil and gas cooperation with Borealis Ltd.": [
        "oil and gas"
    ],
    "Ferrum Works ended a five-year partnership with Borealis Ltd.": [],
    "Ferrum Works signed a partnership agreement with Borealis Ltd.": [],
    "Ferrum Works and Borealis Ltd formed a $20 million venture.": [],
    "Ferrum Works left its Sakhalin joint venture with Borealis Ltd.": [],
}


@pytest.mark.model
@pytest.mark.parametrize(("text", "wanted"), BEFORE_THE_VENTURE.items())
def test_nouns_before_a_venture_are_its_field(
    text: str, wanted: list[str], rules: Language
) -> None:
    (record,) = rules(text)._.bizextract.records
    assert [span.text for span in record.fields] == wanted


LIST = "Fathom Analytics, Nimbus Freight and Pollen Payments"


@pytest.mark.model
@pytest.mark.parametrize(
    "told",
    [
        "has invested in start-ups such as",
        "has invested in many of the region's start-ups, including",
        "made early bets on companies like",
        "is an investor in",
    ],
)
def test_each_investment_of_a_list_is_a_record(told: str, rules: Language) -> None:
    records = rules(f"Elmtree Ventures {told} {LIST}.")._.bizextract.records
    assert [(r.investors[0].text, r.target.text) for r in records] == [
        ("Elmtree Ventures", name) for name in LIST.replace(" and", ",").split(", ")
    ]


@pytest.mark.model
def test_the_default_engine_reads_them_too() -> None:
    """The weights that ship, on sentences: figures with a little room for other processors."""
    nlp = bx.load()
    right = {True: 0, False: 0}
    for case in ALL:
        doc = nlp.make_doc(case.text)
        doc._.bizextract_date = case.today
        right[case.type is not None] += not differences(case, list(nlp(doc)._.bizextract.records))
    announced = sum(case.type is not None for case in ALL)
    assert right[True] >= 0.85 * announced
    assert right[False] >= 0.92 * (len(ALL) - announced)


def test_ids_are_unique() -> None:
    ids = [case.id for case in ALL]
    assert len(ids) == len(set(ids))


def test_there_are_enough_cases() -> None:
    assert sum(c.type is not None for c in ALL) >= 60
    assert sum(c.type is None for c in ALL) >= 40


@pytest.mark.parametrize(
    "text",
    [
        "<company>Acme opens",
        "Acme</company> opens",
        "<compny>Acme</compny> opens",
        "<company>Acme</location> opens",
        "<company>Acme <location>Lyon</location></company>",
        "<company>Acme</company opens",
    ],
)
def test_a_malformed_tag_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="tag"):
        untag(text, {"company", "location"})
