"""What the words around a filler say of it, against a role that it was proposed for.

A venture's own name is not a partner of it, who sells a stake is not its investor, who holds one
is not its target, and a price by the share or a gain is not what was invested.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bizextract import _lexicon
from bizextract.normalize import names

__all__ = [
    "REFUSES",
    "holds",
    "is_other_sum",
    "is_own_name",
    "only_describes",
    "sells",
    "sells_goods",
]

_SP = r"\s{1,3}"
_CODE = r"(?:\s{0,3}\([^()]{1,30}\)|\s[A-Z0-9]{1,8}[a-z]?\.[A-Z]{1,3}\b)?\s{0,3}"
"""Perhaps a ticker in brackets, or a bare Reuters code."""
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
_BUY = r"(?:buy|buys|buying|bought|acquir\w+|purchas\w+)"
_BUYS_NAME = re.compile(rf"\b{_BUY}{_SP}(?:[\w’'-]+{_SP}){{0,3}}$")
_OUT_OF = re.compile(rf"{_CODE}{_SP}out\b")
_TALKS_WITH = re.compile(
    rf"\b(?:talks|negotiat\w+|negotiations|discussions){_SP}with{_SP}(?:[\w’'-]+{_SP}){{0,5}}$"
)
_TO_BUY = re.compile(rf"{_CODE}{_SP}(?:to|about|on|over){_SP}(?:{_BUY}|tak\w+{_SP}over)\b")
_IS_PAID = re.compile(
    rf"{_CODE}\s{{0,3}}(?:(?:will|would|to){_SP})?(?:receiv\w+|gets?|got){_SP}"
    rf"[^,;]{{1,50}}?{_SP}for{_SP}(?:its|their|his|her){_SP}(?:\w+{_SP}){{0,4}}?{_STAKE}"
)
_GOODS_FROM = re.compile(
    rf"\b{_BUY}{_SP}(?:(?!(?:and|with)\b)[\w.%,$€£’'-]+{_SP}){{1,10}}?from{_SP}"
    rf"(?:(?!partners?\b)[\w’'-]+{_SP}){{0,3}}$"
)
_OWN_STAKE = re.compile(rf"{_CODE}['’]s?{_SP}{_CODE}(?:[\w.%-]+{_SP}){{0,5}}?{_STAKE}")
_STAKE_IN = re.compile(rf"{_OWN_STAKE.pattern}{_SP}in\b")
_BUYS = re.compile(
    rf"\b(?:{_BUY}|sale{_SP}of|bids?{_SP}for|taking|take)\b"
    r"[^.;]{0,60}$"
)

_BASED = re.compile(r"\s?[-‑]\s?(?:based|listed|born|registered|headquartered)\b")
_PARTY = "(?:{})".format(
    "|".join(map(re.escape, _lexicon.read_json("nominals.json")["organisation"]["singular"]))
)
_NOUN = re.compile(rf"{_SP}(?:[a-z][\w-]*{_SP}){{0,2}}{_PARTY}\b")
_OWN_NOUN = re.compile(rf"['’]s?{_SP}(?:[\w-]+{_SP}){{0,3}}{_PARTY}\b")
_EACH_SHARE = re.compile(
    rf"\s{{0,3}}(?:\([^()]{{1,30}}\)\s{{0,3}})?(?:per|a|an|for{_SP}each|for{_SP}every){_SP}"
    rf"(?:common{_SP}|ordinary{_SP})?(?:share|unit|stock|piece|barrel|tonne|ton)\b|\s{{0,3}}apiece\b"
)
_EACH = re.compile(r"\s{0,3}each\b")
_SHARES = re.compile(r"\bshares\b[^.;]{0,120}$")
_WORTH = (
    rf"(?:valuation|market{_SP}(?:value|capitali[sz]ation|cap)|gains?|profits?|loss(?:es)?"
    r"|revenues?|sales|debts?|savings|synergies|assets|under management)"
)
_ABOUT = rf"(?:about|around|over|nearly|almost|more{_SP}than|some|up{_SP}to)"
_SUM_OF = re.compile(rf"\b(?:{_WORTH}{_SP}(?:of|at)|manag(?:es|ed|ing)){_SP}(?:{_ABOUT}{_SP})?$")
_IS_SUM = re.compile(rf"{_SP}(?:(?:[a-z]+-[a-z]+|in|of|annual|net|pretax){_SP}){{0,2}}{_WORTH}\b")


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
    shared = any(_extends(name, other) for other in others)
    return bool(
        _IS_VENTURE.match(after)
        or _VENTURE_IS.search(before)
        or (_VENTURE_BEFORE.search(before) and _CLOSED.match(after))
        or shared
    )


def sells(before: str, after: str, _: str, __: Iterable[str]) -> bool:
    """Whether a name is of who sells a stake; arguments as for `is_own_name`.

    "Norwold ( NWD.L ) has agreed to sell its stake", "bought a stake in Tarn from the miner
    Norwold", "will buy out Norwold", "to buy Norwold's 20 percent stake", "in talks with Norwold to
    buy a stake", "Norwold got $5 million for its stake".
    """
    talks = _TALKS_WITH.search(before) is not None
    return bool(
        (_SELLS.match(after) and not talks)
        or _IS_PAID.match(after)
        or _BOUGHT_FROM.search(before)
        or (_OUT_OF.match(after) and _BUYS_NAME.search(before))
        or (_TO_BUY.match(after) and talks)
        or (_OWN_STAKE.match(after) and _BUYS.search(before))
    )


def holds(_: str, after: str, __: str, ___: Iterable[str]) -> bool:
    """Whether a name is of who holds a stake: "Norwold's stake in Tarn"; see `is_own_name`."""
    return _STAKE_IN.match(after) is not None


def sells_goods(before: str, _: str, __: str, ___: Iterable[str]) -> bool:
    """Whether a name is of who sells what others buy together; see `is_own_name`.

    "Tarn and Birch have teamed up to buy a mine from Norwold".
    """
    return _GOODS_FROM.search(before) is not None


def only_describes(after: str) -> bool:
    """Whether a place only says where a party is from.

    "Ghent-based", "the U.S. bank", "Belgium's largest bank".

    Args:
        after: What stands behind the place.
    """
    return any(pattern.match(after) for pattern in (_BASED, _NOUN, _OWN_NOUN))


def is_other_sum(before: str, after: str, _: str, __: Iterable[str]) -> bool:
    """Whether a sum is not what was paid or invested; see `is_own_name`.

    It is a price by the share, a gain, or what all of a company is worth: "at $12 per share", "a
    gain of $5 million", "a $2 billion valuation".
    """
    each = _EACH.match(after) and _SHARES.search(before)
    return bool(each or _EACH_SHARE.match(after) or _SUM_OF.search(before) or _IS_SUM.match(after))


REFUSES = (
    ("partnership", "partners", "joint_venture", is_own_name),
    ("partnership", "partners", None, sells_goods),
    ("investment", "investors", "stake", sells),
    ("investment", "target", "stake", holds),
    ("investment", "amount", None, is_other_sum),
)
"""A type, its role, the kind of event in which it counts or None for any, and what says that words
do not fill the role."""


def _extends(name: str, other: str) -> bool:
    """Whether a name has another's first word and more of its own: "Tarn Birch" that of Tarn AG."""
    words, few = names.name_key(name).split(), names.name_key(other).split()
    if not few or few[0] not in words or not names.says_much(few[0]):
        return False
    own = [word for word in words if word not in few]
    return bool(own) and names.tells_apart(" ".join(own))
