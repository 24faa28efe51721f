"""`bizextract_entities`: the spans that can fill a role, as one labelled span group.

Labels are ORG, PERSON, PLACE, NAME (name-shaped, nothing more known), MONEY, PERCENT, DATE,
COUNT, ROUND, FACILITY and TICKER. They come from, in order of trust: the normalisers' finders, the
patterns of ``data/en/entities.jsonl``, the entity recogniser of the base pipeline where there is
one, the gazetteer, and the shape of words. What is an organisation once in a document is one
everywhere in it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import srsly
from spacy.language import Language
from spacy.matcher import Matcher
from spacy.tokens import Doc, Span, SpanGroup, Token
from spacy.util import filter_spans

from bizextract import _lexicon
from bizextract._text import zones
from bizextract.components.extensions import ENTITIES_KEY, set_extensions, source_of
from bizextract.components.sentences import dateline_end, starts_of
from bizextract.normalize import dates, money, names, numbers, places
from bizextract.normalize.aliases import AliasIndex

_TICKER = re.compile(
    r"\(\s?(?:[A-Z]{2,10}(?:\s[A-Z]{2,10})?\s?:\s?[A-Za-z0-9.\-]{1,10}"
    r"|[A-Z0-9][A-Za-z0-9_]{0,8}\.[A-Za-z]{1,3})\s?\)"
)
_RIC = re.compile(r"[A-Z0-9]{1,8}[a-z]?\.[A-Z]{1,3}(?:[A-Z0-9]{1,8}\.[A-Z]{1,3})*")
_RIC_HEAD = re.compile(r"[A-Z0-9]{2,8}[a-z]")
_RIC_TAIL = re.compile(r"[A-Z]{1,3}")
_ATTRIBUTES = frozenset({"based", "listed", "owned", "backed", "controlled", "run", "traded"})
_FROM_NER = {
    "ORG": "ORG",
    "PERSON": "PERSON",
    "GPE": "PLACE",
    "LOC": "PLACE",
    "FAC": "FACILITY",
    "PRODUCT": "NAME",
    "WORK_OF_ART": "NAME",
    "EVENT": "NAME",
}
_ACRONYM = re.compile(r"\b[A-Z](?:[A-Z]{2,5}|[A-Z]?&[A-Z]{1,2})\b")
_ACRONYMS = "bizextract_acronyms"
_OPENERS = frozenset(
    ["the", "a", "an", "if", "but", "when", "while", "although", "though", "because", "since",
     "unless", "whether", "however", "both"]
)  # fmt: skip
"""Words before a name that a recogniser may take in with it."""
_JOINERS = frozenset({"and", "of", "for", "the"})
"""Words that stand inside of names; none ends one."""
_VENTURES = frozenset(_lexicon.read_json("nominals.json")["ventures"])
_STRETCH = 800  # tokens
_PARTIES = frozenset({"company", "partners", "investors", "target"})
_TAGGED = 0.5
"""The least score of words in a role that are taken for one name."""
_SURE = 5
"""What a code or a legal suffix says of a name, in mentions that the recogniser labels."""
_NAMED = frozenset({"ORG", "PERSON", "PLACE", "NAME"})
_CAMEL = re.compile(
    r"[a-z]+[A-Z]\w*|\w+\.(?:com|org|net|io|ai|cn|de|co)|[A-Z]&[A-Z]|[A-Z][\w.]*|\d+[A-Z][a-z]\w*"
)


@dataclass(frozen=True)
class _Candidate:
    start: int
    end: int
    label: str
    trust: int


@Language.factory(
    "bizextract_entities",
    assigns=["doc.spans", "doc._.bizextract_furniture"],
    default_config={"spans_key": ENTITIES_KEY, "overwrite_ents": False},
)
def create_entities(nlp: Language, name: str, spans_key: str, overwrite_ents: bool) -> EntityFinder:
    """Build the component `EntityFinder`; see there."""
    return EntityFinder(nlp, name, spans_key=spans_key, overwrite_ents=overwrite_ents)


class EntityFinder:
    """Finds the spans that can fill a role.

    Works with or without an entity recogniser and a tagger before it; both make it better.

    Args:
        nlp: The pipeline that it stands in.
        name: Its name there.
        spans_key: The span group that it writes, ``"bizextract_entities"`` by default.
        overwrite_ents: Whether to write the named entities to ``doc.ents`` too.

    Example:
        >>> import spacy
        >>> nlp = spacy.blank("en")
        >>> _ = nlp.add_pipe("bizextract_entities")
        >>> doc = nlp("Acme Foods Ltd. will invest $12m in Lyon.")
        >>> [(s.text, s.label_) for s in doc.spans["bizextract_entities"]]
        [('Acme Foods Ltd.', 'ORG'), ('$12m', 'MONEY'), ('Lyon', 'PLACE')]
    """

    def __init__(
        self,
        nlp: Language,
        name: str = "bizextract_entities",
        *,
        spans_key: str = ENTITIES_KEY,
        overwrite_ents: bool = False,
    ) -> None:
        set_extensions()
        self.name = name
        self.spans_key = spans_key
        self.overwrite_ents = overwrite_ents
        self._patterns: list[dict[str, Any]] = []
        self._matcher = Matcher(nlp.vocab, validate=True)
        self._words = _lexicon.read_json("names.json")
        self._titles = frozenset(self._words["common_capitalised"])
        self._particles = frozenset(self._words["particles"])
        self._inside = self._particles | frozenset(self._words["inside_names"])
        self._headline = frozenset(self._words["headline_words"])
        self._nothing = frozenset(self._words["says_nothing"])
        # "Miner", "Carmaker": words for who makes or does something, not parts of names.
        singular = _lexicon.read_json("nominals.json")["organisation"]["singular"]
        self._trades = frozenset(word for word in singular if word.endswith(("er", "or")))
        self._trades |= frozenset(self._words["descriptors"])
        self.add_patterns(_lexicon.read_jsonl("entities.jsonl"))

    def add_patterns(self, patterns: Iterable[dict[str, Any]]) -> None:
        """Add patterns of one's own to the shipped ones.

        Args:
            patterns: Dicts with ``id``, ``label`` and ``pattern``, a token pattern of
                `spacy.matcher.Matcher`.
        """
        for entry in patterns:
            self._patterns.append(entry)
            self._matcher.add(_key(entry), [entry["pattern"]], greedy="LONGEST")

    def __call__(self, doc: Doc) -> Doc:
        """Find the entities of a document and set them."""
        doc._.bizextract_furniture = furniture_of(doc)
        self.set_annotations(doc, self.match(doc))
        return doc

    def match(self, doc: Doc) -> list[Span]:
        """Find the entities of a document, in order; changes nothing."""
        titled = {i for a, b in _title_case_lines(doc) for i in range(a, b)}
        candidates = [
            *self._from_values(doc),
            *self._from_patterns(doc),
            *self._from_ner(doc, titled),
        ]
        candidates += self._from_reader(doc, candidates)
        candidates += _joined(doc)
        furniture, datelines = furniture_of(doc), list(_datelines(doc))
        text, offsets = source_of(doc)
        terms = names.terms_abbreviated(text)
        taken = [c for c in _resolve(candidates) if not self._says_nothing(doc, c, terms)]
        covered = {i for c in taken for i in range(c.start, c.end)}
        found = self._name_runs(doc, covered | titled)
        runs = [c for c in found if not self._says_nothing(doc, c, terms)]
        spans = [
            Span(doc, c.start, c.end, label=c.label)
            for c in sorted([*taken, *runs], key=_order)
            if not stands_in(offsets[c.start], furniture)
            and not stands_in(doc[c.start].idx, datelines)
        ]
        return _one_label_a_name(doc, spans)

    def _says_nothing(self, doc: Doc, candidate: _Candidate, terms: frozenset[str]) -> bool:
        """Whether a name is none: a news agency's signature, a legal suffix or a letter alone.

        Nor is the abbreviation of a term, such as "IPO", or one that the text itself introduces.
        """
        if candidate.label not in _NAMED:
            return False
        text = doc[candidate.start : candidate.end].text
        return len(text) < 2 or text.lower() in self._nothing or text in terms

    def set_annotations(self, doc: Doc, spans: list[Span]) -> None:
        """Write spans to the span group, and to ``doc.ents`` if that was asked for."""
        doc.spans[self.spans_key] = SpanGroup(doc, name=self.spans_key, spans=spans)
        if self.overwrite_ents:
            doc.ents = filter_spans([s for s in spans if s.label_ != "NAME"])

    def _from_values(self, doc: Doc) -> Iterator[_Candidate]:
        finders: list[tuple[str, Callable[[str], Iterable[Any]]]] = [
            ("MONEY", money.find_money),
            ("PERCENT", numbers.find_percents),
            ("COUNT", numbers.find_counts),
            ("DATE", lambda text: dates.find_dates(text, None)),
            ("TICKER", _TICKER.finditer),
        ]
        for label, find in finders:
            for match in find(doc.text):
                start, end = _offsets(match)
                span = doc.char_span(start, end, label=label, alignment_mode="expand")
                if span is not None and len(span):
                    yield _Candidate(span.start, span.end, label, 0)

    def _matches(self, doc: Doc) -> Iterator[tuple[int, int, int]]:
        """Match the patterns, in stretches of sentences where a document is long.

        A run of words that all look like names costs the matcher the square of its length.
        """
        if len(doc) <= _STRETCH:
            yield from self._matcher(doc)
            return
        starts = [start for start in starts_of(doc) if start]
        first = 0
        for start, following in pairwise([*starts, len(doc), len(doc) + _STRETCH]):
            if following - first > _STRETCH:
                for key, a, b in self._matcher(doc[first:start]):
                    yield key, first + a, first + b
                first = start

    def _from_patterns(self, doc: Doc) -> Iterator[_Candidate]:
        for key, start, end in self._matches(doc):
            label = doc.vocab.strings[key].split("||")[0]
            if label == "ORG":
                end = next((i for i in range(start + 1, end) if self._ends_name(doc[i])), end)
                start = self._after_descriptor(doc, _after_attribute(doc, start, end), end)
            start, end = self._whole(doc, *_trim(doc, start, end))
            if end > start and not _crosses_line(doc, start, end):
                yield _Candidate(start, end, label, 1)

    def _from_ner(self, doc: Doc, titled: set[int]) -> Iterator[_Candidate]:
        # In title case, the recogniser runs on: "Stork Group Form Joint Venture".
        for ent in doc.ents:
            label = _FROM_NER.get(ent.label_)
            if label is None or _crosses_line(doc, ent.start, ent.end):
                continue
            start, end = _trim(doc, ent.start, ent.end)
            if start == end:  # of dots alone
                continue
            start = self._after_descriptor(doc, _after_attribute(doc, start, end), end)
            parted = label in {"ORG", "PERSON"} or any(_is_code(t) for t in doc[start:end])
            in_line = start in titled
            pieces = self._pieces(doc, start, end, in_line) if parted else [(start, end)]
            for piece in pieces:
                for a, b in _parts(doc, *self._whole(doc, *_trim(doc, *piece))):
                    if any(_is_name_shaped(t) for t in doc[a:b]):
                        yield _Candidate(a, b, label, 2)

    def _from_reader(self, doc: Doc, known: list[_Candidate]) -> Iterator[_Candidate]:
        """Names that the reader tags as one where the others see parts: "NBC Universal"."""
        for role, start, end in _tagged_names(doc):
            start, end = _trim(doc, start, end)
            while end > start and not _is_part(doc[end - 1]):
                end -= 1
            while end > start and not _is_name_shaped(doc[start]):
                start += 1
            if end - start < 2 or _crosses_line(doc, start, end):
                continue
            if any(not _is_part(t) or self._ends_name(t) for t in doc[start:end]):
                continue
            parts = [c for c in known if c.start < end and c.end > start]
            inside = all(c.start >= start and c.end <= end and c.label in _NAMED for c in parts)
            if inside and not any((c.start, c.end) == (start, end) for c in parts):
                is_org = role != "target" or any(c.label == "ORG" for c in parts)
                start = self._after_descriptor(doc, start, end)
                for a, b in _parts(doc, start, end):
                    yield _Candidate(a, b, "ORG" if is_org else "NAME", 1)

    def _pieces(
        self, doc: Doc, start: int, end: int, capitalised: bool
    ) -> Iterator[tuple[int, int]]:
        """Cut what the recogniser took for one name where a word ends a name."""
        first = start
        for i in range(start + 1, end):
            if capitalised and doc[i].lower_ in self._headline:
                if first < i:
                    yield first, i
                first = i + 1
                continue
            small = doc[i].is_lower and doc[i].is_alpha and doc[i].text not in self._inside
            lists = doc[i].text == "," and i + 1 < end and not names.is_legal(doc[i + 1].text)
            if small or lists or self._ends_name(doc[i]):
                yield first, i
                first = i + 1
        if first < end:
            yield first, end

    def _after_descriptor(self, doc: Doc, start: int, end: int) -> int:
        """Where a name begins after its owner or its line of business, at a sentence's start.

        "Ackman's Corvan Capital" where Ackman is told of by himself, "Miner Norwold".
        """
        for i in range(start + 1, end - 1):
            if doc[i].lower_ in {"'s", "’s"}:
                owner = doc[start:i].text
                alone = re.search(rf"\b{re.escape(owner)}\b(?!['’])", source_of(doc)[0])
                return i + 1 if alone else start
        first = doc[start].lower_
        trade = end - start > 1 and (first in self._trades or first.endswith("maker"))
        follows = trade and _is_name_shaped(doc[start + 1])
        return start + 1 if follows and not names.is_legal(doc[start + 1].text) else start

    def _ends_name(self, token: Token) -> bool:
        """Whether a word ends the name before it: a title, a bracket, a bare Reuters code.

        What "of" leads to is part of the name: "University of Southern Moravia".
        """
        return (
            (token.lower_ in self._titles and (not token.i or token.nbor(-1).text != "of"))
            or token.text in {"(", ")"}
            or (token.text == "/" and _parts_names(token))
            or _is_code(token)
        )

    def _whole(self, doc: Doc, start: int, end: int) -> tuple[int, int]:
        """Take in what belongs to a name: over hyphens, and over particles ("Vale do Rio Doce")."""
        start, end = _over_hyphens(doc, start, end)
        end = _over_bracket(doc, end)
        while end > start and (after := _after_particles(doc, end, self._particles)):
            end = after
            while end < len(doc) and _is_name_shaped(doc[end]) and not doc[end].is_punct:
                end += 1
        return start, end

    def _name_runs(self, doc: Doc, skip: set[int]) -> Iterator[_Candidate]:
        """Runs of name-shaped words that nothing else knows; places where the gazetteer does."""
        seen_lower = {t.lower_ for t in doc if t.is_alpha and t.is_lower}
        for start, end in _runs(doc, seen_lower, self._titles, self._particles, skip):
            text = doc[start:end].text
            if places.country_of_demonym(text) and not doc.has_annotation("TAG"):
                continue
            found = places.lookup_place(text)
            label = "PLACE" if found is not None else "NAME"
            yield _Candidate(start, end, label, 3)

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Serialise options and patterns."""
        packed: bytes = srsly.msgpack_dumps({"patterns": self._patterns})
        return packed

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> EntityFinder:
        """Load what `to_bytes` gave."""
        self._reset(srsly.msgpack_loads(data)["patterns"])
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the patterns to a folder."""
        Path(path).mkdir(parents=True, exist_ok=True)
        srsly.write_jsonl(Path(path) / "patterns.jsonl", self._patterns)

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> EntityFinder:
        """Load what `to_disk` wrote."""
        self._reset(list(srsly.read_jsonl(Path(path) / "patterns.jsonl")))
        return self

    def _reset(self, patterns: list[dict[str, Any]]) -> None:
        for entry in self._patterns:
            if _key(entry) in self._matcher:
                self._matcher.remove(_key(entry))
        self._patterns = []
        self.add_patterns(patterns)


def _key(pattern: dict[str, Any]) -> str:
    return f"{pattern['label']}||{pattern['id']}"


def furniture_of(doc: Doc) -> list[tuple[int, int]]:
    """The parts of a document's text that are a page's furniture, in characters and in order.

    They are looked for where no component has done so, nor what made the document.
    """
    known = doc._.bizextract_furniture
    if known is not None:
        return [(start, end) for start, end in known]
    return [(z.start, z.end) for z in zones(source_of(doc)[0]) if z.kind == "furniture"]


def _datelines(doc: Doc) -> Iterator[tuple[int, int]]:
    """The places and the agency before a report: "LYON (Reuters) -"."""
    texts = [t.text for t in doc]
    for start in starts_of(doc):
        end = dateline_end(texts, start)
        if end > start:
            yield doc[start].idx, doc[end - 1].idx + 1


def stands_in(offset: int, parts: list[tuple[int, int]]) -> bool:
    """Whether a character stands in one of some parts of a text, which are in order."""
    i = bisect_right(parts, (offset, len(parts) and parts[-1][1])) - 1
    return i >= 0 and parts[i][0] <= offset < parts[i][1]


def _tagged_names(doc: Doc) -> Iterator[tuple[str, int, int]]:
    """The role, the first and the last + 1 token of what the reader takes for a party."""
    for event in doc._.bizextract_events:
        if event["source"] == "reader":
            for role in (*event["roles"], *event.get("pointed", ())):
                if role["role"] in _PARTIES and role["score"] >= _TAGGED:
                    yield role["role"], role["start"], role["end"]


def _offsets(match: Any) -> tuple[int, int]:
    return match.span() if isinstance(match, re.Match) else (match.start, match.end)


def _order(candidate: _Candidate) -> tuple[int, int]:
    return candidate.start, candidate.end


def _resolve(candidates: list[_Candidate]) -> list[_Candidate]:
    """Keep what does not overlap: the more trusted first, then the longer, then the earlier."""
    taken: list[_Candidate] = []
    used: set[int] = set()
    for c in sorted(candidates, key=lambda c: (min(c.trust, 1), c.start - c.end, c.trust, c.start)):
        tokens = set(range(c.start, c.end))
        if not tokens & used:
            used |= tokens
            taken.append(c)
    return taken


def _trim(doc: Doc, start: int, end: int) -> tuple[int, int]:
    """Drop an article before a name, and a possessive, space, bracket or joining word after it."""
    while end > start and (
        doc[start].lower_ in _OPENERS
        or doc[start].is_space
        or doc[start].is_punct
        or _is_code(doc[start])
    ):
        start += 1
    while end > start and (
        doc[end - 1].lower_ in {"'s", "’s", "'", "’"}
        or doc[end - 1].text in _JOINERS
        or doc[end - 1].is_space
        or (doc[end - 1].is_punct and doc[end - 1].text != ".")
    ):
        end -= 1
    return start, end


def _parts(doc: Doc, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Part "X and Y", or "X-Y", in two names where they stand alone elsewhere in the document.

    Around "and", one of them is enough, unless the other alone would name nothing ("Tarn Tire and
    Rubber Co"), and so are two legal suffixes ("Tarn Co and Norwold Ltd") and a reader that takes
    them for two. A text that has the initials of both ("Alder and Norwold Banking Group Ltd",
    "ANB") speaks of one.
    """
    if _is_abbreviated(doc, start, end):
        yield start, end
        return
    for i in range(start + 1, end - 1):
        hyphen = doc[i].text == "-" and not doc[i].whitespace_
        if hyphen or doc[i].lower_ == "and":
            if hyphen and not all(_is_name_shaped(doc[j]) for j in (i - 1, i + 1)):
                continue
            left = names.strip_legal(doc[start:i].text)
            right = names.strip_legal(doc[i + 1 : end].text)
            both = rf"{re.escape(left)}\W+(?:and\W+)?{re.escape(right)}"
            alone = re.sub(both, " ", source_of(doc)[0])
            adjective = places.country_of_demonym(left) or places.country_of_demonym(right)
            told = [
                bool(re.search(rf"(?<![\w-]){re.escape(n)}(?![\w-])", alone)) for n in (left, right)
            ]
            legal = names.is_legal(doc[i - 1].text) and names.is_legal(doc[end - 1].text)
            tagged = (span for _, *span in _tagged_names(doc))
            sides = {(a > i) - (b <= i) for a, b in tagged if a < end and b > start}
            if hyphen:
                parted = all(told) or (any(told) and _is_venture_of(doc, start, end))
            elif all(told) or legal or sides == {-1, 1}:
                parted = True
            elif names.is_legal(doc[end - 1].text):
                # "Tarn Tire and Rubber Co" where Tarn Tire is told of: the suffix is of both.
                parted = told[1] and names.says_much(left)
            else:
                parted = any(told) and names.says_much(left) and names.says_much(right)
            if parted and not adjective:
                yield start, i
                yield i + 1, end
                return
    if end > start:
        yield start, end


