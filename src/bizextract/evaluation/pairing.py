"""Which predicted record is which gold record, and how many of its values are right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from bizextract._gold import GoldDocument, GoldRecord, is_group, scored_slots
from bizextract._roles import Kind, Slot
from bizextract.evaluation.agreement import Clusters, Json, agrees, values_of
from bizextract.records import HeadquartersOpening, Investment, Partnership, Record


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
def matching_of(record: type[Record]) -> _Matching:
    """The table's entry; a user's own type is known by its organisations, all of them its key."""
    if record in _MATCHING:
        return _MATCHING[record]
    slots = scored_slots(record)
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


def _score_slot(slot: Slot, gold: GoldRecord, predicted: Json, clusters: Clusters) -> Score:
    wanted, given = gold.values(slot.role), values_of(predicted, slot.role)
    left, agreed = list(given), 0
    for value in wanted:
        for other in left:
            if agrees(slot, value, other, clusters):
                left.remove(other)
                agreed += 1
                break
    return Score(agreed, len(wanted), len(given))


def score_slots(gold: GoldRecord, predicted: Json, clusters: Clusters) -> dict[str, Score]:
    """How many values agree, by role."""
    return {
        slot.role: _score_slot(slot, gold, predicted, clusters)
        for slot in scored_slots(gold.record_class)
    }


def _fit(gold: GoldRecord, slots: Mapping[str, Score]) -> int:
    """How well two records of one type fit; 0 where they cannot be the same event."""
    matching = matching_of(gold.record_class)
    anchored = any(
        slots[role].tp >= max(1, min(matching.least, slots[role].gold)) for role in matching.anchors
    )
    clash = any(
        slots[role].gold and slots[role].pred and not slots[role].tp for role in matching.guards
    )
    if clash or not anchored:
        return 0
    return 1 + 10 * sum(slots[role].tp for role in matching.key) + sum(s.tp for s in slots.values())


def pair_records(
    gold: Sequence[GoldRecord], predicted: Sequence[Json], clusters: Clusters
) -> dict[int, tuple[int, dict[str, Score]]]:
    """Pair records, the best pair first, earlier records first where pairs are as good.

    Returns:
        For the index of a gold record: the index of its prediction, and the score of each slot.
    """
    slots = {
        (i, j): score_slots(one, other, clusters)
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
        self._clusters = Clusters(document)

    def pairs(self, predicted: Sequence[Json]) -> dict[int, int]:
        """Give for the index of each prediction that is right the index of its gold record."""
        paired = pair_records(self.document.records, predicted, self._clusters)
        return {j: i for i, (j, _) in paired.items()}

    def fits(self, predicted: Json) -> bool:
        """Whether a prediction could be one of the gold records."""
        return any(
            _fit(gold, score_slots(gold, predicted, self._clusters))
            for gold in self.document.records
            if gold.type == predicted["type"]
        )

    def agrees(self, index: int, role: str, value: Any) -> bool:
        """Whether a value for a role agrees with one that a gold record has for it."""
        gold = self.document.records[index]
        return any(
            agrees(slot, want, value, self._clusters)
            for slot in scored_slots(gold.record_class)
            if slot.role == role
            for want in gold.values(role)
        )
