"""Turn gold records, which speak of documents, into labels for sentences and words.

Gold gives names, values and verbatim evidence. A sentence that evidence covers carries the event;
the record's names and values are looked up in the text. A sentence that may well repeat the event
without being quoted (the headline does, as a rule) is left out of the loss instead of being taught
as empty.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import spacy

from bizextract._reader_schema import ATTRIBUTES, TAGS
from bizextract.components.sentences import doc_sentences

__all__ = ["Event", "Mention", "Sample", "fold_of", "label", "split"]

#: A sentence that names these and the parties of an event probably repeats it.
_TRIGGERS = {
    "headquarters_opening": re.compile(
        r"\b(headquarter\w*|head office|HQ|mov\w+|relocat\w+|base)\b", re.I
    ),
    "partnership": re.compile(
        r"\b(partner\w*|ventures?|JV|allianc\w*|all(?:y|ies|ied)|cooperat\w*|co-operat\w*"
        r"|collaborat\w*|team\w*|agree\w*|deals?|pacts?|ties?|tie-up|memorandum|MOU|jointly|join\w*"
        r"|together|link\w*|sign\w*|pair\w*|work\w*|accord|develop\w*)\b",
        re.I,
    ),
    "investment": re.compile(
        r"\b(invest\w*|stakes?|shares?|rais\w+|fund\w*|rounds?|b(?:uy|uys|ought|uying)|acquir\w*"
        r"|s(?:ell|ells|old|elling|ale)|tak\w+|took|put\w*|spen\w+|pour\w*|inject\w*|capital"
        r"|financ\w*|back\w*|percent|pct|build\w*|plant)\b",
        re.I,
    ),
}


@dataclass(frozen=True)
class Mention:
    """A name's words: offsets into the sample's words, and which cluster and name they are."""

    cluster: int
    name: int
    start: int
    end: int


@dataclass
class Event:
    """One gold record on a sample's words."""

    type: str
    sentences: set[int]
    attributes: dict[str, str]
    spans: dict[str, list[tuple[int, int]]]
    record: Mapping[str, Any]


@dataclass
class Sample:
    """A document as words and sentences, with its gold where there is any.

    Attributes:
        words: The words, whitespace tokens left out.
        offsets: Start and end of each word in characters.
        tokens: The index of each word among spaCy's tokens.
        sentences: Word offsets, end exclusive.
        masked: Pairs of sentence and type that no loss is taken from.
    """

    id: str
    text: str
    words: list[str]
    offsets: list[tuple[int, int]]
    tokens: list[int]
    sentences: list[tuple[int, int]]
    events: list[Event] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    clusters: list[list[str]] = field(default_factory=list)
    masked: set[tuple[int, str]] = field(default_factory=set)


def fold_of(doc_id: str, k: int = 5) -> int:
    """Assign a document to one of `k` folds by its id, the same on every machine.

    Example:
        >>> fold_of("a") == fold_of("a"), fold_of("a") < 5
        (True, True)
    """
    return zlib.crc32(doc_id.encode()) % k


def split(doc_id: str, text: str, nlp: spacy.language.Language) -> Sample:
    """Cut a text into words and sentences."""
    doc = nlp.make_doc(text)
    keep = [token.i for token in doc if not token.is_space]
    place = {token: word for word, token in enumerate(keep)}
    sentences = []
    for start, end in doc_sentences(doc):
        inside = [place[i] for i in range(start, end) if i in place]
        sentences.append((inside[0], inside[-1] + 1))
    return Sample(
        doc_id,
        text,
        [doc[i].text for i in keep],
        [(doc[i].idx, doc[i].idx + len(doc[i])) for i in keep],
        keep,
        sentences,
    )


def label(doc: Mapping[str, Any], nlp: spacy.language.Language, finders: Mapping[str, Any]
          ) -> Sample:  # fmt: skip
    """Put a gold document's records on its words.

    Args:
        doc (Mapping[str, Any]): A gold line.
        nlp (Language): Anything with a tokenizer.
        finders (Mapping[str, Any]): For "money", "percent", "count" and "date" a function from a
            text (and for dates the document's date) to (start, end, value) triples.
    """
    sample = split(doc["id"], doc["text"], nlp)
    sample.clusters = [list(names) for names in doc.get("orgs", [])]
    sample.mentions = list(_mentions(sample))
    by_name = {name: i for i, names in enumerate(sample.clusters) for name in names}
    for record in doc.get("records", []):
        sample.events.append(_event(sample, doc, record, by_name, finders))
    covered = {(s, event.type) for event in sample.events for s in event.sentences}
    for event in sample.events:
        for index, (start, end) in enumerate(sample.sentences):
            if (index, event.type) not in covered and _may_repeat(sample, event, index, start, end):
                sample.masked.add((index, event.type))
    return sample


