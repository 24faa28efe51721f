"""One sentence that tells of several events: "invested $5 million each", "ventures with A and B".

A proposal holds all that its sentence names. Where the words say that what is told holds of each
name by itself, it becomes a draft for each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from bizextract import _lexicon
from bizextract._drafts import Draft, Filler, Reading

__all__ = ["distribute"]

_WORDS = _lexicon.read_json("nominals.json")
#: "joint ventures with", "partnerships and other deals with the likes of".
_SEVERAL = re.compile(
    r"\b(?:{})s\b(?:\s+\w+){{0,3}}?\s+with\b".format("|".join(map(re.escape, _WORDS["ventures"]))),
    re.IGNORECASE,
)
_CLOSE = re.compile(r"[.;:]\s")
_EACH = re.compile(r"\s{0,3}(?:\([^()]{1,30}\)\s{0,3})?each\b", re.IGNORECASE)
_EACH_INVESTS = re.compile(
    r"\beach\s+(?:\w+\s+){0,2}?(?:invest|put|contribut|pa(?:y|id)|spen)", re.IGNORECASE
)
_IN_LIST = re.compile(
    r"(?:['’]s)?\s{0,3}(?:\([^()]{1,30}\)\s{0,3})?(?:,|and\b|,\s{0,3}and\b)\s{1,3}"
    r"(?:(?!wh|that\b)[a-z-]+\s{1,3}){0,5}"
)
"""What stands between two names of a list: a code in brackets, a comma, what the next one is."""
_EACH_OTHER = r"(?:each\s+other|one\s+another)"
# The noun "exchange" is no swap: "bought Oslo Exchange shares".
_SWAPS = r"(?:swap(?:s|ped|ping)?|exchang(?:ed|ing)|(?:to|will|would|may|could)\s+exchange)"
_MUTUAL = re.compile(
    rf"\b(?:in\s+{_EACH_OTHER}\b|{_EACH_OTHER}['’]s\s+(?:shares?|stock|capital|equity)"
    r"|share[\s-]swaps?\b|cross[\s-]?(?:share)?holdings?\b"
    rf"|{_SWAPS}\s+(?:[\w.]+\s+){{0,4}}?(?:shares|stakes)\b)",
    re.IGNORECASE,
)
_RESPECTIVELY = re.compile(r"\brespectively\b", re.IGNORECASE)


def distribute(reading: Reading, draft: Draft) -> Iterator[Draft]:
    """Give a draft for each event that the words of a proposal's sentence tell of.

    Args:
        reading: What the components found in the document.
        draft: The draft of one proposal.

    Yields:
        The draft itself, or one for each counterpart of "joint ventures with Tarn and Norwold",
        for each investor of "Tarn and Norwold invested $5 million each", for each pair of "Tarn and
        Norwold invested $5 million and $7 million respectively", for each target of "Alder has
        bought into Tarn and Norwold", for each side of "Alder and Tarn bought shares in each
        other", and for each company of "Tarn and Norwold have opened head offices in Lyon".
    """
    start, end = reading.span(*draft.events[0]["sent"])
    sentence = reading.text[start:end]
    if draft.type == "partnership":
        parts = _by_counterpart(sentence, start, draft)
    elif draft.type == "investment":
        parts = (
            _by_turns(sentence, draft)
            or _by_investor(reading, sentence, start, draft)
            or ([] if draft.roles.get("amount") else _by_name(reading.text, draft, "target"))
        )
    elif draft.type == "headquarters_opening":
        parts = _by_name(reading.text, draft, "company")
    else:
        parts = []
    yield from parts or [draft]


def _by_counterpart(sentence: str, start: int, draft: Draft) -> list[Draft]:
    said = _SEVERAL.search(sentence)
    if said is None:
        return []
    partners = draft.roles.get("partners", {})
    close = _CLOSE.search(sentence, said.end())
    first, last = start + said.end(), start + (close.start() if close else len(sentence))
    there = {k: f for k, f in partners.items() if first <= f.start < last}
    hub = {k: f for k, f in partners.items() if k not in there}
    if len(there) < 2 or len(hub) != 1:
        return []
    return [_with(draft, {"partners": {**hub, key: one}}) for key, one in there.items()]


def _by_investor(reading: Reading, sentence: str, start: int, draft: Draft) -> list[Draft]:
    investors, amounts = (
        sorted(draft.roles.get(role, {}).items(), key=lambda item: item[1].start)
        for role in ("investors", "amount")
    )
    if len(investors) < 2 or not amounts:
        return []
    if _RESPECTIVELY.search(sentence) and len(amounts) == len(investors):
        pairs: Iterable[Any] = zip(investors, amounts, strict=True)
    elif len(amounts) == 1 and (
        _EACH.match(sentence, amounts[0][1].end - start) or _EACH_INVESTS.search(sentence)
    ):
        # "Tarn and Alder invested $5 million each, Norwold and Birch $7 million each."
        before = [reading.span(a, b)[1] for a, b, label in reading.entities if label == "MONEY"]
        first = max((x for x in before if start <= x <= amounts[0][1].start), default=start)
        pairs = [(one, amounts[0]) for one in investors if one[1].start >= first]
        if len(pairs) < 2:
            return []
    else:
        return []
    return [
        _with(draft, {"investors": dict([investor]), "amount": dict([amount])})
        for investor, amount in pairs
    ]


def _by_turns(sentence: str, draft: Draft) -> list[Draft]:
    sides = {**draft.roles.get("investors", {}), **draft.roles.get("target", {})}
    if len(sides) != 2 or not _MUTUAL.search(sentence):
        return []
    one, other = sides.items()
    return [
        _with(draft, {"investors": dict([buys]), "target": dict([sold])})
        for buys, sold in ((one, other), (other, one))
    ]


def _by_name(text: str, draft: Draft, role: str) -> list[Draft]:
    names = sorted(draft.roles.get(role, {}).items(), key=lambda item: item[1].start)
    gaps = [text[a.end : b.start] for (_, a), (_, b) in pairwise(names)]
    if not gaps or not all(_IN_LIST.fullmatch(gap) for gap in gaps):
        return []
    return [_with(draft, {role: dict([name])}) for name in names]


def _with(draft: Draft, roles: Mapping[str, dict[Any, Filler]]) -> Draft:
    """A draft of its own with other fillers of some roles."""
    every = {**draft.roles, **roles}
    copies = {role: {k: replace(f) for k, f in fillers.items()} for role, fillers in every.items()}
    votes = {name: dict(given) for name, given in draft.votes.items()}
    return replace(draft, roles=copies, votes=votes, events=list(draft.events))
