"""Where sentences start, found from tokens alone.

Newswire breaks naive splitters: abbreviations end in a full stop ("Inc.", "U.S."), lines are
wrapped in the middle of a sentence, tickers stand in parentheses and the headline has no full
stop. This module needs no model, so that rules and reader see the same sentences whether or not
the base pipeline runs.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from bizextract.normalize import names

__all__ = ["dateline_end", "doc_sentences", "sentence_starts", "starts_of"]

_TERMINAL = frozenset({".", "!", "?", "…", "...", "?!", "!!", ".."})
_CLOSING = frozenset({'"', "”", "’", "'", "''", ")", "]", "»"})
_OPENING = frozenset({'"', "“", "‘", "'", "``", "(", "[", "«", "*", "-", "--", "–", "•"})
# After an abbreviation that ends in a full stop, only these start a sentence.
_STARTERS = """
    The A An It Its He She His Her They Their We This That These Those There In On At But And For
    From With As By If When While After Before Since Under However Meanwhile Both Some Most Shares
    Analysts Earlier Last Also According Other Such
"""
_LONGEST = 120  # tokens, of a sentence that may be cut at a comma, semicolon or bullet
_LONGEST_OF_ALL = 500  # tokens; what is longer is a list, and is cut anywhere
_STARTS = "bizextract_starts"
_LONGEST_DATELINE = 14
_DASHES = frozenset({"-", "--", "–", "—"})
_SHORT_BRACKET = 7  # tokens


def sentence_starts(tokens: Sequence[str], spaced: Sequence[bool] | None = None) -> list[int]:
    """Find the tokens that start a sentence.

    A paragraph break (a whitespace token with two line breaks) always ends a sentence; so does the
    end of the first line, which is the headline when a blank line follows it. Single line breaks
    do not. Whitespace tokens belong to the sentence before them.

    Args:
        tokens (Sequence[str]): The tokens' texts, whitespace tokens included.
        spaced (Sequence[bool] | None): Whether a space follows each token; where it is not given,
            a quotation mark after a full stop closes the sentence. Default: None.

    Returns:
        list[int]: Indices in ascending order; the first is the first token that is not whitespace.

    Example:
        >>> sentence_starts("Acme Inc. grew . The U.S. firm hired .".split())
        [0, 4]
    """
    starts: list[int] = []
    pending = True  # the next word starts a sentence
    last = -1  # the last token that is not whitespace
    ended = False  # the words so far ended with a terminal and, perhaps, closing marks
    inside = _short_brackets(tokens)
    starters = set(_STARTERS.split())
    for i, token in enumerate(tokens):
        if not token.strip():
            if token.count("\n") > 1:
                pending = True
            continue
        if not pending and last >= 0 and i not in inside:
            glued = last == i - 1 and not _space_after(tokens, spaced, last)
            if ended:
                closes = token in _CLOSING and (glued or spaced is None)
                if not closes and _may_start(token):
                    pending = not (glued and (token[0].islower() or _is_code(tokens, i)))
            elif _is_abbreviation(tokens[last]) and token in starters:
                pending = True
            if not pending and i - starts[-1] > _LONGEST and tokens[last] in {";", ",", "*"}:
                pending = True
            if i - starts[-1] >= _LONGEST_OF_ALL:
                pending = True
        if pending:
            starts.append(i)
        ended = token in _TERMINAL or (ended and not pending and token in _CLOSING)
        pending = False
        last = i
    return starts


def starts_of(doc: Doc) -> list[int]:
    """Find the tokens of a document that start a sentence; see `sentence_starts`.

    They are found once and kept on the document.
    """
    kept: list[int] | None = doc.user_data.get(_STARTS)
    if kept is None:
        tokens = list(doc)
        kept = sentence_starts([t.text for t in tokens], [bool(t.whitespace_) for t in tokens])
        doc.user_data[_STARTS] = kept
    return kept


def doc_sentences(doc: Doc) -> list[tuple[int, int]]:
    """Split a document into sentences.

    Args:
        doc (Doc): Any document; no annotation is needed and none is set.

    Returns:
        list[tuple[int, int]]: Token offsets, end exclusive, without surrounding whitespace tokens.

    Example:
        >>> import spacy
        >>> doc_sentences(spacy.blank("en")("Acme grew. It hired."))
        [(0, 3), (3, 6)]
    """
    texts = [token.text for token in doc]
    starts = starts_of(doc)
    spans = []
    for start, end in itertools.pairwise([*starts, len(texts)]):
        while end > start and not texts[end - 1].strip():
            end -= 1
        spans.append((start, end))
    return spans


def _short_brackets(tokens: Sequence[str]) -> set[int]:
    """Tokens within brackets of a few words, "( GM . N )": no sentence starts there."""
    found: set[int] = set()
    opened = None
    for i, token in enumerate(tokens):
        if token in {"(", "["}:
            opened = i
        elif token in {")", "]"} and opened is not None:
            if i - opened <= _SHORT_BRACKET:
                found.update(range(opened + 1, i + 1))
            opened = None
    return found


def _space_after(tokens: Sequence[str], spaced: Sequence[bool] | None, index: int) -> bool:
    if spaced is None or spaced[index]:
        return True
    return index + 1 < len(tokens) and not tokens[index + 1].strip()


def _may_start(token: str) -> bool:
    return token[0].isupper() or token[0].isdigit() or token in _OPENING or token[0] in "$€£¥"


def _is_code(tokens: Sequence[str], tail: int) -> bool:
    """Whether a token is the exchange of a Reuters code that was cut, "TRNf", ".", "PA"."""
    return (
        tail > 1 and tokens[tail - 1] == "." and names.is_code("".join(tokens[tail - 2 : tail + 1]))
    )


def _is_abbreviation(token: str) -> bool:
    return len(token) > 2 and token.endswith(".") and token[0].isupper()


def dateline_end(tokens: Sequence[str], start: int) -> int:
    """Find where the text of a sentence begins, after a dateline: "LYON (Reuters) - Acme …".

    Args:
        tokens (Sequence[str]): The tokens' texts, whitespace tokens included.
        start (int): Where the sentence starts.

    Returns:
        int: The first token after the dateline; ``start`` where there is none.

    Example:
        >>> dateline_end("LYON ( Reuters ) - Acme grew .".split(), 0)
        5
    """
    for i in range(start, min(start + _LONGEST_DATELINE, len(tokens) - 1)):
        if tokens[i] in _DASHES:
            before = tokens[start:i]
            agency = before[-1:] == [")"] and "(" in before[-4:]
            capitals = bool(before) and all(t.isupper() or t in {",", ".", "/"} for t in before)
            return i + 1 if agency or (capitals and len(before[0]) > 2) else start
        if not tokens[i].strip() and tokens[i].count("\n") > 1:
            return start
    return start


@Language.component("bizextract_sentences", assigns=["token.is_sent_start"])
def bizextract_sentences(doc: Doc) -> Doc:
    """Set the sentence boundaries of a document; put it before the parser, which keeps to them."""
    texts = [t.text for t in doc]
    starts = set(starts_of(doc))
    # A dateline is no part of the sentence after it; the parser would take it for a subject.
    starts |= {dateline_end(texts, start) for start in starts}
    # At once: to set one token's boundary, spaCy looks at all tokens each time.
    marks = [[1 if i in starts or i == 0 else -1] for i in range(len(doc))]
    if marks:
        values: Any = np.array(marks, dtype=np.int64).astype(np.uint64)
        doc.from_array(["SENT_START"], values)
    return doc
