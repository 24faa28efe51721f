"""The index of names finds all that `is_alias` says, and tries few others."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bizextract import _lexicon
from bizextract.normalize import names
from bizextract.normalize.aliases import AliasIndex

NICKNAMES: dict[str, Any] = _lexicon.read_json("name_words.json")["nicknames"]
TEXT = """Tarn Consultancy Services TCS Corvo Auto SpA ExxonMobil Exxon Norwold Nor NorwoldChem
    Nanjing Pharma Pharmaceutical Group Inc. The of Bank America NBC NBCU Universal F&N Fraser and
    Neave Deutsche JD JD.com com John J U.S. é Société Générale SpA 3M 株式 's & Harlow's"""
WORDS = [*TEXT.split(), "x" * 30, "x" * 30 + "y", *(nick.title() for nick in NICKNAMES)]
WORDS += [word for known in NICKNAMES.values() for word in known[0].title().split()]
name = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=6)), max_size=4).map(" ".join)


@given(short=name, long=name)
@example(short="TCS", long="Tarn Consultancy Services")
@example(short="NBCU", long="NBC Universal")
@example(short="Harbor Pharma", long="Harborside Pharmaceutical Works")
@example(short="Corvo", long="Deutsche Corvo AG")
@example(short="Exxon", long="ExxonMobil Corp.")
def test_what_is_an_alias_is_found(short: str, long: str) -> None:
    index: AliasIndex[int] = AliasIndex()
    index.add(long, 1)
    assert bool(list(index.find(short))) == names.is_alias(short, long)


@pytest.mark.parametrize("nick", NICKNAMES)
def test_nicknames_are_found(nick: str) -> None:
    index: AliasIndex[int] = AliasIndex()
    for number, known in enumerate(NICKNAMES[nick]):
        index.add(f"{known.title()} Works", number)
    assert len(list(index.find(nick.title()))) == len(NICKNAMES[nick])


def test_few_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    index: AliasIndex[int] = AliasIndex()
    heads = [f"{a}{b}{c}" for a in "ABCDEF" for b in "aeiou" for c in ("lder", "rrow", "nwold")]
    for number, head in enumerate(heads):
        index.add(f"{head} Works", number)
    tried: list[str] = []

    def note(_: str, long: str) -> bool:
        tried.append(long)
        return True

    monkeypatch.setattr(names, "is_alias", note)
    assert list(index.find(heads[7])) == [(f"{heads[7]} Works", 7)]
    assert len(tried) == 1
