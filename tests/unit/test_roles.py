"""What the roles of a record type hold, as its class says."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

import pytest
from pydantic import Field

from bizextract._roles import Kind, class_of, slots_of
from bizextract.errors import InputError
from bizextract.records import Investment, Money, Partnership, Record


def test_slots_say_what_fills_a_role() -> None:
    assert {role: (slot.kind, slot.many) for role, slot in slots_of(Partnership).items()} == {
        "partners": (Kind.NAME, True),
        "kind": (Kind.CODE, False),
        "fields": (Kind.PHRASE, True),
        "status": (Kind.CODE, False),
        "date": (Kind.DATE, False),
        "announced": (Kind.DATE, False),
        "source": (Kind.NAME, False),
    }
    kinds = {role: slot.kind for role, slot in slots_of(Investment).items()}
    assert [kinds[r] for r in ("target", "location", "amount", "round", "stake")] == [
        Kind.NAME_OR_PLACE,
        Kind.PLACE,
        Kind.MONEY,
        Kind.TEXT,
        Kind.NUMBER,
    ]


def test_slots_of_a_type_of_one_s_own() -> None:
    class Odd(Record):
        mood: Literal["glad", "sad"] = "glad"
        prices: tuple[Money, ...] = ()
        share: Annotated[Decimal | None, Field(ge=0)] = None

    slots = slots_of(Odd)
    assert [(s.role, s.kind, s.many, s.always) for s in slots.values()][:3] == [
        ("mood", Kind.CODE, False, True),
        ("prices", Kind.MONEY, True, False),
        ("share", Kind.NUMBER, False, False),
    ]
    assert slots["prices"].annotation is Money


def test_a_role_of_an_unknown_kind_is_refused() -> None:
    class Odd(Record):
        moods: tuple[bytes, ...] = ()

    with pytest.raises(InputError, match=r"Odd\.moods: a role cannot hold 'bytes'; use one of Org"):
        slots_of(Odd)


def test_a_role_of_two_kinds_is_refused() -> None:
    class Odd(Record):
        price: Money | str | None = None

    with pytest.raises(InputError, match=r"Odd\.price: a role cannot hold 'Money \| str'"):
        slots_of(Odd)


@pytest.mark.parametrize("name", ["takeover", None, 3])
def test_an_unknown_type_is_refused(name: object) -> None:
    with pytest.raises(ValueError, match=r"unknown record type .*; known: head"):
        class_of(name)
