"""The combiner: how likely a proposal, a role's filler and a record are right.

Small models, fitted on gold (see `bizextract._train.combiner`): for each type, a logistic
regression judges each proposal by itself, and one each filler of a role; boosted trees for all
types judge the draft that the proposals make together. Their probability is the record's
confidence.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bizextract._drafts import MAIN, Draft, Filler, Reading, roles_of
from bizextract.errors import ModelError

VERSION = 3
SOURCES = ("rules", "reader")
CIRCUMSTANCES = frozenset({"date", "announced", "source"})
"""Roles that say nothing of whether a draft is right."""

Features = dict[str, float]
Share = Annotated[float, Field(ge=0, le=1)]


class Logistic(BaseModel):
    """A logistic regression over named features.

    Attributes:
        bias: The intercept.
        weights: By feature; one that is not named weighs nothing.
        floor: What is less likely than this is left out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    bias: float
    weights: dict[str, float]
    floor: Share = 0.0

    def __call__(self, features: Mapping[str, float]) -> float:
        """The probability for the features."""
        return _share(
            self.bias + sum(w * features.get(name, 0.0) for name, w in self.weights.items())
        )


class Branch(BaseModel):
    """A question in a regression tree.

    Attributes:
        of: The feature that is asked for; one that is not there is 0.
        at: The highest value that goes on at `low`.
        low: The tree, or the value, for lower values.
        high: That for higher ones.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    of: str
    at: float
    low: Branch | float
    high: Branch | float


class Boosted(BaseModel):
    """Boosted regression trees over named features (Friedman 2001, doi:10.1214/aos/1013203451).

    Attributes:
        types: The types whose drafts it was fitted on.
        bias: What the trees' values are added to, in log-odds.
        trees: The trees.
        floor: What is less likely than this is left out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    types: tuple[str, ...] = ()
    bias: float = 0.0
    trees: tuple[Branch | float, ...] = ()
    floor: Share = 0.0

    def __call__(self, features: Mapping[str, float]) -> float:
        """The probability for the features."""
        total = self.bias
        for tree in self.trees:
            while isinstance(tree, Branch):
                tree = tree.low if features.get(tree.of, 0.0) <= tree.at else tree.high
            total += tree
        return _share(total)


def _share(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, log_odds))))


