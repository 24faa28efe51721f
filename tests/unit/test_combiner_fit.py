"""Fitting the combiner, on a tiny set in which what is right is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs scikit-learn, of the extra bizextract[train]")

from bizextract._assemble import assemble, drafts
from bizextract._combine import Boosted, Combiner
from bizextract._drafts import Reading
from bizextract._frames import Assembly
from bizextract._gold import GoldDocument
from bizextract._train.combiner import BOOSTING, Settings, _best_floor, _boosted, fit_combiner
from bizextract.evaluation import Matcher

RULES = {"partnership": Assembly(needs=2, of=("partners",), anchors=("partners",), share=2)}
NAMES = ("Alder", "Birch", "Cedar")
Item = tuple[GoldDocument, Reading]


def event(source: str, score: float, status: str, *partners: int) -> dict[str, Any]:
    return {
        "type": "partnership", "source": source, "rule": None, "score": score, "sent": [0, 6],
        "trigger": None, "status": status, "kind": "memorandum", "scope": None, "cues": [],
        "roles": [{"role": "partners", "start": 2 * p, "end": 2 * p + 1, "score": score}
                  for p in partners],
    }  # fmt: skip


def item(number: int, *events: dict[str, Any], right: bool) -> Item:
    """A document that asserts a planned partnership of Alder and Birch, or nothing."""
    text = "Alder met Birch for Cedar ."
    ends = [i for i, c in enumerate(f"{text} ") if c == " "]
    offsets = list(zip([0, *(e + 1 for e in ends[:-1])], ends, strict=True))
    clusters = [
        {"name": name, "aliases": [], "label": "ORG", "mentions": [[2 * i, 2 * i + 1]]}
        for i, name in enumerate(NAMES)
    ]
    record = {
        "type": "partnership", "status": "planned", "kind": "memorandum",
        "partners": ["Alder", "Birch"], "evidence": [text],
    }  # fmt: skip
    gold = GoldDocument.model_validate(
        {"id": str(number), "text": text, "orgs": [[n] for n in NAMES],
         "records": [record] if right else []}
    )  # fmt: skip
    return gold, Reading(text, offsets, [(0, 6)], [], clusters, list(events))


def two_engines(number: int, right: bool) -> Item:
    """Both engines see what is right, and only the rules what is wrong; the reader knows status."""
    events = [event("rules", 0.8, "completed", 0, 1)]
    if right or number % 10 == 9:
        events.append(event("reader", 0.7, "planned", 0, 1))
    return item(number, *events, right=right)


SET = [two_engines(i, right=i % 2 == 0) for i in range(60)]
ALL_PASS = Settings(event_floor=0.0)
FITTED = fit_combiner(SET, RULES, ALL_PASS)


def probability(found: Item) -> float:
    (draft,) = drafts(found[1], RULES, FITTED)
    value = FITTED.probability(found[1], draft)
    assert value is not None
    return value


def test_right_is_told_from_wrong() -> None:
    assert probability(two_engines(0, right=True)) > 0.7
    assert probability(two_engines(1, right=False)) < 0.3


@pytest.mark.parametrize("settings", [ALL_PASS, Settings()], ids=["records", "proposals"])
def test_what_is_left_out_is_wrong(settings: Settings) -> None:
    fitted = fit_combiner(SET, RULES, settings)
    given = [(gold, assemble(reading, RULES, fitted)) for gold, reading in SET]
    right = sum(
        len(Matcher(gold).pairs([r.model_dump(mode="json") for r in records]))
        for gold, records in given
    )
    wrong = sum(len(records) for _, records in given) - right
    assert (right, wrong) == (30, 6)


def test_probabilities_are_calibrated() -> None:
    shares = [probability(found) for found in SET]
    assert sum(shares) == pytest.approx(30, abs=1)


def test_the_reader_is_trusted_on_what_it_knows_better() -> None:
    assert FITTED.trust["partnership.status.reader"] > 1
    (record,) = assemble(SET[0][1], RULES, FITTED)
    (unfitted,) = assemble(SET[0][1], RULES, Combiner())
    assert (record.status, unfitted.status) == ("planned", "completed")


def test_a_filler_that_only_one_engine_adds_is_judged() -> None:
    odd = [
        item(
            i,
            event("rules", 0.9, "planned", 0, 1, *([2] if i % 2 else [])),
            event("reader", 0.9, "planned", 0, 1),
            right=True,
        )
        for i in range(40)
    ]
    fitted = fit_combiner(odd, RULES)
    assert set(fitted.fillers) == {"partnership.partners"}
    (draft,) = drafts(odd[1][1], RULES, fitted)
    assert [f.value.name for f in draft.roles["partners"].values()] == ["Alder", "Birch"]


def test_fitting_is_deterministic() -> None:
    assert fit_combiner(SET, RULES, ALL_PASS).to_json() == FITTED.to_json()


def test_what_was_fitted_can_be_read_again() -> None:
    assert Combiner.parse(FITTED.to_json(), "both.json") == FITTED


@pytest.mark.parametrize(
    ("items", "settings"),
    [
        ([], Settings()),
        (SET[:4], Settings()),
        (SET, Settings(least=100)),
        ([two_engines(i, right=True) for i in range(40)], Settings()),
    ],
    ids=["nothing", "few", "fewer than asked", "nothing is wrong"],
)
def test_too_few_examples_give_no_model(items: list[Item], settings: Settings) -> None:
    fitted = fit_combiner(items, RULES, settings)
    assert (fitted.events, fitted.fillers) == ({}, {})
    assert fitted.records == Boosted()


@pytest.mark.parametrize(
    ("precision", "floor"),
    [(0.0, 0.25), (0.78, 0.45), (0.9, 0.7), (1.1, 0.25)],
    ids=["best F1", "three of four are not enough", "only the surest", "out of reach"],
)
def test_a_floor_keeps_the_precision_that_is_asked(precision: float, floor: float) -> None:
    shares = np.array([0.1, 0.2, 0.305, 0.305, 0.4, 0.505, 0.505, 0.6, 0.805, 0.9])
    right = np.array([0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0])
    found = _best_floor(shares, right, wanted=6, precision=precision)
    assert found == pytest.approx(floor)


def test_a_floor_is_the_middle_of_those_about_as_good() -> None:
    # 0.4 and less takes all that is right and one more, 0.6 and more loses one that is right.
    shares, right = np.array([0.2, 0.4, 0.6, 0.8, 0.8]), np.array([0.0, 0.0, 1.0, 1.0, 1.0])
    assert _best_floor(shares, right, wanted=3) == pytest.approx(0.5)
    assert _best_floor(shares, right, wanted=3, near=0.15) == pytest.approx(0.4)
    assert _best_floor(shares, right, wanted=3, near=0.3) == pytest.approx(0.4)
    assert _best_floor(shares, right, wanted=3, precision=0.9, near=0.15) == pytest.approx(0.5)


def test_trees_say_what_scikit_learn_says() -> None:
    from sklearn.ensemble import GradientBoostingClassifier

    rng = np.random.default_rng(0)
    rows = [{"a": float(a), "b": float(b)} for a, b in rng.normal(size=(200, 2)).round(3)]
    right = np.array([float(row["a"] * row["b"] + row["a"] > 0) for row in rows])
    ours = _boosted(rows, right, ("partnership",))
    theirs = GradientBoostingClassifier(**BOOSTING).fit([[*row.values()] for row in rows], right)
    wanted = theirs.predict_proba([[*row.values()] for row in rows])[:, 1]
    assert [ours(row) for row in rows] == pytest.approx(wanted.tolist(), abs=1e-3)


def test_where_all_is_right_trees_say_so() -> None:
    assert _boosted([{"a": 1.0}] * 3, np.ones(3), ("partnership",))({}) > 0.99
    assert _boosted([{"a": 1.0}] * 3, np.zeros(3), ("partnership",))({}) < 0.01
