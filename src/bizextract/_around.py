"""What the words around a name say of it, against a role that it was proposed for.

A venture's own name is not a partner of it, who sells a stake is not its investor, and who holds
one is not its target.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bizextract import _lexicon
from bizextract.normalize import names

__all__ = ["REFUSES", "holds", "is_own_name", "sells"]

_SP = r"\s{1,3}"
_CODE = r"(?:\s{0,3}\([^()]{1,30}\))?\s{0,3}"
"""Perhaps a ticker in brackets."""
_VENTURE = r"(?:{})s?\b".format(
    "|".join(map(re.escape, _lexicon.read_json("nominals.json")["ventures"]))
)
_OF_IT = rf"(?:an?|the|its|their|his|(?:\w+\s)?\w+['’]s?){_SP}"
_PLAIN_WORDS = rf"(?:(?!(?:of|in|for|with|from|to|at|on|that)\b)[\w.%/-]+{_SP}){{0,6}}?"
_IS_VENTURE = re.compile(
    rf"{_CODE}(?:,|-+|–|\bis\b|\bwas\b){_SP}{_OF_IT}{_PLAIN_WORDS}{_VENTURE}(?!{_SP}partner)",
    re.IGNORECASE,
)
_VENTURE_IS = re.compile(
    rf"\b{_VENTURE}(?:{_CODE}|[^.;,]{{0,60}}?\b(?:called|named|dubbed|known{_SP}as),?{_SP})"
    rf"(?:the{_SP})?$",
    re.IGNORECASE,
)
_VENTURE_BEFORE = re.compile(
    rf"\b{_VENTURE}{_CODE}(?:,|-+|–)\s{{0,3}}(?:the{_SP})?$", re.IGNORECASE
)
_CLOSED = re.compile(rf"{_CODE}(?:[,.;)–-]|which\b|that\b|$)")
_NAMES_VENTURE = re.compile(rf"(?:{_SP}\w+){{0,2}}{_SP}{_VENTURE}", re.IGNORECASE)

_STAKE = r"(?:stakes?|shares|shareholdings?|interests?|holdings?|half|remainder)\b"
_SALE = (
    rf"(?:sold|sells?|selling|divest\w*|offload\w*|dispos\w+{_SP}of|transfer\w*"
    rf"|(?:the{_SP})?sale{_SP}of)"
)
_SELLS = re.compile(
    rf"{_CODE}(?:,[^,.]{{0,80}},)?\s{{0,3}}(?:[a-z]+{_SP}){{0,6}}?{_SALE}{_SP}"
    rf"(?:(?!(?:and|to|for)\b)[\w.%,$€£’'-]+{_SP}){{0,8}}?{_STAKE}"
)
_BOUGHT_FROM = re.compile(
    rf"(?:{_STAKE}|\bpercent\b|%)[^.;]{{0,80}}?\bfrom{_SP}(?:[\w’'-]+{_SP}){{0,3}}$"
    rf"|\b(?:buy|buys|buying|bought){_SP}out{_SP}(?:[\w’'-]+{_SP}){{0,2}}$"
)
_OWN_STAKE = re.compile(rf"{_CODE}['’]s?{_SP}{_CODE}(?:[\w.%-]+{_SP}){{0,5}}?{_STAKE}")
_STAKE_IN = re.compile(rf"{_OWN_STAKE.pattern}{_SP}in\b")
_BUYS = re.compile(
    rf"\b(?:buy|buys|buying|bought|acquir\w+|purchas\w+|sale{_SP}of|bids?{_SP}for|taking|take)\b"
    r"[^.;]{0,60}$"
)


def is_own_name(before: str, after: str, name: str, others: Iterable[str]) -> bool:
    """Whether a name is the venture's own.

    "Norwold, a joint venture of Tarn and Birch", "their joint venture, Norwold", "a venture with
    Tarn called Norwold", "the Tarn Norwold venture"; not "through the venture, Norwold will".

    Args:
        before: The sentence up to the name.
        after: The sentence behind it.
        name: The name.
        others: The other names that were proposed for the role.
    """
    shared = sum(_contains(name, other) for other in others)
    return bool(
        _IS_VENTURE.match(after)
        or _VENTURE_IS.search(before)
        or (_VENTURE_BEFORE.search(before) and _CLOSED.match(after))
        or shared > 1
        or (shared and _NAMES_VENTURE.match(after))
    )


def sells(before: str, after: str, _: str, __: Iterable[str]) -> bool:
    """Whether a name is of who sells a stake; arguments as for `is_own_name`.

    "Norwold ( NWD.L ) has agreed to sell its stake", "bought a stake in Tarn from the miner
    Norwold", "will buy out Norwold", "to buy Norwold's 20 percent stake".
    """
    return bool(
        _SELLS.match(after)
        or _BOUGHT_FROM.search(before)
        or (_OWN_STAKE.match(after) and _BUYS.search(before))
    )


def holds(_: str, after: str, __: str, ___: Iterable[str]) -> bool:
    """Whether a name is of who holds a stake: "Norwold's stake in Tarn"; see `is_own_name`."""
    return _STAKE_IN.match(after) is not None


REFUSES = (
    ("partnership", "partners", "joint_venture", is_own_name),
    ("investment", "investors", "stake", sells),
    ("investment", "target", "stake", holds),
)
"""A type, its role, the kind of event in which it counts, and what says that a name does not fill
the role."""


def _contains(name: str, other: str) -> bool:
    """Whether a name has another's words and more: "Norwold Tarn Networks" that of Tarn."""
    words, few = names.name_key(name).split(), names.name_key(other).split()
    return len(words) > len(few) and bool(few) and few[0] in words