class Combiner(BaseModel):
    """What decides which proposals become records, and with which fillers.

    Attributes:
        version: Of the file's format.
        events: By type: judges a proposal by itself.
        fillers: By ``"type.role"``: judges a filler.
        trust: By ``"type.choice.source"``: what a source's vote on the status, the kind or the
            scope weighs; 1 where nothing is said.
        records: Judges a draft. Drafts of types that it was not fitted on are taken as they are,
            without a confidence.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    version: int = VERSION
    events: dict[str, Logistic] = Field(default_factory=dict)
    fillers: dict[str, Logistic] = Field(default_factory=dict)
    trust: dict[str, float] = Field(default_factory=dict)
    records: Boosted = Boosted()

    def event(self, reading: Reading, draft: Draft) -> float:
        """How likely a proposal is right by itself; its own score where nothing was fitted."""
        model = self.events.get(draft.type)
        score: float = draft.events[0]["score"]
        return score if model is None else model(event_features(reading, draft))

    def event_floor(self, type_: str) -> float:
        """The least probability of a proposal that is taken."""
        model = self.events.get(type_)
        return 0.0 if model is None else model.floor

    def trust_of(self, type_: str) -> dict[str, float]:
        """What votes weigh for a type, by ``"choice.source"``."""
        head = f"{type_}."
        return {k.removeprefix(head): w for k, w in self.trust.items() if k.startswith(head)}

    def judge_fillers(self, draft: Draft) -> None:
        """Set how likely each filler of a draft is, and drop the unlikely."""
        for role, fillers in draft.roles.items():
            model = self.fillers.get(f"{draft.type}.{role}")
            if model is None:
                continue
            for key, filler in list(fillers.items()):
                filler.score = model(filler_features(filler, draft))
                if filler.score < model.floor:
                    del fillers[key]

    def probability(self, reading: Reading, draft: Draft) -> float | None:
        """The probability that a draft is right; None for a type that was not fitted."""
        known = draft.type in self.records.types
        return self.records(record_features(reading, draft)) if known else None

    def accepts(self, draft: Draft, probability: float | None) -> bool:
        """Whether a draft of that probability becomes a record."""
        return probability is None or probability >= self.records.floor

    @classmethod
    def read(cls, path: Path) -> Combiner:
        """Read a combiner from its JSON file.

        Raises:
            ModelError: The file is missing, damaged or of another version.
        """
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise ModelError(f"the combiner's file {path.name} is missing; install again") from None
        except (OSError, UnicodeDecodeError) as error:
            raise ModelError(f"the combiner's file {path.name} cannot be read: {error}") from error
        return cls.parse(text, path.name)

    @classmethod
    def parse(cls, text: str | bytes, source: str) -> Combiner:
        """Read a combiner from JSON.

        Raises:
            ModelError: The JSON is damaged or of another version.
        """
        try:
            found = json.loads(text)
            version = found.get("version")
        except (ValueError, AttributeError) as error:
            raise ModelError(f"the combiner's file {source} is damaged: {error}") from error
        if version != VERSION:
            raise ModelError(
                f"the combiner's file {source} is of version {version}, "
                f"this library reads version {VERSION}; fit it again"
            )
        try:
            return cls.model_validate(found)
        except ValidationError as error:
            raise ModelError(f"the combiner's file {source} is damaged: {error}") from error

    def to_json(self) -> str:
        """The combiner as JSON, sorted, so that equal combiners give equal files."""
        return json.dumps(self.model_dump(), indent=1, sort_keys=True) + "\n"


def event_features(reading: Reading, draft: Draft) -> Features:
    """What is looked at to judge a proposal by itself."""
    event = draft.events[0]
    beside = [
        e["score"]
        for e in reading.events
        if e["type"] == event["type"]
        and e["source"] != event["source"]
        and e["sent"][0] < event["sent"][1]
        and e["sent"][1] > event["sent"][0]
    ]
    found: Features = {}
    for source in SOURCES:
        own = event["source"] == source
        found[source] = float(own)
        found[f"{source}.score"] = _logit(event["score"]) if own else 0.0
        found[f"{source}.beside"] = max(beside, default=0.0) if not own else 0.0
    found["alone"] = float(not beside)
    found["headline"] = float(event["sent"][0] == 0)
    for role in roles_of(draft).keys() - CIRCUMSTANCES:
        fillers = draft.roles.get(role, {}).values()
        found[role] = max((f.score for f in fillers), default=0.0)
    return found


def filler_features(filler: Filler, draft: Draft) -> Features:
    """What is looked at to judge a filler."""
    found: Features = {}
    for source in (*SOURCES, "pointed"):
        score = filler.scores.get(source)
        found[source] = float(score is not None)
        found[f"{source}.score"] = _logit(score) if score is not None else 0.0
    found["both"] = float("rules" in filler.scores and "reader" in filler.scores)
    found["times"] = math.log(filler.times)
    found["share"] = filler.times / max(1, len(draft.events))
    if MAIN in filler.scores:
        found[MAIN] = 1.0
        found[f"{MAIN}.{draft.choice('status')}"] = 1.0
        found[f"{MAIN}.dated"] = float(bool(draft.roles.get("date")))
        found[f"{MAIN}.first"] = float(draft.start == 0)
        found[f"{MAIN}.late"] = min(1.0, draft.start / 200)
    return found


def record_features(reading: Reading, draft: Draft) -> Features:
    """What is looked at to judge a draft."""
    found: Features = {f"type={draft.type}": 1.0}
    likely = sorted(draft.likely, reverse=True)
    found["likely"] = _logit(likely[0])
    found["more"] = 1.0 - math.prod(1.0 - p for p in likely[1:])
    sources = {e["source"] for e in draft.events}
    for source in SOURCES:
        found[source] = float(source in sources)
    found["both"] = float(len(sources) > 1)
    for role, slot in roles_of(draft).items():
        if role in CIRCUMSTANCES:
            continue
        scores = [f.score for f in draft.roles.get(role, {}).values()]
        found[f"{role}.best"] = max(scores, default=0.0)
        if slot.many:
            found[f"{role}.many"] = math.log1p(len(scores))
            found[f"{role}.weakest"] = min(scores, default=0.0)
    found["rivals"] = math.log1p(len(draft.rivals))
    found["rivals.stronger"] = float(max(draft.rivals, default=0.0) > likely[0])
    found["headline"] = float(draft.start == 0)
    found["position"] = draft.start / max(1, len(reading.offsets))
    for name in draft.votes:
        found[f"{name}={draft.choice(name)}"] = 1.0
    return found


def _logit(p: float) -> float:
    p = min(max(p, 0.02), 0.98)
    return math.log(p / (1 - p)) / 4
