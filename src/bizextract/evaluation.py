"""Gold annotations, scores and errors: how good are predicted records, and where are they wrong.

Predicted records are paired with gold records of the same type and document, the best pair first.
Then are counted:

- **found**: records; a pair counts where its anchor agrees, as the company of a headquarters.
- **exact**: records; a pair counts where all of its key roles agree.
- **slots**: the values of all roles, those of records without a partner included.

A gold record that nothing was proposed for is a miss, and documents without gold records count.

Example:
    >>> gold = [GoldDocument.model_validate({"id": "1", "orgs": [["Acme"], ["Borealis"]],
    ...     "records": [{"type": "partnership", "status": "completed", "kind": "memorandum",
    ...                  "partners": ["Acme", "Borealis"], "evidence": []}]})]
    >>> evaluation = evaluate(gold, {"1": []})
    >>> evaluation.found["all"].recall, [mistake.kind for mistake in evaluation.mistakes]
    (0.0, ['missed'])
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, ValidationError

from bizextract._gold import (
    GoldDocument,
    GoldMoney,
    GoldPlace,
    GoldRecord,
    Kind,
    Slot,
    class_of,
    explain,
    is_group,
    locate,
    read_gold,
    read_lines,
    slots_of,
)
from bizextract._lexicon import read_json
from bizextract._text import Article
from bizextract.errors import InputError, quote
from bizextract.records import (
    HeadquartersOpening,
    Investment,
    Partnership,
    Record,
    Result,
    Span,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

__all__ = [
    "Bin",
    "Calibration",
    "CorePair",
    "CoreReport",
    "CoreRow",
    "CurvePoint",
    "Evaluation",
    "GoldDocument",
    "GoldMoney",
    "GoldPlace",
    "GoldRecord",
    "Mistake",
    "Predictions",
    "Score",
    "articles_of",
    "calibration",
    "core_report",
    "evaluate",
    "locate",
    "precision_recall_curve",
    "read_core",
    "read_gold",
    "read_predictions",
    "render",
]

Json: TypeAlias = Mapping[str, Any]
Predictions: TypeAlias = Mapping[str, Result | Sequence[Record | Json]]
ALL = "all"
BUILT_IN = ("headquarters_opening", "partnership", "investment")


# --- names -----------------------------------------------------------------------------------


@cache
def _word_list(name: str) -> frozenset[str]:
    return frozenset(read_json("scoring.json")[name])


def _words(text: object) -> list[str]:
    folded = unicodedata.normalize("NFKC", str(text)).casefold()
    folded = re.sub(r"'s\b", "", folded.replace("’", "'").replace("&", " and "))
    decomposed = unicodedata.normalize("NFD", folded)
    bare = "".join(c for c in decomposed if not unicodedata.combining(c) and c not in "'.")
    return re.findall(r"[^\W_]+", bare)


def _without(suffixes: frozenset[str], text: object) -> str:
    words = _words(text)
    if words[:1] == ["the"]:
        del words[0]
    while len(words) > 1 and words[-1] in suffixes:
        del words[-1]
    return " ".join(words)


@lru_cache(maxsize=1 << 16)
def _name_key(text: str) -> str:
    return _without(_word_list("legal_suffixes"), text)


@lru_cache(maxsize=1 << 16)
def _place_key(text: str) -> str:
    return _without(_word_list("place_suffixes"), text)


def _filled(value: Any, *keys: str) -> list[str]:
    """The strings that a predicted name or place carries under some keys."""
    if isinstance(value, str):
        return [value]
    if not isinstance(value, Mapping):
        return []
    return [str(value[key]) for key in keys if value.get(key)]


def _names_of(value: Any) -> set[str]:
    names = _filled(value, "name", "text", "city")
    if isinstance(value, Mapping):
        names += [str(alias) for alias in value.get("aliases") or () if alias]
    return {_name_key(name) for name in names} - {""}


# --- values ----------------------------------------------------------------------------------


class _Clusters:
    """The names of a gold document that stand for the same organisation."""

    def __init__(self, document: GoldDocument) -> None:
        self._keys: defaultdict[str, set[str]] = defaultdict(set)
        for names in document.orgs:
            keys = {_name_key(name) for name in names} - {""}
            for key in keys:
                self._keys[key] |= keys

    def keys(self, name: str) -> set[str]:
        key = _name_key(name)
        return self._keys.get(key, {key})


def _number(value: Any) -> float:
    """A number, or NaN, which is close to nothing."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _same_name(gold: str, predicted: Any, clusters: _Clusters, role: str) -> bool:
    return bool(clusters.keys(gold) & _names_of(predicted))


def _same_name_or_place(gold: str, predicted: Any, clusters: _Clusters, role: str) -> bool:
    names = _names_of(predicted)
    return bool(clusters.keys(gold) & names) or _place_key(gold) in map(_place_key, names)


