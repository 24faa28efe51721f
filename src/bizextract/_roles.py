"""The roles of a record type: what fills each of them, as the type's class says.

Assembly, gold, scores, tables and merging all ask here, so that a record type of one's own is
known to each of them as soon as its class is defined.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from itertools import chain
from types import NoneType
from typing import Annotated, Any, Literal, TypeAlias, get_args, get_origin

from bizextract.errors import InputError, quote
from bizextract.records import Money, Organization, PartialDate, Place, Record, Span

RecordClass: TypeAlias = type[Record]


class Kind(StrEnum):
    """What the values of a role are, and so how they are read, annotated and compared."""

    NAME = "name"
    NAME_OR_PLACE = "name or place"
    PLACE = "place"
    MONEY = "money"
    DATE = "date"
    NUMBER = "number"
    PHRASE = "phrase"
    CODE = "code"
    TEXT = "text"


@dataclass(frozen=True)
class Slot:
    """A role of a record type.

    Attributes:
        role: The role's JSON name.
        kind: What its values are.
        many: Whether it holds a list.
        always: Whether every record has a value for it, as for its status.
        annotation: The Python type of one value.
    """

    role: str
    kind: Kind
    many: bool
    always: bool
    annotation: Any


_NO_ROLES = frozenset({"type", "confidence", "evidence", "spans"})
_LAST = ("status", "date", "announced", "source")
_KINDS: tuple[tuple[type, Kind], ...] = (
    (Organization, Kind.NAME),
    (Place, Kind.PLACE),
    (Money, Kind.MONEY),
    (PartialDate, Kind.DATE),
    (Span, Kind.PHRASE),
    (bool, Kind.CODE),
    (int, Kind.NUMBER),
    (float, Kind.NUMBER),
    (Decimal, Kind.NUMBER),
    (str, Kind.TEXT),
)


def leaf_types(annotation: Any) -> Iterator[Any]:
    """Give the types of single values in a union, a list or an `Annotated`."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from leaf_types(arguments[0])
    elif origin is Literal or not arguments:
        if annotation is not NoneType and annotation is not Ellipsis:
            yield annotation
    else:
        yield from chain.from_iterable(map(leaf_types, arguments))


def holds_list(annotation: Any) -> bool:
    """Whether a role of this type takes several values."""
    origin = get_origin(annotation)
    if origin is Literal:
        return False
    return origin in (tuple, list) or any(map(holds_list, get_args(annotation)))


def _kind_of_leaf(leaf: Any) -> Kind | None:
    if get_origin(leaf) is Literal:
        return Kind.CODE
    if not isinstance(leaf, type):
        return None
    return next((kind for parent, kind in _KINDS if issubclass(leaf, parent)), None)


def _kind(leaves: tuple[Any, ...], where: str) -> Kind:
    kinds = {_kind_of_leaf(leaf) for leaf in leaves}
    if kinds == {Kind.NAME, Kind.PLACE}:
        return Kind.NAME_OR_PLACE
    kind = kinds.pop() if len(kinds) == 1 else None
    if kind is None:
        given = " | ".join(getattr(leaf, "__name__", str(leaf)) for leaf in leaves)
        legal = ", ".join(parent.__name__ for parent, _ in _KINDS)
        raise InputError(
            f"{where}: a role cannot hold {quote(given)}; use one of {legal}, a Literal, "
            "a tuple of one of them, or Organization | Place"
        )
    return kind


@cache
def slots_of(record: RecordClass) -> dict[str, Slot]:
    """Give the roles of a record type.

    Args:
        record: The record's class.

    Returns:
        A slot for each role, by name: the type's own first, then status, dates and source.

    Raises:
        InputError: A role holds values of an unknown kind, or of several.

    Example:
        >>> from bizextract.records import Partnership
        >>> list(slots_of(Partnership))
        ['partners', 'kind', 'fields', 'status', 'date', 'announced', 'source']
    """
    own = [role for role in record.model_fields if role not in _NO_ROLES and role not in _LAST]
    slots = {}
    for role in (*own, *_LAST):
        field = record.model_fields[role]
        leaves = tuple(leaf_types(field.annotation))
        kind = _kind(leaves, f"{record.__name__}.{role}")
        empty = field.get_default(call_default_factory=True) in (None, (), [])
        slots[role] = Slot(role, kind, holds_list(field.annotation), not empty, leaves[0])
    return slots


def class_of(type_name: object) -> RecordClass:
    """Give the class of a record type, or say which types there are.

    Raises:
        ValueError: There is no such type.
    """
    found = Record.type_of(type_name) if isinstance(type_name, str) else None
    if found is None:
        legal = ", ".join(sorted(Record._types))
        raise ValueError(f"unknown record type {quote(type_name)}; known: {legal}")
    return found
