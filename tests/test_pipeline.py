"""The whole pipeline: saved and loaded, in several processes, and through the public verbs.

Add an engine to `ENGINES` to run all of it on that engine too.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc

import bizextract as bx
from bizextract._api import _extractor
from bizextract._base import load_base
from bizextract._combine import Boosted, Combiner
from bizextract._extractor import Extractor
from bizextract._pipeline import PIPES, Engine, _quickened, build
from bizextract.components.assembly import Assembler
from bizextract.components.extensions import set_extensions
from bizextract.components.reader import Reader
from helpers import spans_in

ENGINES: tuple[Engine, ...] = ("rules", "reader", "both")

pytestmark = pytest.mark.model

NEWS = [
    "Harlow Foods Inc. will move its headquarters from Porto to Lyon next year.",
    "Last month Brightwater opened its European head office in Dublin with 300 people.",
    "Kestrel plc said on Monday it would build a new headquarters in Leeds for $40 million.",
    "The carmaker Marlin Motors has relocated its head office to Austin, Texas.",
    "Tidewater dropped its plan to open a regional headquarters in Singapore.",
    "Alder AG and Birchwood Ltd. have formed a joint venture to build batteries in Hungary.",
    "Juniper Labs signed a memorandum of understanding with the University of Lyon.",
    "Northern Harbour Line (NYSE: NHL) teamed up with Cobalt Rail on freight from Rotterdam.",
    "Wren Energy and Sable Oil are in talks about a strategic partnership, sources said.",
    "The two companies, Lark Media and Finch Games, ended their alliance in March 2016.",
    "Quill raised $12m in a Series B round led by Harrow Ventures.",
    "Osprey Capital bought a 20.5 percent stake in Gannet Insurance for 90 million euros.",
    "Teal Motor will invest 2 billion yuan ($290 million) in Xi'an to build a plant.",
    "Heron SA put €3m to €5m in the start-up Plover, it announced on August 19, 2017.",
    "Merganser has no plans to invest in Dunlin, a spokesman said.",
    "“We chose Lyon,” said Ann Roe of Ibis Corp., which opened its global headquarters there.",
    "Rook Ltd. grew.\nIt will open a head office in Milan.\n\nThe company hired 50 people.",
    "Starling Opens New Headquarters In Denver\n\nStarling, a bank, opened it on Tuesday.",
    "Crane-Egret & Co. tied up with Société Lémanique S.A.  in\tGeneva 🚀 on solar power.",
    "Follow us on Twitter\n\nStork Inc. and Ruff Inc. agreed to a licensing partnership.\n\nShare",
    "Nothing of note happened in the markets on Friday.",
]
FEW = NEWS[::5]


@pytest.fixture(params=ENGINES, scope="module")
def engine(request: pytest.FixtureRequest) -> Engine:
    chosen: Engine = request.param
    return chosen


@pytest.fixture(scope="module")
def extractor(engine: Engine) -> Extractor:
    """The extractor that the public verbs use."""
    return _extractor(engine)


@pytest.fixture(scope="module")
def nlp(extractor: Extractor) -> Language:
    return extractor.nlp


def records_of(docs: Iterator[Doc]) -> list[list[dict[str, Any]]]:
    return [doc._.bizextract_records for doc in docs]


# --- what comes out --------------------------------------------------------------------------


def test_there_is_something_to_read(nlp: Language) -> None:
    found = [r.type for doc in nlp.pipe(NEWS) for r in doc._.bizextract.records]
    assert len(found) >= 15
    assert set(found) == {"headquarters_opening", "partnership", "investment"}


@pytest.mark.parametrize("text", NEWS, ids=[f"{i}" for i in range(len(NEWS))])
def test_every_offset_slices_back(extractor: Extractor, text: str) -> None:
    result = extractor.extract(text, title="A headline of ours", date="2017-08-23")
    assert result.text.endswith(text)
    for record in result.model_dump(mode="json")["records"]:
        assert record["evidence"]
        for span in spans_in(record):
            assert result.text[span["start"] : span["end"]] == span["text"] != ""


def test_a_title_that_the_text_lacks_is_read_before_it(extractor: Extractor) -> None:
    article = bx.Article(
        text="The move ends a long search.", title="Harlow Foods Inc. moves headquarters to Lyon"
    )
    result = extractor.extract(article)
    assert result.text == f"{article.title}\n\n{article.text}"
    (record,) = result.headquarters
    assert record.company is not None
    assert record.location is not None
    for value in (record.company, record.location, record.evidence[0]):
        assert result.text[value.start : value.end] == value.text
        assert value.end <= len(article.title or "")


def test_a_title_that_begins_the_text_is_not_read_twice(extractor: Extractor) -> None:
    text = "Harlow Foods Inc. moves headquarters to Lyon\n\nThe move ends a long search."
    result = extractor.extract(text, title="Harlow Foods Inc. moves headquarters to Lyon")
    assert result.text == text
    assert len(result.records) == 1


def test_dates_are_read_against_the_article_s(extractor: Extractor) -> None:
    text = "Harlow Foods Inc. opened its headquarters in Lyon in May."
    dates = [
        record.date.value if record.date else None
        for day in ("2017-08-20", "2012-08-20", None)
        for record in extractor.extract(text, date=day).records
    ]
    assert dates == ["2017-05", "2012-05", None]


# --- the same again --------------------------------------------------------------------------


def test_reading_twice_gives_the_same(extractor: Extractor) -> None:
    once, twice = ([extractor.extract(text) for text in FEW] for _ in range(2))
    assert once == twice


def test_a_stream_gives_the_same_as_single_texts(extractor: Extractor) -> None:
    singly = [extractor.extract(text) for text in NEWS]
    assert list(extractor.pipe(NEWS, batch_size=4)) == singly


def test_the_pipeline_gives_the_same_as_the_extractor(extractor: Extractor, nlp: Language) -> None:
    for text in FEW:
        assert nlp(text)._.bizextract.records == extractor.extract(text).records


def test_two_processes_give_the_same(nlp: Language) -> None:
    alone = records_of(nlp.pipe(FEW))
    assert any(alone)
    assert records_of(nlp.pipe(FEW, n_process=2, batch_size=2)) == alone


READ = """
import json, sys, spacy
nlp = spacy.load(sys.argv[1])
texts = json.load(sys.stdin)
print(json.dumps([doc._.bizextract_records for doc in nlp.pipe(texts)]))
print([r.type for r in nlp(texts[0])._.bizextract.records])
"""


def test_a_saved_pipeline_gives_the_same_in_a_process_of_its_own(
    nlp: Language, tmp_path: Path
) -> None:
    nlp.to_disk(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", READ, str(tmp_path)],
        input=json.dumps(FEW), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    records, types = done.stdout.splitlines()
    assert json.loads(records) == records_of(nlp.pipe(FEW))
    assert types == "['headquarters_opening']"
    again = Extractor(tmp_path)
    assert again.extract(FEW[0]).records == nlp(FEW[0])._.bizextract.records


def test_a_doc_survives_bytes(nlp: Language) -> None:
    doc = nlp(NEWS[0])
    again = Doc(nlp.vocab).from_bytes(doc.to_bytes())
    assert again._.bizextract == doc._.bizextract
    assert len(again._.bizextract.records) == 1


# --- streams ---------------------------------------------------------------------------------


def test_a_stream_keeps_order_and_ids(engine: Engine) -> None:
    articles = [bx.Article(text, id=f"n{i}", url=f"u{i}") for i, text in enumerate(NEWS)]
    results = list(bx.extract_many(articles, engine=engine, batch_size=3))
    assert [(r.id, r.url, r.text) for r in results] == [(a.id, a.url, a.text) for a in articles]


def test_a_stream_is_read_as_results_are_taken(engine: Engine) -> None:
    read = 0

    def source() -> Iterator[str]:
        nonlocal read
        for text in NEWS:
            read += 1
            yield text

    results = bx.extract_many(source(), engine=engine, batch_size=2)
    assert read == 0
    assert next(results).text == NEWS[0]
    assert 0 < read <= 4
    assert len(list(results)) == len(NEWS) - 1


@pytest.mark.parametrize("text", ["", "  \n\t "], ids=["empty", "space"])
def test_a_text_without_words_has_no_records(extractor: Extractor, text: str) -> None:
    assert extractor.extract(text).records == ()
    assert extractor.nlp(text)._.bizextract.records == ()
    assert [len(r.records) for r in extractor.pipe([text, NEWS[0]])] == [0, 1]


def test_no_items_give_no_results(extractor: Extractor) -> None:
    assert list(extractor.pipe([])) == []


# --- what is refused -------------------------------------------------------------------------


def test_a_text_that_is_too_long_is_refused(
    extractor: Extractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extractor.nlp, "max_length", 60)
    text = "Harlow grew in Lyon. " * 5
    says = "the text has 105 characters, the limit is 60; split it, or raise nlp.max_length"
    with pytest.raises(bx.InputError, match=says):
        extractor.extract(text)
    with pytest.raises(bx.InputError, match=says):
        list(extractor.pipe(["Harlow grew.", text]))
    assert extractor.extract("Harlow grew.").records == ()


@pytest.mark.parametrize("item", [None, 5, b"Harlow grew.", ["Harlow grew."]])
def test_what_is_no_text_is_refused(engine: Engine, item: Any) -> None:
    with pytest.raises(bx.InputError, match=f"must be a string, not {type(item).__name__}"):
        bx.extract(item, engine=engine)
    with pytest.raises(bx.InputError, match="must be a string"):
        list(bx.extract_many(["Harlow grew.", item], engine=engine))


@pytest.mark.parametrize("date", ["soon", "2017-02-30", "20 August", 2017])
def test_what_is_no_date_is_refused(engine: Engine, date: Any) -> None:
    with pytest.raises(bx.InputError, match="is not a date"):
        bx.extract("Harlow grew.", date=date, engine=engine)


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(bx.InputError, match="no engine 'fast'; choose one of: both, rules, reader"):
        bx.load(engine="fast")  # type: ignore[arg-type]


@pytest.mark.parametrize("base", ["no_such_pipeline", "/no/such/folder"])
def test_a_missing_base_is_named(base: str) -> None:
    with pytest.raises(bx.ModelError, match=f"no spaCy pipeline '{base}' here"):
        bx.load(engine="rules", base=base)


def test_a_folder_without_a_pipeline_of_ours_is_refused(tmp_path: Path) -> None:
    with pytest.raises(bx.ModelError, match="no saved pipeline in"):
        bx.load(tmp_path)
    spacy.blank("en").to_disk(tmp_path)
    with pytest.raises(bx.ModelError, match="has no pipe bizextract_assembly"):
        bx.load(tmp_path)


# --- parts and options -----------------------------------------------------------------------


def test_the_pipes_suit_each_other(nlp: Language, engine: Engine) -> None:
    assert [pipe for pipe in nlp.pipe_names if pipe in PIPES[engine]] == PIPES[engine]
    problems = (nlp.analyze_pipes() or {})["problems"]
    assert set(PIPES[engine]) <= set(problems)
    assert not any(problems.values())


@pytest.fixture(scope="module")
def base() -> Language:
    return load_base()


def test_faster_matrices_change_nothing(base: Language) -> None:
    quick = _quickened(load_base())
    assert not quick.get_pipe("ner").model.ops.use_blis  # type: ignore[attr-defined]
    for text in NEWS:
        one, other = base(text), quick(text)
        assert [(t.tag_, t.dep_, t.head.i, t.ent_type_) for t in one] == [
            (t.tag_, t.dep_, t.head.i, t.ent_type_) for t in other
        ]


def test_a_pipeline_loads_the_reader_s_weights_with_the_first_document() -> None:
    nlp = build("reader")
    reader = nlp.get_pipe("bizextract_reader")
    assert isinstance(reader, Reader)
    assert reader._model is None
    assert nlp(NEWS[5])._.bizextract_events
    assert reader._model is not None


def test_missing_weights_are_told_when_an_extractor_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bizextract.components.reader._packaged", lambda: tmp_path)
    with pytest.raises(bx.ModelError, match=r"no reader\.json for the reader"):
        Extractor(engine="reader")


@pytest.mark.parametrize(
    "pipe", [p for p in PIPES["both"] if p != "bizextract_reader"]
)  # the reader needs weights
def test_a_component_can_stand_alone(base: Language, pipe: str) -> None:
    base.add_pipe(pipe)
    try:
        doc = base(NEWS[0])
    finally:
        base.remove_pipe(pipe)
    assert doc.ents
    assert doc._.bizextract_records == []
    found = [s.text for s in doc.spans.get("bizextract_entities", [])]
    assert ("Lyon" in found) is (pipe == "bizextract_entities")


def test_the_result_of_a_pipeline_of_others_is_empty() -> None:
    set_extensions()
    doc = spacy.blank("en")(NEWS[0])
    assert doc._.bizextract_events == []
    assert doc._.bizextract_clusters == []


@pytest.mark.parametrize(("least", "kept"), [(0.0, 1), (0.5, 1), (0.6, 0), (1.0, 0)])
def test_unlikely_records_are_left_out(
    extractor: Extractor, monkeypatch: pytest.MonkeyPatch, least: float, kept: int
) -> None:
    pipe = extractor.nlp.get_pipe("bizextract_assembly")
    assert isinstance(pipe, Assembler)
    even = Combiner(records=Boosted(types=("headquarters_opening",)))
    monkeypatch.setattr(pipe, "combiner", even)
    result = extractor.extract(NEWS[0], min_confidence=least)
    assert [r.confidence for r in result.records] == [0.5] * kept


def test_a_foreign_extension_of_the_same_name_is_refused() -> None:
    set_extensions()
    ours = Doc.get_extension("bizextract_date")
    Doc.set_extension("bizextract_date", default="today", force=True)
    try:
        with pytest.raises(bx.BizExtractError, match=r"Doc\._\.bizextract_date is registered"):
            set_extensions()
    finally:
        Doc.set_extension("bizextract_date", default=ours[0], force=True)
    set_extensions()


# --- a type of one's own ---------------------------------------------------------------------


class Purchase(bx.Record):
    """A type that the library does not know."""

    type: Literal["purchase"] = "purchase"
    buyer: bx.Organization | None = None
    target: bx.Organization | None = None
    amount: bx.Money | None = None


PURCHASE = """
type = "purchase"
anchors = ["buyer", "target"]
least = 2
[assembly]
needs = 2
clash = ["amount"]
[roles.buyer]
accepts = {ORG = 1.0, NAME = 0.9}
[roles.target]
accepts = {ORG = 1.0, NAME = 0.9}
[roles.amount]
accepts = {MONEY = 1.0}
[[triggers]]
id = "take-over"
words = ["acquire", "take over"]
pos = ["VERB"]
roles = {buyer = ["subject", "agent"], target = ["object"], amount = ["prep:for"]}
"""


def test_a_type_of_one_s_own_goes_all_the_way(tmp_path: Path) -> None:
    frame = tmp_path / "purchase.toml"
    frame.write_text(PURCHASE, encoding="utf-8")
    nlp = bx.load(engine="rules")
    nlp.remove_pipe("bizextract_relations")
    nlp.remove_pipe("bizextract_assembly")
    own = {"frames": [str(frame)]}
    nlp.add_pipe("bizextract_relations", config=own, before="bizextract_assertion")
    nlp.add_pipe("bizextract_assembly", config={**own, "engine": "rules"})
    text = "Harlow Foods Inc. acquired Plover Mills Ltd. for $30 million."
    (record,) = nlp(text)._.bizextract.records
    assert isinstance(record, Purchase)
    assert record.buyer is not None and record.buyer.name == "Harlow Foods Inc."
    assert record.target is not None and record.target.name == "Plover Mills Ltd."
    assert record.amount is not None and record.amount.value == 30_000_000
    assert record.confidence is None
    restored = nlp.from_bytes(nlp.to_bytes())
    assert restored(text)._.bizextract.records == (record,)