def _is_venture_of(doc: Doc, start: int, end: int) -> bool:
    """Whether "X-Y" stands once in a text, before "joint venture" or the like."""
    following = {t.lower_ for t in doc[end : end + 2]}
    return not _VENTURES.isdisjoint(following) and source_of(doc)[0].count(doc[start:end].text) == 1


def _joined(doc: Doc) -> Iterator[_Candidate]:
    """Names with "and" in them that are one, as the text has the initials of the whole."""
    for i in range(1, len(doc) - 1):
        if doc[i].lower_ == "and" and _is_name_shaped(doc[i - 1]) and _is_name_shaped(doc[i + 1]):
            start, end = i - 1, i + 2
            while start > 0 and _is_name_shaped(doc[start - 1]):
                start -= 1
            while end < len(doc) and _is_name_shaped(doc[end]):
                end += 1
            if _is_abbreviated(doc, start, end):
                yield _Candidate(start, end, "ORG", 1)


def _is_abbreviated(doc: Doc, start: int, end: int) -> bool:
    """Whether the text has the initials of some words with "and" between them, three or more."""
    words = [t.lower_ for t in doc[start:end]]
    if "and" not in words:
        return False
    whole = doc[start:end].text
    return any(short not in whole and names.is_acronym(short, whole) for short in _acronyms_of(doc))


