"""Relations between companies: how sentences of the CORE data set were read."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from bizextract._gold import read_models
from bizextract.errors import InputError
from bizextract.evaluation.agreement import Json, name_key, names_of, values_of, word_list
from bizextract.evaluation.predictions import Predictions, records_of


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
    nameless = word_list("nameless_words")
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
    return [pair for _, pair in read_models(path, CorePair, InputError)]


def _entity_keys(words: str) -> set[str]:
    """The keys of a company's words: as they stand, and without or within parentheses."""
    outside, inside = re.sub(r"\(.*?\)", " ", words), re.findall(r"\((.*?)\)", words)
    return {name_key(part) for part in (words, outside, *inside)} - {""}


def _both_held(pair: CorePair, left: Sequence[Any], right: Sequence[Any]) -> bool:
    """Whether one value of each side answers to the pair's companies, two values in all."""
    first, second = _entity_keys(pair.e1), _entity_keys(pair.e2)
    for one in left:
        for other in right:
            names, others = names_of(one), names_of(other)
            straight, crossed = (first & names, second & others), (second & names, first & others)
            if one is not other and (all(straight) or all(crossed)):
                return True
    return False


def _given_as(pair: CorePair, records: Iterable[Json]) -> set[str]:
    given = set()
    for record in records:
        if record.get("type") == "partnership":
            partners = values_of(record, "partners")
            if _both_held(pair, partners, partners):
                given.add("partnership")
        elif record.get("type") == "investment" and _both_held(
            pair, values_of(record, "investors"), values_of(record, "target")
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
    given = [(pair, _given_as(pair, records_of(predictions, pair.id))) for pair in pairs]
    return CoreReport(_core_rows(given), _core_rows(g for g in given if g[0].named))
