"""Triage: which passages of a text can hold an event, told from the raw text in microseconds.

Most sentences of a news stream announce nothing. A sentence is worth reading where it has a
trigger of a frame together with the words that the trigger asks for, and where a small fitted
model (`Screen`, a logistic regression over words, pairs of words and triggers) does not rule it
out. Beside such a sentence, what is needed to resolve names and dates is read too: the headline,
the sentence before it, and those that introduce its names.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bizextract import _lexicon
from bizextract._frames import Condition, Frame, steps_of
from bizextract._text import readable
from bizextract.errors import ModelError

__all__ = [
    "SHORT",
    "Passage",
    "Screen",
    "Triage",
    "readable_passages",
    "sentence_features",
    "split_sentences",
    "words_of",
]

Passage = tuple[int, int]
"""Start and end in characters."""

SHORT = 3
"""A text of so many sentences is read whole where it has a trigger: less would save little."""

_WORD = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?|[%$€£¥]")
_NAME = re.compile(r"\b[A-Z][\w&.-]*\w")
_END = re.compile(r"([.!?][\"”’']*)\s+(?=[A-Z\"“‘(])|\n\s*\n")
_CLOSES = re.compile(r"[a-z0-9)%]|[^\x00-\x7f]")
_ABBREVIATED = re.compile(
    r"\b(?:Inc|Corp|Co|Cos|Ltd|Plc|Bros|Mr|Mrs|Ms|Dr|St|No|Sen|Rep|Gov|Gen|Jr|Sr|vs"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\.$"
)
_LABEL_WORDS: dict[str, frozenset[str]] = {
    label: frozenset(words) for label, words in _lexicon.read_json("triage.json").items()
}
"""Words of which one stands in any entity of a label; labels not named here need none."""


class Screen(BaseModel):
    """What rules out sentences that have a trigger and announce nothing all the same.

    Attributes:
        types: The record types that it was fitted on; triggers of others are not screened.
        bias: The intercept.
        weights: By feature, see `sentence_features`.
        floor: A sentence is read where its probability reaches this.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    types: tuple[str, ...]
    bias: float
    weights: dict[str, float]
    floor: float = Field(ge=0, le=1)

    def probability(self, words: Sequence[str], triggers: Iterable[tuple[str, str]]) -> float:
        """The probability that a sentence of these words, with these triggers, tells of an event.

        The weights are summed without making the names of `sentence_features`, of which there are
        as many as twice the words.
        """
        single, pairs, known = self._by_kind
        total = self.bias
        total += sum([single[word] for word in set(words) if word in single])
        total += sum([pairs[pair] for pair in {*pairwise(words)} if pair in pairs])
        total += sum([known.get(trigger, 0.0) for _, trigger in triggers])
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))

    @cached_property
    def _by_kind(self) -> tuple[dict[str, float], dict[tuple[str, ...], float], dict[str, float]]:
        """The weights of words, of pairs of words and of triggers."""
        by_kind: dict[str, dict[str, float]] = {"w": {}, "p": {}, "t": {}}
        for name, weight in self.weights.items():
            kind, _, rest = name.partition(" ")
            by_kind.setdefault(kind, {})[rest] = weight
        pairs = {tuple(name.split(" ")): weight for name, weight in by_kind["p"].items()}
        return by_kind["w"], pairs, by_kind["t"]

    @classmethod
    def read(cls, path: Path) -> Screen:
        """Read a screen from its JSON file.

        Raises:
            ModelError: The file is missing or damaged.
        """
        try:
            return cls.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, ValidationError) as error:
            raise ModelError(f"the screen {path.name} is missing or damaged: {error}") from error


def words_of(text: str) -> list[str]:
    """Give the words and the signs for money and percent of a text, in lower case."""
    return _WORD.findall(text.lower())


