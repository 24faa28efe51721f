"""What the components leave on a `Doc`, in one table.

Everything is made of plain lists, dicts, strings and numbers with token offsets, so that it
survives ``Doc.to_bytes`` and ``nlp.pipe(n_process=2)``. Entities are a span group.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from spacy.tokens import Doc

from bizextract.errors import BizExtractError

ENTITIES_KEY = "bizextract_entities"
"""Span group of labelled entities: see `bizextract.components.entities`."""


class Role(TypedDict):
    """The words that fill a role of a proposed event, as token offsets."""

    role: str
    start: int
    end: int
    score: float


class Event(TypedDict):
    """An event that a rule or the reader proposes for one sentence."""

    type: str
    source: Literal["rules", "reader"]
    rule: str | None
    score: float
    sent: list[int]
    trigger: list[int] | None
    status: str | None
    kind: str | None
    scope: str | None
    cues: list[list[Any]]
    roles: list[Role]


class Cluster(TypedDict):
    """The mentions of one organisation, person or place in a document."""

    name: str
    aliases: list[str]
    label: str
    mentions: list[list[int]]


_DEFAULTS: dict[str, Any] = {
    "bizextract_date": None,
    "bizextract_source": None,
    "bizextract_furniture": None,
    "bizextract_clusters": [],
    "bizextract_events": [],
    "bizextract_records": [],
}


def source_of(doc: Doc) -> tuple[str, list[int]]:
    """Give the text that a document stands for, and where each of its tokens starts there.

    A document that holds some passages of a text only (`bizextract.components.passages`) stands
    for the whole text; any other for its own.
    """
    source = doc._.bizextract_source
    if source is None:
        return doc.text, [token.idx for token in doc]
    return source["text"], source["starts"]


def set_extensions() -> None:
    """Register the extensions of `Doc` that the components use; safe to call again.

    Raises:
        BizExtractError: Another package has registered one of the names in another way.
    """
    for name, default in _DEFAULTS.items():
        if not Doc.has_extension(name):
            Doc.set_extension(name, default=default)
        elif Doc.get_extension(name)[2] is not None or Doc.get_extension(name)[0] != default:
            raise BizExtractError(
                f"Doc._.{name} is registered already, by other code and in another way; "
                "remove that registration before the pipeline is loaded"
            )