def _same_place(gold: GoldPlace, predicted: Any, clusters: _Clusters, role: str) -> bool:
    wanted = {_place_key(name) for name in (gold.name, *gold.alt)}
    return not wanted.isdisjoint(map(_place_key, _filled(predicted, "name", "city", "text")))


def _same_money(gold: GoldMoney, predicted: Any, clusters: _Clusters, role: str) -> bool:
    if not isinstance(predicted, Mapping):
        return False
    wanted = float(gold.value)
    return any(
        isinstance(money, Mapping)
        and abs(_number(money.get("value")) - wanted) <= 0.005 * abs(wanted)
        and str(money.get("currency")).upper() == gold.currency
        for money in (predicted, *(predicted.get("equivalents") or ()))
    )


def _same_date(gold: str, predicted: Any, clusters: _Clusters, role: str) -> bool:
    return str(predicted.get("value") if isinstance(predicted, Mapping) else predicted) == gold


def _same_number(gold: float, predicted: Any, clusters: _Clusters, role: str) -> bool:
    return abs(_number(predicted) - float(gold)) < 1e-6 + 0.005 * abs(float(gold))


def _same_phrase(gold: str, predicted: Any, clusters: _Clusters, role: str) -> bool:
    wanted = set(_words(gold))
    given = {word for phrase in _filled(predicted, "text") for word in _words(phrase)}
    return bool(wanted and given) and len(wanted & given) / len(wanted | given) >= 0.4


def _same_text(gold: str, predicted: Any, clusters: _Clusters, role: str) -> bool:
    wanted, given = (
        " ".join(_words(text)).replace(f" {role}", "") for text in (gold, predicted)
    )  # "Series B round" fills a role named round as well as "Series B"
    return wanted == given


def _same_code(gold: str, predicted: Any, clusters: _Clusters, role: str) -> bool:
    return str(predicted).casefold() == str(gold).casefold()


_SAME: dict[Kind, Callable[[Any, Any, _Clusters, str], bool]] = {
    Kind.NAME: _same_name,
    Kind.NAME_OR_PLACE: _same_name_or_place,
    Kind.PLACE: _same_place,
    Kind.MONEY: _same_money,
    Kind.DATE: _same_date,
    Kind.NUMBER: _same_number,
    Kind.PHRASE: _same_phrase,
    Kind.TEXT: _same_text,
    Kind.CODE: _same_code,
}


def _values(record: Json, role: str) -> list[Any]:
    value = record.get(role)
    if value is None or value == "" or value == []:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


# --- pairs -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Matching:
    """Which roles say that two records are the same event.

    Attributes:
        anchors: Roles of which one must agree.
        guards: Roles that must not contradict each other.
        key: Roles that must all agree for an exact pair.
        least: How many values of an anchor must agree, where gold has as many.
    """

    anchors: tuple[str, ...]
    guards: tuple[str, ...]
    key: tuple[str, ...]
    least: int = 1


_MATCHING: dict[type[Record], _Matching] = {
    HeadquartersOpening: _Matching(("company",), ("location",), ("company", "location")),
    Partnership: _Matching(("partners",), (), ("partners",), least=2),
    Investment: _Matching(("investors", "target"), ("amount",), ("investors", "target", "amount")),
}


@cache
def _matching_of(record: type[Record]) -> _Matching:
    """The table's entry; a user's own type is known by its organisations, all of them its key."""
    if record in _MATCHING:
        return _MATCHING[record]
    slots = slots_of(record)
    names = tuple(s.role for s in slots if s.kind in (Kind.NAME, Kind.NAME_OR_PLACE))
    names = names or (slots[0].role,)
    group = any(is_group(slot, slots) for slot in slots)
    return _Matching(names, names, names, least=2 if group else 1)


@dataclass(frozen=True)
class Score:
    """Counts, and the figures that follow from them.

    Attributes:
        tp: How many were right.
        gold: How many there are in gold.
        pred: How many were predicted.
    """

    tp: int = 0
    gold: int = 0
    pred: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(self.tp + other.tp, self.gold + other.gold, self.pred + other.pred)

    @property
    def precision(self) -> float:
        """Right among predicted, 0 where nothing was predicted."""
        return self.tp / self.pred if self.pred else 0.0

    @property
    def recall(self) -> float:
        """Right among gold, 0 where there is no gold."""
        return self.tp / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        p, r = self.precision, self.recall
        return 2 * p * r / (p + r) if p + r else 0.0

    def to_dict(self) -> dict[str, float]:
        """Give figures and counts under the names that the JSON has for them."""
        return {"p": self.precision, "r": self.recall, "f1": self.f1, **asdict(self)}


def _score_slot(slot: Slot, gold: GoldRecord, predicted: Json, clusters: _Clusters) -> Score:
    wanted, given = gold.values(slot.role), _values(predicted, slot.role)
    same, left, agreed = _SAME[slot.kind], list(given), 0
    for value in wanted:
        for other in left:
            if same(value, other, clusters, slot.role):
                left.remove(other)
                agreed += 1
                break
    return Score(agreed, len(wanted), len(given))


