"""The combiner: its file, its features, and what it lets through."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bizextract._combine import (
    VERSION,
    Boosted,
    Branch,
    Combiner,
    Logistic,
    event_features,
    filler_features,
    record_features,
)
from bizextract._drafts import Draft, Filler, Reading
from bizextract.errors import ModelError

TREE = Branch(of="rules", at=0.5, low=-1.0, high=Branch(of="partners.best", at=0.5, low=0, high=2))
RECORDS = Boosted(types=("partnership",), bias=-0.5, trees=(TREE, 0.25), floor=0.4)
COMBINER = Combiner(
    events={"partnership": Logistic(bias=0.5, weights={"headline": 1.0}, floor=0.2)},
    fillers={"partnership.partners": Logistic(bias=-1.0, weights={"rules": 3.0}, floor=0.5)},
    trust={"partnership.status.reader": 2.0, "investment.kind.reader": 0.5},
    records=RECORDS,
)


def reading_of(*events: dict[str, Any]) -> Reading:
    return Reading("Acme grew.", [(0, 4), (5, 9), (9, 10)], [(0, 3)], [], [], list(events))


def event(source: str = "rules", score: float = 0.8, start: int = 0) -> dict[str, Any]:
    return {"type": "partnership", "source": source, "score": score, "sent": [start, start + 3]}


def draft(
    *events: dict[str, Any], type_: str = "partnership", scores: dict[str, float] | None = None
) -> Draft:
    """A draft with one partner for each source of a filler."""
    fillers = {
        ("org", source): Filler(("org", source), source, 0, 4, score, {source: score})
        for source, score in (scores or {}).items()
    }
    found = list(events) or [event()]
    return Draft(type_, found, {"partners": fillers}, {}, [e["score"] for e in found])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "the combiner's file both.json is missing; install again"),
        ("", "both.json is damaged"),
        ('{"version": 2', "both.json is damaged"),
        ("[1, 2]", "both.json is damaged"),
        ("null", "both.json is damaged"),
        ("{}", f"is of version None, this library reads version {VERSION}; fit it again"),
        ('{"version": 1}', f"is of version 1, this library reads version {VERSION}; fit it again"),
        (b"\xff\xfe{}", "both.json cannot be read"),
        ({"events": {"partnership": {"bias": 0.1}}}, "both.json is damaged"),
        ({"events": {"partnership": {"bias": "x", "weights": {}}}}, "both.json is damaged"),
        ({"events": {"partnership": {"bias": 0, "weights": {}, "floor": 2}}}, "is damaged"),
        ({"events": {"partnership": {"bias": math.nan, "weights": {}}}}, "is damaged"),
        ({"records": {"trees": [{"of": "rules", "at": 1, "low": 0}]}}, "both.json is damaged"),
        ({"records": {"trees": [math.inf]}}, "both.json is damaged"),
        ({"records": {"floor": -1}}, "both.json is damaged"),
        ({"fillers": {"a.b": {"bias": 0, "weights": {"x": math.inf}}}}, "is damaged"),
        ({"surprise": 1}, "both.json is damaged"),
    ],
    ids=["missing", "empty", "cut", "list", "null", "no version", "old version", "not UTF-8",
         "no weights", "no number", "floor", "not a number", "half a branch", "infinite leaf",
         "records' floor", "infinite", "unknown key"],
)  # fmt: skip
def test_a_file_that_is_no_combiner(tmp_path: Path, content: Any, says: str) -> None:
    path = tmp_path / "both.json"
    if isinstance(content, dict):
        content = json.dumps({"version": VERSION, **content})
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ModelError) as caught:
        Combiner.read(path)
    assert says in str(caught.value)


def test_a_folder_is_no_combiner(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        Combiner.read(tmp_path)


def test_a_combiner_comes_back_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "both.json"
    path.write_text(COMBINER.to_json(), encoding="utf-8")
    assert Combiner.read(path) == COMBINER
    assert Combiner.read(path).to_json() == COMBINER.to_json()


def test_equal_combiners_give_equal_files() -> None:
    weights = {"b": 1.0, "a": 2.0}
    one = Combiner(events={"partnership": Logistic(bias=0, weights=weights)})
    turned = dict(reversed(weights.items()))
    other = Combiner(events={"partnership": Logistic(bias=0, weights=turned)})
    assert list(weights) != list(turned)
    assert one.to_json() == other.to_json()


@pytest.mark.parametrize(
    ("bias", "features", "probability"),
    [
        (0.0, {}, 0.5),
        (0.0, {"unknown": 9.0}, 0.5),
        (math.log(3), {}, 0.75),
        (0.0, {"known": math.log(3)}, 0.75),
        (1e9, {}, 1.0),
        (-1e9, {}, 0.0),
    ],
)
def test_a_regression(bias: float, features: dict[str, float], probability: float) -> None:
    model = Logistic(bias=bias, weights={"known": 1.0})
    assert model(features) == pytest.approx(probability)


@pytest.mark.parametrize(
    ("features", "log_odds"),
    [
        ({}, -1.25),
        ({"rules": 0.5, "partners.best": 1.0}, -1.25),
        ({"rules": 1.0}, -0.25),
        ({"rules": 1.0, "partners.best": 0.5}, -0.25),
        ({"rules": 1.0, "partners.best": 0.6, "unknown": 9.0}, 1.75),
    ],
)
def test_trees_are_added_up(features: dict[str, float], log_odds: float) -> None:
    assert RECORDS(features) == pytest.approx(1 / (1 + math.exp(-log_odds)))


SHARES = st.floats(0, 1)
SOURCES = st.sampled_from(["rules", "reader"])
EVENTS = st.lists(st.builds(event, SOURCES, SHARES, st.integers(0, 900)), min_size=1, max_size=4)
SCORES = st.dictionaries(st.sampled_from(["rules", "reader", "pointed", "main"]), SHARES)


@given(EVENTS, SCORES, st.integers(1, 50), st.none() | st.sampled_from(["planned", "completed"]))
def test_features_are_finite(
    events: list[dict[str, Any]], scores: dict[str, float], times: int, status: str | None
) -> None:
    found = draft(*events, scores=scores)
    for filler in found.roles["partners"].values():
        filler.times = times
    if status:
        found.votes["status"] = {(status, "rules"): 0.5}
    reading = reading_of(*events)
    for features in (
        event_features(reading, found),
        record_features(reading, found),
        *(filler_features(f, found) for f in found.roles["partners"].values()),
    ):
        assert features
        assert all(math.isfinite(value) for value in features.values())


@given(EVENTS, SCORES)
def test_a_probability_is_a_share(events: list[dict[str, Any]], scores: dict[str, float]) -> None:
    found, reading = draft(*events, scores=scores), reading_of(*events)
    assert 0 <= COMBINER.event(reading, found) <= 1
    probability = COMBINER.probability(reading, found)
    assert probability is not None
    assert 0 <= probability <= 1


def test_what_the_other_engine_says_of_the_same_sentence_is_seen() -> None:
    mine, beside, elsewhere = event(), event("reader", 0.6), event("reader", 0.9, start=30)
    alone = event_features(reading_of(mine, elsewhere), draft(mine))
    backed = event_features(reading_of(mine, beside, elsewhere), draft(mine))
    assert (alone["alone"], alone["reader.beside"]) == (1.0, 0.0)
    assert (backed["alone"], backed["reader.beside"]) == (0.0, 0.6)


@pytest.mark.parametrize(("probability", "accepted"), [(0.39, False), (0.4, True), (0.9, True)])
def test_a_record_below_the_floor_is_left_out(probability: float, accepted: bool) -> None:
    assert COMBINER.accepts(draft(), probability) is accepted


def test_a_filler_below_the_floor_is_dropped_and_the_others_judged() -> None:
    found = draft(scores={"rules": 0.9, "reader": 0.9})
    COMBINER.judge_fillers(found)
    (left,) = found.roles["partners"].values()
    assert left.value == "rules"
    assert left.score == pytest.approx(1 / (1 + math.exp(-2)))


def test_drafts_that_share_a_party_are_rivals() -> None:
    found = draft(event(score=0.5))
    assert record_features(reading_of(), found)["rivals"] == 0.0
    found.rivals = [0.7, 0.2]
    features = record_features(reading_of(), found)
    assert (features["rivals"], features["rivals.stronger"]) == (math.log1p(2), 1.0)


def test_a_type_that_was_not_fitted_passes_without_a_confidence() -> None:
    found = draft(event(score=0.3), type_="headquarters_opening", scores={"rules": 0.7})
    reading = reading_of()
    assert COMBINER.event(reading, found) == 0.3
    assert COMBINER.event_floor(found.type) == 0.0
    COMBINER.judge_fillers(found)
    assert [f.score for f in found.roles["partners"].values()] == [0.7]
    assert COMBINER.probability(reading, found) is None
    assert COMBINER.accepts(found, None)


def test_trust_is_given_by_type() -> None:
    assert COMBINER.trust_of("partnership") == {"status.reader": 2.0}
    assert COMBINER.trust_of("headquarters_opening") == {}
