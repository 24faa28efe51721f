"""The combiner: how likely a draft is right, from what rules and reader say of it.

A logistic regression for each record type, fitted on gold (see `bizextract._train.combiner`).
Its probabilities become the records' confidence; the same file holds the least score that a
role's filler must have to be taken.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bizextract._assemble import Draft, Reading, slots_of
from bizextract.errors import ModelError

VERSION = 1
SOURCES = ("rules", "reader")


class TypeModel(BaseModel):
    """The regression of one record type.

    Attributes:
        bias: The intercept.
        weights: By feature name; a feature that is not named weighs nothing.
        threshold: Drafts less likely than this give no record.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    bias: float
    weights: dict[str, float]
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.5


class Combiner(BaseModel):
    """What decides which drafts become records.

    Attributes:
        version: Of the file's format.
        types: A regression for each record type; drafts of other types are taken as they are,
            without a confidence.
        floors: By ``"type.role"``: the least score of a filler that is taken.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = VERSION
    types: dict[str, TypeModel] = Field(default_factory=dict)
    floors: dict[str, float] = Field(default_factory=dict)

    def probability(self, reading: Reading, draft: Draft) -> float | None:
        """The probability that a draft is right; None for a type that was not fitted."""
        model = self.types.get(draft.type)
        if model is None:
            return None
        found = features(reading, draft)
        total = model.bias + sum(w * found.get(name, 0.0) for name, w in model.weights.items())
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))

    def accepts(self, draft: Draft, probability: float | None) -> bool:
        """Whether a draft of that probability becomes a record."""
        return probability is None or probability >= self.types[draft.type].threshold

    @classmethod
    def read(cls, path: Path) -> Combiner:
        """Read a combiner from its JSON file.

        Raises:
            ModelError: The file is missing, damaged or of another version.
        """
        try:
            combiner = cls.model_validate_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ModelError(f"the combiner's file {path.name} is missing; install again") from None
        except (ValidationError, UnicodeDecodeError) as error:
            raise ModelError(f"the combiner's file {path.name} is damaged: {error}") from error
        if combiner.version != VERSION:
            raise ModelError(
                f"the combiner's file {path.name} is of version {combiner.version}, "
                f"this library reads version {VERSION}; fit it again"
            )
        return combiner

    def write(self, path: Path) -> None:
        """Write the combiner as JSON, sorted, so that equal combiners give equal files."""
        content = json.dumps(self.model_dump(), indent=1, sort_keys=True)
        path.write_text(content + "\n", encoding="utf-8")


def features(reading: Reading, draft: Draft) -> Mapping[str, float]:
    """What the combiner looks at.

    Args:
        reading: What the components found in the document.
        draft: One of its drafts.

    Returns:
        Numbers by name, most of them between 0 and 1.
    """
    found: dict[str, float] = {}
    for source in SOURCES:
        scores = sorted((e["score"] for e in draft.events if e["source"] == source), reverse=True)
        found[f"{source}.max"] = scores[0] if scores else 0.0
        found[f"{source}.logit"] = _logit(scores[0]) if scores else 0.0
        found[f"{source}.more"] = 1.0 - math.prod(1.0 - s for s in scores[1:])
        found[f"{source}.any"] = float(bool(scores))
    found["agree"] = found["rules.any"] * found["reader.max"]
    for role, (_, many) in slots_of(draft.type).items():
        fillers = draft.roles.get(role, {}).values()
        found[f"{role}.score"] = max((f.score for f in fillers), default=0.0)
        if many:
            found[f"{role}.many"] = math.log1p(len(fillers))
            found[f"{role}.weakest"] = min((f.score for f in fillers), default=0.0)
        found[f"{role}.both"] = float(any(len(f.sources) > 1 for f in fillers))
    found["filled"] = sum(bool(v) for v in draft.roles.values()) / 5
    found["headline"] = float(draft.start == 0)
    found["position"] = draft.start / max(1, len(reading.offsets))
    for name, votes in draft.votes.items():
        best = max(votes, key=lambda v: votes[v])
        found[f"{name}={best}"] = 1.0
    return found


def _logit(p: float) -> float:
    p = min(max(p, 0.02), 0.98)
    return math.log(p / (1 - p)) / 4
