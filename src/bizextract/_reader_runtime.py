"""The reader at run time: words to word pieces, word states to event proposals, in numpy.

The encoder's graph gives a state for every word piece; everything after it is a few small matrices,
kept apart in a safetensors file, so that they can be read, tested and changed without the graph.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from bizextract._reader_schema import ATTRIBUTES, PHRASES, POINTERS, RELATIVE, TAGS, TYPES
from bizextract.errors import ModelError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["SHAPES", "Heads", "Proposal", "Role", "Window", "best_tags", "build_windows",
           "propose", "role_spans", "word_states"]  # fmt: skip

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

SHAPES = ("other", "lower", "title", "upper", "mixed", "digit")
LIMIT = 512  # word pieces in a window, markers included
_OVERLAP = 3  # sentences that two windows share
_LONGEST = 240  # word pieces of one sentence that are read; two and the markers fit in a window

#: For each type: its columns in the tag scores. Column 0 is "outside", then B and I by role.
TAG_COLUMNS: dict[str, slice] = {}
_column = 0
for _type in TYPES:
    TAG_COLUMNS[_type] = slice(_column, _column + 1 + 2 * len(TAGS[_type]))
    _column += 1 + 2 * len(TAGS[_type])
#: For each attribute: its columns in the attribute scores.
ATTRIBUTE_COLUMNS: list[slice] = []
_column = 0
for _attribute in ATTRIBUTES:
    ATTRIBUTE_COLUMNS.append(slice(_column, _column + len(_attribute.values)))
    _column += len(_attribute.values)


@dataclass(frozen=True)
class Window:
    """A run of sentences that the encoder reads at once, the headline first.

    Attributes:
        ids: Word-piece ids, markers included.
        shapes: The case shape of each piece's word, 0 for markers.
        starts: The index of each word's first piece; one more entry for the end.
        words: The document's word that each of the window's words is.
        sentences: (sentence of the document, first and last word + 1 in the window).
        centre: For each sentence its distance from the nearer edge that cuts the document.
    """

    ids: Ints
    shapes: Ints
    starts: Ints
    words: Ints
    sentences: list[tuple[int, int, int]]
    centre: list[int]


@dataclass(frozen=True)
class Role:
    """A role's words, with a score between 0 and 1.

    A role that was tagged stands in the event's own sentence (`tagged`); the others were pointed
    at, anywhere in the document. A tagged role's score is the mean of tag and pointer where the
    role has both.
    """

    role: str
    start: int
    end: int
    score: float
    tagged: bool


@dataclass(frozen=True)
class Proposal:
    """One event that one sentence may carry. Offsets are words of the document."""

    type: str
    sentence: int
    score: float
    attributes: dict[str, dict[str, float]]
    roles: list[Role]
    group: int = 0


@lru_cache(maxsize=1 << 14)
def shape_of(word: str) -> int:
    """The case shape of a word, an index into `SHAPES`."""
    if word.isdigit() or (word[0].isdigit() and not word.isalpha()):
        return SHAPES.index("digit")
    if not any(c.isalpha() for c in word):
        return SHAPES.index("other")
    if word.islower():
        return SHAPES.index("lower")
    if word.isupper() and len(word) > 1:
        return SHAPES.index("upper")
    if word[0].isupper() and (len(word) == 1 or word[1:].islower()):
        return SHAPES.index("title")
    return SHAPES.index("mixed")


def build_windows(
    tokenizer: Tokenizer,
    words: Sequence[str],
    sentences: Sequence[tuple[int, int]],
    limit: int = LIMIT,
) -> list[Window]:
    """Pack a document's sentences into as few windows as hold them.

    Args:
        tokenizer (Tokenizer): The encoder's word-piece tokenizer, without truncation or padding.
        words (Sequence[str]): The document's words.
        sentences (Sequence[tuple[int, int]]): Word offsets of its sentences.
        limit (int): The most word pieces in a window. Default: 512.

    Returns:
        list[Window]: In order; every sentence stands in at least one.
    """
    if not words:
        return []
    pieces: list[list[int]] = [[] for _ in words]
    encoding = tokenizer.encode(list(words), is_pretokenized=True, add_special_tokens=False)
    for piece, word in zip(encoding.ids, encoding.word_ids, strict=True):
        pieces[cast(int, word)].append(piece)
    unknown = _marker(tokenizer, "[UNK]")
    pieces = [p[:16] or [unknown] for p in pieces]
    cut = []
    for start, end in sentences:
        length, stop = 0, start
        while stop < end and length + len(pieces[stop]) <= _LONGEST:
            length += len(pieces[stop])
            stop += 1
        cut.append((start, stop, length))
    spans = list(_pack([length for _, _, length in cut], limit - 2))
    return [_window(tokenizer, words, pieces, cut, first, last, len(sentences))
            for first, last in spans]  # fmt: skip


def _pack(lengths: Sequence[int], room: int) -> Iterator[tuple[int, int]]:
    """Runs of sentences [first, last) that fit, each beside the headline (sentence 0)."""
    first = 0
    while True:
        used, last = (lengths[0] if first else 0), first
        while last < len(lengths) and (used + lengths[last] <= room or last == first):
            used += lengths[last]
            last += 1
        yield first, last
        if last >= len(lengths):
            return
        first = max(last - _OVERLAP, first + 1)


def _window(
    tokenizer: Tokenizer,
    words: Sequence[str],
    pieces: Sequence[Sequence[int]],
    cut: Sequence[tuple[int, int, int]],
    first: int,
    last: int,
    total: int,
) -> Window:
    chosen = ([0] if first else []) + list(range(first, last))
    ids, shapes = [_marker(tokenizer, "[CLS]")], [0]
    starts: list[int] = []
    mine: list[int] = []
    sentences: list[tuple[int, int, int]] = []
    centre: list[int] = []
    for sentence in chosen:
        start, stop, _ = cut[sentence]
        sentences.append((sentence, len(mine), len(mine) + stop - start))
        to_left = sentence - first if first else total
        to_right = last - 1 - sentence if last < total else total
        centre.append(min(to_left, to_right) if sentence or not first else -1)
        for word in range(start, stop):
            starts.append(len(ids))
            mine.append(word)
            ids.extend(pieces[word])
            shapes.extend([shape_of(words[word])] * len(pieces[word]))
    starts.append(len(ids))
    ids.append(_marker(tokenizer, "[SEP]"))
    shapes.append(0)
    return Window(_ints(ids), _ints(shapes), _ints(starts), _ints(mine), sentences, centre)


def _ints(values: Sequence[int]) -> Ints:
    return np.asarray(values, dtype=np.int64)


def _marker(tokenizer: Tokenizer, token: str) -> int:
    index = tokenizer.token_to_id(token)
    if index is None:
        raise ModelError(f"the reader's tokenizer has no {token}: take that of the encoder")
    return index


def word_states(states: Floats, starts: Ints) -> Floats:
    """Average the piece states (pieces, width) of each word into (words, width)."""
    sums = np.add.reduceat(states, starts[:-1], axis=0)
    last = states[starts[-2] : starts[-1]].sum(axis=0)
    sums[-1] = last
    return cast(Floats, sums / np.diff(starts)[:, None])


class Heads:
    """The small matrices on top of the encoder.

    Args:
        weights (Mapping[str, Floats]): By name, as training writes them.
    """

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        self.weights = {k: np.asarray(v, dtype=np.float32) for k, v in weights.items()}
        self.rank = self.weights["pointer.key"].shape[0] // len(POINTERS)

    def sentence(self, states: Floats) -> Floats:
        """Sentence vectors (types, 2 * width): mean beside what each type attends to."""
        scores = states @ self.weights["pool"].T
        scores = np.exp(scores - scores.max(axis=0))
        attended = (scores / scores.sum(axis=0)).T @ states
        mean = np.broadcast_to(states.mean(axis=0), attended.shape)
        return cast(Floats, np.concatenate([mean, attended], axis=1))

    def events(self, vectors: Floats) -> Floats:
        """Log-odds of each type for sentence vectors (types, 2 * width)."""
        return cast(
            Floats, (vectors * self.weights["event"]).sum(axis=1) + self.weights["event.bias"]
        )

    def attribute(self, index: int, vectors: Floats) -> Floats:
        """Probabilities of an attribute's values for a sentence."""
        columns = ATTRIBUTE_COLUMNS[index]
        vector = vectors[TYPES.index(ATTRIBUTES[index].type)]
        scores = self.weights["attribute"][columns] @ vector
        return softmax(scores + self.weights["attribute.bias"][columns])

    def tags(self, type_: str, states: Floats) -> Floats:
        """Log probabilities (words, columns) of a type's tags."""
        columns = TAG_COLUMNS[type_]
        scores = states @ self.weights["tag"][columns].T + self.weights["tag.bias"][columns]
        scores = scores - scores.max(axis=1, keepdims=True)
        return cast(Floats, scores - np.log(np.exp(scores).sum(axis=1, keepdims=True)))

    def pointer(self, index: int, vectors: Floats, states: Floats, relative: Ints) -> Floats:
        """Probability of each word that it fills a role of the sentence's event."""
        rows = slice(index * self.rank, (index + 1) * self.rank)
        vector = vectors[TYPES.index(POINTERS[index].type)]
        query = self.weights["pointer.query"][rows] @ vector
        # The same as states @ keys @ query, in an order that makes no matrix on the way.
        asked = self.weights["pointer.key"][rows].T @ query / math.sqrt(self.rank)
        scores = states @ (asked + self.weights["pointer.word"][index])
        return cast(Floats, sigmoid(scores + self.weights["pointer.relative"][index][relative]))

    def link(self, type_: str, states: Floats) -> Floats:
        """Probabilities (spans, spans) that two role spans belong to one record."""
        index = TYPES.index(type_)
        rank = self.weights["link"].shape[0] // len(TYPES) // 2
        rows = self.weights["link"][index * 2 * rank : (index + 1) * 2 * rank]
        query, key = states @ rows[:rank].T, states @ rows[rank:].T
        scores = query @ key.T / math.sqrt(rank)
        return cast(Floats, sigmoid((scores + scores.T) / 2 + self.weights["link.bias"][index]))


