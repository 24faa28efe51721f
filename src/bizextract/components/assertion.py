"""`bizextract_assertion`: how far an event has come.

As in ConText, a cue has a place from which it reaches an event: auxiliaries and governing words
of its verb group, modifiers of its nouns, the predicate of which it is the subject. Without a cue,
tense decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from spacy.language import Language
from spacy.tokens import Doc, Token

from bizextract._cues import Cue, shipped_assertion
from bizextract.components.circumstances import is_leak
from bizextract.components.extensions import Event, set_extensions
from bizextract.components.syntax import (
    NOMINAL,
    ends_phrase,
    governing_verb,
    is_headline,
    is_infinitive,
    is_verb,
)

_BESIDE = 4
_REPORTED = frozenset({"ccomp", "xcomp", "parataxis", "advcl", "dep", "conj"})
_OF_STANDING = frozenset({"cancelled", "denied"})


@Language.factory(
    "bizextract_assertion",
    requires=["token.dep", "token.tag", "token.lemma"],
    assigns=["doc._.bizextract_events"],
)
def create_assertion(nlp: Language, name: str) -> AssertionFinder:
    """Build the component `AssertionFinder`; see there."""
    return AssertionFinder(nlp, name)


@dataclass
class Reach:
    """The words that can tell of an event, by where they stand.

    Attributes:
        verbs: Verbs of the event's verb group, from the trigger up.
        governors: Words above the trigger, with what they take beside the event.
        predicates: Verbs of which the event's noun is the subject.
        modifiers: Words before the event's nouns and adverbs of its verbs.
        reports: Verbs that report it.
        stands: Whether a noun names what is there already; then its verbs say little of it.
    """

    stands: bool = False
    verbs: list[Token] = field(default_factory=list)
    governors: list[Token] = field(default_factory=list)
    predicates: list[Token] = field(default_factory=list)
    modifiers: list[Token] = field(default_factory=list)
    reports: list[Token] = field(default_factory=list)


class AssertionFinder:
    """Gives each rules event without a status one, and keeps the cues that told it.

    Args:
        nlp: The pipeline that it stands in; it needs a tagger, a parser and a lemmatizer.
        name: Its name there.
    """

    def __init__(self, nlp: Language, name: str = "bizextract_assertion") -> None:
        set_extensions()
        self.name = name
        self.data = shipped_assertion()

    def __call__(self, doc: Doc) -> Doc:
        """Fill in the status of a document's events."""
        events = []
        for event in doc._.bizextract_events:
            if event["status"] is None and event["trigger"] is not None:
                status, cues = self.decide(doc, event)
                event = {**event, "status": status, "cues": [*event["cues"], *cues]}
            events.append(event)
        doc._.bizextract_events = events
        return doc

    def decide(self, doc: Doc, event: Event) -> tuple[str, list[list[int | str]]]:
        """Tell an event's status.

        Args:
            doc: Its document.
            event: An event with a trigger.

        Returns:
            The status and its cues, each as start, end and ``"status"``.
        """
        start, end = event["trigger"] or (0, 0)
        head = doc[start:end].root
        reach = self._reach(head)
        told = list(self._cues(head, reach))
        leaked = any(is_leak(v, self.data) for v in reach.reports) or self._is_attributed(head)
        for status in self.data.order:
            for token, cue in told:
                if cue.status == status:
                    if leaked and status == "planned" and not cue.firm:
                        status = "rumoured"
                    return status, [[token.i, token.i + 1, "status"]]
        return self._by_tense(head, reach, leaked), []

    def _reach(self, head: Token) -> Reach:
        found = Reach(stands=self._stands(head))
        _modifiers(head, found)
        if is_verb(head):
            found.verbs.append(head)
        token = head
        while token.head != token:
            below, token = token, token.head
            if _is_boundary(below, token):
                break
            if not is_verb(token):
                found.governors.append(token)
                if token.pos_ in NOMINAL:
                    _modifiers(token, found)
            elif below.dep_ in {"nsubj", "nsubjpass"}:
                self._predicate(below, token, found)
                break
            elif self._reports(below, token):
                found.reports.append(token)
                found.governors.append(token)
            else:
                self._add_verb(below, token, found)
        found.reports += [v for v in head.ancestors if self._reports(v, v)]
        return found

    def _add_verb(self, below: Token, verb: Token, found: Reach) -> None:
        first = not found.verbs
        if not (first and below.dep_ == "prep" and verb.tag_ == "VBG"):
            # "is bidding in alliance with B": the bid is not the alliance.
            found.governors.append(verb)
        found.governors += _beside(verb, below)
        if not found.reports:
            found.verbs.append(verb)
            _modifiers(verb, found)

    def _stands(self, head: Token) -> bool:
        """Whether a noun names what is there already: "through its venture with B"."""
        if is_verb(head):
            return False
        verb, relation = governing_verb(head)
        if verb is None or relation in {"subject", "predicate"}:
            return False
        lemma = verb.lemma_.lower()
        if lemma in self.data.standing:
            return True
        tight = head.dep_ != "pobj" or head.head.lower_ not in self.data.aside
        definite = any(
            c.dep_ == "poss" or (c.dep_ == "det" and c.lower_ in {"the", "this", "that"})
            for c in head.lefts
        )
        made = relation == "object" and lemma in self.data.light
        return not tight or (definite and not made)

    def _predicate(self, below: Token, verb: Token, found: Reach) -> None:
        """A noun that is a subject: what is said of it, if it is the event's own."""
        found.predicates.append(verb)
        found.predicates += [c for c in verb.children if c.dep_ in {"acomp", "attr"}]
        found.verbs.append(verb)
        _modifiers(verb, found)

    def _reports(self, below: Token, verb: Token) -> bool:
        if not is_verb(verb) or verb.lemma_.lower() not in self.data.reporting:
            return False
        return below == verb or below.dep_ in _REPORTED

    def _cues(self, head: Token, reach: Reach) -> Iterator[tuple[Token, Cue]]:
        places = {
            "self": [head],
            "auxiliary": [c for v in reach.verbs for c in v.children if c.dep_ == "aux"],
            "governor": reach.governors,
            "modifier": reach.modifiers,
            "predicate": reach.predicates,
            "beside": list(head.doc[max(head.sent.start, head.i - _BESIDE) : head.i]),
        }
        for cue in self.data.cues:
            for place in cue.at:
                if reach.stands and place != "modifier" and cue.status not in _OF_STANDING:
                    continue
                for token in places[place]:
                    if place == "self" and _particles(token):
                        continue
                    if ends_phrase(token, cue.words) or _with_particle(token, cue.words):
                        yield token, cue
        yield from self._negations(head, reach)

    def _is_attributed(self, head: Token) -> bool:
        """Whether a phrase beside the sentence names a leak: "according to sources", ": report"."""
        doc, sent = head.doc, head.sent
        for token in sent:
            if token.lower_ == "according" or (token.text == ":" and is_headline(token)):
                after = doc[token.i + 1 : min(token.i + 8, len(doc))]
                if any(t.lower_ in self.data.leaks for t in after):
                    return True
        return False

    def _negations(self, head: Token, reach: Reach) -> Iterator[tuple[Token, Cue]]:
        light = self.data.light
        for verb in reach.verbs:
            if verb != head and verb.lemma_.lower() not in light and not self._intends(verb):
                continue
            for child in verb.children:
                if child.dep_ == "neg" and child.lower_ != "only":
                    yield child, _NEGATION

    def _intends(self, verb: Token) -> bool:
        return any(
            cue.status in {"planned", "rumoured"}
            and "governor" in cue.at
            and ends_phrase(verb, cue.words)
            for cue in self.data.cues
        )

    def _by_tense(self, head: Token, reach: Reach, leaked: bool) -> str:
        verb = head if is_verb(head) else governing_verb(head)[0]
        relation = governing_verb(head)[1]
        if verb is None:
            return "completed"
        lemma = verb.lemma_.lower()
        if reach.stands:
            return "completed"
        if relation in {"object", "oblique"} and lemma in self.data.reporting:
            return "planned" if head.lemma_.lower() in self.data.ahead else "completed"
        if relation == "subject" or (relation == "oblique" and verb.tag_ == "VBG"):
            return "completed"
        return self._of_verb(verb, lemma, leaked)

    def _of_verb(self, verb: Token, lemma: str, leaked: bool) -> str:
        undecided = "rumoured" if leaked else "planned"
        if verb.tag_ == "VBG":
            if any(c.dep_ == "aux" for c in verb.children) or verb.dep_ == "ROOT":
                return "completed" if lemma in self.data.underway else undecided
            return "completed"
        if is_infinitive(verb) and not any(c.lower_ == "have" for c in verb.lefts):
            return undecided
        if verb.tag_ == "VB" and verb.dep_ == "conj" and verb.head.tag_ == "VB":
            return undecided
        return "completed"


