"""Gold, scores and errors. The figures of the small gold here are worked out by hand."""

from __future__ import annotations

import copy
import importlib.util
import io
import json
import random
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest
from rich.console import Console
from typer.testing import CliRunner

from bizextract import cli
from bizextract._text import Article
from bizextract.errors import InputError
from bizextract.evaluation import (
    GoldDocument,
    Score,
    articles_of,
    evaluate,
    read_gold,
    read_predictions,
    render,
)
from bizextract.records import (
    Investment,
    Money,
    Organization,
    Partnership,
    Place,
    Record,
    Result,
)
from helpers import (
    DOCUMENT,
    HEADQUARTERS,
    INVESTMENT,
    PARTNERSHIP,
    TEXT,
    organization,
    write_lines,
)

SHARED = Path(__file__).parents[3] / "shared" / "eval"


def gold_document(**changes: Any) -> GoldDocument:
    return GoldDocument.model_validate({**DOCUMENT, **changes})


# --- scores ----------------------------------------------------------------------------------


def test_figures_worked_out_by_hand() -> None:
    """One record found with a wrong kind, one missed, one spurious in an empty document."""
    predictions: dict[str, list[dict[str, Any]]] = {
        "a": [
            {
                "type": "partnership",
                "partners": [organization("Ferrum"), organization("the Blue Heron")],
                "kind": "collaboration",
                "fields": [{"text": "recycling of battery packs"}],  # 2 of 4 words: agrees
                "status": "completed",
            }
        ],
        "b": [
            {
                "type": "investment",
                "investors": [organization("Ferrum")],
                "target": organization("Tidemark"),
                "kind": "stake",
                "status": "planned",
            }
        ],
    }
    gold = [gold_document(), gold_document(id="b", records=[], text=None)]
    evaluation = evaluate(gold, predictions)
    assert evaluation.found["partnership"] == Score(1, 1, 1)
    assert evaluation.found["investment"] == Score(0, 1, 1)
    assert evaluation.found["all"] == evaluation.exact["all"] == Score(1, 2, 2)
    # gold: 2 partners, kind, field, status; investor, target, amount, kind, status
    assert evaluation.slots["all"] == Score(4, 10, 9)
    assert evaluation.slots["all"].f1 == pytest.approx(8 / 19)
    assert evaluation.by_slot["partnership.kind"] == Score(0, 1, 1)
    assert evaluation.by_slot["investment.amount"] == Score(0, 1, 0)
    assert [(m.document, m.kind) for m in evaluation.mistakes] == [
        ("a", "missed"),
        ("b", "spurious"),
    ]
    assert (evaluation.documents, evaluation.empty_documents) == (2, 1)
    assert evaluation.spurious_per_document == 1.0


def test_gold_that_nothing_was_proposed_for_is_missed() -> None:
    evaluation = evaluate([gold_document()], {})
    assert evaluation.found["all"] == Score(0, 2, 0)
    assert evaluation.found["all"].recall == evaluation.found["all"].f1 == 0.0
    assert evaluation.without_prediction == ("a",)


def test_predictions_of_other_documents_are_named() -> None:
    evaluation = evaluate([gold_document(records=[])], {"a": [], "z": [PARTNERSHIP]})
    assert evaluation.unknown == ("z",)
    assert evaluation.found == {}


def test_no_gold_and_no_predictions() -> None:
    evaluation = evaluate([], {})
    assert evaluation.spurious_per_document == 0.0
    render(evaluation, errors=3, console=Console(file=io.StringIO()))


def org(name: str) -> Organization:
    return Organization(text=name, start=0, end=len(name), name=name)


def test_records_and_results_are_scored_as_their_json_is() -> None:
    money = Money(text="$40m", start=0, end=4, value=Decimal("40000000"), currency="USD")
    records: tuple[Record, ...] = (
        Partnership(partners=(org("Ferrum"), org("Blue Heron")), kind="memorandum", confidence=0.9),
        Investment(investors=(org("Ferrum"),), target=org("Tidemark"), amount=money),
    )
    as_result = evaluate([gold_document()], {"a": Result(id="a", records=records)})
    as_records = evaluate([gold_document()], {"a": records})
    as_json = evaluate([gold_document()], {"a": [r.model_dump(mode="json") for r in records]})
    assert as_result.table() == as_records.table() == as_json.table()
    assert as_result.exact["all"] == Score(2, 2, 2)
    assert as_result.judged == ((0.9, True),)


