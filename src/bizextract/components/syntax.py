"""Walks over a dependency tree: the steps that frame paths are made of.

Each step goes from one token to others and says how far that is to be believed, 0 to 1: less for
what is inherited from another verb, least for what merely stands near. Steps never leave the
sentence of the parser, but for those that look near, which take the caller's sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from spacy.tokens import Token

from bizextract._frames import Words, steps_of

_INHERITED = 0.9
_NEAR = 0.55
_BESIDE = 0.4
_NEAR_TOKENS = 25
_TELLING = 3
"""A preposition of so many words is the event's own, however far away it stands."""
_CLIMB = 12
_LOOSE = 0.45
_DOWN = frozenset(
    {
        "prt",
        "advmod",
        "dobj",
        "obj",
        "dative",
        "oprd",
        "attr",
        "nsubjpass",
        "pobj",
        "xcomp",
        "appos",
    }
)
_BOUND = frozenset({"it", "they", "itself"})
_TIGHT = frozenset({"into", "to", "on", "under"})

OBJECT = frozenset({"dobj", "obj", "dative", "oprd"})
PREDICATE = frozenset({"attr", "acomp"})
INSIDE_NOUN = frozenset({"compound", "nmod", "amod", "poss", "conj", "nummod", "npadvmod"})
CLAUSES = frozenset({"ccomp", "relcl", "parataxis"})
VERBAL = frozenset({"VERB", "AUX"})
NOMINAL = frozenset({"NOUN", "PROPN", "PRON", "NUM", "SYM"})


@dataclass(frozen=True, slots=True)
class Reached:
    """A token at the end of a path, and how far it is to be believed."""

    token: Token
    score: float


def reach(
    start: Token, path: str, sentence: tuple[int, int], beside: Sequence[Token] = ()
) -> list[Reached]:
    """Walk a path.

    Args:
        start: Where the path begins.
        path: Steps joined by ``/``; see `bizextract._frames.STEPS`.
        sentence: Token offsets that the steps which look near keep to.
        beside: Where paths begin whose first step is ``beside``.

    Returns:
        What the path reaches, the most believable first, each token once.
    """
    found = [Reached(start, 1.0)]
    for name, words in steps_of(path):
        if name == "beside":
            found = [Reached(token, 1.0) for token in beside]
            continue
        step = STEP_FUNCTIONS[name]
        best: dict[int, Reached] = {}
        for origin in found:
            for hit in step(origin.token, words, sentence):
                score = origin.score * hit.score
                if hit.token.i not in best or best[hit.token.i].score < score:
                    best[hit.token.i] = Reached(hit.token, score)
        found = list(best.values())
    return sorted(found, key=lambda r: (-r.score, abs(r.token.i - start.i)))


# verbs


def is_verb(token: Token) -> bool:
    """Whether a token is a verb that governs something."""
    return token.pos_ in VERBAL and token.dep_ not in {"aux", "auxpass"}


def is_infinitive(verb: Token) -> bool:
    """Whether a verb has ``to`` before it."""
    return any(c.tag_ == "TO" for c in verb.lefts)


def governing_verb(token: Token) -> tuple[Token | None, str]:
    """Find the verb that governs a noun, and how.

    Returns:
        The verb, or None, and ``"object"``, ``"subject"``, ``"predicate"`` or ``"oblique"``;
        ``"self"`` where the token is a verb.
    """
    if is_verb(token):
        return token, "self"
    relation = ""
    for _ in range(_CLIMB):
        dep, head = token.dep_, token.head
        if dep == "appos" and head.pos_ == "PROPN":
            return None, ""
        if dep in OBJECT or dep == "nsubjpass":
            relation = relation or "object"
        elif dep in PREDICATE:
            relation = relation or "predicate"
        elif dep in {"nsubj", "csubj"}:
            relation = relation or "subject"
        elif dep in {"pobj", "pcomp", "prep", "agent"}:
            relation = relation or "oblique"
        elif dep not in INSIDE_NOUN and dep not in {"appos", "acl", "dep"}:
            return None, ""
        if head == token:
            return None, ""
        if is_verb(head):
            return head, relation or "oblique"
        token = head
    return None, ""