_NEGATION = Cue(id="not", status="denied", words=("not",), at=("auxiliary",))


def _is_boundary(below: Token, above: Token) -> bool:
    """Whether what stands above tells nothing of the event below."""
    if below.dep_ == "relcl" or (below.dep_ == "appos" and above.pos_ == "PROPN"):
        return True
    if below.dep_ == "poss":
        return True
    if below.dep_ == "acl" and below.tag_ in {"VBN", "VBG"} and above.pos_ == "PROPN":
        return True
    if below.dep_ == "conj" and is_verb(below):
        return not (
            below.tag_ == above.tag_
            and not any(c.dep_ in {"nsubj", "aux", "nsubjpass"} for c in below.children)
        )
    return (
        below.dep_ == "advcl"
        and not is_infinitive(below)
        and any(c.dep_ in {"nsubj", "nsubjpass", "mark"} for c in below.children)
    )


def _modifiers(token: Token, found: Reach) -> None:
    for child in token.children:
        if (
            child.dep_ in {"amod", "advmod", "det", "compound", "nmod", "mark"}
            and child.pos_ != "PROPN"
        ):
            found.modifiers.append(child)
            if child.dep_ in {"amod", "compound"}:
                found.modifiers += [c for c in child.children if c.dep_ == "advmod"]


def _beside(verb: Token, below: Token) -> Iterator[Token]:
    """What a verb takes beside the event: "in talks to", "has plans to"."""
    for child in verb.children:
        if child == below or child.i > below.i:
            continue
        if child.dep_ in {"dobj", "attr", "acomp", "prt"}:
            yield child
        elif child.dep_ == "prep" and child.lower_ in {"in", "on", "at", "of"}:
            yield from (c for c in child.children if c.dep_ == "pobj")


def _particles(token: Token) -> set[str]:
    return {c.lower_ for c in token.children if c.dep_ == "prt"}


def _with_particle(token: Token, phrases: tuple[str, ...]) -> bool:
    """Whether a verb and a particle or adverb of it make a phrase: "pulled … out"."""
    if not is_verb(token):
        return False
    lemma = token.lemma_.lower()
    small = {c.lower_ for c in token.children if c.dep_ in {"advmod", "prep"}}
    small |= _particles(token)
    return any(f"{lemma} {word}" in phrases for word in small)