def test_a_prediction_that_is_no_record_is_refused() -> None:
    with pytest.raises(InputError, match="document 'a': 'partnership' is no record"):
        evaluate([gold_document()], {"a": ["partnership"]})  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, 1),
        ({"partners": [organization("Ferrum")]}, 0),
        ({"partners": [organization("Zinc Corp", "Ferrum Works"), organization("Blue Heron")]}, 1),
        ({"type": "investment", "investors": ["Ferrum"], "target": "x", "amount": None}, 0),
    ],
)
def test_anchor_of_partnerships(change: dict[str, Any], found: int) -> None:
    evaluation = evaluate(
        [gold_document(records=[PARTNERSHIP])], {"a": [{**PARTNERSHIP, **change}]}
    )
    assert evaluation.found["all"].tp == found


@pytest.mark.parametrize(
    ("amount", "found"),
    [
        (None, 1),
        ({"value": "40100000", "currency": "usd"}, 1),
        ({"value": "41000000", "currency": "USD"}, 0),
        ({"value": "40000000", "currency": "EUR"}, 0),
        ({"value": "1", "currency": "EUR", "equivalents": [INVESTMENT["amount"]]}, 1),
        ({"value": "much", "currency": "USD"}, 0),
        ("$40m", 0),
    ],
)
def test_amounts_must_not_contradict(amount: object, found: int) -> None:
    gold = [gold_document(records=[INVESTMENT])]
    evaluation = evaluate(gold, {"a": [{**INVESTMENT, "amount": amount}]})
    assert evaluation.found["all"].tp == found


@pytest.mark.parametrize(
    ("location", "right"),
    [("Oporto", 1), ({"name": "x", "city": "the Porto City"}, 1), ({"name": "Lisbon"}, 0), (7, 0)],
)
def test_places_agree_by_any_of_their_names(location: object, right: int) -> None:
    gold = [gold_document(records=[HEADQUARTERS])]
    evaluation = evaluate(gold, {"a": [{**HEADQUARTERS, "location": location}]})
    assert evaluation.exact["all"].tp == right


def test_the_best_pair_is_taken_first() -> None:
    """The first prediction fits both gold records; the second fits only the other one."""
    gold = [gold_document(records=[INVESTMENT, {**INVESTMENT, "target": None}])]
    whole, part = INVESTMENT, {**INVESTMENT, "target": None}
    evaluation = evaluate(gold, {"a": [part, whole]})
    assert evaluation.exact["all"] == Score(2, 2, 2)


# --- a type of one's own ---------------------------------------------------------------------


@pytest.fixture
def acquisition() -> Iterator[type[Record]]:
    class Acquisition(Record):
        type: Literal["acquisition"] = "acquisition"
        buyer: Organization | None = None
        bought: Organization | Place | None = None
        units: tuple[str, ...] = ()
        price: Money | None = None
        friendly: bool | None = None

    yield Acquisition
    del Record._types["acquisition"]


def test_a_type_of_ones_own_is_read_and_scored(acquisition: type[Record]) -> None:
    record = {
        "type": "acquisition",
        "buyer": "Ferrum",
        "bought": "Tidemark",
        "units": ["Pumps"],
        "friendly": True,
        "status": "completed",
        "evidence": [],
    }
    gold = [gold_document(records=[record])]
    given = acquisition.model_validate(
        {"buyer": org("Ferrum Works"), "bought": org("Blue Heron"), "units": ("pumps units",)}
    )
    right = given.model_copy(update={"bought": org("Tidemark")})
    assert evaluate(gold, {"a": [given]}).found["acquisition"] == Score(0, 1, 1)
    evaluation = evaluate(gold, {"a": [right]})
    assert evaluation.exact["all"] == Score(1, 1, 1)
    assert evaluation.by_slot["acquisition.units"] == Score(1, 1, 1)
    assert evaluation.by_slot["acquisition.friendly"] == Score(0, 1, 0)


def test_a_type_of_ones_own_is_passed_over_where_gold_has_none(acquisition: type[Record]) -> None:
    evaluation = evaluate([gold_document(records=[])], {"a": [acquisition.model_validate({})]})
    assert evaluation.found == {}


# --- agreement with the shared scorer --------------------------------------------------------


def spoil(value: Any, other: Any, rng: random.Random) -> Any:
    """One of the ways in which a predicted value can be off."""
    if isinstance(value, list):
        return rng.choice([other, value + value[:1], value[1:]])
    if isinstance(value, dict) and "currency" in value:
        near = {"value": float(value["value"]) * rng.choice([1.004, 1.005, 1.006])}
        near["currency"] = value["currency"].lower()
        return rng.choice([other, near, {**near, "value": "?", "equivalents": [value]}])
    if isinstance(value, str):
        shown = {"name": f"The {value.upper()} Inc.", "text": value, "value": value}
        return rng.choice([other, shown, None])
    return rng.choice([other, None])