def propose(
    heads: Heads,
    window: Window,
    states: Floats,
    words: Sequence[str],
    threshold: float = 0.15,
    keep: Sequence[bool] | None = None,
) -> list[Proposal]:
    """Read the proposals off a window's word states.

    Args:
        heads (Heads): The matrices.
        window (Window): The window.
        states (Floats): Word states (words of the window, width).
        words (Sequence[str]): The document's words.
        threshold (float): The least probability that a sentence carries an event. Default: 0.15.
        keep (Sequence[bool] | None): Which of the window's sentences to read. Default: all.
    """
    found = []
    for number, (_, start, end) in enumerate(window.sentences):
        if end <= start or (keep is not None and not keep[number]):
            continue
        vectors = heads.sentence(states[start:end])
        for index, score in enumerate(sigmoid(heads.events(vectors))):
            if score >= threshold:
                found += _proposals(
                    heads, window, states, words, number, TYPES[index], float(score), vectors
                )
    return found


def _proposals(
    heads: Heads,
    window: Window,
    states: Floats,
    words: Sequence[str],
    number: int,
    type_: str,
    score: float,
    vectors: Floats,
) -> list[Proposal]:
    sentence, start, end = window.sentences[number]
    attributes = {
        a.name: dict(zip(a.values, map(float, heads.attribute(i, vectors)), strict=True))
        for i, a in enumerate(ATTRIBUTES)
        if a.type == type_
    }
    local = [
        (role, a + start, b + start, p) for role, a, b, p in _spans(type_, heads, states[start:end])
    ]
    pointed = _pointers(heads, window, states, number, type_, vectors)
    as_roles = [_tagged(window, span, pointed) for span in local]
    as_roles += _remote(window, words, local, pointed)
    groups = _groups(heads, type_, local, states)
    return [
        Proposal(
            type_, sentence, score, attributes,
            [role for i, role in enumerate(as_roles) if i >= len(local) or i in group],
            g,
        )
        for g, group in enumerate(groups)
    ]  # fmt: skip


