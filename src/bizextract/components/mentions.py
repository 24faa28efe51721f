"""`bizextract_mentions`: who is who in a document.

Names of one organisation, person or place form a cluster, and nominal mentions and pronouns
("the company", "the Chinese Internet giant", "the duo", "it", "the city") join the cluster, or
the clusters, that they most likely stand for. An undecided mention joins none.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from spacy.language import Language
from spacy.tokens import Doc, Span

from bizextract import _lexicon
from bizextract.components.extensions import ENTITIES_KEY, Cluster, set_extensions, source_of
from bizextract.normalize import names, places
from bizextract.normalize.aliases import AliasIndex

_CLUSTERED = ("ORG", "PERSON", "NAME", "PLACE")
_PARTS = frozenset({",", ".", ";", ":", "(", ")"})
_LOOK_BACK = 3
"""How many sentences back a mention may reach for the name that it stands for."""


@dataclass
class _Group:
    label: str
    number: int
    names: list[Span] = field(default_factory=list)
    others: list[tuple[int, int]] = field(default_factory=list)
    traits: set[str] = field(default_factory=set)
    countries: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Nominal:
    start: int
    end: int
    head: str
    plural: bool
    place: bool
    words: frozenset[str]
    country: str | None


@Language.factory(
    "bizextract_mentions",
    requires=["doc.spans"],
    default_config={"spans_key": ENTITIES_KEY},
)
def create_mentions(nlp: Language, name: str, spans_key: str) -> MentionLinker:
    """Build the component `MentionLinker`; see there."""
    return MentionLinker(nlp, name, spans_key=spans_key)


class MentionLinker:
    """Joins the mentions of a document in clusters, ``doc._.bizextract_clusters``.

    Needs sentence boundaries and the span group of `bizextract.components.entities`.

    Args:
        nlp: The pipeline that it stands in.
        name: Its name there.
        spans_key: The span group that it reads, ``"bizextract_entities"`` by default.

    Example:
        >>> import spacy
        >>> nlp = spacy.blank("en")
        >>> for pipe in ("sentencizer", "bizextract_entities", "bizextract_mentions"):
        ...     _ = nlp.add_pipe(pipe)
        >>> doc = nlp("Acme Foods Ltd. grew. The company will open an office in Lyon.")
        >>> [[doc[a:b].text for a, b in c["mentions"]] for c in doc._.bizextract_clusters]
        [['Acme Foods Ltd.', 'The company'], ['Lyon']]
    """

    def __init__(
        self,
        nlp: Language,
        name: str = "bizextract_mentions",
        *,
        spans_key: str = ENTITIES_KEY,
    ) -> None:
        set_extensions()
        self.name = name
        self.spans_key = spans_key
        words = _lexicon.read_json("nominals.json")
        self._org_singular = frozenset(words["organisation"]["singular"])
        self._org_plural = frozenset(words["organisation"]["plural"])
        self._place_singular = frozenset(words["place"]["singular"])
        self._determiners = frozenset(words["determiners"])
        self._pronouns_singular = frozenset(words["pronouns"]["singular"])
        self._pronouns_plural = frozenset(words["pronouns"]["plural"])

    def __call__(self, doc: Doc) -> Doc:
        """Cluster the mentions of a document."""
        doc._.bizextract_clusters = self.link(doc)
        return doc

    def link(self, doc: Doc) -> list[Cluster]:
        """Give the clusters of a document; changes nothing."""
        groups = self._cluster_names(doc)
        sentence_of = _sentence_index(doc)
        for nominal in self._nominals(doc):
            for group in self._resolve(nominal, groups, sentence_of):
                group.others.append((nominal.start, nominal.end))
        return [_to_cluster(doc, group) for group in groups]

    def _cluster_names(self, doc: Doc) -> list[_Group]:
        spans = [s for s in doc.spans.get(self.spans_key, []) if s.label_ in _CLUSTERED]
        groups: list[_Group] = []
        longer: AliasIndex[_Group] = AliasIndex()
        by_key: dict[tuple[str, bool], _Group] = {}
        # A name with a legal suffix is whole: it shortens no other ("Fiat SpA" is not "Fiat Auto").
        whole = {names.name_key(s.text) for s in spans if names.strip_legal(s.text) != s.text}
        first = _first_in_body(doc, spans)
        introduced = _introduced(doc, spans)
        # Long names first, so that a short one meets the name that it shortens.
        for span in sorted(spans, key=lambda s: (-len(names.name_key(s.text)), s.start)):
            place = span.label_ == "PLACE"
            key = (names.name_key(span.text), place)
            group = by_key.get(key) or by_key.get((introduced.get(key[0], ""), place))
            if group is None and key[0] not in whole:
                group = self._long_form(span, longer, first)
            if group is None:
                group = _Group(label=span.label_, number=len(groups))
                groups.append(group)
            by_key.setdefault(key, group)
            group.names.append(span)
            longer.add(span.text, group)
            if group.label == "NAME":
                group.label = span.label_
            self._describe(doc, span, group)
        for group in groups:
            group.names.sort(key=lambda s: s.start)
        return sorted(groups, key=lambda g: g.names[0].start)

    def _long_form(
        self, span: Span, longer: AliasIndex[_Group], first: dict[str, int]
    ) -> _Group | None:
        found = {
            group.number: group
            for name, group in longer.find(span.text)
            if (group.label == "PLACE") == (span.label_ == "PLACE")
            and {group.label, span.label_} != {"ORG", "PERSON"}
            and not _is_other(span, name, first)
        }
        fits = [found[number] for number in sorted(found)]
        if len(fits) < 2:
            return fits[0] if fits else None
        before = [g for g in fits if any(s.start < span.start for s in g.names)]
        if not before:
            return min(fits, key=lambda g: min(s.start for s in g.names))
        return max(before, key=lambda g: max(s.start for s in g.names if s.start < span.start))

    def _describe(self, doc: Doc, span: Span, group: _Group) -> None:
        """Collect what stands beside a name: "French food group X", "X, a Dutch bank"."""
        left = doc[max(0, span.start - 5) : span.start]
        # What a comma or stop parts from the name tells of another: "X, a Dutch bank, met Y".
        parted = [t.i for t in left if t.text in _PARTS and (t.text != "," or t.i + 1 < left.end)]
        left = doc[parted[-1] + 1 if parted else left.start : span.start]
        right = doc[span.end : span.end + 9]
        words = [t.lower_ for t in left]
        if right.text.startswith((",", "(")):
            words += [t.lower_ for t in right]
        group.traits.update(w for w in words if w in self._org_singular)
        group.traits.update(t.lower_ for t in span if t.lower_ in self._org_singular)
        for token in [*left[-4:], *(right[:6] if right.text.startswith(",") else [])]:
            country = places.country_of_demonym(token.text)
            if country is None and token.i + 1 < len(doc) and doc[token.i + 1].text in {"'s", "’s"}:
                found = places.lookup_place(token.text)
                country = found.country if found else None
            if country:
                group.countries.add(country)

    def _nominals(self, doc: Doc) -> Iterator[_Nominal]:
        taken = {
            i
            for s in doc.spans.get(self.spans_key, [])
            if s.label_ in _CLUSTERED
            for i in range(s.start, s.end)
        }
        i = 0
        while i < len(doc):
            found = None if i in taken else self._nominal_at(doc, i, taken)
            if found is not None:
                yield found
            i = found.end if found is not None else i + 1

    def _nominal_at(self, doc: Doc, i: int, taken: set[int]) -> _Nominal | None:
        low = doc[i].lower_
        if low in self._pronouns_singular or (
            low in self._pronouns_plural
            and not (low == "both" and i + 1 < len(doc) and doc[i + 1].is_alpha)
        ):
            plural = low in self._pronouns_plural
            return _Nominal(i, i + 1, low, plural, False, frozenset(), None)
        follower = doc[i + 1].lower_ if i + 1 < len(doc) else ""
        if low not in self._determiners or follower in self._determiners:
            return None
        for j in range(i + 1, min(i + 7, len(doc))):
            word = doc[j].lower_
            if j in taken or not (doc[j].is_alpha or word in {"-", "’s", "'s"} or "-" in word):
                return None
            nxt = doc[j + 1] if j + 1 < len(doc) else None
            if nxt is not None and self._continues(doc, j, nxt.lower_):
                continue
            plural = word in self._org_plural
            org = plural or word in self._org_singular
            if org or word in self._place_singular:
                inner = frozenset(t.lower_ for t in doc[i + 1 : j + 1])
                country = next(
                    filter(None, (places.country_of_demonym(t.text) for t in doc[i + 1 : j])), None
                )
                return _Nominal(i, j + 1, word, plural, not org, inner, country)
            if doc[j].is_stop and word not in {"two", "three", "other", "new"}:
                return None
        return None

    def _continues(self, doc: Doc, j: int, following: str) -> bool:
        """Whether the noun phrase goes on after token ``j`` with another head noun."""
        heads = self._org_singular | self._org_plural | self._place_singular
        if following in heads or following == "-":
            return True
        if not doc.has_annotation("TAG"):
            return False
        return doc[j + 1].pos_ in {"NOUN", "PROPN"} and doc[j].pos_ in {"NOUN", "ADJ", "PROPN"}

    def _resolve(
        self, nominal: _Nominal, groups: list[_Group], sentence_of: list[int]
    ) -> list[_Group]:
        wanted = {"PLACE"} if nominal.place else {"ORG", "NAME"}
        ranked = sorted(
            (
                (score, k)
                for k, g in enumerate(groups)
                if g.label in wanted
                and (score := self._salience(nominal, g, sentence_of)) is not None
            ),
            reverse=True,
        )
        if not nominal.plural:
            return [groups[k] for _, k in ranked[:1]]
        count = 3 if nominal.words & {"three", "trio"} or nominal.head in {"three", "trio"} else 2
        near = self._latest_sentence_with(
            count, nominal, [k for _, k in ranked], groups, sentence_of
        )
        return [groups[k] for _, k in ranked if k in near][:count] if len(near) >= count else []

    def _salience(self, nominal: _Nominal, group: _Group, sentence_of: list[int]) -> float | None:
        """How well a cluster fits a mention that comes after one of its names; None: not at all."""
        before = [s for s in group.names if s.end <= nominal.start]
        before_any = [s.start for s in before] + [a for a, _ in group.others if a < nominal.start]
        if not before:
            return None
        here = sentence_of[nominal.start]
        distance = here - sentence_of[max(before_any)]
        if distance > _LOOK_BACK and not (nominal.words & group.traits) and distance < here:
            return None
        last = before[-1]
        leads = last.start < 6 or sentence_of[last.start - 6] != sentence_of[last.start]
        score = -1.2 * min(distance, 6) + 0.6 * math.log1p(len(before_any))
        score += 1.5 if leads else 0.0
        if nominal.head in group.traits and nominal.head != "company":
            score += 2.5
        if nominal.country:
            score += (
                2.5 if nominal.country in group.countries else (-3.0 if group.countries else -0.5)
            )
        return score

    def _latest_sentence_with(
        self,
        count: int,
        nominal: _Nominal,
        ranked: list[int],
        groups: list[_Group],
        sentence_of: list[int],
    ) -> set[int]:
        here = sentence_of[nominal.start]
        for back in range(_LOOK_BACK + 1):
            inside = {
                k
                for k in ranked
                if any(
                    sentence_of[s.start] == here - back and s.end <= nominal.start
                    for s in groups[k].names
                )
            }
            if len(inside) >= count:
                return inside
        return set()


def _introduced(doc: Doc, spans: list[Span]) -> dict[str, str]:
    """Short forms that a text gives in brackets, "Tarnovo Metals (Tarmet)": key to the long key."""
    found = {}
    for long, short in pairwise(sorted(spans, key=lambda s: s.start)):
        around = [doc[i].text for i in (long.end, short.end) if i < len(doc)]
        follows = around == ["(", ")"] and short.start == long.end + 1
        whole = names.strip_legal(long.text) != long.text
        if (
            follows
            and " " not in short.text
            and (whole or names.abbreviates(short.text, long.text))
        ):
            found[names.name_key(short.text)] = names.name_key(long.text)
    return found


def _first_in_body(doc: Doc, spans: list[Span]) -> dict[str, int]:
    """For each name, by its key, the first token of it below the first line."""
    line = next((t.i for t in doc if "\n" in t.text), 0)
    first: dict[str, int] = {}
    for span in spans:
        if span.start >= line:
            first.setdefault(names.name_key(span.text), span.start)
    return first


def _is_other(short: Span, long: str, first: dict[str, int]) -> bool:
    """Whether a name and a longer one are two: "Nokia" told of before "Nokia Siemens Networks".

    A text gives a name in full before it shortens it.
    """
    few, many = names.name_key(short.text).split(), names.name_key(long).split()
    if short.label_ == "PLACE" or many[: len(few)] != few or not few:
        return False
    told, full = first.get(" ".join(few)), first.get(" ".join(many))
    more = " ".join(many[len(few) :])
    return told is not None and full is not None and told < full and names.tells_apart(more)


def _sentence_index(doc: Doc) -> list[int]:
    index = []
    current = -1
    for token in doc:
        if token.is_sent_start or current < 0:
            current += 1
        index.append(current)
    return index


def _to_cluster(doc: Doc, group: _Group) -> Cluster:
    """The fullest name first: the longest, one not in capitals, the earliest where equal."""
    text, starts = source_of(doc)
    forms: dict[str, int] = {}
    for span in group.names:
        forms.setdefault(" ".join(_as_told(span, text, starts).split()), span.start)
    fullest = sorted(forms, key=lambda f: (-len(f.split()), -len(f), f.isupper(), forms[f]))
    mentions: list[list[int]] = sorted(
        [[s.start, s.end] for s in group.names] + [[a, b] for a, b in group.others]
    )
    return Cluster(name=fullest[0], aliases=fullest[1:], label=group.label, mentions=mentions)


def _as_told(span: Span, text: str, starts: list[int]) -> str:
    """A name's words as the text has them, where its headline is in capitals."""
    told = text[starts[span.start] : starts[span.start] + len(span.text)]
    return told if told.casefold() == span.text.casefold() else span.text
