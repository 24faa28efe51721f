"""Which long names a short one may stand for, found without trying them all.

Pure. `names.is_alias` decides; an `AliasIndex` gives it few to decide on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Generic, TypeVar

from bizextract import _lexicon
from bizextract.normalize import names

__all__ = ["AliasIndex"]

Owner = TypeVar("Owner")

_SIZE = 24
"""Characters of a key; what is longer is told apart by `names.is_alias`."""


class AliasIndex(Generic[Owner]):
    """Long names, each with what it belongs to, looked up by a short form.

    Example:
        >>> index = AliasIndex()
        >>> index.add("Tata Consultancy Services", 1)
        >>> index.add("Northgate Robotics Inc.", 2)
        >>> list(index.find("TCS")), list(index.find("Northgate"))
        ([('Tata Consultancy Services', 1)], [('Northgate Robotics Inc.', 2)])
    """

    def __init__(self) -> None:
        self._by_key: dict[str, dict[tuple[str, int], Owner]] = {}

    def add(self, long: str, owner: Owner) -> None:
        """Add a name; again is the same as once."""
        for key in _long_keys(long):
            self._by_key.setdefault(key, {})[long, id(owner)] = owner

    def find(self, short: str) -> Iterator[tuple[str, Owner]]:
        """Give the names, with their owners, that a short name is an alias of."""
        seen: set[tuple[str, int]] = set()
        for key in _short_keys(short):
            for (long, number), owner in self._by_key.get(key, {}).items():
                if (long, number) not in seen:
                    seen.add((long, number))
                    if names.is_alias(short, long):
                        yield long, owner


@lru_cache(maxsize=16384)
def _short_keys(short: str) -> frozenset[str]:
    few = names.core_words(short)
    if not few:
        return frozenset()
    keys = {_whole("".join(few)), _whole("".join(few).removesuffix("com"))}
    letters = re.sub(r"[^\w&]", "", short).casefold()
    if 2 <= len(letters) <= 7:
        keys |= {_acronym(letters.replace("&", "")), _acronym(letters.replace("&", "a"))}
        keys.add(_acronym(letters))
    keys.add(_clip(few[0], few[1] if len(few) > 1 else ""))
    return frozenset(keys)


@lru_cache(maxsize=16384)
def _long_keys(long: str) -> frozenset[str]:
    words, many = names.all_words(long), names.core_words(long)
    if not many:
        return frozenset()
    return frozenset(
        (
            *map(_whole, _starts(many, long)),
            *map(_whole, names.camel_heads(long)),
            *map(_whole, _nicknames(many)),
            *map(_acronym, _acronyms(words, long)),
            *_clips(many),
        )
    )


def _whole(joined: str) -> str:
    return f"={joined[:_SIZE]}"


def _acronym(letters: str) -> str:
    return f"@{letters}"


def _clip(first: str, second: str) -> str:
    return f"<{first[:_SIZE]} {second[:_SIZE]}"


def _starts(many: tuple[str, ...], long: str) -> Iterator[str]:
    """The first words of a name, written as one, and those after words that may be dropped."""
    yield "".join(many)
    yield "".join(many).removesuffix("com")
    for dropped in range(len(many)):
        if dropped and not names.may_be_dropped(many[dropped - 1], long):
            return
        joined = ""
        for word in many[dropped:]:
            joined += word
            yield joined
            yield joined.removesuffix("com")
            if len(joined) > _SIZE:
                break


def _acronyms(words: tuple[str, ...], long: str) -> Iterator[str]:
    if len(words) < 2:
        return
    for letters in names.initials(words):
        yield from (letters[:size] for size in range(2, 8))
    first = long.split()[0]
    if first.isupper():
        for rest in names.initials(words[1:]) | {words[1][0]}:
            yield (first.casefold() + rest)[:8]


def _clips(many: tuple[str, ...]) -> Iterator[str]:
    for first in _heads(many[0]):
        yield _clip(first, "")
        if len(many) > 1:
            yield from (_clip(first, second) for second in _heads(many[1]))


def _heads(word: str) -> Iterable[str]:
    """What a word may be clipped to, and the word."""
    return {word[:size] for size in (*range(4, min(len(word), _SIZE)), _SIZE)}


def _nicknames(many: tuple[str, ...]) -> Iterator[str]:
    known = _known_by()
    for size in range(1, min(len(many), 8) + 1):
        yield from ("".join(nick.split()) for nick in known.get(" ".join(many[:size]), ()))


@cache
def _known_by() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for nick, known in _lexicon.read_json("name_words.json")["nicknames"].items():
        for name in known:
            found.setdefault(name, []).append(nick)
    return found
