"""`bizextract_relations`: events proposed by rules.

Every frame (see `bizextract._frames`) is applied to every sentence: its triggers are looked up,
their conditions tried, and their roles filled along paths over the dependency tree. What is known
of the types stands in the frames; this module knows none of them by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import srsly
from spacy.language import Language
from spacy.tokens import Doc, Token

from bizextract import _lexicon
from bizextract._frames import Condition, Frame, RolePath, RoleSpec, Trigger, load_frames
from bizextract.components.circumstances import circumstances
from bizextract.components.extensions import ENTITIES_KEY, Event, Role, set_extensions
from bizextract.components.fillers import Filler, Fillers
from bizextract.components.sentences import dateline_end, doc_sentences
from bizextract.components.syntax import ends_phrase, is_headline, reach

_LEAST = 0.18
"""Fillers with a lower score than this are not proposed."""

_WELL = 0.4
"""Where a role has a filler with this score, those found by proximity alone are dropped."""


@Language.factory(
    "bizextract_relations",
    requires=["token.dep", "token.tag", "token.lemma", "doc.spans"],
    assigns=["doc._.bizextract_events"],
    default_config={"frames": [], "shipped": True, "spans_key": ENTITIES_KEY},
)
def create_relations(
    nlp: Language, name: str, frames: list[str], shipped: bool, spans_key: str
) -> RelationFinder:
    """Build the component `RelationFinder`; see there."""
    return RelationFinder(nlp, name, frames=frames, shipped=shipped, spans_key=spans_key)


class RelationFinder:
    """Proposes events by the rules of frames and appends them to ``doc._.bizextract_events``.

    Args:
        nlp: The pipeline that it stands in; it needs a tagger, a parser and a lemmatizer.
        name: Its name there.
        frames: Frame files of one's own; one of a shipped type replaces the shipped frame.
        shipped: Whether the shipped frames are applied too.
        spans_key: The span group of entities that it reads.

    Example:
        >>> from bizextract._base import load_base
        >>> nlp = load_base()
        >>> for pipe in ("bizextract_entities", "bizextract_mentions", "bizextract_relations"):
        ...     _ = nlp.add_pipe(pipe)
        >>> doc = nlp("Acme Foods Ltd. will open a headquarters in Lyon.")
        >>> event = doc._.bizextract_events[0]
        >>> event["type"], [(r["role"], doc[r["start"]:r["end"]].text) for r in event["roles"]]
        ('headquarters_opening', [('company', 'Acme Foods Ltd.'), ('location', 'Lyon')])
    """

    def __init__(
        self,
        nlp: Language,
        name: str = "bizextract_relations",
        *,
        frames: Sequence[str | Path] = (),
        shipped: bool = True,
        spans_key: str = ENTITIES_KEY,
    ) -> None:
        set_extensions()
        self.name = name
        self.spans_key = spans_key
        self.use(load_frames(frames, shipped=shipped))

    def use(self, frames: Iterable[Frame]) -> None:
        """Take other frames, one a type."""
        self.frames = tuple(frames)
        self._rules = [_Rules(frame) for frame in self.frames]

    def __call__(self, doc: Doc) -> Doc:
        """Propose the events of a document."""
        self.set_annotations(doc, self.propose(doc))
        return doc

    def propose(self, doc: Doc) -> list[Event]:
        """Give the events that the frames find, in order of appearance; changes nothing."""
        fillers = Fillers(doc, self.spans_key)
        events = []
        texts = [token.text for token in doc]
        for start, end in doc_sentences(doc):
            passage = _Passage(doc, (dateline_end(texts, start), end), fillers)
            for rules in self._rules:
                events += rules.propose(passage, [start, end])
        return events

    def set_annotations(self, doc: Doc, events: list[Event]) -> None:
        """Append proposed events to those that stand on the document."""
        doc._.bizextract_events = [*doc._.bizextract_events, *events]

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Serialise the frames."""
        data: bytes = srsly.msgpack_dumps([f.model_dump(mode="json") for f in self.frames])
        return data

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> RelationFinder:
        """Load what `to_bytes` gave."""
        self.use(Frame.model_validate(f) for f in srsly.msgpack_loads(data))
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the frames to a folder."""
        Path(path).mkdir(parents=True, exist_ok=True)
        frames = [f.model_dump(mode="json") for f in self.frames]
        srsly.write_json(Path(path) / "frames.json", frames)

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> RelationFinder:
        """Load what `to_disk` wrote."""
        self.use(Frame.model_validate(f) for f in srsly.read_json(Path(path) / "frames.json"))
        return self


@dataclass(frozen=True)
class _Passage:
    """One sentence of a document, without a dateline, with its fillers."""

    doc: Doc
    sentence: tuple[int, int]
    fillers: Fillers


@dataclass
class _Hit:
    """A trigger's words in a sentence; the head is the last word that carries the syntax."""

    trigger: Trigger
    start: int
    end: int
    head: Token
    beside: list[Token] = field(default_factory=list)
    roles: dict[str, list[Filler]] = field(default_factory=dict)