def _mentions(sample: Sample) -> Iterator[Mention]:
    names = [(n, c, i) for c, ns in enumerate(sample.clusters) for i, n in enumerate(ns)]
    taken: set[int] = set()
    for name, cluster, index in sorted(names, key=lambda x: -len(x[0])):
        for start, end in find_string(sample, name):
            if not taken.intersection(range(start, end)):
                taken.update(range(start, end))
                yield Mention(cluster, index, start, end)


def find_string(sample: Sample, string: str) -> list[tuple[int, int]]:
    """Where a string stands in the sample, whatever the whitespace, as word offsets."""
    parts = [re.escape(part) for part in string.split()]
    if not parts:
        return []
    pattern = r"(?<!\w)" + r"\s+".join(parts) + r"(?!\w)"
    return [
        span
        for match in re.finditer(pattern, sample.text)
        if (span := to_words(sample, match.start(), match.end())) is not None
    ]


def to_words(sample: Sample, start: int, end: int) -> tuple[int, int] | None:
    """The words that character offsets touch."""
    inside = [i for i, (a, b) in enumerate(sample.offsets) if a < end and b > start]
    return (inside[0], inside[-1] + 1) if inside else None


def _event(
    sample: Sample,
    doc: Mapping[str, Any],
    record: Mapping[str, Any],
    by_name: Mapping[str, int],
    finders: Mapping[str, Any],
) -> Event:
    covered: set[int] = set()
    for quote in record.get("evidence", []):
        for start, end in find_string(sample, quote)[:1]:
            covered.update(range(start, end))
    sentences = {
        i
        for i, (start, end) in enumerate(sample.sentences)
        if len(covered.intersection(range(start, end))) >= min(4, end - start)
    }
    if not sentences and covered:
        word = min(covered)
        sentences = {i for i, (start, end) in enumerate(sample.sentences) if start <= word < end}
    spans: dict[str, list[tuple[int, int]]] = {}
    for role in TAGS[record["type"]]:
        found = []
        for value in _as_list(record.get(role)):
            found += _find(sample, doc, role, value, by_name, finders, covered)
        if found:
            spans[role] = sorted(set(found))
    attributes = {
        a.name: record[a.name]
        for a in ATTRIBUTES
        if a.type == record["type"] and record.get(a.name) in a.values
    }
    return Event(record["type"], sentences, attributes, spans, record)


def _find(
    sample: Sample,
    doc: Mapping[str, Any],
    role: str,
    value: Any,
    by_name: Mapping[str, int],
    finders: Mapping[str, Any],
    covered: set[int],
) -> list[tuple[int, int]]:
    if role in ("company", "partners", "investors", "target"):
        if value in by_name:
            return [(m.start, m.end) for m in sample.mentions if m.cluster == by_name[value]]
        return find_string(sample, value)
    if role in ("location", "origin"):
        names = (value["name"], *value.get("alt", []))
        return [span for name in names for span in find_string(sample, name)]
    if role in ("fields", "round"):
        found = find_string(sample, value)
        return [s for s in found if covered.intersection(range(*s))] or found[:1]
    kinds = {"amount": "money", "cost": "money", "stake": "percent", "jobs": "count"}
    kind = kinds.get(role, "date")
    if kind not in finders:
        return []
    key = f"_{kind}"
    cache: dict[str, list[Any]] = sample.__dict__.setdefault("_found", {})
    if key not in cache:
        cache[key] = list(finders[kind](sample.text, doc.get("date")))
    spans = []
    for start, end, have in cache[key]:
        if _same(kind, have, value) and (span := to_words(sample, start, end)):
            spans.append(span)
    return spans


def _same(kind: str, have: Any, want: Any) -> bool:
    if kind == "date":
        return str(have) == str(want)
    if kind == "money":
        value, currency = have
        wanted = float(want["value"])
        return currency in (None, want["currency"]) and abs(float(value) - wanted) <= 0.005 * wanted
    return abs(float(have) - float(want)) <= 0.005 * abs(float(want)) + 1e-6


def _may_repeat(sample: Sample, event: Event, index: int, start: int, end: int) -> bool:
    text = sample.text[sample.offsets[start][0] : sample.offsets[end - 1][1]]
    if not _TRIGGERS[event.type].search(text):
        return False
    inside: set[Any] = set()
    for role, spans in event.spans.items():
        if role in ("date", "announced", "fields", "round", "stake"):
            continue
        for a, b in spans:
            if a >= start and b <= end:
                cluster = next((m.cluster for m in sample.mentions if m.start == a), None)
                inside.add(role if cluster is None else cluster)
    return len(inside) >= (1 if index == 0 else 2)


def _as_list(value: Any) -> Sequence[Any]:
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]