def perturb(documents: list[dict[str, Any]], seed: int) -> dict[str, list[dict[str, Any]]]:
    """Predictions made from gold: dropped, doubled, swapped between documents, and changed."""
    rng = random.Random(seed)
    pool = [record for document in documents for record in document["records"]]
    predictions: dict[str, list[dict[str, Any]]] = {}
    for document in documents:
        records = copy.deepcopy(rng.sample(document["records"], len(document["records"])))
        kept = [record for record in records if rng.random() > 0.2]
        kept += [copy.deepcopy(rng.choice(pool)) for _ in range(2) if rng.random() < 0.15]
        for record in kept:
            other = rng.choice([r for r in pool if r["type"] == record["type"]])
            for role in record:
                if role != "type" and rng.random() < 0.3:
                    record[role] = spoil(record[role], other[role], rng)
        if rng.random() < 0.97:
            predictions[document["id"]] = [*kept, {"type": "merger"}]
    return predictions


@pytest.mark.parametrize("seed", [1, 2])
def test_figures_agree_with_the_shared_scorer_to_the_last_digit(seed: int) -> None:
    script, path = SHARED / "score.py", SHARED / "train.gold.jsonl"
    if not (script.exists() and path.exists()):
        pytest.skip(f"the shared scorer and gold are not at {SHARED}")
    spec = importlib.util.spec_from_file_location("shared_score", script)
    assert spec is not None and spec.loader is not None
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    documents = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    predictions = perturb(documents, seed)
    table, errors = scorer.score(documents, predictions)
    evaluation = evaluate(read_gold(path), predictions)
    assert 0.2 < table["found"]["all"]["f1"] < 0.9
    assert json.dumps(evaluation.table(), sort_keys=True) == json.dumps(table, sort_keys=True)
    assert [(m.document, m.kind) for m in evaluation.mistakes] == [e[:2] for e in errors]


# --- errors and rendering --------------------------------------------------------------------


def mistaken() -> tuple[list[GoldDocument], dict[str, list[dict[str, Any]]]]:
    """A document with a partly right, a missed and a spurious record."""
    partly = {
        **INVESTMENT,
        "target": None,
        "status": "planned",
        "evidence": [],
    }
    start = TEXT.index("Separately")
    spurious = {
        "type": "headquarters_opening",
        "company": organization("Blue Heron"),
        "evidence": [{"text": "Separately", "start": start, "end": start + 10}, {"text": "nope"}],
    }
    return [gold_document()], {"a": [partly, spurious]}


def test_mistakes_carry_gold_prediction_and_located_evidence() -> None:
    missed, partly, spurious = evaluate(*mistaken()).mistakes
    assert (missed.kind, partly.kind, spurious.kind) == ("missed", "partly", "spurious")
    assert missed.gold is not None and missed.predicted is None
    assert [span.text for span in missed.evidence] == ["signed a memorandum\non battery recycling"]
    assert partly.wrong == ("target", "status")
    assert spurious.gold is None and spurious.predicted is not None
    assert [span.text for span in spurious.evidence] == ["Separately"]
    for span in (*missed.evidence, *partly.evidence, *spurious.evidence):
        assert TEXT[span.start : span.end] == span.text
    json.dumps(missed.to_dict())


def test_stale_offsets_are_not_trusted() -> None:
    wrong = {"type": "partnership", "evidence": [{"text": "Tidemark", "start": 3, "end": 11}]}
    (mistake,) = evaluate([gold_document(records=[])], {"a": [wrong]}).mistakes
    assert [(span.start, span.text) for span in mistake.evidence] == [
        (TEXT.index("Tidemark"), "Tidemark")
    ]


def printed(errors: int, *, terminal: bool) -> str:
    file = io.StringIO()
    console = Console(
        file=file,
        force_terminal=terminal,
        color_system="standard" if terminal else "auto",
        width=100,
    )
    render(evaluate(*mistaken()), errors=errors, console=console)
    return file.getvalue()


def test_rendering_is_plain_when_not_on_a_terminal() -> None:
    plain = printed(3, terminal=False)
    assert "\x1b" not in plain
    assert "target: Tidemark  but got  nothing" in plain
    assert "signed a memorandum on battery recycling" in plain
    assert all(f"{kind}  " in plain for kind in ("missed", "partly", "spurious"))