def subjects(verb: Token, depth: int = 0) -> Iterator[Reached]:
    """Give the logical subjects of a verb: of a passive, the agent."""
    if depth > 5:
        return
    kids = list(verb.children)
    own = [c for c in kids if c.dep_ in {"nsubj", "csubj"}]
    if any(c.dep_ == "nsubjpass" for c in kids):
        yield from agents(verb)
        return
    if own:
        for subject in own:
            yield from _antecedent(subject, verb)
        return
    yield from (Reached(r.token, r.score * _INHERITED) for r in _inherited(verb, depth))


def _antecedent(subject: Token, verb: Token) -> Iterator[Reached]:
    """The noun that a relative pronoun stands for; else the subject itself."""
    if subject.tag_ in {"WDT", "WP"} and verb.dep_ in {"relcl", "acl"}:
        yield Reached(verb.head, 1.0)
    elif subject.lower_ in _BOUND and (above := _subject_above(verb)):
        yield from (Reached(t, 0.95) for t in above)
    elif subject.lower_ not in {"there", "what"}:
        yield Reached(subject, 1.0)


def _subject_above(verb: Token) -> list[Token]:
    """The subjects of the verb that reports this one: "Acme said it would …"."""
    if verb.dep_ != "ccomp" or not is_verb(verb.head):
        return []
    found = [r.token for r in subjects(verb.head, 3)]
    return [t for t in found if t.pos_ in {"NOUN", "PROPN"}]


def owners(noun: Token, depth: int = 0) -> Iterator[Reached]:
    """The possessor of a noun; of "its", the subject of the clause where it has one."""
    for child in noun.children:
        if child.dep_ != "poss":
            continue
        verb, relation = governing_verb(noun)
        bound: list[Reached] = []
        if child.lower_ in {"its", "their"} and verb is not None and relation != "subject":
            bound = [r for r in subjects(verb, depth + 1) if r.token != child]
        elif child.lower_ in {"its", "their"} and verb is not None:
            bound = [Reached(t, 0.9) for t in _subject_above(verb)]
        if bound:
            yield from (Reached(r.token, 0.95 * r.score) for r in bound)
        else:
            yield Reached(child, 1.0)


def _inherited(verb: Token, depth: int) -> Iterator[Reached]:
    head, dep = verb.head, verb.dep_
    if dep == "acl" or (dep == "relcl" and is_infinitive(verb)):
        if is_infinitive(verb) and head.pos_ == "PROPN":
            yield Reached(head, 1.0)
        elif is_infinitive(verb):
            yield from noun_subjects(head, depth + 1)
        elif verb.tag_ == "VBN":
            yield from agents(verb)
        else:
            yield Reached(head, 1.0)
    elif dep == "pcomp":
        yield from _subjects_above(head.head, depth)
    elif dep in {"xcomp", "conj", "advcl", "ccomp", "dep", "prep", "parataxis"} and head != verb:
        yield from _subjects_above(head, depth)


def _subjects_above(head: Token, depth: int) -> Iterator[Reached]:
    if is_verb(head):
        if any(c.dep_ == "nsubjpass" for c in head.children):
            # "It was forced to move": who is made to do it does it.
            yield from (Reached(c, 0.9) for c in head.children if c.dep_ == "nsubjpass")
        yield from subjects(head, depth + 1)
    elif head.pos_ == "PROPN" or (head.text[:1].isupper() and is_headline(head)):
        # The parser makes the name the root of many a headline: "Acme to open …".
        yield Reached(head, 0.9)
    elif head.pos_ in NOMINAL:
        yield from noun_subjects(head, depth + 1)


def noun_subjects(noun: Token, depth: int = 0) -> Iterator[Reached]:
    """Give who does what a noun names: its possessor, or the subject of its verb."""
    possessors = list(owners(noun, depth))
    yield from possessors
    verb, relation = governing_verb(noun)
    if verb is not None and relation in {"object", "oblique"} and not possessors:
        yield from subjects(verb, depth + 1)


def agents(verb: Token) -> Iterator[Reached]:
    """Give what a phrase with "by" under a verb names."""
    for child in verb.children:
        if child.dep_ == "agent" or (child.dep_ == "prep" and child.lower_ == "by"):
            yield from (Reached(c, 1.0) for c in child.children if c.dep_ == "pobj")


