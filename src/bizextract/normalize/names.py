"""Names of organisations: keys to compare them by, aliases, legal suffixes and tickers.

Pure. The words come from ``legal_suffixes.txt`` and ``name_words.json``.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

from bizextract import _lexicon

_WORD = re.compile(r"[^\W_]+")
_SHORTEST_STEM = 4
_SHORTEST_CLIP = 6
_CAMEL = re.compile(r"([A-Z][a-z]{3,})[A-Z]")
_CODE = re.compile(r"[A-Z0-9]{2,8}[a-z]?\.[A-Z]{1,3}")
_IN_BRACKETS = re.compile(r"\s\(\s?([A-Za-z]{2,8})\s?\)")
_SMALL_WORDS = re.compile(r"(?:\b[a-z]+(?:\s|-))+$")
_BEFORE = 120  # characters


def _data() -> Any:
    return _lexicon.read_json("name_words.json")


@lru_cache(maxsize=1)
def _legal() -> frozenset[str]:
    return frozenset(_lexicon.read_lines("legal_suffixes.txt"))


@lru_cache(maxsize=16384)
def _words(text: str) -> tuple[str, ...]:
    """The words of a name: case, accents, dots and possessives dropped, "&" read as "and"."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")
    plain = re.sub(r"'s\b", "", plain.replace("&", " and "))
    plain = unicodedata.normalize("NFD", plain).replace("'", "").replace(".", "")
    words = tuple(_WORD.findall("".join(c for c in plain if not unicodedata.combining(c))))
    return words[1:] if words[:1] == ("the",) else words