def test_rendering_is_in_colour_on_a_terminal() -> None:
    assert "\x1b[1;31msigned a memorandum on battery recycling\x1b[0m" in printed(1, terminal=True)


def test_only_as_many_errors_as_asked_for() -> None:
    assert "missed" not in printed(0, terminal=False)
    assert "spurious  headquarters_opening" not in printed(2, terminal=False)


def test_control_characters_and_markup_of_a_text_are_harmless() -> None:
    text = "A [bold]plain[/] text with \x1b[31m escape codes"
    record = {**PARTNERSHIP, "evidence": [text]}
    gold = [gold_document(text=text, records=[record])]
    file = io.StringIO()
    render(evaluate(gold, {}), errors=1, console=Console(file=file, width=100))
    assert "[bold]plain[/] text with  [31m escape" in file.getvalue()


def test_the_json_has_errors_and_calibration_only_where_there_are_any() -> None:
    evaluation = evaluate(*mistaken())
    assert "errors" not in evaluation.to_dict() and "calibration" not in evaluation.to_dict()
    assert len(evaluation.to_dict(errors=2)["errors"]) == 2
    json.dumps(evaluation.to_dict(errors=5))


# --- predictions -----------------------------------------------------------------------------


def test_predictions_are_read(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "p.jsonl", {"id": "a", "records": [PARTNERSHIP], "text": "…"})
    assert read_predictions(path) == {"a": [PARTNERSHIP]}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"records": []}, "line 2: the id is 'None'"),
        ({"id": "a"}, "line 2: the id 'a' stands in an earlier line"),
        ({"id": "b", "records": {}}, "line 2: records is not a list"),
        ({"id": "b", "records": [{}]}, "line 2: records is not a list of objects"),
    ],
)
def test_broken_predictions_are_refused(tmp_path: Path, line: object, said: str) -> None:
    path = write_lines(tmp_path / "p.jsonl", {"id": "a", "records": []}, line)
    with pytest.raises(InputError, match=said):
        read_predictions(path)


# --- the command -----------------------------------------------------------------------------


class Reader:
    """Stands in for the extractor: finds Ferrum's investment in every text."""

    options: tuple[object, object, object] = (None, None, ())

    def __init__(
        self, model: Path | None = None, *, engine: str, frames: Sequence[Path] = ()
    ) -> None:
        Reader.options = (model, engine, frames)

    def pipe(self, articles: list[Article]) -> Iterator[Result]:
        found = Investment(investors=(org("Ferrum"),), target=org("Tidemark"), confidence=0.5)
        for article in articles:
            yield Result(id=article.id, text=article.text, records=(found,))


def run(*arguments: object) -> Any:
    return CliRunner().invoke(cli.app, ["evaluate", *map(str, arguments)])


def test_command_scores_a_file_of_records(tmp_path: Path) -> None:
    gold = write_lines(tmp_path / "gold.jsonl", DOCUMENT)
    pred = write_lines(tmp_path / "pred.jsonl", {"id": "a", "records": [INVESTMENT]})
    done = run(gold, pred, "--json", "--errors", 1)
    assert done.exit_code == 0
    printed = json.loads(done.stdout)
    assert printed["found"]["all"]["tp"] == 1
    assert [error["kind"] for error in printed["errors"]] == ["missed"]
    assert "missed  partnership  a" in run(gold, pred, "--errors", 5).stdout


def test_command_reads_the_texts_where_no_records_are_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extractor = ModuleType("bizextract._extractor")
    monkeypatch.setattr(extractor, "Extractor", Reader, raising=False)
    monkeypatch.setitem(sys.modules, "bizextract._extractor", extractor)
    gold = write_lines(tmp_path / "gold.jsonl", DOCUMENT)
    done = run(gold, "--json", "--engine", "rules")
    assert json.loads(done.stdout)["found"]["all"] == Score(1, 2, 1).to_dict()
    assert Reader.options == (None, "rules", ())
    assert "calibration error 0.500" in run(gold).stdout


def test_command_refuses_an_engine_beside_records(tmp_path: Path) -> None:
    done = run(tmp_path / "gold.jsonl", tmp_path / "pred.jsonl", "--engine", "rules")
    assert isinstance(done.exception, InputError)


def test_gold_without_text_cannot_be_read() -> None:
    with pytest.raises(InputError, match="'a' has no text to read"):
        articles_of([gold_document(text=None)])
