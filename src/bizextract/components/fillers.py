"""From a word that syntax puts in a role to the words that fill it.

A name fills it as it stands. A noun that describes a name gives way to it ("the Spanish lender,
Banco Cierzo"); one that speaks for an organisation gives way to that ("executives of Acme"); a
group gives way to its members ("investors including A and B"). What is left, "the company" or
"it", fills the role as a mention, for the assembly to resolve.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from spacy.tokens import Doc, Token

from bizextract import _lexicon
from bizextract._frames import RolePath, RoleSpec
from bizextract.components.extensions import ENTITIES_KEY
from bizextract.components.syntax import NOMINAL, agents, conjuncts, is_headline, owners
from bizextract.normalize import places

_FROM_NER = {
    "ORG": "ORG",
    "PERSON": "PERSON",
    "GPE": "PLACE",
    "LOC": "PLACE",
    "MONEY": "MONEY",
    "PERCENT": "PERCENT",
    "DATE": "DATE",
    "FAC": "FACILITY",
    "PRODUCT": "NAME",
}
_NAMES = frozenset({"ORG", "PERSON", "PLACE", "NAME", "FACILITY"})
_MODIFIES = frozenset({"compound", "nmod"})
_MENTION = 0.7
_DESCRIBED = 0.95
_MEMBER = 0.9
_SPOKEN_FOR = 0.85
_INSIDE = 0.75
_DESCRIPTION = 6
_CODE = re.compile(r"[A-Z0-9][A-Za-z0-9_]*\.[A-Z]{1,3}")


@dataclass(frozen=True, slots=True)
class Filler:
    """Words that may fill a role: token offsets, how well they fit, and whether they are a name."""

    start: int
    end: int
    score: float
    named: bool


class Fillers:
    """Finds fillers in one document.

    Args:
        doc: A parsed document.
        spans_key: The span group of entities; ``doc.ents`` serve where it is missing.
    """

    def __init__(self, doc: Doc, spans_key: str = ENTITIES_KEY) -> None:
        self.doc = doc
        words = _lexicon.read_json("fillers.json")
        self._speakers = frozenset(words["speakers"])
        self._groups = frozenset(words["groups"])
        self._including = frozenset(words["including"])
        self._such_as = frozenset(words["such_as"])
        self._determiners = frozenset(words["determiners"])
        self._entity: dict[int, tuple[int, int, str]] = {}
        for start, end, label in _entities(doc, spans_key):
            for i in range(start, end):
                self._entity.setdefault(i, (start, end, label))
        for start, end, label in sorted(set(self._entity.values())):
            if label in _NAMES and end < len(doc) and _is_code(doc[end]):
                # "Acme ACME.UL": the parser takes the code for the head of the name.
                self._entity.setdefault(end, (start, end, label))
        self._lists = _name_lists(doc, sorted(set(self._entity.values())))
        self._mentions = {
            i: (m[0], m[1])
            for cluster in doc._.bizextract_clusters
            for m in cluster["mentions"]
            for i in range(m[0], m[1])
        }

    def entity_at(self, i: int) -> tuple[int, int, str] | None:
        """The entity that covers a token: its offsets and label."""
        return self._entity.get(i)

    def is_part_of_name(self, start: int, end: int) -> bool:
        """Whether some words are part of a longer name."""
        entity = self.entity_at(start)
        return (
            entity is not None
            and entity[2] in _NAMES - {"FACILITY"}
            and (entity[0] < start or entity[1] > end)
        )

    def find(self, head: Token, spec: RoleSpec, path: RolePath) -> list[Filler]:
        """Give the fillers that a word leads to.

        Args:
            head: The word that a path reached.
            spec: What the role takes.
            path: The path, for what it alone takes.

        Returns:
            Fillers, each once, in order of appearance.
        """
        found: dict[int, Filler] = {}
        is_one = spec.phrase and head.dep_ in _MODIFIES  # "oil and gas" of "oil and gas venture"
        several = not is_one and ((spec.many and spec.spread) or spec.each)
        for one in conjuncts(head) if several else (head,):
            if spec.phrase and self._follows_aside(one):
                continue
            for filler in self._of(one, spec, path, 0):
                _keep_best(found, filler)
        if several:
            lists = [self._lists.get(filler.start, ()) for filler in found.values()]
            for entity in dict.fromkeys(itertools.chain.from_iterable(lists)):
                for other in _scaled(self._entity_filler(entity, spec, path), 0.9):
                    _keep_best(found, other)
        return [found[k] for k in sorted(found)]

    def _of(self, head: Token, spec: RoleSpec, path: RolePath, depth: int) -> Iterator[Filler]:
        entity = self.entity_at(head.i)
        if entity is not None:
            yield from self._entity_filler(entity, spec, path)
            return
        if spec.phrase:
            yield from self._phrase(head, spec)
            return
        if depth < 3 and head.pos_ in NOMINAL:
            through = list(self._through(head, spec, path, depth))
            if through:
                yield from through
                return
        yield from self._name_shaped(head, spec, path)
        yield from self._mention(head, spec, path)

    def _entity_filler(
        self, entity: tuple[int, int, str], spec: RoleSpec, path: RolePath
    ) -> Iterator[Filler]:
        start, end, label = entity
        weight = spec.accepts.get(label, 0.0)
        if label == "PLACE" and self.is_place(start, end, ("unknown",)):
            # The recogniser's guess at a name that no gazetteer knows.
            weight = max(weight, 0.9 * spec.accepts.get("NAME", 0.0))
            if path.labels and not path.places and "NAME" in path.labels:
                label = "NAME"
        if path.labels and label not in path.labels:
            return
        if path.places and not self.is_place(start, end, path.places):
            return
        if label == "PERSON" and not spec.officers and self._has_office(start, end):
            return
        if weight and not self._is_followed_by(end, spec.unless_before):
            while label in _NAMES and start > 0 and self._continues_name(start - 1, end):
                start -= 1
            yield Filler(start, end, weight, True)

    def _has_office(self, start: int, end: int) -> bool:
        """Whether a name has an office beside it: "CEO Jane Doe", "Jane Doe, its chairman,"."""
        before = self.doc[max(0, start - 1) : start]
        after = itertools.takewhile(lambda t: t.text != ",", self.doc[end + 1 : end + _DESCRIPTION])
        aside = after if self.doc[end : end + 1].text == "," else ()
        return any(t.lemma_.lower() in self._speakers for t in itertools.chain(before, aside))

    def _follows_aside(self, word: Token) -> bool:
        """Whether a phrase comes after "as well as", which joins clauses as often as phrases."""
        start = word.left_edge.i
        return self.doc[max(0, start - 3) : start].text.lower() == "as well as"

    def _is_followed_by(self, end: int, phrases: tuple[str, ...]) -> bool:
        following = self.doc[end : end + 2].text.lower()
        return any(following == p or following.startswith(p + " ") for p in phrases)

    def is_place(self, start: int, end: int, kinds: tuple[str, ...]) -> bool:
        """Whether some words are a place of one of some kinds; "unknown" is a kind."""
        known = places.lookup_place(self.doc[start:end].text)
        return (known.kind if known else "unknown") in kinds

    def _through(self, head: Token, spec: RoleSpec, path: RolePath, depth: int) -> Iterator[Filler]:
        """What a common noun stands for, where the sentence says it."""
        if head.pos_ == "PRON":
            return
        for child in head.children:
            if child.dep_ == "appos" and (e := self.entity_at(child.i)) and e[2] in _NAMES:
                found = list(self._of(child, spec, path, depth + 1))
                yield from _scaled(found, _DESCRIBED)
                if found and not (spec.many or spec.each):
                    return
        if head.dep_ == "appos" and (e := self.entity_at(head.head.i)) and e[2] in _NAMES:
            yield from _scaled(self._entity_filler(e, spec, path), _DESCRIBED)
            return
        low = head.lemma_.lower()
        if (spec.many or spec.each) and low in self._groups:
            yield from self._members(head, spec, path, depth)
        elif (spec.many or spec.each) and head.tag_ == "NNS":
            yield from self._examples(head, spec, path, depth)
        if low in self._speakers:
            yield from self._spoken_for(head, spec, path, depth)
        elif not spec.refers:
            yield from self._inside(head, spec, path)

    def _members(self, head: Token, spec: RoleSpec, path: RolePath, depth: int) -> Iterator[Filler]:
        """Members of a group: "of A and B", "including A", "led by A"."""
        for child in head.children:
            if child.dep_ == "prep" and child.lower_ in self._including:
                yield from self._each(_objects(child), spec, path, depth)
            elif child.dep_ == "acl" and child.tag_ == "VBN":
                led_by = (reached.token for reached in agents(child))
                yield from self._each(led_by, spec, path, depth)

    def _examples(
        self, head: Token, spec: RoleSpec, path: RolePath, depth: int
    ) -> Iterator[Filler]:
        """Some of what a plural noun stands for: "startups including A and B", "such as A"."""
        for child in head.children:
            such = any(c.lower_ == "such" for c in child.children)
            if child.dep_ == "prep" and (such or child.lower_ in self._such_as):
                yield from self._each(_objects(child), spec, path, depth)

    def _each(
        self, members: Iterable[Token], spec: RoleSpec, path: RolePath, depth: int
    ) -> Iterator[Filler]:
        """The fillers of some members and of what is joined to them."""
        for member in members:
            for one in conjuncts(member):
                yield from _scaled(self._of(one, spec, path, depth + 1), _MEMBER)

    def _spoken_for(
        self, head: Token, spec: RoleSpec, path: RolePath, depth: int
    ) -> Iterator[Filler]:
        """The organisation that its chief, board or shareholders speak for."""
        possessors = [reached.token for reached in owners(head)]
        for child in [*possessors, *head.children]:
            if child in possessors or child.dep_ in {"compound", "nmod"}:
                found = list(self._of(child, spec, path, depth + 1))
                if found:
                    yield from _scaled(found[:1], _SPOKEN_FOR)
                    return
            elif child.dep_ == "prep" and child.lower_ in {"of", "at", "for"}:
                for owner in _objects(child):
                    yield from _scaled(self._of(owner, spec, path, depth + 1), _SPOKEN_FOR)
                    return

    def _inside(self, head: Token, spec: RoleSpec, path: RolePath) -> Iterator[Filler]:
        """Values and places inside of a noun phrase: "the Boston area", "a $60 million plant"."""
        for child in head.lefts:
            entity = self.entity_at(child.i)
            if entity is not None and child.dep_ in {"compound", "nmod", "nummod", "poss"}:
                yield from _scaled(self._entity_filler(entity, spec, path), _INSIDE)

    def _name_shaped(self, head: Token, spec: RoleSpec, path: RolePath) -> Iterator[Filler]:
        weight = spec.accepts.get("NAME", 0.0)
        if not weight or (path.labels and "NAME" not in path.labels) or path.places:
            return
        if not head.text[:1].isupper() or head.is_stop or not head.is_alpha:
            return
        if head.pos_ != "PROPN" and not (head.pos_ in {"NOUN", "ADJ"} and is_headline(head)):
            return
        start = head.i
        while start > head.sent.start and self._continues_name(start - 1, head.i + 1):
            start -= 1
        yield Filler(start, head.i + 1, 0.9 * weight, True)

    def _continues_name(self, i: int, end: int) -> bool:
        """Whether a token is the part of a name before others that end at ``end``."""
        token = self.doc[i]
        return (
            token.pos_ == "PROPN"
            and token.dep_ in {"compound", "nmod"}
            and i < token.head.i < end
            and i not in self._entity
        )

    def _mention(self, head: Token, spec: RoleSpec, path: RolePath) -> Iterator[Filler]:
        if not spec.refers or path.names:
            return
        mention = self._mentions.get(head.i)
        if mention is not None:
            yield Filler(mention[0], mention[1], _MENTION, False)
        elif head.pos_ == "PRON" and head.lower_ not in {"who", "that", "which", "what", "there"}:
            yield Filler(head.i, head.i + 1, 0.6 * _MENTION, False)
        elif head.pos_ == "NOUN" and (start := self._definite(head)) is not None:
            yield Filler(start, head.i + 1, 0.6 * _MENTION, False)

    def _definite(self, head: Token) -> int | None:
        """Where a definite noun phrase starts; None where it is not definite."""
        lefts = list(head.lefts)
        if lefts and lefts[0].lower_ in self._determiners:
            return lefts[0].i
        return None

    def _phrase(self, head: Token, spec: RoleSpec) -> Iterator[Filler]:
        if head.pos_ not in {"NOUN", "PROPN"}:
            return
        if head.dep_ in _MODIFIES:
            yield from self._modifier(head, spec)
            return
        bare = not any(c.dep_ in {"compound", "amod"} for c in head.lefts)
        if bare and head.lemma_.lower() in spec.hollow:
            for prep in (c for c in head.children if c.dep_ == "prep" and c.lower_ in {"of", "in"}):
                for one in _objects(prep):
                    for member in conjuncts(one):
                        yield from self._phrase(member, spec)
            return
        yield Filler(self._phrase_start(head), head.i + 1, 0.8, True)

    def _modifier(self, head: Token, spec: RoleSpec) -> Iterator[Filler]:
        """The nouns before another, as one: "iron ore" of "iron ore venture", "oil and gas" too.

        They may hang on the noun one by one, or each on the next.
        """
        siblings = [c for c in head.head.lefts if c.dep_ in _MODIFIES and c.pos_ == "NOUN"]
        if head not in siblings[-1:] or head.lemma_.lower() in spec.hollow:
            return
        start = self._phrase_start(head)
        for one in reversed(siblings[:-1]):
            if one.i + 1 != start or one.i in self._entity:
                break
            start = self._phrase_start(one)
        if not self.doc[start].like_num:
            end = max(t.i for t in conjuncts(head) if t.i < head.head.i) + 1
            yield Filler(start, end, 0.8, True)

    def _phrase_start(self, head: Token) -> int:
        """Where a noun with what stands before it begins, without articles and owners."""
        left = min(
            (t.i for t in head.lefts if t.dep_ not in {"det", "poss", "predet", "cc"}),
            default=head.i,
        )
        while left < head.i and (self.doc[left].is_punct or self.doc[left].is_space):
            left += 1
        return left


def _objects(prep: Token) -> Iterator[Token]:
    return (child for child in prep.children if child.dep_ == "pobj")


def _keep_best(found: dict[int, Filler], filler: Filler) -> None:
    known = found.get(filler.start)
    if known is None or known.score < filler.score:
        found[filler.start] = filler


Entity = tuple[int, int, str]


def _name_lists(doc: Doc, entities: list[Entity]) -> dict[int, list[Entity]]:
    """Names that stand in one list, "A ( A.N ), Dutch bank B and C", by the start of each.

    Tickers and descriptions between them break the parser's coordination; words do not.
    """
    named = [e for e in entities if e[2] in {"ORG", "PERSON", "NAME", "PLACE"}]
    lists: dict[int, list[Entity]] = {}
    run: list[Entity] = []
    joined = False
    for entity, following in itertools.pairwise([*named, (len(doc), len(doc), "")]):
        run = run or [entity]
        link = _link(doc, entity[1], following[0]) if following[2] else ""
        joined = joined or link == "and"
        if link:
            run.append(following)
        if link != ",":
            if joined:
                members = run[:-1] if _starts_clause(doc, run) else run
                lists.update({e[0]: members for e in members if len(members) > 1})
            run, joined = [], False
    return lists


def _link(doc: Doc, start: int, end: int) -> str:
    """What joins two names: "," or "and"; empty where they stand in no list."""
    words = [t for t in doc[start:end] if not t.is_space and not _is_code(t)]
    if words and words[0].text == "(":
        close = next((k for k, t in enumerate(words) if t.text == ")"), len(words))
        words = words[close + 1 :]
    joins = ""
    while words and words[0].lower_ in {",", "and", "or", "&"}:
        joins = "and" if words[0].text != "," else joins or ","
        words = words[1:]
    plain = all(t.pos_ in {"NOUN", "ADJ", "DET", "PART", "PROPN"} for t in words)
    return joins if plain and len(words) <= _DESCRIPTION else ""


def _starts_clause(doc: Doc, run: list[Entity]) -> bool:
    """Whether the last name is the subject of what follows: "a deal with A, and B said"."""
    end = run[-1][1]
    under = doc[run[0][0] : run[0][1]].root.dep_ in {"pobj", "dobj"}
    return under and end < len(doc) and doc[end].tag_ in {"VBD", "VBZ", "VBP", "MD"}


def _is_code(token: Token) -> bool:
    """Whether a token is a stock code of the newswire, such as ``ACME.UL``."""
    return _CODE.fullmatch(token.text) is not None


def _scaled(found: Iterator[Filler] | list[Filler], factor: float) -> Iterator[Filler]:
    for f in found:
        yield Filler(f.start, f.end, f.score * factor, f.named)


def _entities(doc: Doc, spans_key: str) -> Iterator[tuple[int, int, str]]:
    if spans_key in doc.spans:
        for span in doc.spans[spans_key]:
            yield span.start, span.end, span.label_
        return
    for ent in doc.ents:
        if ent.label_ in _FROM_NER:
            yield ent.start, ent.end, _FROM_NER[ent.label_]