def _core(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words without legal suffixes at their end, nor an "and" left hanging before one."""
    while len(words) > 1 and (words[-1] in _legal() or words[-1] == "and"):
        words = words[:-1]
    return words


def all_words(name: str) -> tuple[str, ...]:
    """Give the words of a name, without case, accents, punctuation and a leading "the"."""
    return _words(name)


def core_words(name: str) -> tuple[str, ...]:
    """Give the same without legal suffixes at the end."""
    return _core(_words(name))


def name_key(text: str) -> str:
    """Give the key by which two spellings of one name are compared.

    Args:
        text: A name.

    Returns:
        Its words without case, accents, punctuation, a leading "the" and legal suffixes; ""
        where no word is left.

    Example:
        >>> name_key("The Alibaba Group Holding Ltd.")
        'alibaba'
    """
    words = _words(text)
    while len(words) > 1 and words[-1] in _legal():
        words = words[:-1]
    return " ".join(words)


def strip_legal(text: str) -> str:
    """Drop the legal suffixes at the end of a name and leave the rest as it is written.

    Args:
        text: A name.

    Returns:
        The name without "Inc", "Co., Ltd." and the like; a name of nothing else stays.

    Example:
        >>> strip_legal("Sany Heavy Industry Co., Ltd.")
        'Sany Heavy Industry'
    """
    kept = text.strip()
    while True:
        head, _, last = kept.rstrip(" ,").rpartition(" ")
        word = re.sub(r"[^\w]", "", last).casefold()
        if not head.strip(" ,&") or (word not in _legal() and last != "&"):
            return kept
        kept = head.rstrip(" ,")


def is_legal(word: str) -> bool:
    """Whether a word is a legal suffix, such as "Ltd." or "GmbH"."""
    return re.sub(r"[^\w]", "", word).casefold() in _legal()


def says_much(text: str) -> bool:
    """Whether a name could stand alone: some word of it is more than "Energy" or "American".

    Example:
        >>> says_much("Rubber Co"), says_much("Norwold Energy")
        (True, True)
        >>> says_much("Energy Co")
        False
    """
    return not all(_says_little(word) for word in _words(text))


def tells_apart(words: str) -> bool:
    """Whether words after a name make it another's: "Wireless" does, "Motor Group" does not.

    Args:
        words: What a longer name has after a shorter one.
    """
    plain = set(_data()["plain_tails"])
    return not all(word in plain or word in _legal() for word in _words(words))


def split_ticker(text: str) -> tuple[str, str | None]:
    """Part a name from the stock ticker that stands behind it.

    Args:
        text: A name, perhaps with "(NASDAQ: JD)", "( GOOG.O )" or a bare Reuters code behind it.

    Returns:
        The name, and the ticker with its exchange as written, or None.

    Example:
        >>> split_ticker("Northwind Inc ( NWND.O )")
        ('Northwind Inc', 'NWND.O')
        >>> split_ticker("Northwind (NASDAQ: NWND)")
        ('Northwind', 'NASDAQ: NWND')
    """
    match = _ticker_pattern().search(text)
    if match is None or not text[: match.start()].strip():
        return text.strip(), None
    ticker = match["code"] or match["bare"]
    return text[: match.start()].strip(" ,"), " ".join(ticker.split())


def is_code(text: str) -> bool:
    """Whether a word is a Reuters instrument code, such as "NWND.O" or "SBER03.MM".

    Example:
        >>> is_code("NWND.O"), is_code("U.S"), is_code("Northwind.com")
        (True, False, False)
    """
    return _CODE.fullmatch(text) is not None


def terms_abbreviated(text: str) -> frozenset[str]:
    """Give the abbreviations that a text introduces for words that are no name.

    Args:
        text: A text, with "memorandum of understanding (MoU)" in it.

    Returns:
        Those that stand in brackets behind lower-case words whose initials they are.

    Example:
        >>> sorted(terms_abbreviated("A virtual network operator (VNO) met Tarn Bank (TB)."))
        ['VNO']
    """
    found = set()
    connectors = _data()["connectors"]
    for match in _IN_BRACKETS.finditer(text):
        small = _SMALL_WORDS.search(text, max(0, match.start() - _BEFORE), match.start() + 1)
        short = match[1].removesuffix("s")
        words = re.findall("[a-z]+", small[0]) if small else []
        for few in (words, [word for word in words if word not in connectors]):
            if len(few) >= len(short) > 1:
                initials = "".join(word[0] for word in few[-len(short) :])
                if initials == short.casefold():
                    found.add(short)
    return frozenset(found)


@lru_cache(maxsize=1)
def _ticker_pattern() -> re.Pattern[str]:
    exchanges = sorted(_data()["tickers"], key=len, reverse=True)
    exchange = "|".join(re.escape(name) for name in exchanges)
    return re.compile(
        rf"\s?[(\[]\s?(?P<code>(?:(?i:{exchange})\s?[:;]\s?[\w.-]{{1,14}}"
        rf"(?:\s?[,;]\s?(?i:{exchange})\s?[:;]\s?[\w.-]{{1,14}}){{0,3}}"
        r"|[A-Z0-9][A-Za-z0-9_]{0,9}\.[A-Z]{1,3}))\s?[)\]]\s{0,2}$"
        rf"|\s(?P<bare>[A-Z0-9]{{2,10}}\.[A-Z]{{1,3}})\s?$"
    )


def initials(words: tuple[str, ...]) -> set[str]:
    """Give the acronyms of a name, with and without its small words and legal suffixes."""
    small = set(_data()["connectors"])
    core = _core(words)
    found = set()
    for part in (words, core):
        found.add("".join(word[0] for word in part))
        found.add("".join(word[0] for word in part if word not in small))
        found.add("".join(word[0] for word in part if word not in small or word == "and"))
    if len(words) > len(core):
        found.add("".join(w[0] for w in (*core, words[len(core)]) if w not in small))
    return {acronym for acronym in found if len(acronym) > 1}


def is_acronym(short: str, long: str) -> bool:
    """Whether the short form is the initials of the long name: "TCS", "F&N", "NUMMI"."""
    letters = re.sub(r"[^\w&]", "", short)
    words = _words(long)
    if not 2 <= len(letters) <= 7 or not letters[0].isalpha() or len(words) < 2:
        return False
    if sum(c.isupper() for c in letters) < max(2, len(letters) - 2):
        return False
    wanted = {letters.casefold().replace("&", ""), letters.casefold().replace("&", "a")}
    found = initials(words)
    if wanted & found or (
        len(letters) >= 3 and any(whole.startswith(part) for whole in found for part in wanted)
    ):
        return True
    # "NBCU" for "NBC Universal": an acronym inside the name is kept whole.
    first = long.split()[0]
    return first.isupper() and letters.casefold() in {
        first.casefold() + rest for rest in initials(words[1:]) | {w[0] for w in words[1:2]}
    }


def abbreviates(short: str, long: str) -> bool:
    """Whether a short form's letters stand in a longer name in order, the first opening a word.

    The condition of Schwartz and Hearst, "A simple algorithm for identifying abbreviation
    definitions in biomedical text" (2003), for a short form in brackets behind the name.

    Example:
        >>> abbreviates("Tarmet", "Tarnovo Metals"), abbreviates("Norwold", "Tarnovo Metals")
        (True, False)
    """
    letters = re.sub(r"\W", "", short).casefold()
    text = " ".join(_words(long))
    if not 2 <= len(letters) < len(text):
        return False
    at = len(text)
    for place, letter in reversed(list(enumerate(letters))):
        at = text.rfind(letter, 0, at)
        while place == 0 and at > 0 and text[at - 1].isalnum():
            at = text.rfind(letter, 0, at)
        if at < 0:
            return False
    return True


@lru_cache(maxsize=16384)
def _says_little(word: str) -> bool:
    """Whether a word alone names nothing: "First", "Energy", "American"."""
    return (
        word in _data()["generic"]
        or word in _data()["connectors"]
        or word in _legal()
        or word in _lexicon.read_json("demonyms.json")
        or len(word) < 2
    )


def _nicknamed(short: str, long: str) -> bool:
    return any(
        long == known or long.startswith(known + " ")
        for known in _data()["nicknames"].get(short, ())
    )


def _opens(few: tuple[str, ...], many: tuple[str, ...]) -> bool:
    """Whether the long name begins with the short one, however its first words are joined."""
    joined = "".join(few)
    return any("".join(many[:size]) == joined for size in range(1, len(many) + 1))


def _is_clipped(few: tuple[str, ...], many: tuple[str, ...]) -> bool:
    """Whether the short name clips words of the long one: "Nanjing Pharma", "STMicro"."""
    if len(few) > len(many) or not all(
        whole.startswith(clip) for clip, whole in zip(few, many, strict=False)
    ):
        return False
    clips = [clip for clip, whole in zip(few, many, strict=False) if clip != whole]
    shortest = _SHORTEST_STEM if len(few) > 1 else _SHORTEST_CLIP
    return bool(clips) and all(len(clip) >= shortest for clip in clips)


def _is_camel_head(few: tuple[str, ...], long: str) -> bool:
    """Whether the short name is the first half of a word like "ExxonMobil"."""
    return len(few) == 1 and few[0] in camel_heads(long)


def camel_heads(long: str) -> list[str]:
    """Give the first half of a word like "ExxonMobil", lower case, where a name begins with one."""
    match = _CAMEL.match(long.removeprefix("The "))
    return [] if match is None else [match[1].casefold()]


def may_be_dropped(word: str, long: str) -> bool:
    """Say whether a short form may leave out this first word: a given name, a nationality."""
    data = _data()
    if f"{word}-" in long.casefold():
        return False
    return (
        word in data["dropped_heads"]
        or word in data["given_names"]
        or word in _lexicon.read_json("demonyms.json")
        or len(word) <= 2
        or (len(word) <= 4 and word.upper() in long)
    )


@lru_cache(maxsize=65536)
def is_alias(short: str, long: str) -> bool:
    """Say whether, within one document, a short name stands for the same thing as a long one.

    Args:
        short: The shorter name: "Alibaba", "TCS", "Buffett".
        long: The fuller name: "Alibaba Group Holding Ltd.", "Tata Consultancy Services".

    Returns:
        True where the names have one key, or the short one is an acronym of the long one, its
        first words, its last words without a given name or country, or a well-known nickname.
        A single word that says little ("First") is an alias of nothing.

    Example:
        >>> is_alias("TCS", "Tata Consultancy Services"), is_alias("First", "First Harbor Bank")
        (True, False)
    """
    shorter, longer = _words(short), _words(long)
    if not shorter or not longer:
        return False
    few, many = _core(shorter), _core(longer)
    if few == many or "".join(few) in ("".join(many), "".join(many).removesuffix("com")):
        return True
    if _nicknamed(" ".join(few), " ".join(many)) or is_acronym(short, long):
        return True
    if len(shorter) > len(few):
        # "Harbor Corp" is a full name of its own beside "Harbor Music Inc".
        return False
    if _is_clipped(few, many) or _is_camel_head(few, strip_legal(long)):
        return True
    if all(_says_little(word) for word in few) and len(few) == 1:
        return False
    return _opens(few, many) or any(
        _opens(few, many[dropped:])
        for dropped in range(1, len(many))
        if all(may_be_dropped(word, long) for word in many[:dropped])
    )
