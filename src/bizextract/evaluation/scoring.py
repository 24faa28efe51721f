"""The evaluation of predicted records: scores by type and by role, and the mistakes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bizextract._gold import GoldDocument, GoldRecord, scored_slots
from bizextract._roles import class_of
from bizextract.evaluation.agreement import Clusters, Json, values_of
from bizextract.evaluation.confidence import calibration
from bizextract.evaluation.mistakes import Mistake, evidence_of, predicted_evidence
from bizextract.evaluation.pairing import Score, matching_of, pair_records, score_slots
from bizextract.evaluation.predictions import Predictions, records_of

ALL = "all"
BUILT_IN = ("headquarters_opening", "partnership", "investment")


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
        clusters = Clusters(document)
        pairs = pair_records(document.records, predicted, clusters)
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

    def _add_missed(self, document: GoldDocument, gold: GoldRecord, clusters: Clusters) -> None:
        miss = Score(gold=1)
        self._add(gold.type, miss, miss, score_slots(gold, {}, clusters))
        self.mistakes.append(
            Mistake(document.id, "missed", gold.type, gold, None, (), evidence_of(document, gold))
        )

    def _add_pair(
        self, document: GoldDocument, gold: GoldRecord, record: Json, slots: Mapping[str, Score]
    ) -> None:
        wrong = tuple(role for role, s in slots.items() if not s.tp == s.gold == s.pred)
        exact = not set(wrong) & set(matching_of(gold.record_class).key)
        self._add(gold.type, Score(1, 1, 1), Score(int(exact), 1, 1), slots)
        self._judge(record, True)
        if not exact:
            evidence = evidence_of(document, gold)
            self.mistakes.append(
                Mistake(document.id, "partly", gold.type, gold, record, wrong, evidence)
            )

    def _add_spurious(self, document: GoldDocument, record: Json) -> None:
        slots = {
            slot.role: Score(pred=len(values_of(record, slot.role)))
            for slot in scored_slots(class_of(record["type"]))
        }
        extra = Score(pred=1)
        self._add(record["type"], extra, extra, slots)
        self._judge(record, False)
        evidence = tuple(predicted_evidence(record, document.text or ""))
        self.mistakes.append(
            Mistake(document.id, "spurious", record["type"], None, record, (), evidence)
        )


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
        records = records_of(predictions, document.id)
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