def _score_slots(gold: GoldRecord, predicted: Json, clusters: _Clusters) -> dict[str, Score]:
    return {
        slot.role: _score_slot(slot, gold, predicted, clusters)
        for slot in slots_of(gold.record_class)
    }


def _fit(gold: GoldRecord, slots: Mapping[str, Score]) -> int:
    """How well two records of one type fit; 0 where they cannot be the same event."""
    matching = _matching_of(gold.record_class)
    anchored = any(
        slots[role].tp >= max(1, min(matching.least, slots[role].gold)) for role in matching.anchors
    )
    clash = any(
        slots[role].gold and slots[role].pred and not slots[role].tp for role in matching.guards
    )
    if clash or not anchored:
        return 0
    return 1 + 10 * sum(slots[role].tp for role in matching.key) + sum(s.tp for s in slots.values())


def _pair(
    gold: Sequence[GoldRecord], predicted: Sequence[Json], clusters: _Clusters
) -> dict[int, tuple[int, dict[str, Score]]]:
    """Pair records, the best pair first, earlier records first where pairs are as good.

    Returns:
        For the index of a gold record: the index of its prediction, and the score of each slot.
    """
    slots = {
        (i, j): _score_slots(one, other, clusters)
        for i, one in enumerate(gold)
        for j, other in enumerate(predicted)
        if other["type"] == one.type
    }
    pairs: dict[int, tuple[int, dict[str, Score]]] = {}
    taken: set[int] = set()
    fits = ((_fit(gold[i], scores), i, j) for (i, j), scores in slots.items())
    for fit, i, j in sorted(fits, key=lambda entry: (-entry[0], entry[1], entry[2])):
        if fit and i not in pairs and j not in taken:
            pairs[i] = (j, slots[i, j])
            taken.add(j)
    return pairs


class Matcher:
    """Compares predicted records with the gold of one document, as the scorer does.

    Args:
        document: The gold document.

    Example:
        >>> gold = GoldDocument(id="a", orgs=[], records=[])
        >>> Matcher(gold).pairs([])
        {}
    """

    def __init__(self, document: GoldDocument) -> None:
        self.document = document
        self._clusters = _Clusters(document)

    def pairs(self, predicted: Sequence[Json]) -> dict[int, int]:
        """Give for the index of each prediction that is right the index of its gold record."""
        paired = _pair(self.document.records, predicted, self._clusters)
        return {j: i for i, (j, _) in paired.items()}

    def fits(self, predicted: Json) -> bool:
        """Whether a prediction could be one of the gold records."""
        return any(
            _fit(gold, _score_slots(gold, predicted, self._clusters))
            for gold in self.document.records
            if gold.type == predicted["type"]
        )

    def agrees(self, index: int, role: str, value: Any) -> bool:
        """Whether a value for a role agrees with one that a gold record has for it."""
        gold = self.document.records[index]
        kinds = {slot.role: slot.kind for slot in slots_of(gold.record_class)}
        if role not in kinds:
            return False
        same = _SAME[kinds[role]]
        return any(same(want, value, self._clusters, role) for want in gold.values(role))


# --- the evaluation --------------------------------------------------------------------------