def _acronyms_of(doc: Doc) -> list[str]:
    """What looks like initials in a document's text; found once and kept on the document."""
    kept: list[str] | None = doc.user_data.get(_ACRONYMS)
    if kept is None:
        kept = list(dict.fromkeys(m[0] for m in _ACRONYM.finditer(source_of(doc)[0])))
        doc.user_data[_ACRONYMS] = kept
    return kept


def _over_hyphens(doc: Doc, start: int, end: int) -> tuple[int, int]:
    """Take in what a hyphen joins to a name: "Bristol" before "-Myers Squibb"."""
    while (
        start > 1
        and doc[start - 1].text == "-"
        and not doc[start - 1].whitespace_
        and not doc[start - 2].whitespace_
        and _is_name_shaped(doc[start - 2])
    ):
        start -= 2
    return start, end


def _over_bracket(doc: Doc, end: int) -> int:
    """Take in a bracket inside of a name: "Norwold" before "(Hong Kong) Ltd"."""
    if end < len(doc) and doc[end].text == "(":
        for i in range(end + 2, min(end + 5, len(doc) - 1)):
            if doc[i].text == ")":
                inside = all(_is_name_shaped(t) for t in doc[end + 1 : i])
                return i + 2 if inside and names.is_legal(doc[i + 1].text) else end
    return end


