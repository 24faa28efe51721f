"""Numbers in words and digits, percentages, and counts of people.

Pure functions: text in, values and character offsets out. The words come from ``numbers.json``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from bizextract import _lexicon

_DIGITS = r"(?:\d{1,3}(?:,\d{2,3})+(?!\d)|\d{1,18})(?:\.\d{1,9})?|\.\d{1,9}"
_GAP = r"[\s\u00a0-]{1,2}"


def scaled(number: Decimal, scale: Decimal | None) -> Decimal:
    """Multiply a number by its magnitude; whole values carry no exponent and no decimals."""
    value = number * scale if scale else number
    whole = value.to_integral_value()
    return whole.quantize(Decimal(1)) if value == whole else value.normalize()


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of the text, with its magnitude if it has one.

    Attributes:
        start: Offset of its first character.
        end: Offset after its last character, the magnitude included.
        number: The number without its magnitude: 20.5 in "20.5 billion".
        scale: The magnitude, 1000000000 in "20.5 billion"; None where there is none.
        spelled: True for a number in words.
        grouped: True for digits grouped by commas: "1,200".
    """

    start: int
    end: int
    number: Decimal
    scale: Decimal | None
    spelled: bool
    grouped: bool

    @property
    def value(self) -> Decimal:
        """The number times its magnitude."""
        return scaled(self.number, self.scale)


@dataclass(frozen=True, slots=True)
class PercentMatch:
    """A share of something, such as "20.5%" or "one third".

    Attributes:
        start: Offset of its first character.
        end: Offset after its last character.
        value: In percent; the low end of a range.
    """

    start: int
    end: int
    value: float


@dataclass(frozen=True, slots=True)
class CountMatch:
    """A number of people or jobs, such as "1,200 jobs".

    Attributes:
        start: Offset of the number's first character.
        end: Offset after the noun.
        value: How many; the low end of a range.
        noun: What is counted, in lower case: "jobs".
    """

    start: int
    end: int
    value: int
    noun: str


def _alternatives(words: list[str]) -> str:
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(re.escape(word).replace(r"\ ", r"[\s-]") for word in ordered)


@lru_cache(maxsize=1)
def _quantity_pattern() -> re.Pattern[str]:
    data = _lexicon.read_json("numbers.json")
    cardinal = _alternatives([*data["cardinals"], "hundred"])
    magnitude = _alternatives(list(data["magnitudes"]))
    attached = _alternatives(list(data["attached"]))
    spelled = (
        rf"\b(?:(?:one[\s-])?half[\s-]an?|an?[\s-]half|half|an?[\s-]quarter[\s-]of[\s-]an?|an?)"
        rf"(?={_GAP}(?:{magnitude})\b)"
        rf"|\b(?:{'|'.join(data['cardinals'])})\b"
        rf"(?:(?:[\s-]|[\s-]and[\s-])(?:{cardinal})\b){{0,6}}(?:[\s-]and[\s-]an?[\s-]half\b)?"
    )
    # An attached letter is a magnitude only where nothing follows it that makes it a word or unit.
    return re.compile(
        rf"(?:(?P<digits>{_DIGITS})|(?P<words>{spelled}))"
        rf"(?P<scale>(?:(?:{_GAP})?(?:{magnitude})s?\b){{1,2}}|(?<=\d)(?:{attached})\b)?",
        re.IGNORECASE,
    )


@lru_cache(maxsize=4096)
def _scale(words: str) -> Decimal:
    data = _lexicon.read_json("numbers.json")
    power = 0
    for word in re.findall(r"[a-z]+", words.lower()):
        powers = data["magnitudes"] | data["attached"]
        power += powers[word] if word in powers else powers[word.removesuffix("s")]
    return Decimal(10) ** power


@lru_cache(maxsize=4096)
def _spelled(words: str) -> Decimal | None:
    """The value of number words: "twenty-five", "half a", "two and a half"."""
    data = _lexicon.read_json("numbers.json")
    parts = re.findall(r"[a-z]+", words.lower())
    if parts[-2:] in (["a", "half"], ["an", "half"]) and len(parts) > 2:
        whole = _spelled(" ".join(parts[:-3]))
        return None if whole is None else whole + Decimal("0.5")
    if "half" in parts:
        return Decimal("0.5")
    if "quarter" in parts:
        return Decimal("0.25")
    if parts in (["a"], ["an"]):
        return Decimal(1)
    total, last = 0, 100
    for part in parts:
        if part == "and":
            continue
        if part == "hundred":
            total, last = (total or 1) * 100, 100
            continue
        step = data["cardinals"].get(part)
        if step is None:
            return None
        if (total and not step) or step >= last or (last < 100 and (last < 20 or step > 9)):
            return None
        total, last = total + step, step
    return Decimal(total)


def find_quantities(text: str) -> list[Quantity]:
    """Find every number of a text, in digits or words, with its magnitude.

    Args:
        text: Any text.

    Returns:
        The numbers in order, not overlapping.

    Example:
        >>> [str(q.value) for q in find_quantities("1,200 jobs and half a billion dollars")]
        ['1200', '500000000']
    """
    found: list[Quantity] = []
    for match in _quantity_pattern().finditer(text):
        digits = match["digits"]
        number = Decimal(_ascii(digits.replace(",", ""))) if digits else _spelled(match["words"])
        if number is None:
            continue
        scale = match["scale"]
        found.append(
            Quantity(
                start=match.start(),
                end=match.end(),
                number=number,
                scale=_scale(scale) if scale else None,
                spelled=not digits,
                grouped=bool(digits) and "," in digits,
            )
        )
    return found