def objects(verb: Token, depth: int = 0) -> Iterator[Reached]:
    """Give the logical objects of a verb: of a passive, the subject."""
    found = [c for c in verb.children if c.dep_ in OBJECT or c.dep_ == "nsubjpass"]
    for obj in found:
        if obj.tag_ in {"WDT", "WP"} and verb.dep_ in {"relcl", "acl"}:
            yield Reached(verb.head, 1.0)
        else:
            yield Reached(obj, 1.0)
    for obj in found:
        yield from (Reached(c, _INHERITED) for c in list(conjuncts(obj))[1:])
    if found or depth:
        return
    if verb.dep_ == "acl" and verb.tag_ == "VBN":
        yield Reached(verb.head, 1.0)
    elif verb.dep_ == "relcl":
        yield Reached(verb.head, 0.5)
    for child in verb.children:
        if child.dep_ == "conj" and is_verb(child):
            yield from (Reached(r.token, _INHERITED) for r in objects(child, depth + 1))


# steps

Step = Callable[[Token, Words, tuple[int, int]], Iterator[Reached]]


def _self(token: Token, words: Words, sentence: tuple[int, int]) -> Iterator[Reached]:
    yield Reached(token, 1.0)


def _subject(token: Token, words: Words, sentence: tuple[int, int]) -> Iterator[Reached]:
    verb, relation = governing_verb(token)
    if verb is None or relation not in {"self", "object", "oblique"}:
        return
    factor = 1.0
    if relation == "oblique":
        tight = token.dep_ == "pobj" and token.head.head == verb and token.head.lower_ in _TIGHT
        factor = _INHERITED if tight else _LOOSE
    yield from (Reached(r.token, factor * r.score) for r in subjects(verb))


def _owner(token: Token, words: Words, sentence: tuple[int, int]) -> Iterator[Reached]:
    verb, relation = governing_verb(token)
    if verb is not None and relation == "predicate":
        yield from subjects(verb)
    if token.dep_ == "appos":
        yield Reached(token.head, 0.9)


def _object(token: Token, words: Words, sentence: tuple[int, int]) -> Iterator[Reached]:
    if is_verb(token):
        yield from objects(token)


def _result(token: Token, words: Words, sentence: tuple[int, int]) -> Iterator[Reached]:
    """What an object is made: as "oprd", or as the head of a small clause."""
    for child in token.children:
        if child.dep_ in {"oprd", "attr"}:
            yield Reached(child, 1.0)
        elif child.dep_ in {"ccomp", "dobj"} and child.pos_ in NOMINAL:
            yield Reached(child, 0.8)


def _agent(token: Token, words: Words, sentence: tuple[int, int]) -> Iterator[Reached]:
    verb, _ = governing_verb(token)
    yield from agents(token)
    if verb is not None and verb != token:
        yield from agents(verb)


def _maker(token: Token, words: Words, sentence: tuple[int, int]) -> Iterator[Reached]:
    for child in token.children:
        if child.dep_ == "relcl" and is_verb(child):
            own = [c for c in child.children if c.dep_ == "nsubj" and c.tag_ not in {"WDT", "WP"}]
            yield from (Reached(c, 0.9) for c in own)
            yield from (Reached(r.token, 0.9 * r.score) for r in agents(child))
        elif child.dep_ == "acl" and child.tag_ == "VBN":
            yield from agents(child)


def _possessive(token: Token, words: Words, sentence: tuple[int, int]) -> Iterator[Reached]:
    yield from owners(token)


def _compound(token: Token, words: Words, sentence: tuple[int, int]) -> Iterator[Reached]:
    for child in token.lefts:
        if child.dep_ in {"compound", "nmod", "nummod", "quantmod", "amod", "npadvmod"}:
            yield Reached(child, 1.0)
            yield from (Reached(r.token, 0.9) for r in _compound(child, words, sentence))
    if token.dep_ == "compound":
        yield from (Reached(c, 0.9) for c in token.head.lefts if c.i < token.i)