def _spans(type_: str, heads: Heads, states: Floats) -> Iterator[tuple[str, int, int, float]]:
    """Role spans of a sentence with their probabilities, from the best tag of each word."""
    scores = heads.tags(type_, states)
    for role, start, end in role_spans(type_, best_tags(scores)):
        column = 1 + 2 * TAGS[type_].index(role)
        inside = scores[start:end, column : column + 2]
        yield role, start, end, float(np.exp(inside).sum(axis=1).mean())


def role_spans(type_: str, tags: Sequence[int]) -> Iterator[tuple[str, int, int]]:
    """Role, start and end of what is tagged: words of one role are joined.

    Two phrases with nothing between them are one: "build" beside "batteries".

    Example:
        >>> list(role_spans("partnership", [1, 2, 1, 0, 3, 3]))
        [('partners', 0, 2), ('partners', 2, 3), ('fields', 4, 6)]
    """
    roles = TAGS[type_]
    start = 0
    while start < len(tags):
        if tags[start] == 0:
            start += 1
            continue
        role, end = (tags[start] - 1) // 2, start + 1
        goes_on = {2 * role + 2} | ({2 * role + 1} if roles[role] in PHRASES else set())
        while end < len(tags) and tags[end] in goes_on:
            end += 1
        yield roles[role], start, end
        start = end


def best_tags(scores: Floats) -> list[int]:
    """The best legal sequence of tags: an I tag needs a B or I of its role before it.

    Args:
        scores: (words, tags) log probabilities, or what differs from them by a number a word.
    """
    roles = scores.shape[1] // 2
    allowed = np.zeros((2 * roles + 1, 2 * roles + 1), dtype=np.float32)
    for role in range(roles):
        inside = 2 * role + 2
        allowed[:, inside] = -np.inf
        allowed[inside - 1, inside] = allowed[inside, inside] = 0.0
    total = scores[0].copy()
    total[2::2] = -np.inf
    back = np.zeros(scores.shape, dtype=np.int64)
    for i in range(1, len(scores)):
        step = total[:, None] + allowed
        back[i] = step.argmax(axis=0)
        total = step.max(axis=0) + scores[i]
    tags = [int(total.argmax())]
    for i in range(len(scores) - 1, 0, -1):
        tags.append(int(back[i][tags[-1]]))
    return tags[::-1]