def sentence_features(words: Sequence[str], triggers: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Name what the screen looks at: each word, pair of words and trigger once."""
    yield from (f"w {word}" for word in set(words))
    yield from (f"p {a} {b}" for a, b in set(pairwise(words)))
    yield from (f"t {trigger}" for _, trigger in triggers)


class Triage:
    """Chooses the passages of a text that are worth reading.

    Args:
        frames: Their triggers are looked for.
        screen: What rules sentences out; None reads every sentence with a trigger.

    Example:
        >>> from bizextract._frames import load_frames
        >>> triage = Triage(load_frames())
        >>> triage.passages("It rained. Nobody came.")
        []
        >>> text = "Acme grew. It rained. Snow fell. Acme opened a head office. It is big. We see."
        >>> [text[a:b] for a, b in triage.passages(text)]
        ['Acme grew.', 'Snow fell. Acme opened a head office.']
    """

    def __init__(self, frames: Iterable[Frame], screen: Screen | None = None) -> None:
        self.screen = screen
        self._first: dict[str, list[tuple[list[frozenset[str]], tuple[str, str]]]] = {}
        self._asks: dict[tuple[str, str], list[frozenset[str]]] = {}
        for frame in frames:
            for trigger in frame.triggers:
                key = (frame.type, trigger.id)
                asked = [
                    words
                    for condition in trigger.beside
                    for words in (_asked(frame, condition), _on_the_way(condition))
                ]
                self._asks[key] = [words for words in asked if words is not None]
                for phrase in frame.expand(trigger.words):
                    first, *rest = [_lexicon.word_forms(w) for w in _WORD.findall(phrase)]
                    for form in first:
                        self._first.setdefault(form, []).append((rest, key))

    def passages(self, text: str, *, headed: bool = True) -> list[Passage]:
        """Give what is to be read of a text, in order; nothing where it can hold no event.

        Args:
            text: A text.
            headed: Whether it begins with its headline, which later pieces of a long text do not.
        """
        sentences = split_sentences(text)
        if len(sentences) <= SHORT:
            triggered = any(self.triggers(words_of(text[a:b])) for a, b in sentences)
            return [(sentences[0][0], sentences[-1][1])] if triggered else []
        hot = [i for i, (a, b) in enumerate(sentences) if self.is_hot(text[a:b])]
        if not hot:
            return []
        before = {i - 1 for i in hot if i}
        chosen = {*([0] if headed else []), *before, *hot, *_introductions(text, sentences, hot)}
        return _joined(sentences, sorted(chosen))

    def is_hot(self, sentence: str) -> bool:
        """Whether a sentence can announce an event."""
        words = words_of(sentence)
        found = set() if self._first.keys().isdisjoint(words) else self.triggers(words)
        if not found or self.screen is None:
            return bool(found)
        if any(type_ not in self.screen.types for type_, _ in found):
            return True
        return self.screen.probability(words, found) >= self.screen.floor

    def triggers(self, words: Sequence[str]) -> set[tuple[str, str]]:
        """Give type and id of the triggers that stand in a sentence's words, lower case."""
        found: set[tuple[str, str]] = set()
        there: set[str] = set()
        first = self._first
        for i in [i for i, word in enumerate(words) if word in first]:
            for rest, key in first[words[i]]:
                if key in found or not _follow(rest, words, i + 1):
                    continue
                there = there or set(words)
                if not any(asked.isdisjoint(there) for asked in self._asks[key]):
                    found.add(key)
        return found


def readable_passages(
    text: str, title: str | None, triage: Triage | None, *, headed: bool = True
) -> list[Passage]:
    """Give what is to be read of a text that may have a page's furniture around it.

    Args:
        text: The text.
        title: The headline, where it is known.
        triage: What chooses passages; None reads all but the furniture.
        headed: As for `Triage.passages`.
    """
    clean, stretches = readable(text, title)
    if triage is None:
        return stretches
    return _common(triage.passages(clean, headed=headed), stretches)


def _common(one: Sequence[Passage], other: Sequence[Passage]) -> list[Passage]:
    """What lies in both of two lists of passages, which are in order and apart from each other."""
    found: list[Passage] = []
    i = j = 0
    while i < len(one) and j < len(other):
        start, end = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if start < end:
            found.append((start, end))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return found


def split_sentences(text: str) -> list[Passage]:
    """Cut a raw text into sentences, roughly and fast; no sentence is cut within a name."""
    found: list[Passage] = []
    start = 0
    for match in _END.finditer(text):
        first, end = match.start(), match.start()
        blank = match.group().count("\n") > 1
        if match[1]:
            end += len(match[1])
            quoted = len(match[1]) > 1
            closes = quoted or (first > 0 and _CLOSES.match(text, first - 1) is not None)
            short = _ABBREVIATED.search(text, max(0, first - 7), first + 1) is not None
            if not blank and (not closes or short):
                continue
        if end > start:
            found.append((start, end))
        start = match.end()
    if start < len(text):
        found.append((start, len(text)))
    return found


def _follow(rest: Sequence[frozenset[str]], words: Sequence[str], start: int) -> bool:
    if start + len(rest) > len(words):
        return False
    return all(words[start + k] in forms for k, forms in enumerate(rest))


def _asked(frame: Frame, condition: Condition) -> frozenset[str] | None:
    """Words of which a sentence needs one to meet a condition; None where any sentence may."""
    if condition.other or condition.places:
        return None
    words: set[str] = set()
    for label in condition.labels:
        if label not in _LABEL_WORDS:
            return None
        words |= _LABEL_WORDS[label]
    for phrase in frame.expand(condition.words):
        words |= _lexicon.word_forms(_WORD.findall(phrase)[0])
    return frozenset(words)


def _on_the_way(condition: Condition) -> frozenset[str] | None:
    """Prepositions of which a sentence needs one to meet a condition; None where it needs none."""
    words: set[str] = set()
    for path in condition.at:
        taken = [prepositions for _, prepositions in steps_of(path) if prepositions]
        if not taken:
            return None
        words |= {_WORD.findall(preposition)[0] for preposition in taken[0]}
    return frozenset(words)


def _introductions(text: str, sentences: Sequence[Passage], hot: Iterable[int]) -> Iterator[int]:
    """The sentences, below the headline, in which the names of hot sentences stand first."""
    starts = [a for a, _ in sentences]
    body = sentences[0][1]
    for i in hot:
        a, b = sentences[i]
        for name in {m.group() for m in _NAME.finditer(text, a, b)}:
            place = text.find(name, body)
            if 0 <= place < a:
                yield bisect_right(starts, place) - 1


def _joined(sentences: Sequence[Passage], chosen: Sequence[int]) -> list[Passage]:
    """Passages of sentences, those that stand beside each other in one."""
    found: list[Passage] = []
    last = -2
    for i in chosen:
        start, end = sentences[i]
        if i == last + 1:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
        last = i
    return found
