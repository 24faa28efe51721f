"""When a predicted value agrees with one of gold: names, places, amounts, dates, phrases.

Predictions are compared as their JSON, so that those of another program can be scored as well.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any, TypeAlias

from bizextract._gold import GoldDocument, GoldMoney, GoldPlace
from bizextract._lexicon import read_json
from bizextract._roles import Kind, Slot

Json: TypeAlias = Mapping[str, Any]


@cache
def word_list(name: str) -> frozenset[str]:
    """A list of ``data/en/scoring.json``."""
    return frozenset(read_json("scoring.json")[name])


def _words(text: object) -> list[str]:
    folded = unicodedata.normalize("NFKC", str(text)).casefold()
    folded = re.sub(r"'s\b", "", folded.replace("’", "'").replace("&", " and "))
    decomposed = unicodedata.normalize("NFD", folded)
    bare = "".join(c for c in decomposed if not unicodedata.combining(c) and c not in "'.")
    return re.findall(r"[^\W_]+", bare)


def _without(suffixes: frozenset[str], text: object) -> str:
    words = _words(text)
    if words[:1] == ["the"]:
        del words[0]
    while len(words) > 1 and words[-1] in suffixes:
        del words[-1]
    return " ".join(words)


@lru_cache(maxsize=1 << 16)
def name_key(text: str) -> str:
    """What two spellings of an organisation's name share: no legal suffix, accent or case."""
    return _without(word_list("legal_suffixes"), text)


@lru_cache(maxsize=1 << 16)
def _place_key(text: str) -> str:
    return _without(word_list("place_suffixes"), text)


def filled(value: Any, *keys: str) -> list[str]:
    """The strings that a predicted name or place carries under some keys."""
    if isinstance(value, str):
        return [value]
    if not isinstance(value, Mapping):
        return []
    return [str(value[key]) for key in keys if value.get(key)]


def names_of(value: Any) -> set[str]:
    """The keys of all names that a predicted organisation carries."""
    names = filled(value, "name", "text", "city")
    if isinstance(value, Mapping):
        names += [str(alias) for alias in value.get("aliases") or () if alias]
    return {name_key(name) for name in names} - {""}


class Clusters:
    """The names of a gold document that stand for the same organisation."""

    def __init__(self, document: GoldDocument) -> None:
        self._keys: defaultdict[str, set[str]] = defaultdict(set)
        for names in document.orgs:
            keys = {name_key(name) for name in names} - {""}
            for key in keys:
                self._keys[key] |= keys

    def keys(self, name: str) -> set[str]:
        """The keys of all names of the organisation that a name stands for."""
        key = name_key(name)
        return self._keys.get(key, {key})


def _number(value: Any) -> float:
    """A number, or NaN, which is close to nothing."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _same_name(gold: str, predicted: Any, clusters: Clusters, role: str) -> bool:
    return bool(clusters.keys(gold) & names_of(predicted))


def _same_name_or_place(gold: str, predicted: Any, clusters: Clusters, role: str) -> bool:
    names = names_of(predicted)
    return bool(clusters.keys(gold) & names) or _place_key(gold) in map(_place_key, names)


def _same_place(gold: GoldPlace, predicted: Any, clusters: Clusters, role: str) -> bool:
    wanted = {_place_key(name) for name in (gold.name, *gold.alt)}
    return not wanted.isdisjoint(map(_place_key, filled(predicted, "name", "city", "text")))


def _same_money(gold: GoldMoney, predicted: Any, clusters: Clusters, role: str) -> bool:
    if not isinstance(predicted, Mapping):
        return False
    wanted = float(gold.value)
    return any(
        isinstance(money, Mapping)
        and abs(_number(money.get("value")) - wanted) <= 0.005 * abs(wanted)
        and str(money.get("currency")).upper() == gold.currency
        for money in (predicted, *(predicted.get("equivalents") or ()))
    )


def _same_date(gold: str, predicted: Any, clusters: Clusters, role: str) -> bool:
    return str(predicted.get("value") if isinstance(predicted, Mapping) else predicted) == gold


def _same_number(gold: float, predicted: Any, clusters: Clusters, role: str) -> bool:
    return abs(_number(predicted) - float(gold)) < 1e-6 + 0.005 * abs(float(gold))


def _same_phrase(gold: str, predicted: Any, clusters: Clusters, role: str) -> bool:
    wanted = set(_words(gold))
    given = {word for phrase in filled(predicted, "text") for word in _words(phrase)}
    return bool(wanted and given) and len(wanted & given) / len(wanted | given) >= 0.4


def _same_text(gold: str, predicted: Any, clusters: Clusters, role: str) -> bool:
    wanted, given = (
        " ".join(_words(text)).replace(f" {role}", "") for text in (gold, predicted)
    )  # "Series B round" fills a role named round as well as "Series B"
    return wanted == given


def _same_code(gold: str, predicted: Any, clusters: Clusters, role: str) -> bool:
    return str(predicted).casefold() == str(gold).casefold()


_SAME: dict[Kind, Callable[[Any, Any, Clusters, str], bool]] = {
    Kind.NAME: _same_name,
    Kind.NAME_OR_PLACE: _same_name_or_place,
    Kind.PLACE: _same_place,
    Kind.MONEY: _same_money,
    Kind.DATE: _same_date,
    Kind.NUMBER: _same_number,
    Kind.PHRASE: _same_phrase,
    Kind.TEXT: _same_text,
    Kind.CODE: _same_code,
}


def agrees(slot: Slot, gold: Any, predicted: Any, clusters: Clusters) -> bool:
    """Whether a predicted value of a role is the one that gold has."""
    return _SAME[slot.kind](gold, predicted, clusters, slot.role)


def values_of(record: Json, role: str) -> list[Any]:
    """A role's values in a predicted record: none, one, or those of its list."""
    value = record.get(role)
    if value is None or value == "" or value == []:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