def _pointers(
    heads: Heads, window: Window, states: Floats, number: int, type_: str, vectors: Floats
) -> dict[str, Floats]:
    """For each role that can be pointed at, the probability of each word of the window."""
    relative = relative_to(window, number)
    return {
        pointer.role: heads.pointer(index, vectors, states, relative)
        for index, pointer in enumerate(POINTERS)
        if pointer.type == type_
    }


def _tagged(
    window: Window, span: tuple[str, int, int, float], pointed: Mapping[str, Floats]
) -> Role:
    role, start, end, score = span
    if role in pointed:
        score = (score + float(pointed[role][start:end].mean())) / 2
    return Role(role, int(window.words[start]), int(window.words[end - 1]) + 1, score, True)


def _remote(
    window: Window,
    words: Sequence[str],
    local: Sequence[tuple[str, int, int, float]],
    pointed: Mapping[str, Floats],
    floor: float = 0.3,
) -> Iterator[Role]:
    """Runs of words, anywhere in the window but in tagged spans, that point at the event."""
    free = np.array([is_candidate(words[i]) for i in window.words])
    for _, start, end, _ in local:
        free[start:end] = False
    edges = {start for _, start, _ in window.sentences}
    for role, scores in pointed.items():
        on = (scores >= floor) & free
        start = 0
        while start < len(on):
            if not on[start]:
                start += 1
                continue
            end = start + 1
            while end < len(on) and on[end] and end not in edges:
                end += 1
            first, last = int(window.words[start]), int(window.words[end - 1])
            yield Role(role, first, last + 1, float(scores[start:end].mean()), False)
            start = end


def relative_to(window: Window, number: int) -> Ints:
    """For each word an index into `RELATIVE`: where it stands from a sentence of the window."""
    relative = np.zeros(len(window.words), dtype=np.int64)
    for other, (sentence, start, end) in enumerate(window.sentences):
        if other == number:
            name = "same"
        elif sentence == 0:
            name = "headline"
        elif abs(other - number) == 1:
            name = "previous" if other < number else "next"
        else:
            name = "before" if other < number else "after"
        relative[start:end] = RELATIVE.index(name)
    return relative


@lru_cache(maxsize=1 << 14)
def is_candidate(word: str) -> bool:
    """Whether a word can be part of a name or a number."""
    return word[0].isupper() or any(c.isdigit() or c.isupper() for c in word) or word in "$€£¥&"


def _groups(
    heads: Heads, type_: str, local: Sequence[tuple[str, int, int, float]], states: Floats
) -> list[set[int]]:
    """Split a sentence's role spans into records: the largest sets of spans that are all linked."""
    everything = set(range(len(local)))
    keys = [i for i, span in enumerate(local) if span[0] in LINKED[type_]]
    if len(keys) < 3 or len(keys) > 12:
        return [everything]
    vectors = np.stack([states[local[i][1] : local[i][2]].mean(axis=0) for i in keys])
    linked = heads.link(type_, vectors) >= 0.35
    sets = sorted(_cliques(linked), key=lambda s: (-len(s), sorted(s)))
    if len(sets) == 1:
        return [everything]
    rest = everything - set(keys)
    return [{keys[i] for i in chosen} | rest for chosen in sets if len(chosen) > 1] or [everything]


#: The roles that tell records of one type apart.
LINKED: dict[str, tuple[str, ...]] = {
    "headquarters_opening": ("company", "location", "origin"),
    "partnership": ("partners",),
    "investment": ("investors", "target", "amount", "stake", "round", "location"),
}


def _cliques(linked: NDArray[np.bool_]) -> Iterator[set[int]]:
    """The maximal cliques of a small graph (Bron and Kerbosch)."""
    near = [{j for j in range(len(linked)) if j != i and linked[i, j]} for i in range(len(linked))]

    def grow(chosen: set[int], able: set[int], seen: set[int]) -> Iterator[set[int]]:
        if not able and not seen:
            yield chosen
        for i in sorted(able):
            yield from grow(chosen | {i}, able & near[i], seen & near[i])
            able = able - {i}
            seen = seen | {i}

    yield from grow(set(), set(range(len(linked))), set())


def sigmoid(x: Any) -> Any:
    """The logistic function."""
    return 1.0 / (1.0 + np.exp(-np.clip(x, -30, 30)))


def softmax(x: Floats) -> Floats:
    """The softmax of a vector."""
    e = np.exp(x - x.max())
    return cast(Floats, e / e.sum())