def _crosses_line(doc: Doc, start: int, end: int) -> bool:
    return any("\n\n" in t.text for t in doc[start:end])


def _parts_names(slash: Token) -> bool:
    """Whether a slash stands between two names, "Norwold/Tarn", and not in "A/S"."""
    around = slash.doc[max(0, slash.i - 1) : slash.i + 2]
    return len(around) == 3 and all(len(t) > 1 for t in (around[0], around[2]))


def _is_code(token: Token) -> bool:
    """Whether a word is a bare Reuters code or a part of one: "WB.N", "CEPFi" "." "PA"."""
    if _RIC.fullmatch(token.text):
        return True
    doc, i = token.doc, token.i
    for first in (i, i - 1, i - 2):
        if (
            0 <= first < len(doc) - 2
            and doc[first + 1].text == "."
            and not doc[first].whitespace_
            and not doc[first + 1].whitespace_
            and _RIC_HEAD.fullmatch(doc[first].text)
            and _RIC_TAIL.fullmatch(doc[first + 2].text)
        ):
            return True
    return False


def _after_attribute(doc: Doc, start: int, end: int) -> int:
    """Where a name begins after "U.S.-based" or "Frankfurt-listed"."""
    for i in range(start, end - 1):
        if (
            doc[i].lower_.rpartition("-")[2] in _ATTRIBUTES
            and "-" in doc[max(0, i - 1) : i + 1].text
        ):
            return i + 1
    return start


