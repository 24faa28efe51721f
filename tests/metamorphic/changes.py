"""Changes of a sentence after which its records are known, and what share of them holds.

`cases` makes the pairs from ``sentences.jsonl``; `holds` says whether a pair fits. Run as a script,
it writes the table of tests/README.md.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import bizextract as bx
from bizextract._extractor import Extractor
from bizextract._pipeline import Engine

SENTENCES = Path(__file__).with_name("sentences.jsonl")
OTHER_COMPANY = "Brightwater Holdings Inc."
OTHER_CITY = "Rotterdam"
PASSED_OVER = frozenset({"confidence", "evidence", "spans", "source", "announced"})
QUOTES = str.maketrans({"“": '"', "”": '"', "’": "'", "‘": "'"})

Roles = list[dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """A text, the same one changed, and what the change does to its records."""

    change: str
    id: str
    text: str
    changed: str
    expected: Callable[[Roles], Roles]


def cases() -> Iterator[Case]:
    """Make all pairs."""
    for line in SENTENCES.read_text(encoding="utf-8").splitlines():
        yield from _cases_of(json.loads(line))


def _cases_of(row: dict[str, Any]) -> Iterator[Case]:
    text, company, city = row["text"], row["company"], row["city"]

    def case(change: str, changed: str, expected: Callable[[Roles], Roles] = _same) -> Case:
        return Case(change, row["id"], text, changed, expected)

    head, blank, _ = text.partition("\n\n")
    yield case(
        "another company", text.replace(company, OTHER_COMPANY), _renamed(company, OTHER_COMPANY)
    )
    if city:
        yield case("another city", text.replace(city, OTHER_CITY), _renamed(city, OTHER_CITY))
    if "passive" in row:
        yield case("passive", row["passive"])
    if "happened" in row:
        yield case("happened", row["happened"], _with_status("completed"))
    if "denied" in row:
        yield case("denied", row["denied"], _with_status("denied"))
    if text.translate(QUOTES) != text:
        yield case("straight quotes", text.translate(QUOTES))
    if blank:
        yield case("headline in capitals", text.replace(head, head.upper()), _upper)
    else:
        middle = text.index(" ", len(text) // 2)
        yield case("line break", f"{text[:middle]}\n{text[middle + 1 :]}")
        yield case("line breaks", "\n".join(_wrapped(text.split(" "), 4)))


def _wrapped(words: list[str], number: int) -> Iterator[str]:
    for start in range(0, len(words), number):
        yield " ".join(words[start : start + number])


def _same(roles: Roles) -> Roles:
    return roles


def _renamed(old: str, new: str) -> Callable[[Roles], Roles]:
    def change(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: change(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return sorted(map(change, value))
        return new if value == old else value

    return lambda roles: [change(record) for record in roles]


def _with_status(status: str) -> Callable[[Roles], Roles]:
    return lambda roles: [
        # "this year" for "next year" changes the date with the status.
        {name: value for name, value in record.items() if name != "date"} | {"status": status}
        for record in roles
    ]


def _upper(roles: Roles) -> Roles:
    return [{name: _lower(value) for name, value in record.items()} for record in roles]


def _lower(value: Any) -> Any:
    if isinstance(value, list):
        return sorted(map(_lower, value))
    return value.lower() if isinstance(value, str) else value


def roles_of(result: bx.Result) -> Roles:
    """Give what the records say, with a name or value for each role."""
    return [_roles(record) for record in result.records]


def _roles(record: bx.Record) -> dict[str, Any]:
    dumped = record.model_dump(mode="json")
    return {name: _value(v) for name, v in dumped.items() if name not in PASSED_OVER}


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return sorted(map(_value, value))
    if isinstance(value, dict):
        value = value.get("name") or value.get("value") or value["text"]
    return " ".join(value.split()) if isinstance(value, str) else value


def holds(case: Case, read: Callable[[str], bx.Result]) -> bool:
    """Whether the records of the changed text are those of the text, changed."""
    before, after = roles_of(read(case.text)), roles_of(read(case.changed))
    expected = case.expected(before)
    if case.change in ("happened", "denied"):
        after = [{k: v for k, v in record.items() if k != "date"} for record in after]
    if case.change == "headline in capitals":
        after = _upper(after)
    return bool(before) and after == expected


README = Path(__file__).parents[1] / "README.md"
MARKS = ("<!-- metamorphic -->\n", "<!-- /metamorphic -->")


def table(engines: Iterable[Engine] = ("rules", "both")) -> str:
    """Count how many pairs hold, by change and engine."""
    readers = {engine: cache(Extractor(engine=engine).extract) for engine in engines}
    total: Counter[str] = Counter()
    held: Counter[tuple[str, str]] = Counter()
    for case in cases():
        for name in (case.change, "all"):
            total[name] += 1
        for engine, reader in readers.items():
            if holds(case, reader):
                for name in (case.change, "all"):
                    held[name, engine] += 1
    lines = [f"| Change | {' | '.join(readers)} |", "| --- |" + " ---: |" * len(readers)]
    for name in [*(n for n in total if n != "all"), "all"]:
        cells = [f"{held[name, engine]} of {total[name]}" for engine in readers]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":  # writes the table into tests/README.md
    before, _, rest = README.read_text(encoding="utf-8").partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    README.write_text(before + MARKS[0] + table() + MARKS[1] + after, encoding="utf-8")
