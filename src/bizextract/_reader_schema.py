"""What the reader can say: the types, roles and attribute values that its heads stand for.

Runtime and training share these tables. The order is part of the weights' format: whoever changes
it raises `VERSION`, and older weights are refused.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = [
    "ATTRIBUTES",
    "PHRASES",
    "POINTERS",
    "RELATIVE",
    "TAGS",
    "TYPES",
    "VERSION",
    "Attribute",
    "Pointer",
]

VERSION = "1"

TYPES = ("headquarters_opening", "partnership", "investment")

#: The roles that are tagged in the event's own sentence, by type.
TAGS: dict[str, tuple[str, ...]] = {
    "headquarters_opening": (
        "company", "location", "origin", "jobs", "cost", "date", "announced",
    ),
    "partnership": ("partners", "fields", "date", "announced"),
    "investment": (
        "investors", "target", "location", "amount", "round", "stake", "date", "announced",
    ),
}  # fmt: skip

#: The roles whose words are a phrase; two names, such as of partners, may stand side by side.
PHRASES = frozenset({"fields"})

_STATUS = ("completed", "planned", "rumoured", "cancelled", "denied")


class Attribute(NamedTuple):
    """One closed choice that every event of a type has."""

    type: str
    name: str
    values: tuple[str, ...]


ATTRIBUTES = (
    *(Attribute(type_, "status", _STATUS) for type_ in TYPES),
    Attribute(
        "headquarters_opening", "scope",
        ("corporate", "global", "regional", "national", "divisional"),
    ),
    Attribute(
        "partnership", "kind",
        ("joint_venture", "memorandum", "strategic_partnership", "licensing", "distribution",
         "collaboration"),
    ),
    Attribute("investment", "kind", ("funding_round", "stake", "project")),
)  # fmt: skip


class Pointer(NamedTuple):
    """A role that may be filled from another sentence of the document."""

    type: str
    role: str


POINTERS = (
    Pointer("headquarters_opening", "company"),
    Pointer("headquarters_opening", "location"),
    Pointer("headquarters_opening", "origin"),
    Pointer("partnership", "partners"),
    Pointer("investment", "investors"),
    Pointer("investment", "target"),
    Pointer("investment", "location"),
    Pointer("investment", "amount"),
)

#: Where a word stands in relation to the event's sentence.
RELATIVE = ("same", "headline", "previous", "next", "before", "after")