def _is_name_shaped(token: Token) -> bool:
    text = token.text
    if token.is_punct or token.is_space or token.like_num or _is_code(token):
        return False
    return bool(text[:1].isupper() or _CAMEL.fullmatch(text))


def _is_part(token: Token) -> bool:
    """Whether a word can stand in a name: also the last of "Snap-on", and "n" in "Pick n Mix"."""
    if _is_name_shaped(token) or token.text in {"-", "&", "n", "'n'", "’n’"}:
        return True
    return token.i > 0 and token.nbor(-1).text == "-" and not token.nbor(-1).whitespace_


def _title_case_lines(doc: Doc) -> list[tuple[int, int]]:
    """Token ranges of lines in which most longer words are capitalised, such as headlines."""
    lines, start = [], 0
    for i, token in enumerate(doc):
        if "\n" in token.text or i == len(doc) - 1:
            words = [t for t in doc[start : i + 1] if t.is_alpha and len(t) > 3]
            closed = doc[i - 1 if token.is_space and i else i].text == "."
            if (
                not closed
                and len(words) >= 4
                and sum(w.text[0].isupper() for w in words) > 0.7 * len(words)
            ):
                lines.append((start, i + 1))
            start = i + 1
    return lines


def _runs(
    doc: Doc,
    seen_lower: set[str],
    common: frozenset[str],
    particles: frozenset[str],
    skip: set[int],
) -> Iterator[tuple[int, int]]:
    """Maximal runs of name-shaped tokens, outside of those to skip."""
    tagged = doc.has_annotation("TAG")
    i, n = 0, len(doc)
    while i < n:
        if i in skip or not _starts_name(doc, i, seen_lower, common, tagged):
            i += 1
            continue
        j = i + 1
        while j < n and j not in skip:
            if _is_name_shaped(doc[j]) and doc[j].lower_ not in common:
                j += 1
            elif j + 1 < n and j + 1 not in skip and _is_name_shaped(doc[j + 1]) and _joins(doc, j):
                j += 2
            elif (after := _after_particles(doc, j, particles)) and skip.isdisjoint(
                range(j, after)
            ):
                j = after
            else:
                break
        yield i, j
        i = j


