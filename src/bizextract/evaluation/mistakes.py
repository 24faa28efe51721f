"""Where predicted records are wrong, and where the passages stand that show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bizextract._gold import GoldDocument, GoldRecord, locate
from bizextract.evaluation.agreement import Json, filled, values_of
from bizextract.records import Span


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


def evidence_of(document: GoldDocument, gold: GoldRecord) -> tuple[Span, ...]:
    """Where the evidence of a gold record stands in its document's text."""
    if document.text is None:
        return ()
    found = (locate(passage, document.text) for passage in gold.evidence)
    return tuple(span for span in found if span)


def predicted_evidence(predicted: Json, text: str) -> Iterator[Span]:
    """Where a prediction's evidence stands: at its offsets if they fit, else where it is found."""
    for passage in values_of(predicted, "evidence"):
        for words in filled(passage, "text"):
            start = passage.get("start") if isinstance(passage, Mapping) else None
            if isinstance(start, int) and start >= 0 and text.startswith(words, start):
                yield Span(text=words, start=start, end=start + len(words))
            elif span := locate(words, text):
                yield span