@dataclass(frozen=True)
class Mistake:
    """A record that was missed, got partly right, or should not be there.

    Attributes:
        document: The document's id.
        kind: ``"missed"``, ``"partly"`` (found, but a key role is wrong) or ``"spurious"``.
        type: The record's type.
        gold: The gold record; None where the prediction is spurious.
        predicted: The predicted record as JSON; None where gold was missed.
        wrong: The roles on which the two differ, where it is partly right.
        evidence: Where the passages stand that carry it: gold's, or the prediction's where it is
            spurious. Empty where the gold has no text.
    """

    document: str
    kind: Literal["missed", "partly", "spurious"]
    type: str
    gold: GoldRecord | None
    predicted: Json | None
    wrong: tuple[str, ...] = ()
    evidence: tuple[Span, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Give the mistake as plain JSON values."""
        return {
            "document": self.document,
            "kind": self.kind,
            "type": self.type,
            "gold": self.gold and self.gold.model_dump(mode="json"),
            "predicted": self.predicted and dict(self.predicted),
            "wrong": list(self.wrong),
            "evidence": [span.model_dump(mode="json") for span in self.evidence],
        }


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation found.

    Attributes:
        found: Scores of records by type, and under ``"all"``; a possible pair is right.
        exact: The same, where all key roles must agree.
        slots: The same, of role values.
        by_slot: Scores of role values under ``"type.role"``.
        mistakes: The missed, partly right and spurious records, in the order of the gold.
        judged: Confidence of each predicted record that has one, and whether it was found right.
        documents: How many documents were scored.
        empty_documents: How many of them have no gold record.
        spurious_in_empty: How many records were predicted in those.
        without_prediction: Ids of gold documents that the predictions lack; they count as empty.
        unknown: Ids of predictions that the gold lacks; they were passed over.
        texts: The documents' texts by id, as far as the gold has them.
    """

    found: Mapping[str, Score]
    exact: Mapping[str, Score]
    slots: Mapping[str, Score]
    by_slot: Mapping[str, Score]
    mistakes: tuple[Mistake, ...]
    judged: tuple[tuple[float, bool], ...]
    documents: int
    empty_documents: int
    spurious_in_empty: int
    without_prediction: tuple[str, ...]
    unknown: tuple[str, ...]
    texts: Mapping[str, str] = field(repr=False)

    @property
    def spurious_per_document(self) -> float:
        """Predicted records in a document that has no gold record, on average."""
        return self.spurious_in_empty / self.empty_documents if self.empty_documents else 0.0

    def table(self) -> dict[str, dict[str, dict[str, float]]]:
        """Give all figures as plain values: found, exact and slots by type, slot by role."""
        groups = (
            ("found", self.found),
            ("exact", self.exact),
            ("slots", self.slots),
            ("slot", self.by_slot),
        )
        return {
            name: {key: score.to_dict() for key, score in scores.items()} for name, scores in groups
        }

    def to_dict(self, errors: int = 0) -> dict[str, Any]:
        """Give the evaluation as plain JSON values.

        Args:
            errors: How many mistakes to give with it.

        Returns:
            The table, counts of documents, the calibration where there are confidences, and
            mistakes where they are asked for.
        """
        out: dict[str, Any] = dict(self.table())
        out["documents"] = self.documents
        out["empty_documents"] = self.empty_documents
        out["spurious_per_document"] = self.spurious_per_document
        out["without_prediction"] = list(self.without_prediction)
        out["unknown"] = list(self.unknown)
        if self.judged:
            out["calibration"] = asdict(calibration(self.judged))
        if errors:
            out["errors"] = [mistake.to_dict() for mistake in self.mistakes[:errors]]
        return out


def _as_json(record: Record | Json, document: str) -> Json:
    if isinstance(record, Record):
        return record.model_dump(mode="json")
    if isinstance(record, Mapping):
        return record
    raise InputError(
        f"prediction for document {quote(document)}: {quote(record)} is no record; "
        "give Record objects or JSON objects"
    )


def _records_of(predictions: Predictions, document: str) -> list[Json]:
    given = predictions.get(document, ())
    return [_as_json(r, document) for r in (given.records if isinstance(given, Result) else given)]


def _predicted_evidence(predicted: Json, text: str) -> Iterator[Span]:
    """Where a prediction's evidence stands: at its offsets if they fit, else where it is found."""
    for passage in _values(predicted, "evidence"):
        for words in _filled(passage, "text"):
            start = passage.get("start") if isinstance(passage, Mapping) else None
            if isinstance(start, int) and start >= 0 and text.startswith(words, start):
                yield Span(text=words, start=start, end=start + len(words))
            elif span := locate(words, text):
                yield span


class _Tally:
    """Adds up the scores of documents."""

    def __init__(self) -> None:
        self.found: defaultdict[str, Score] = defaultdict(Score)
        self.exact: defaultdict[str, Score] = defaultdict(Score)
        self.slots: defaultdict[str, Score] = defaultdict(Score)
        self.by_slot: defaultdict[str, Score] = defaultdict(Score)
        self.mistakes: list[Mistake] = []
        self.judged: list[tuple[float, bool]] = []
        self.spurious_in_empty = 0

    def _add(self, type_: str, found: Score, exact: Score, slots: Mapping[str, Score]) -> None:
        whole = sum(slots.values(), Score())
        for key in (type_, ALL):
            self.found[key] += found
            self.exact[key] += exact
            self.slots[key] += whole
        for role, score in slots.items():
            self.by_slot[f"{type_}.{role}"] += score

    def _judge(self, predicted: Json, right: bool) -> None:
        confidence = predicted.get("confidence")
        if isinstance(confidence, int | float):
            self.judged.append((float(confidence), right))

    def add_document(self, document: GoldDocument, predicted: Sequence[Json]) -> None:
        """Pair the document's records and count what is right."""
        clusters = _Clusters(document)
        pairs = _pair(document.records, predicted, clusters)
        for i, gold in enumerate(document.records):
            j, slots = pairs.get(i, (-1, None))
            if slots is None:
                self._add_missed(document, gold, clusters)
            else:
                self._add_pair(document, gold, predicted[j], slots)
        taken = {j for j, _ in pairs.values()}
        for j, record in enumerate(predicted):
            if j not in taken:
                self._add_spurious(document, record)
        if not document.records:
            self.spurious_in_empty += len(predicted)

    def _add_missed(self, document: GoldDocument, gold: GoldRecord, clusters: _Clusters) -> None:
        miss = Score(gold=1)
        self._add(gold.type, miss, miss, _score_slots(gold, {}, clusters))
        self.mistakes.append(
            Mistake(document.id, "missed", gold.type, gold, None, (), evidence_of(document, gold))
        )

    def _add_pair(
        self, document: GoldDocument, gold: GoldRecord, record: Json, slots: Mapping[str, Score]
    ) -> None:
        wrong = tuple(role for role, s in slots.items() if not s.tp == s.gold == s.pred)
        exact = not set(wrong) & set(_matching_of(gold.record_class).key)
        self._add(gold.type, Score(1, 1, 1), Score(int(exact), 1, 1), slots)
        self._judge(record, True)
        if not exact:
            evidence = evidence_of(document, gold)
            self.mistakes.append(
                Mistake(document.id, "partly", gold.type, gold, record, wrong, evidence)
            )

    def _add_spurious(self, document: GoldDocument, record: Json) -> None:
        slots = {
            slot.role: Score(pred=len(_values(record, slot.role)))
            for slot in slots_of(class_of(record["type"]))
        }
        extra = Score(pred=1)
        self._add(record["type"], extra, extra, slots)
        self._judge(record, False)
        evidence = tuple(_predicted_evidence(record, document.text or ""))
        self.mistakes.append(
            Mistake(document.id, "spurious", record["type"], None, record, (), evidence)
        )


def evidence_of(document: GoldDocument, gold: GoldRecord) -> tuple[Span, ...]:
    """Where the evidence of a gold record stands in its document's text."""
    if document.text is None:
        return ()
    found = (locate(passage, document.text) for passage in gold.evidence)
    return tuple(span for span in found if span)


def evaluate(gold: Iterable[GoldDocument], predictions: Predictions) -> Evaluation:
    """Score predicted records against gold.

    The three types that the library knows are scored, and each type that the gold has a record
    of; predictions of other types are passed over.

    Args:
        gold: Annotated documents.
        predictions: For each document's id its `Result`, or a list of records, as `Record`
            objects or as their JSON. A document without predictions counts as one without records.

    Returns:
        Scores and mistakes.

    Raises:
        InputError: A predicted record is neither a `Record` nor a mapping.

    Example:
        >>> gold = [GoldDocument(id="1", orgs=(), records=())]
        >>> spurious = {"type": "partnership", "partners": ["Acme", "Borealis"]}
        >>> evaluate(gold, {"1": [spurious]}).spurious_per_document
        1.0
    """
    documents = list(gold)
    types = {*BUILT_IN, *(record.type for document in documents for record in document.records)}
    tally = _Tally()
    for document in documents:
        records = _records_of(predictions, document.id)
        tally.add_document(document, [r for r in records if r.get("type") in types])
    ids = {document.id for document in documents}
    return Evaluation(
        found=dict(tally.found),
        exact=dict(tally.exact),
        slots=dict(tally.slots),
        by_slot=dict(sorted(tally.by_slot.items())),
        mistakes=tuple(tally.mistakes),
        judged=tuple(tally.judged),
        documents=len(documents),
        empty_documents=sum(not document.records for document in documents),
        spurious_in_empty=tally.spurious_in_empty,
        without_prediction=tuple(d.id for d in documents if d.id not in predictions),
        unknown=tuple(key for key in predictions if key not in ids),
        texts={d.id: d.text for d in documents if d.text is not None},
    )


def read_predictions(path: str | Path) -> dict[str, list[Json]]:
    """Read predicted records: one JSON object a line, with ``id`` and ``records``.

    Args:
        path: The file, UTF-8, as ``bizextract extract`` writes it.

    Returns:
        The records of each document, as JSON.

    Raises:
        InputError: The file cannot be read, or a line has no id, a list of records with types, or
            an id that stands in the file already.

    Example:
        >>> evaluate(read_gold("gold.jsonl"), read_predictions("out.jsonl"))  # doctest: +SKIP
    """
    predictions: dict[str, list[Json]] = {}
    for where, value in read_lines(path, InputError):
        key, records = value.get("id"), value.get("records", [])
        if not isinstance(key, str):
            raise InputError(f"{where}: the id is {quote(key)}; write a string")
        if key in predictions:
            raise InputError(f"{where}: the id {quote(key)} stands in an earlier line already")
        if not isinstance(records, list) or not all(_has_type(record) for record in records):
            raise InputError(f"{where}: records is not a list of objects that have a type")
        predictions[key] = records
    return predictions


def _has_type(record: object) -> bool:
    return isinstance(record, dict) and isinstance(record.get("type"), str)


def articles_of(gold: Iterable[GoldDocument]) -> list[Article]:
    """Give the texts of gold documents with their dates, so that the library can read them.

    Args:
        gold: Annotated documents.

    Returns:
        An article for each document, under the document's id.

    Raises:
        InputError: A document has no text.

    Example:
        >>> [article.id for article in articles_of([GoldDocument(id="1", text="", orgs=(),
        ...                                                      records=())])]
        ['1']
    """
    articles = []
    for document in gold:
        if document.text is None:
            raise InputError(
                f"the gold document {quote(document.id)} has no text to read; add the text, or "
                "give the predicted records"
            )
        articles.append(Article(text=document.text, date=document.date, id=document.id))
    return articles


# --- confidence ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bin:
    """Predictions whose confidence lies between two bounds.

    Attributes:
        low: The lower bound, which is inside.
        high: The upper bound, which is outside, except for the last bin.
        count: How many predictions lie there.
        confidence: Their mean confidence; None where there are none.
        correct: The share of them that is right; None where there are none.
    """

    low: float
    high: float
    count: int
    confidence: float | None
    correct: float | None


@dataclass(frozen=True)
class Calibration:
    """How far confidences can be taken at their word.

    Attributes:
        bins: The reliability of each bin, from low to high confidence.
        error: Expected calibration error: the distance between mean confidence and share right,
            weighted by the bins' counts. None where there are no predictions.
    """

    bins: tuple[Bin, ...]
    error: float | None


@dataclass(frozen=True)
class CurvePoint:
    """Precision and recall where only records of at least ``threshold`` are kept."""

    threshold: float
    precision: float
    recall: float


def _checked(pairs: Iterable[tuple[float, bool]]) -> list[tuple[float, bool]]:
    listed = list(pairs)
    for confidence, _ in listed:
        if not 0 <= confidence <= 1:
            raise InputError(f"the confidence {confidence!r} does not lie between 0 and 1")
    return listed


def calibration(pairs: Iterable[tuple[float, bool]], *, bins: int = 10) -> Calibration:
    """Compare confidences with how often they are right.

    Args:
        pairs: Confidence between 0 and 1, and whether the record is right; an evaluation has
            them as ``judged``.
        bins: How many bins of equal width there are.

    Returns:
        The reliability of each bin and the expected calibration error.

    Raises:
        InputError: A confidence lies outside 0 to 1, or there is less than one bin.

    Example:
        >>> calibration([(0.75, True), (0.75, False)]).error
        0.25
    """
    if bins < 1:
        raise InputError(f"{bins} bins were asked for; at least 1 is needed")
    listed = _checked(pairs)
    groups: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for confidence, right in listed:
        groups[min(int(confidence * bins), bins - 1)].append((confidence, right))
    made = tuple(_bin(group, i / bins, (i + 1) / bins) for i, group in enumerate(groups))
    gaps = (
        b.count * abs(b.confidence - b.correct)
        for b in made
        if b.confidence is not None and b.correct is not None
    )
    return Calibration(made, sum(gaps) / len(listed) if listed else None)


def _bin(group: Sequence[tuple[float, bool]], low: float, high: float) -> Bin:
    if not group:
        return Bin(low, high, 0, None, None)
    mean = sum(confidence for confidence, _ in group) / len(group)
    return Bin(low, high, len(group), mean, sum(right for _, right in group) / len(group))


def precision_recall_curve(
    pairs: Iterable[tuple[float, bool]], positives: int
) -> tuple[CurvePoint, ...]:
    """Give precision and recall for each confidence that can serve as a threshold.

    Args:
        pairs: Confidence between 0 and 1, and whether the record is right.
        positives: How many records there are in gold.

    Returns:
        A point for each distinct confidence, from high to low.

    Raises:
        InputError: A confidence lies outside 0 to 1.

    Example:
        >>> precision_recall_curve([(0.9, True), (0.5, False)], 2)[-1]
        CurvePoint(threshold=0.5, precision=0.5, recall=0.5)
    """
    points: dict[float, CurvePoint] = {}
    right = 0
    ordered = sorted(_checked(pairs), key=lambda pair: -pair[0])
    for count, (confidence, correct) in enumerate(ordered, start=1):
        right += correct
        recall = right / positives if positives else 0.0
        points[confidence] = CurvePoint(confidence, right / count, recall)
    return tuple(points.values())


# --- relations between companies (CORE) ------------------------------------------------------


class CorePair(BaseModel):
    """A sentence of the CORE data set with the relation of two of its companies.

    Attributes:
        id: The sentence's id.
        text: The sentence, or a few.
        relation: The relation, such as ``"shareholder_of"``.
        e1: The first company's words.
        e2: The second company's words.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    text: str
    relation: str
    e1: str
    e2: str

    @property
    def named(self) -> bool:
        """Whether both are names, rather than words like "the company"."""
        return _is_named(self.e1) and _is_named(self.e2)


def _is_named(text: str) -> bool:
    nameless = _word_list("nameless_words")
    return any(w.casefold() not in nameless and w != w.lower() for w in re.findall(r"\w+", text))


@dataclass(frozen=True)
class CoreRow:
    """How the pairs of one relation were read.

    Attributes:
        pairs: How many pairs there are.
        partnership: How many were given as partners of one partnership.
        investment: How many were given as investor and target of one investment.
        either: How many were given as one or the other.
    """

    pairs: int = 0
    partnership: int = 0
    investment: int = 0
    either: int = 0


@dataclass(frozen=True)
class CoreReport:
    """How company relations were read.

    Attributes:
        rows: Counts by relation.
        named: The same, of pairs in which both companies are named.
    """

    rows: Mapping[str, CoreRow]
    named: Mapping[str, CoreRow]

    def recall(self, *, named: bool = False) -> float:
        """Share of collaborations given as a partnership and shareholdings as an investment.

        Args:
            named: Whether only pairs count in which both companies are named.

        Returns:
            A share between 0 and 1.
        """
        rows = self.named if named else self.rows
        asked = [(rows.get(r, CoreRow()), t) for r, t in _CORE_TYPES.items()]
        total = sum(row.pairs for row, _ in asked)
        return sum(getattr(row, t) for row, t in asked) / total if total else 0.0

    @property
    def wrong(self) -> float:
        """Share of the pairs of other relations that were given as one of the two."""
        others = [row for relation, row in self.rows.items() if relation not in _CORE_TYPES]
        total = sum(row.pairs for row in others)
        return sum(row.either for row in others) / total if total else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Give the report as plain JSON values."""
        return {
            "recall": self.recall(),
            "recall_named": self.recall(named=True),
            "wrong": self.wrong,
            "relations": {relation: asdict(row) for relation, row in self.rows.items()},
            "relations_named": {relation: asdict(row) for relation, row in self.named.items()},
        }


_CORE_TYPES = {"collaboration": "partnership", "shareholder_of": "investment"}


def read_core(path: str | Path) -> list[CorePair]:
    """Read sentences of the CORE data set, one JSON object a line.

    Args:
        path: The file, with ``id``, ``text``, ``relation``, ``e1`` and ``e2`` in each line.

    Returns:
        The sentences with their pairs, in the order of the file.

    Raises:
        InputError: The file cannot be read, or a line lacks a key.

    Example:
        >>> pairs = read_core("core.jsonl")  # doctest: +SKIP
    """
    pairs = []
    for where, value in read_lines(path, InputError):
        try:
            pairs.append(CorePair.model_validate(value))
        except ValidationError as error:
            raise InputError(f"{where}: {explain(error)}") from error
    return pairs


def _entity_keys(words: str) -> set[str]:
    """The keys of a company's words: as they stand, and without or within parentheses."""
    outside, inside = re.sub(r"\(.*?\)", " ", words), re.findall(r"\((.*?)\)", words)
    return {_name_key(part) for part in (words, outside, *inside)} - {""}


def _both_held(pair: CorePair, left: Sequence[Any], right: Sequence[Any]) -> bool:
    """Whether one value of each side answers to the pair's companies, two values in all."""
    first, second = _entity_keys(pair.e1), _entity_keys(pair.e2)
    for one in left:
        for other in right:
            names, others = _names_of(one), _names_of(other)
            straight, crossed = (first & names, second & others), (second & names, first & others)
            if one is not other and (all(straight) or all(crossed)):
                return True
    return False


def _given_as(pair: CorePair, records: Iterable[Json]) -> set[str]:
    given = set()
    for record in records:
        if record.get("type") == "partnership":
            partners = _values(record, "partners")
            if _both_held(pair, partners, partners):
                given.add("partnership")
        elif record.get("type") == "investment" and _both_held(
            pair, _values(record, "investors"), _values(record, "target")
        ):
            given.add("investment")
    return given


def _core_rows(given: Iterable[tuple[CorePair, set[str]]]) -> dict[str, CoreRow]:
    rows: defaultdict[str, CoreRow] = defaultdict(CoreRow)
    for pair, types in given:
        row = rows[pair.relation]
        rows[pair.relation] = CoreRow(
            row.pairs + 1,
            row.partnership + ("partnership" in types),
            row.investment + ("investment" in types),
            row.either + bool(types),
        )
    return dict(sorted(rows.items()))


def core_report(pairs: Iterable[CorePair], predictions: Predictions) -> CoreReport:
    """Count how company relations were read from sentences with a given pair.

    A pair counts as given where one record holds both companies: as two partners, or as investor
    and target, whichever way round.

    Args:
        pairs: Sentences with their pairs.
        predictions: The records of each sentence, by its id.

    Returns:
        Counts by relation, recall, and how often another relation was wrongly given.

    Example:
        >>> pair = CorePair(id="1", text="Acme works with Borealis.", relation="collaboration",
        ...                 e1="Acme", e2="Borealis")
        >>> record = {"type": "partnership", "partners": [{"name": "Acme"}, {"name": "Borealis"}]}
        >>> core_report([pair], {"1": [record]}).recall()
        1.0
    """
    given = [(pair, _given_as(pair, _records_of(predictions, pair.id))) for pair in pairs]
    return CoreReport(_core_rows(given), _core_rows(g for g in given if g[0].named))


# --- rendering -------------------------------------------------------------------------------

_STYLES = {"missed": "bold red", "partly": "bold yellow", "spurious": "bold magenta"}
_CONTEXT = 90


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _passages(mistake: Mistake, text: str) -> Iterator[Text]:
    """Each passage of the evidence in colour, between some words of its text."""
    from rich.text import Text

    for span in mistake.evidence:
        before = text[max(0, span.start - _CONTEXT) : span.start]
        after = text[span.end : span.end + _CONTEXT]
        yield Text.assemble(
            ("…" if span.start > _CONTEXT else "") + _printable(before),
            (_printable(span.text), _STYLES[mistake.kind]),
            _printable(after) + ("…" if span.end + _CONTEXT < len(text) else ""),
        )
    if not mistake.evidence:
        known = mistake.gold.evidence if mistake.gold else ()
        yield from (Text(_printable(passage), style=_STYLES[mistake.kind]) for passage in known)


def _shown(value: Any) -> str:
    if isinstance(value, BaseModel):
        value = value.model_dump()
    if not isinstance(value, Mapping):
        return _printable(str(value))
    if value.get("currency"):
        return _printable(f"{value['currency']} {value.get('value')}")
    return _printable(str(value.get("name") or value.get("value") or value.get("text") or ""))


def _roles(mistake: Mistake) -> Iterator[Text]:
    """A line for each filled role: gold, and what was predicted where that differs."""
    from rich.text import Text

    for slot in slots_of(class_of(mistake.type)):
        gold = "; ".join(map(_shown, mistake.gold.values(slot.role))) if mistake.gold else ""
        given = "; ".join(map(_shown, _values(mistake.predicted or {}, slot.role)))
        line = Text(f"  {slot.role}: ", style="dim")
        if mistake.kind == "partly" and slot.role in mistake.wrong:
            line.append(gold or "nothing", style="green")
            line.append("  but got  ")
            line.append(given or "nothing", style="red")
        elif gold or given:
            line.append(gold or given, style="default")
        else:
            continue
        yield line


def _score_row(score: Score) -> tuple[str, ...]:
    figures = (f"{value:.3f}" for value in (score.precision, score.recall, score.f1))
    return (*figures, *map(str, (score.tp, score.gold, score.pred)))


def _print_table(
    console: Console, title: str, rows: Iterable[tuple[tuple[str, ...], Score]], *heads: str
) -> None:
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, collapse_padding=True)
    for head in heads:
        table.add_column(head, no_wrap=True)
    for head in ("P", "R", "F1", "right", "gold", "pred"):
        table.add_column(head, justify="right", no_wrap=True)
    for names, score in rows:
        table.add_row(*names, *_score_row(score))
    console.print(table)