def _joins(doc: Doc, i: int) -> bool:
    """Whether a token makes one name of those beside it: an ampersand, a hyphen without space."""
    token = doc[i]
    return token.text == "&" or (
        token.text == "-" and not token.whitespace_ and not doc[i - 1].whitespace_
    )


def _after_particles(doc: Doc, i: int, particles: frozenset[str]) -> int:
    """The token after one or two particles and a name's word ("de la Vega"); 0 if there is none."""
    for j in (i + 1, i + 2):
        if j < len(doc) and doc[j - 1].text in particles and _is_name_shaped(doc[j]):
            return j + 1 if all(t.text in particles for t in doc[i:j]) else 0
    return 0


def _starts_name(
    doc: Doc, i: int, seen_lower: set[str], common: frozenset[str], tagged: bool
) -> bool:
    token = doc[i]
    if not _is_name_shaped(token) or token.lower_ in common:
        return False
    if tagged:
        return token.pos_ == "PROPN" or bool(_CAMEL.fullmatch(token.text) and not token.is_title)
    sentence_start = (
        i == 0 or doc[i - 1].text in {".", "!", "?", '"', "“", ":"} or ("\n" in doc[i - 1].text)
    )
    if sentence_start and token.is_title and (token.is_stop or token.lower_ in seen_lower):
        return False
    return not token.is_stop or token.is_upper


