"""Headlines in capitals, written as other headlines are: taggers know names by their case.

Pure; a text keeps its length, so that offsets stay what they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from bizextract import _lexicon

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_LEAST, _MOST = 3, 40
"""Words of a line that is taken for a headline."""
_MARGIN = 20
"""Characters of white space that may stand around a line."""
_VOWELS = frozenset("AEIOUY")


def recased(text: str, stretches: Iterable[tuple[int, int]]) -> Iterator[str]:
    """Give stretches of a text, their lines in capitals written in title case.

    A word is written as the rest of the text has it; abbreviations keep their capitals.

    Args:
        text: The whole text.
        stretches: Start and end of each stretch. Only whole lines of the text are changed.

    Yields:
        The text of each stretch, as long as before.

    Example:
        >>> text = "SHRIKE OPENS EMEA HUB IN ROME\\n\\nShrike runs EMEA from there."
        >>> next(recased(text, [(0, 29)]))
        'Shrike Opens EMEA Hub in Rome'
    """
    forms: dict[str, str] | None = None
    for start, end in stretches:
        pieces = []
        for line in text[start:end].splitlines(keepends=True):
            if line.isupper() and _is_whole(text, start, len(line)) and _is_headline(line):
                if forms is None:
                    forms = _forms(text)
                pieces.append(_in_title_case(line, forms))
            else:
                pieces.append(line)
            start += len(line)
        yield "".join(pieces)


def _is_whole(text: str, start: int, length: int) -> bool:
    end = start + length
    before = text[max(0, start - _MARGIN) : start].rstrip(" \t")
    after = text[end : end + _MARGIN].lstrip(" \t")
    starts = before.endswith("\n") or (not before and start <= _MARGIN)
    return starts and (not after or after[0] in "\r\n" or text[end - 1] == "\n")


def _is_headline(line: str) -> bool:
    return _LEAST <= len(_WORD.findall(line)) <= _MOST


def _forms(text: str) -> dict[str, str]:
    """For each word, in lower case, how it is written in lines that are not in capitals."""
    forms: dict[str, str] = {}
    for line in text.splitlines():
        if not line.isupper():
            for match in _WORD.finditer(line):
                forms.setdefault(match[0].lower(), match[0])
    return forms


def _in_title_case(line: str, forms: dict[str, str]) -> str:
    small, capitals = _words()
    first = True

    def write(match: re.Match[str]) -> str:
        nonlocal first
        word, low = match[0], match[0].lower()
        known = forms.get(low, low)
        if low in small:
            written = word.capitalize() if first else low
        elif not known.islower() and not known.istitle():
            written = known  # "eBay", "IBM"
        elif low in capitals or (known == low and not _VOWELS & set(word)) or len(word) == 1:
            written = word
        else:
            written = _capitalised(word)
        first = False
        return written if len(written) == len(word) else word

    return _WORD.sub(write, line)


def _capitalised(word: str) -> str:
    """As a name has it: "O'Neil", "Harlow's"."""
    head, *rest = re.split(r"(['’])", word)
    parts = [head.capitalize()]
    for part in rest:
        parts.append(part.capitalize() if len(part) > 2 else part.lower())
    return "".join(parts)


@cache
def _words() -> tuple[frozenset[str], frozenset[str]]:
    words = _lexicon.read_json("names.json")
    return frozenset(words["small_in_titles"]), frozenset(words["always_capitals"])