def _ascii(digits: str) -> str:
    if digits.isascii():
        return digits
    return "".join(c if c == "." else str(int(c)) for c in digits)


def parse_number(text: str) -> Decimal | None:
    """Read a text that is one number.

    Args:
        text: Such as "1,200", "3.07 billion", "twenty-five" or "half a million".

    Returns:
        Its value, or None where the text is not one number.

    Example:
        >>> parse_number("twenty-five thousand")
        Decimal('25000')
        >>> parse_number("many") is None
        True
    """
    stripped = text.strip()
    found = find_quantities(stripped)
    if len(found) != 1 or (found[0].start, found[0].end) != (0, len(stripped)):
        return None
    return found[0].value


@lru_cache(maxsize=1)
def _percent_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    data = _lexicon.read_json("numbers.json")
    cardinals = "|".join(data["cardinals"])
    number = rf"(?:{_DIGITS})|\b(?:{cardinals})(?:-(?:{cardinals}))?"
    mark = "|".join(
        rf"[\s-]?{re.escape(word)}" if word == "%" else rf"[\s-]{{0,2}}{re.escape(word)}\b"
        for word in sorted(data["percent"], key=len, reverse=True)
    )
    counted = re.compile(
        rf"(?<![\w.,])(?P<low>{number})(?:{mark})?"
        rf"(?:(?:\s?[-–]\s?|\s(?:to|and)\s)(?P<high>{number}))?(?P<mark>{mark})",
        re.IGNORECASE,
    )
    fractions = "|".join(data["fractions"])
    heads = "|".join(data["fraction_heads"])
    worded = re.compile(
        r"(?<![\w-])(?:"
        r"(?P<even>50[-:/–]50(?![\w-]))"
        rf"|(?P<count>one|two|three|four)[\s-](?P<part>(?:{fractions}))s?\b"
        rf"|an?[\s-](?P<one>(?:{fractions}))\b(?=[\s-](?:{heads})\b)"
        rf"|(?P<half>half)\b(?=[\s-](?:{heads})\b|\sthe\s|\sits\s|\sof\s))",
        re.IGNORECASE,
    )
    return counted, worded


def find_percents(text: str) -> list[PercentMatch]:
    """Find shares: percentages, fractions in words and even splits.

    Args:
        text: Any text.

    Returns:
        The shares in order, not overlapping. A range gives its low end.

    Example:
        >>> [m.value for m in find_percents("a 20.5 pct stake, one third of it, a 50-50 venture")]
        [20.5, 33.3, 50.0]
    """
    data = _lexicon.read_json("numbers.json")
    counted, worded = _percent_patterns()
    found: list[PercentMatch] = []
    for match in counted.finditer(text):
        low = parse_number(match["low"])
        if low is not None:
            found.append(PercentMatch(match.start(), match.end(), float(low)))
    for match in worded.finditer(text):
        if match["even"]:
            value = Decimal(50)
        elif match["half"]:
            before = text[max(0, match.start() - 16) : match.start()].lower().split()
            if before and before[-1] in data["not_half_after"]:
                continue
            value = Decimal(50)
        elif match["one"]:
            value = Decimal(data["fractions"][match["one"].lower()])
        else:
            count = data["cardinals"][match["count"].lower()]
            value = count * Decimal(data["fractions"][match["part"].lower()])
            if value > 100:
                continue
        found.append(PercentMatch(match.start(), match.end(), float(value)))
    return _in_order(found)


def _in_order(found: list[PercentMatch]) -> list[PercentMatch]:
    kept: list[PercentMatch] = []
    for match in sorted(found, key=lambda m: (m.start, -m.end)):
        if not kept or match.start >= kept[-1].end:
            kept.append(match)
    return kept


@lru_cache(maxsize=1)
def _noun_pattern() -> re.Pattern[str]:
    nouns = _alternatives(_lexicon.read_json("numbers.json")["counted"])
    return re.compile(
        rf"(?:[\s-](?:[A-Za-z][\w-]{{0,24}},?\s){{0,3}}?)(?P<noun>{nouns})\b", re.IGNORECASE
    )


@lru_cache(maxsize=1)
def _range_gap() -> re.Pattern[str]:
    return re.compile(r"\s?[-–]\s?|\sto\s|\sor\s")


def find_counts(text: str) -> list[CountMatch]:
    """Find numbers of people or jobs.

    Args:
        text: Any text.

    Returns:
        The counts in order, not overlapping, each from the number to the noun. A range gives its
        low end.

    Example:
        >>> [(m.value, m.noun) for m in find_counts("It will create 1,200 new high-tech jobs.")]
        [(1200, 'jobs')]
    """
    stop = re.compile(r"\b(?:of|in|for|per|and|or|by|with|from|to|at|on|is|are|were|was|than)\b")
    noun_pattern, gap = _noun_pattern(), _range_gap()
    quantities = find_quantities(text)
    found: list[CountMatch] = []
    for index, quantity in enumerate(quantities):
        before = text[quantity.start - 1] if quantity.start else " "
        if before.isalnum() or before in "$€£¥₹.":
            continue
        match = noun_pattern.match(text, quantity.end)
        if match is None or stop.search(text, quantity.end, match.start("noun")):
            continue
        start, value = quantity.start, quantity.value
        if index:
            low = quantities[index - 1]
            lower = scaled(low.number, low.scale or quantity.scale)
            if gap.fullmatch(text, low.end, quantity.start) and lower <= value:
                start, value = low.start, lower
        if value != int(value) or (found and start < found[-1].end):
            continue
        found.append(CountMatch(start, match.end(), int(value), match["noun"].lower()))
    return found