class _Rules:
    """One frame, made ready for looking up."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self._by_first: dict[str, list[tuple[list[str], Trigger]]] = {}
        for trigger in frame.triggers:
            for phrase in frame.expand(trigger.words):
                words = phrase.split(" ")
                # Inflected forms, for words that the tagger takes for something else.
                for form in _lexicon.word_forms(words[0]):
                    self._by_first.setdefault(form, []).append((words, trigger))
        self._paths = {t.id: frame.paths(t) for t in frame.triggers}

    def propose(self, passage: _Passage, sent: list[int]) -> list[Event]:
        best: dict[int, list[Event]] = {}
        for hit in self._hits(passage):
            if not self._holds(hit, passage):
                continue
            events = self._events(hit, passage)
            known = best.get(hit.head.i, [])
            if events and (not known or self._rank(known[0]) < self._rank(events[0])):
                best[hit.head.i] = [Event(**{**e, "sent": sent}) for e in events]
        return [event for i in sorted(best) for event in best[i]]

    def _rank(self, event: Event) -> tuple[int, float]:
        """Which of two readings of a trigger is better: the one that fills more anchors."""
        filled = sum(role["role"] in self.frame.anchors for role in event["roles"])
        return min(filled, 2), event["score"]

    def _hits(self, passage: _Passage) -> Iterator[_Hit]:
        doc, (start, end) = passage.doc, passage.sentence
        for i in range(start, end):
            token = doc[i]
            found = [
                (words, t)
                for form in dict.fromkeys((token.lower_, token.lemma_.lower()))
                for words, t in self._by_first.get(form, ())
                if _matches(doc, i, end, words)
            ]
            found.sort(key=lambda entry: len(entry[0]))
            for words, trigger in {t.id: (words, t) for words, t in found}.values():
                stop = _end_of(doc, i, words)
                head = _head(doc, i, stop)
                if passage.fillers.is_part_of_name(i, stop):
                    continue
                if _has_pos(head, trigger, len(words) > 1):
                    yield _Hit(trigger, i, stop, head)

    def _holds(self, hit: _Hit, passage: _Passage) -> bool:
        for number, condition in enumerate(hit.trigger.beside):
            met = self._met_by(hit, condition, passage, guessed=True)
            if met is None:
                return False
            if number == 0:
                hit.beside.append(met)
        barred = (*hit.trigger.without, *self.frame.without)
        return not any(self._met_by(hit, condition, passage) for condition in barred)

    def _met_by(
        self, hit: _Hit, condition: Condition, passage: _Passage, *, guessed: bool = False
    ) -> Token | None:
        """The word that meets a condition, the nearest by path first; None where it fails.

        With `guessed`, a place that no gazetteer knows may be a name of another kind.
        """
        words = self.frame.expand(condition.words)
        others = self.frame.expand(condition.other)
        for path in condition.at:
            for reached in reach(hit.head, path, passage.sentence, hit.beside):
                token = reached.token
                if condition.within and abs(token.i - hit.head.i) > condition.within:
                    continue
                if hit.start <= token.i < hit.end and not path.startswith("self"):
                    continue
                if words and ends_phrase(token, words):
                    return token
                if self._is_kind(token, condition, others, passage, guessed):
                    return token
        return None

    def _is_kind(
        self,
        token: Token,
        condition: Condition,
        others: tuple[str, ...],
        passage: _Passage,
        guessed: bool,
    ) -> bool:
        entity = passage.fillers.entity_at(token.i)
        if entity is not None:
            start, end, label = entity
            if label in condition.labels:
                return True
            named = guessed and "NAME" in condition.labels
            kinds = (*condition.places, "unknown") if named else condition.places
            return label == "PLACE" and bool(kinds) and passage.fillers.is_place(start, end, kinds)
        return bool(others) and token.pos_ == "NOUN" and not ends_phrase(token, others)

    def _events(self, hit: _Hit, passage: _Passage) -> list[Event]:
        taken: set[int] = set()
        for role, paths in self._paths[hit.trigger.id].items():
            found = self._fill(hit, paths, self.frame.roles[role], passage, taken)
            if found:
                hit.roles[role] = found
                if role in self.frame.anchors:
                    taken |= {i for f in found for i in range(f.start, f.end)}
        score = self._score(hit)
        if score is None:
            return []
        several = [r for r in hit.roles if self.frame.roles[r].each and len(hit.roles[r]) > 1]
        if not several:
            return [self._to_event(hit, score, passage)]
        role, found = several[0], hit.roles[several[0]]
        events = []
        for filler in found:
            hit.roles = {**hit.roles, role: [filler]}
            events.append(self._to_event(hit, score, passage))
        return events

    def _to_event(self, hit: _Hit, score: float, passage: _Passage) -> Event:
        roles = [
            Role(role=role, start=f.start, end=f.end, score=round(f.score, 3))
            for role, found in hit.roles.items()
            for f in found
        ]
        roles += circumstances(hit.head, passage.sentence, passage.fillers)
        return Event(
            type=self.frame.type,
            source="rules",
            rule=hit.trigger.id,
            score=round(score, 3),
            sent=list(passage.sentence),
            trigger=[hit.start, hit.end],
            status=hit.trigger.status,
            kind=hit.trigger.kind or self._hint("kind", hit, passage),
            scope=hit.trigger.scope or self._hint("scope", hit, passage),
            cues=[],
            roles=roles,
        )

    def _fill(
        self,
        hit: _Hit,
        paths: Iterable[RolePath],
        spec: RoleSpec,
        passage: _Passage,
        taken: set[int],
    ) -> list[Filler]:
        found: dict[int, Filler] = {}
        for path in paths:
            for reached in reach(hit.head, path.path, passage.sentence, hit.beside):
                place = reached.token.i
                if hit.start <= place < hit.end or (place in taken and not spec.shares):
                    continue
                for filler in passage.fillers.find(reached.token, spec, path):
                    score = filler.score * reached.score * path.weight
                    known = found.get(filler.start)
                    if score >= _LEAST and (known is None or known.score < score):
                        found[filler.start] = Filler(filler.start, filler.end, score, filler.named)
        ranked = sorted(found.values(), key=lambda f: (-f.score, abs(f.start - hit.head.i)))
        if spec.each:
            return [f for f in ranked if f.score > 0.85 * ranked[0].score] if ranked else []
        if not spec.many:
            return ranked[:1]
        if sum(f.score >= _WELL for f in ranked) >= 1:
            ranked = [f for f in ranked if f.score >= _WELL]
        return sorted(ranked, key=lambda f: f.start)

    def _score(self, hit: _Hit) -> float | None:
        """How far the event is to be believed; None where too few anchors are filled."""
        needs = self.frame.least if hit.trigger.needs is None else hit.trigger.needs
        anchors = [f.score for role in self.frame.anchors for f in hit.roles.get(role, ())]
        if len(anchors) < needs:
            return None
        if not anchors:
            return 0.3 * hit.trigger.score
        return hit.trigger.score * sum(anchors) / len(anchors)

    def _hint(self, slot: str, hit: _Hit, passage: _Passage) -> str | None:
        for hint in self.frame.hints:
            if hint.slot == slot and all(self._met_by(hit, c, passage) for c in hint.when):
                return hint.value
        return None


def _matches(doc: Doc, start: int, limit: int, words: list[str]) -> bool:
    return _end_of(doc, start, words) <= limit and _end_of(doc, start, words) > start


def _end_of(doc: Doc, start: int, words: list[str]) -> int:
    """Where a phrase that begins at a token ends, hyphens and line breaks between its words
    or not; the token itself where it does not stand there."""
    place = start + 1
    for word in words[1:]:
        while place < len(doc) and (doc[place].text == "-" or doc[place].text == "\n"):
            place += 1
        if place >= len(doc) or word not in (doc[place].lower_, doc[place].lemma_.lower()):
            return start
        place += 1
    return place


def _head(doc: Doc, start: int, end: int) -> Token:
    """The word of a phrase that the others hang on."""
    inside = [t for t in doc[start:end] if not start <= t.head.i < end or t.head == t]
    return inside[-1] if inside else doc[end - 1]


def _has_pos(head: Token, trigger: Trigger, phrase: bool) -> bool:
    if phrase and trigger.pos == ("VERB",) and head.doc[head.i + 1 : head.i + 2].text == "-":
        return False
    if trigger.heads and head.dep_ in {"compound", "nmod"} and head.head.i > head.i:
        return False
    if not trigger.pos or head.pos_ in trigger.pos or phrase:
        return True
    if "NOUN" in trigger.pos and head.pos_ == "PROPN":
        return True
    # In headlines the tagger takes verbs for names or nouns.
    verbal = head.lower_ not in trigger.words or head.doc[head.i - 1].lower_ == "to"
    return (
        "VERB" in trigger.pos
        and head.pos_ in {"PROPN", "NOUN", "ADJ"}
        and verbal
        and (is_headline(head))
    )