def _one_label_a_name(doc: Doc, spans: list[Span]) -> list[Span]:
    """Give every span of a name the label that most speaks for in the document."""
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    starts = {s.start for s in spans if s.label_ == "TICKER"}
    for s in spans:
        if s.label_ in _NAMED:
            key = names.name_key(s.text)
            votes[key][s.label_] += 0 if s.label_ == "NAME" else 1
            coded = s.end < len(doc) and _is_code(doc[s.end])
            if coded or s.end in starts or names.strip_legal(s.text) != s.text:
                votes[key]["ORG"] += _SURE
    labels = {key: max(c, key=lambda k: (c[k], k == "ORG")) for key, c in votes.items()}
    forms = {names.name_key(s.text): s.text for s in reversed(spans) if s.label_ in _NAMED}
    orgs: AliasIndex[None] = AliasIndex()
    surnames = {
        key.split()[-1] for key, label in labels.items() if label == "PERSON" and " " in key
    }
    for key, label in labels.items():
        if label == "ORG" and " " in key:
            orgs.add(forms[key], None)
    for key, label in labels.items():
        short = any(orgs.find(forms[key]))
        # "Norwold" beside "Norwold Foods Ltd" is no town, unless it is one, and nobody's name.
        if short and (
            label == "NAME"
            or (label == "PLACE" and not places.lookup_place(forms[key]))
            or (label == "PERSON" and key not in surnames)
        ):
            labels[key] = "ORG"
        elif label == "ORG" and key in surnames and not short and votes[key]["ORG"] < _SURE:
            labels[key] = "PERSON"
    return [
        Span(doc, s.start, s.end, label=labels[names.name_key(s.text)]) if s.label_ in _NAMED else s
        for s in spans
    ]
