"""Whether a text is in English, so that one that is not costs no reading and yields no nonsense.

The share of function words tells, as most of a text in any language is made of the same few dozen
words. A model of languages (py3langid and lingua were tried or weighed) takes half a second to
load, weighs 5 to 100 MB and takes a list of company names for Luxembourgish; what is needed here is
one sure thing, that a text is not English, at a cost of some ten microseconds.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from itertools import chain

from bizextract import _lexicon

_ENOUGH = 0.15
"""The share of English words that settles it; a list of prices and names has less than prose."""

_FOREIGN_SHARE = 0.12
_FOREIGN_WORDS = 4  # different ones; "de" and "la" stand in many names
_SAMPLE = 1000  # characters at the start, in the middle and at the end
_LETTERS = 20  # of another script, the least that says something
_LATIN = re.compile(r"[A-Za-z\u00aa-\u024f\u1e00-\u1eff\ufb00-\ufb06]+")
_SCRIPTS = {
    "ARABIC": "Arabic script",
    "CJK": "Chinese characters",
    "CYRILLIC": "Cyrillic script",
    "DEVANAGARI": "Devanagari script",
    "GREEK": "Greek",
    "HANGUL": "Korean",
    "HEBREW": "Hebrew",
    "HIRAGANA": "Japanese",
    "KATAKANA": "Japanese",
    "THAI": "Thai",
}


def other_language(text: str) -> str | None:
    """Name the language of a text that is not in English.

    Args:
        text: Any text. Only its start, middle and end are looked at.

    Returns:
        The language, or its script; None where the text is in English, in several languages, too
        short to tell, or in none at all, such as a list of names, numbers or code.

    Example:
        >>> other_language("Die Firma wird ihren Sitz nach Lyon verlegen, und das ist gut für sie.")
        'German'
        >>> other_language("Acme, Borealis and Cobalt")
    """
    sample = _sample(text)
    words = sample.lower().split()
    if not words:
        return None
    english = sum(map(_english().__contains__, words)) / len(words)
    if english >= _ENOUGH:
        return None
    if not sample.isascii() and (script := _other_script(sample)):
        return script
    counts = Counter(chain.from_iterable(map(_languages_of, set(words))))
    hits = Counter(chain.from_iterable(map(_languages_of, words)))
    for language, number in hits.most_common(1):
        share = number / len(words)
        if counts[language] >= _FOREIGN_WORDS and share >= max(_FOREIGN_SHARE, 2 * english):
            return language
    return None


def _sample(text: str) -> str:
    if len(text) <= 3 * _SAMPLE:
        return text
    middle = len(text) // 2
    return " ".join([text[:_SAMPLE], text[middle : middle + _SAMPLE], text[-_SAMPLE:]])


def _other_script(sample: str) -> str | None:
    letters = [c for c in sample if c.isalpha()]
    foreign = [c for c in letters if not _LATIN.match(c)]
    if len(foreign) < _LETTERS or len(foreign) <= len(letters) / 2:
        return None
    scripts = Counter(unicodedata.name(c, "?").partition(" ")[0] for c in foreign)
    # Japanese is written in several; the syllables tell it from Chinese.
    if scripts["HIRAGANA"] > len(foreign) / 10:
        return _SCRIPTS["HIRAGANA"]
    name = scripts.most_common(1)[0][0]
    return _SCRIPTS.get(name, f"{name.capitalize()} script")


def _languages_of(word: str) -> tuple[str, ...]:
    return _by_word().get(word, ())


@lru_cache(maxsize=1)
def _english() -> frozenset[str]:
    return frozenset(_lexicon.read_json("languages.json")["English"].split())


@lru_cache(maxsize=1)
def _by_word() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for language, words in _lexicon.read_json("languages.json").items():
        for word in words.split():
            if word not in _english():
                found.setdefault(word, []).append(language)
    return {word: tuple(languages) for word, languages in found.items()}
