"""What tests of several modules need: a gold document, and small functions."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

TEXT = (
    "Ferrum Works AG and Blue Heron Ltd signed a memorandum\non battery recycling. "
    "Separately, Ferrum put $40 million into Tidemark."
)
PARTNERSHIP = {
    "type": "partnership",
    "partners": ["Ferrum Works AG", "Blue Heron Ltd"],
    "kind": "memorandum",
    "fields": ["battery recycling"],
    "status": "completed",
    "date": None,
    "announced": None,
    "evidence": ["signed a memorandum on battery recycling"],
}
INVESTMENT = {
    "type": "investment",
    "investors": ["Ferrum Works AG"],
    "target": "Tidemark",
    "location": None,
    "amount": {"value": "40000000", "currency": "USD"},
    "kind": "project",
    "round": None,
    "stake": None,
    "status": "completed",
    "date": None,
    "announced": None,
    "evidence": ["Ferrum put $40 million into Tidemark"],
}
HEADQUARTERS = {
    "type": "headquarters_opening",
    "company": "Tidemark",
    "location": {"name": "Porto", "alt": ["Oporto"], "country": "PT"},
    "scope": "corporate",
    "status": "planned",
    "evidence": [],
}
DOCUMENT: dict[str, Any] = {
    "id": "a",
    "date": "2021-03-04",
    "text": TEXT,
    "orgs": [["Ferrum Works AG", "Ferrum"], ["Blue Heron Ltd"], ["Tidemark"]],
    "records": [PARTNERSHIP, INVESTMENT],
}


def organization(name: str, *aliases: str) -> dict[str, Any]:
    """A predicted organisation, as JSON."""
    return {"name": name, "aliases": list(aliases), "text": name}


def without(value: dict[str, Any], key: str) -> dict[str, Any]:
    """The same without a key."""
    return {k: v for k, v in value.items() if k != key}


def write_lines(path: Path, *values: object) -> Path:
    """Write values as JSON, one a line."""
    path.write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")
    return path


def spans_in(value: Any) -> Iterator[dict[str, Any]]:
    """Every span of dumped records, at any depth."""
    if isinstance(value, dict):
        if {"text", "start", "end"} <= value.keys():
            yield value
        for inner in value.values():
            yield from spans_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from spans_in(inner)


def spent(work: Callable[[], object]) -> float:
    """Time of the processor: that of the clock depends on what else the machine does."""
    began = time.process_time()
    work()
    return time.process_time() - began


def grows(
    short: Callable[[], object], long: Callable[[], object], most: float, slack: float = 0.3
) -> bool:
    """Whether `long` takes more than `most` times as long as `short`, and `slack` seconds.

    What else the machine does disturbs a measurement and can only make it longer, so that a yes
    counts when three in a row say it.
    """
    return all(spent(short) * most + slack < spent(long) for _ in range(3))