def _modifier(token: Token, words: Words, sentence: tuple[int, int]) -> Iterator[Reached]:
    for child in token.lefts:
        if child.dep_ in {"amod", "compound", "nmod", "advmod", "nummod", "npadvmod", "det"}:
            yield Reached(child, 1.0)
            yield from _modifier(child, words, sentence)
    if token.dep_ in {"compound", "nmod"} and token.head.i > token.i:
        yield from (Reached(c, 0.9) for c in token.head.lefts if c.dep_ == "amod")


def _apposition(token: Token, words: Words, sentence: tuple[int, int]) -> Iterator[Reached]:
    yield from (Reached(c, 1.0) for c in token.children if c.dep_ == "appos")
    if token.dep_ == "appos":
        yield Reached(token.head, 1.0)
    elif token.dep_ in {"compound", "nmod"} and token.head.i > token.i:
        # "partner Acme": the parser makes the noun a modifier of the name.
        yield Reached(token.head, 1.0)


def _governor(token: Token, words: Words, sentence: tuple[int, int]) -> Iterator[Reached]:
    for _ in range(_CLIMB):
        if token.head == token:
            return
        token = token.head
        yield Reached(token, 1.0)


def _verb(token: Token, words: Words, sentence: tuple[int, int]) -> Iterator[Reached]:
    verb, _ = governing_verb(token)
    if verb is not None:
        yield Reached(verb, 1.0)


def _hood(token: Token) -> Iterator[Reached]:
    """Where a preposition of the event may hang: the word, its objects and its governing verb."""
    yield Reached(token, 1.0)
    yield from _below(token, 0.95)
    verb, relation = governing_verb(token)
    if verb is not None and verb != token and relation != "subject":
        yield Reached(verb, 0.9)
        yield from _below(verb, 0.8)


def _below(token: Token, score: float, depth: int = 0) -> Iterator[Reached]:
    for child in token.children:
        describes = child.dep_ in {"relcl", "acl"} and is_verb(child) and token.pos_ == "NOUN"
        if describes and depth < 2:
            yield Reached(child, 0.85 * score)
        elif child.dep_ in _DOWN:
            yield Reached(child, score)
            if depth < 3:
                yield from _below(child, score * 0.95, depth + 1)
        elif child.dep_ in {"prep", "agent"} and depth < 3:
            yield from _below(child, score * 0.95, depth + 1)


def _close(token: Token, words: Words, sentence: tuple[int, int]) -> Iterator[Reached]:
    for place in _hood(token):
        for child in place.token.children:
            if child.dep_ in {"prep", "agent", "dative", "prt"} and _is_word(child, words):
                yield from (Reached(c, place.score) for c in _complements(child, words))


def _prep(token: Token, words: Words, sentence: tuple[int, int]) -> Iterator[Reached]:
    seen = set()
    for hit in _close(token, words, sentence):
        seen.add(hit.token.i)
        yield hit
    for other in token.doc[token.i + 1 : sentence[1]]:
        length = _length(other, words)
        distance = other.i - token.i
        if not length or other.pos_ not in {"ADP", "SCONJ", "PART", "PROPN"}:
            continue
        if length < _TELLING and distance >= _NEAR_TOKENS:
            continue
        fades = 0.98**distance if length < _TELLING else 1.0
        for comp in _complements(other, words):
            if comp.i not in seen:
                yield Reached(comp, _NEAR * fades)


def _is_word(token: Token, words: Words) -> bool:
    return _length(token, words) > 0


def _length(token: Token, words: Words) -> int:
    """How many tokens of a preposition such as "in terms of" begin here; 0 where none does."""
    longest = 0
    for parts in _by_first(words).get(token.lower_, ()):
        here = token.doc[token.i : token.i + len(parts)]
        if [t.lower_ for t in here] == parts:
            longest = max(longest, len(parts))
    return longest


@cache
def _by_first(words: Words) -> dict[str, list[list[str]]]:
    """Phrases, in words, by their first word."""
    found: dict[str, list[list[str]]] = {}
    for phrase in words:
        parts = phrase.split(" ")
        found.setdefault(parts[0], []).append(parts)
    return found


def _complements(prep: Token, words: Words) -> Iterator[Token]:
    last = prep.doc[prep.i + max(_length(prep, words), 1) - 1]
    found = [c for c in last.children if c.dep_ in {"pobj", "pcomp"} and c.i > last.i]
    if found:
        yield from found
        return
    following = last.i + 1
    if following < len(prep.doc):
        nxt = prep.doc[following]
        while nxt.pos_ in {"DET", "ADJ"} and nxt.head.i > nxt.i:
            nxt = nxt.head
        yield nxt


