"""Amounts of money in text: value, ISO 4217 currency, ranges and restatements.

Pure: text in, values and character offsets out. Babel knows the currencies' names; the newswire's
own words ("crowns", "RMB", "bln") come from ``money.json``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache

from bizextract import _lexicon
from bizextract.normalize.numbers import Quantity, find_quantities, scaled

_LONGEST_SYMBOL = 7
_RANGE = re.compile(r"[ \u00a0]?[-\u2013][ \u00a0]?|\s?\u2014\s?|-?\s?to\s?-?|\s(?:and|or)\s")
_BETWEEN = re.compile(r"\bbetween\s(?:\w+\s)?$", re.IGNORECASE)
_MOVE = re.compile(r"\b(?:from|by)\s$", re.IGNORECASE)
_SPREAD = re.compile(r"\b(?:rang\w+|anywhere|anything|worth|valued)\sfrom\s$", re.IGNORECASE)
_UNIT_WORDS = re.compile(r"(?:[\s\u00a0-]{1,2}[A-Za-z][A-Za-z.]{0,14}){1,4}")
_SYMBOL_AFTER = re.compile(r"[ \u00a0]?([€£¥₹$])(?![\d\w])")
_RATE_AFTER = re.compile(r"\s?[$€£¥]?\s?=")
_RATE_BEFORE = re.compile(r"=\s?[A-Za-z]{0,3}[$€£¥]?\s?\Z")
_WEIGHED = re.compile(r"\s(?:of\s(?:\w+\s)?|per\s)(\w+)")


@dataclass(frozen=True, slots=True)
class MoneyMatch:
    """An amount of money.

    Attributes:
        start: Offset of its first character.
        end: Offset after its last character, restatements in other currencies excluded.
        value: In plain units of the currency; the low end of a range.
        currency: ISO 4217 code.
        value_max: The high end of a range, else None.
        equivalents: The same amount as the text restates it in other currencies.
    """

    start: int
    end: int
    value: Decimal
    currency: str
    value_max: Decimal | None = None
    equivalents: tuple[MoneyMatch, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class _Currencies:
    """The words for currencies: symbols and codes before a number, names after it."""

    symbols: dict[str, str]
    weak_symbols: frozenset[str]
    names: dict[str, str | None]
    weak_names: frozenset[str]
    first_words: frozenset[str]
    families: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Amount:
    """A quantity with what the text says of its currency; `currency` None where it says none."""

    quantity: Quantity
    start: int
    end: int
    currency: str | None
    marked: bool
    """Whether a symbol or code stands before the number."""


def _plurals(name: str) -> Iterable[str]:
    yield name
    yield name + "s"


@lru_cache(maxsize=1)
def _currencies() -> _Currencies:
    from babel.numbers import get_currency_name, list_currencies

    data = _lexicon.read_json("money.json")
    adjectives: dict[str, str] = data["adjectives"] | _lexicon.read_json("demonyms.json")
    never, weak_codes = set(data["never_codes"]), set(data["weak_codes"])
    symbols: dict[str, str] = dict(data["symbols"])
    names: dict[str, str | None] = {}
    families: dict[str, tuple[str, ...]] = {}
    for code in sorted(list_currencies()):
        for count in (None, 1, 2):
            name = get_currency_name(code, count=count, locale="en").casefold()
            if not any(c.isdigit() or c == "(" for c in name):
                names.setdefault(name, code)
        if code not in never:
            symbols.setdefault(code, code)
            names.setdefault(code.casefold(), code)
    for unit, codes in data["units"].items():
        members = [code for code in codes if code]
        for word in _plurals(unit):
            names[word] = codes[0]
            if codes[0] is None:
                families[word] = tuple(members)
            for adjective, country in adjectives.items():
                for code in members:
                    if code[:2] == country or (code == "EUR" and len(members) == 1):
                        names[f"{adjective} {word}"] = code
    weak_names = {word for unit in data["weak_units"] for word in _plurals(unit)}
    weak_names |= {code.casefold() for code in weak_codes}
    return _Currencies(
        symbols=symbols,
        weak_symbols=frozenset(data["weak_symbols"]) | weak_codes,
        names=names,
        weak_names=frozenset(weak_names),
        first_words=frozenset(name.split()[0] for name in names),
        families=families,
    )


def _currency_before(text: str, start: int, firm: bool) -> tuple[int, str] | None:
    """The symbol or code that ends just before ``start``: where it begins, and its currency.

    Args:
        text: The text.
        start: Offset of the number.
        firm: Whether the number has a magnitude or grouped digits; weak symbols ("R") need one.
    """
    end = start
    if end and text[end - 1] in " \u00a0":
        end -= 1
    symbols = _currencies()
    for size in range(min(_LONGEST_SYMBOL, end), 0, -1):
        symbol = text[end - size : end]
        code = symbols.symbols.get(symbol)
        if code is None:
            continue
        before = text[end - size - 1 : end - size]
        if symbol[0].isalpha() and before.isalnum():
            continue
        if symbol in symbols.weak_symbols and (not firm or end != start):
            continue
        return end - size, code
    return None


def _currency_after(
    text: str, end: int, firm: bool, known: frozenset[str]
) -> tuple[int, str, str] | None:
    """The currency named just after ``end``: where the name ends, its currency and its words."""
    if text[end : end + 1] not in " \u00a0\n\t-€£¥₹$":
        return None
    symbol = _SYMBOL_AFTER.match(text, end)
    if symbol:
        return symbol.end(), _currencies().symbols[symbol[1]], symbol[1]
    match = _UNIT_WORDS.match(text, end)
    if match is None:
        return None
    data = _currencies()
    words = re.split(r"[\s\u00a0-]+", match[0].casefold().lstrip(" \u00a0\n\t-"))
    if words[0].rstrip(".") not in data.first_words and words[0] not in data.first_words:
        return None
    for size in range(len(words), 0, -1):
        name = " ".join(words[:size])
        name = name if name in data.names else name.rstrip(".")
        if name not in data.names:
            continue
        code = data.names[name]
        if code is None:
            told = [member for member in data.families[name] if member in known]
            code = told[0] if len(told) == 1 else None
        if code is None or (name in data.weak_names and not firm):
            return None
        stop = _end_of_words(text, end, size)
        if text[stop - 1] == "." and not name.endswith("."):
            stop -= 1
        weighed = _lexicon.read_json("money.json")["weighed"].get(words[size - 1].rstrip("s"))
        thing = _WEIGHED.match(text, stop) if weighed else None
        if thing and thing[1].casefold() in weighed:
            return None
        return stop, code, name
    return None


def _end_of_words(text: str, start: int, count: int) -> int:
    end = start
    for word in re.compile(r"[\s\u00a0-]{1,2}[A-Za-z][A-Za-z.]*").finditer(text, start):
        end, count = word.end(), count - 1
        if not count:
            break
    return end


@lru_cache(maxsize=1)
def _qualified_pattern() -> re.Pattern[str]:
    units = sorted(_currencies().families, key=len, reverse=True)
    return re.compile(rf"(?<![A-Za-z])([A-Za-z]+)\s({'|'.join(units)})\b", re.IGNORECASE)


def _known(text: str) -> frozenset[str]:
    """Currencies that the text names in full: they tell what its plain "crowns" are."""
    names = _currencies().names
    found = (
        names.get(" ".join(m.groups()).casefold()) for m in _qualified_pattern().finditer(text)
    )
    return frozenset(code for code in found if code)


def _amounts(text: str) -> list[_Amount]:
    found: list[_Amount] = []
    known: frozenset[str] | None = None
    for quantity in find_quantities(text):
        firm = quantity.scale is not None or quantity.grouped
        before = None
        if not quantity.spelled and quantity.start:
            last = text[quantity.start - 1]
            before = _currency_before(text, quantity.start, firm)
            if before is None and (last.isalnum() or last in "_."):
                continue
        if _RATE_AFTER.match(text, quantity.end):
            continue
        if _RATE_BEFORE.search(text, max(0, quantity.start - 8), quantity.start):
            continue
        start, currency = before or (quantity.start, None)
        end = quantity.end
        if known is None:
            known = _known(text)
        after = _currency_after(text, end, firm, known)
        # "$45 million Canadian dollars": the name is more precise than the symbol.
        if after and (currency is None or "$" in text[start : quantity.start]):
            if currency is None or after[2].rstrip("s").endswith("dollar"):
                end, currency = after[0], after[1]
        elif after and after[1] == currency:
            end = after[0]
        found.append(_Amount(quantity, start, end, currency, marked=before is not None))
    return found


def _as_range(text: str, low: _Amount, high: _Amount) -> MoneyMatch | None:
    """The range that two neighbouring amounts make, if they do."""
    gap = text[low.end : high.start]
    if len(gap) > 6 or not _RANGE.fullmatch(gap):
        return None
    before = text[max(0, low.start - 24) : low.start]
    word = gap.strip(" -\n\t\u00a0")
    if word == "and" and not _BETWEEN.search(before):
        return None
    if word == "to" and _MOVE.search(before) and not _SPREAD.search(before):
        return None
    if word == "or" and (low.currency or not low.quantity.spelled):
        return None
    currency = low.currency or high.currency
    if currency is None or (low.currency and high.currency and low.currency != high.currency):
        return None
    if low.currency is None and high.marked:
        return None
    if high.currency is None and high.quantity.scale is None and word:
        return None
    scale = low.quantity.scale
    if scale is None and not low.quantity.grouped and high.quantity.scale:
        scale = high.quantity.scale
    low_value = scaled(low.quantity.number, scale)
    high_scale = high.quantity.scale
    if high_scale is None and not high.marked and low.quantity.scale and not word:
        return None
    high_value = scaled(high.quantity.number, high_scale)
    if low_value >= high_value:
        return None
    return MoneyMatch(low.start, high.end, low_value, currency, high_value)


def _with_ranges(text: str, amounts: list[_Amount]) -> list[MoneyMatch]:
    found: list[MoneyMatch] = []
    index = 0
    while index < len(amounts):
        amount = amounts[index]
        spread = None
        if index + 1 < len(amounts):
            spread = _as_range(text, amount, amounts[index + 1])
        if spread:
            found.append(spread)
            index += 1
        elif amount.currency:
            found.append(
                MoneyMatch(amount.start, amount.end, amount.quantity.value, amount.currency)
            )
        index += 1
    return found


@lru_cache(maxsize=1)
def _restatements() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """What may stand before a restatement: an opening bracket, "or", or a further one inside."""
    words = _lexicon.read_json("money.json")["approximately"]
    about = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    opening = rf"\s?[(\[]\s?(?:or\s)?(?:(?:{about})\s?)*"
    aside = rf",?\s(?:or\s(?:(?:{about})\s?)?|or,\s)|,\s(?:{about})\s"
    further = rf"\s?[,;:/=]\s?(?:(?:{about})\s)?|,?\s(?:or|and)\s(?:(?:{about})\s)?"
    return (
        re.compile(opening, re.IGNORECASE),
        re.compile(aside, re.IGNORECASE),
        re.compile(further, re.IGNORECASE),
    )


def _with_equivalents(text: str, found: list[MoneyMatch]) -> list[MoneyMatch]:
    opening, aside, further = _restatements()
    merged: list[MoneyMatch] = []
    index = 0
    while index < len(found):
        first = found[index]
        same = [first]
        bracket = False
        while index + len(same) < len(found):
            following = found[index + len(same)]
            gap = text[same[-1].end : following.start]
            if following.currency in {amount.currency for amount in same} or len(gap) > 40:
                break
            if bracket:
                joined = further.fullmatch(gap)
            else:
                joined = opening.fullmatch(gap)
                bracket = joined is not None
                joined = joined or aside.fullmatch(gap)
            if joined is None:
                break
            same.append(following)
        merged.append(replace(first, equivalents=tuple(same[1:])))
        index += len(same)
    return merged


def find_money(text: str) -> list[MoneyMatch]:
    """Find the amounts of money that a text states.

    Args:
        text: Any text.

    Returns:
        The amounts in order, not overlapping. An amount restated in another currency, in brackets
        or after "or" or "about", is one match that has the restatement in ``equivalents``; a
        range is one match with its low end as ``value``. Words too vague for a number
        ("millions of dollars") give nothing.

    Example:
        >>> match = find_money("It will invest RMB20.5 billion (US$3.07 billion) there.")[0]
        >>> str(match.value), match.currency, match.equivalents[0].currency
        ('20500000000', 'CNY', 'USD')
    """
    return _with_equivalents(text, _with_ranges(text, _amounts(text)))