def render(evaluation: Evaluation, *, errors: int = 0, console: Console | None = None) -> None:
    """Print an evaluation: figures by type and slot, then mistakes with their evidence.

    Args:
        evaluation: What to print.
        errors: How many mistakes to print.
        console: Where to print; None takes the standard output, in colour on a terminal and
            plain elsewhere.

    Example:
        >>> render(evaluate(read_gold("gold.jsonl"), {}), errors=5)  # doctest: +SKIP
    """
    from rich.console import Console
    from rich.text import Text

    console = console or Console(highlight=False)
    order = [*BUILT_IN, *sorted({*evaluation.found} - {*BUILT_IN, ALL}), ALL]
    whats = (
        ("found", evaluation.found), ("exact", evaluation.exact), ("slots", evaluation.slots)
    )  # fmt: skip
    rows = [((what, t), by[t]) for what, by in whats for t in order if t in by]
    _print_table(console, "Records", rows, "", "type")
    roles = ((tuple(key.split(".")), score) for key, score in evaluation.by_slot.items())
    _print_table(console, "Slots", roles, "type", "role")
    console.print(
        f"documents: {evaluation.documents}; {evaluation.spurious_per_document:.3f} records in a "
        f"document without gold records ({evaluation.empty_documents} of them)"
    )
    if evaluation.judged:
        error = calibration(evaluation.judged).error
        console.print(f"expected calibration error {error:.3f} ({len(evaluation.judged)} records)")
    for ids, what in (
        (evaluation.without_prediction, "gold documents have no prediction"),
        (evaluation.unknown, "predicted documents are not in the gold"),
    ):
        if ids:
            console.print(Text(f"{len(ids)} {what}, such as {quote(ids[0])}", style="yellow"))
    for mistake in evaluation.mistakes[:errors]:
        console.print()
        console.print(
            Text.assemble(
                (mistake.kind, _STYLES[mistake.kind]),
                f"  {mistake.type}  ",
                (_printable(mistake.document), "dim"),
            )
        )
        for line in _roles(mistake):
            console.print(line, soft_wrap=True)
        for passage in _passages(mistake, evaluation.texts.get(mistake.document, "")):
            console.print(Text.assemble("  | ", passage), soft_wrap=True)