def _purpose(token: Token, words: Words, sentence: tuple[int, int]) -> Iterator[Reached]:
    verb, _ = governing_verb(token)
    for place in (token, *([verb] if verb is not None and verb != token else [])):
        for child in place.children:
            if child.dep_ in {"advcl", "xcomp", "acl"} and child.i > token.i:
                yield Reached(child, 1.0)


def _subtree(token: Token, words: Words, sentence: tuple[int, int]) -> Iterator[Reached]:
    yield from (Reached(t, 1.0) for t in token.subtree)


def _clause(token: Token, words: Words, sentence: tuple[int, int]) -> Iterator[Reached]:
    """The words of the clause, without those of clauses that depend on it."""
    verb, _ = governing_verb(token)
    root = verb if verb is not None else token
    stack = [root]
    while stack:
        word = stack.pop()
        yield Reached(word, 0.8)
        stack += [
            c
            for c in word.children
            if c.dep_ not in CLAUSES and not (c.dep_ == "conj" and is_verb(c))
        ]


def _before(token: Token, words: Words, sentence: tuple[int, int]) -> Iterator[Reached]:
    for other in reversed(list(token.doc[sentence[0] : token.i])):
        yield Reached(other, _BESIDE * 0.98 ** (token.i - other.i))


def _headline(token: Token, words: Words, sentence: tuple[int, int]) -> Iterator[Reached]:
    if is_headline(token):
        yield from (Reached(r.token, r.score / _BESIDE * 0.8) for r in _before(token, (), sentence))


def _after(token: Token, words: Words, sentence: tuple[int, int]) -> Iterator[Reached]:
    for other in token.doc[token.i + 1 : sentence[1]]:
        yield Reached(other, _BESIDE * 0.98 ** (other.i - token.i))


def _sentence(token: Token, words: Words, sentence: tuple[int, int]) -> Iterator[Reached]:
    for other in token.doc[sentence[0] : sentence[1]]:
        yield Reached(other, _BESIDE * 0.98 ** abs(other.i - token.i))


STEP_FUNCTIONS: dict[str, Step] = {
    "self": _self,
    "subject": _subject,
    "owner": _owner,
    "object": _object,
    "result": _result,
    "agent": _agent,
    "maker": _maker,
    "possessive": _possessive,
    "compound": _compound,
    "modifier": _modifier,
    "apposition": _apposition,
    "governor": _governor,
    "verb": _verb,
    "prep": _prep,
    "close": _close,
    "purpose": _purpose,
    "subtree": _subtree,
    "clause": _clause,
    "before": _before,
    "after": _after,
    "headline": _headline,
    "sentence": _sentence,
}
"""What each step of `bizextract._frames.STEPS` does."""


def is_headline(token: Token) -> bool:
    """Whether a word stands in a headline: a first line that is short and has no full stop."""
    doc = token.doc
    end = next((t.i for t in doc if "\n" in t.text), len(doc))
    return token.i < end <= 30 and doc[end - 1].text not in {".", "?", '"', "”"}


def conjuncts(token: Token) -> Iterator[Token]:
    """Give a token and what is joined to it on the right: "A, B and C" from A."""
    yield token
    for child in token.children:
        if child.dep_ == "conj" and child.i > token.i:
            yield from conjuncts(child)


def ends_phrase(token: Token, phrases: Iterable[str]) -> bool:
    """Whether a token ends one of some phrases, by lemma or by form, whatever the case."""
    forms = {token.lower_, token.lemma_.lower()}
    for phrase in phrases:
        *first, last = phrase.split(" ")
        if last in forms and _precede(token, first):
            return True
    return False


def _precede(token: Token, words: list[str]) -> bool:
    place = token.i
    for word in reversed(words):
        place -= 1
        # A hyphen or the end of a line may stand between two words of a phrase.
        while place >= 0 and (token.doc[place].text == "-" or token.doc[place].text == "\n"):
            place -= 1
        if place < 0:
            return False
        other = token.doc[place]
        if word not in (other.lower_, other.lemma_.lower()):
            return False
    return True
