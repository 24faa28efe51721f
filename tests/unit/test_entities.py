"""Entities in a blank English pipeline: no tagger, no recogniser, only data and shapes."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
import spacy
from hypothesis import example, given
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc, Span

from bizextract import _lexicon
from bizextract._frames import SHIPPED, shipped_frame
from bizextract._text import Zone, zones
from bizextract.components.entities import EntityFinder, furniture_of
from bizextract.components.extensions import ENTITIES_KEY
from bizextract.components.passages import doc_of_passages

NLP = spacy.blank("en")
FINDER = EntityFinder(NLP)
PATTERN = {"id": "mine", "label": "FACILITY", "pattern": [{"LOWER": "gigaplant"}]}


def read(text: str, finder: EntityFinder = FINDER) -> Doc:
    return finder(NLP.make_doc(text))


def entities_of(doc: Doc) -> list[tuple[str, str]]:
    return [(s.text, s.label_) for s in doc.spans[ENTITIES_KEY]]


def found(text: str, finder: EntityFinder = FINDER) -> list[tuple[str, str]]:
    return entities_of(read(text, finder))


def named(text: str) -> list[str]:
    return [name for name, label in found(text) if label in {"ORG", "NAME", "PERSON"}]


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("it paid $12m there", [("$12m", "MONEY")]),
        ("it took 20.5 percent of it", [("20.5 percent", "PERCENT")]),
        ("it hired 1,200 people there", [("1,200 people", "COUNT")]),
        ("it opened in May 2018", [("May 2018", "DATE")]),
        ("it closed its Series B", [("Series B", "ROUND")]),
        ("it closed a seed round", [("seed round", "ROUND")]),
        ("it left its head office", [("head office", "FACILITY")]),
        ("it opened in Lyon, France", [("Lyon", "PLACE"), ("France", "PLACE")]),
        ("it bought iRobotics", [("iRobotics", "NAME")]),
        ("it bought Tidewater.com", [("Tidewater.com", "ORG")]),
        ("it met the University of Lyon", [("University of Lyon", "ORG")]),
        ("it met the Lyon city government", [("Lyon city government", "ORG")]),
        ("it hired nobody", []),
        ("", []),
        (" \n\n ", []),
    ],
)
def test_labels(text: str, entities: list[tuple[str, str]]) -> None:
    assert found(text) == entities


@pytest.mark.parametrize(
    "name",
    [
        "Tidewater Ltd.", "Tidewater Foods Inc", "Tidewater Co., Ltd.", "Tidewater GmbH",
        "Tidewater plc", "Tidewater Holdings plc", "Tidewater N.V.", "Tidewater S.A.",
        "Tidewater Oyj", "Tidewater Pty Ltd", "Tidewater SE", "Tidewater S.p.A.", "Tidewater A/S",
        "Tidewater Capital", "Hartley & Sons", "Hartley & Sons Ltd.",
    ],
)  # fmt: skip
def test_a_name_has_its_legal_suffix(name: str) -> None:
    assert found(f"last year {name} hired many people there") == [
        ("last year", "DATE"),
        (name, "ORG"),
    ]


@pytest.mark.parametrize(
    "name",
    [
        "Banco do Norte",
        "Van der Meer",
        "Casa de la Vega",
        "F&N",
        "Tide-Water Shipping",
        "3Com",
        "Crédit Lémanique",
    ],
)
def test_a_name_is_whole(name: str) -> None:
    assert named(f"last year {name} hired many people there") == [name]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a deal of Tidewater and Kestrel was signed", ["Tidewater", "Kestrel"]),
        (
            "a deal of Tidewater Ltd. and Kestrel GmbH was signed",
            ["Tidewater Ltd.", "Kestrel GmbH"],
        ),
        ("a deal of Tidewater, Kestrel and Wren was signed", ["Tidewater", "Kestrel", "Wren"]),
        ("a deal with Hartley & Sons and Wren was signed", ["Hartley & Sons", "Wren"]),
        ("it joined Tidewater Ltd. Kestrel stayed away from it", ["Tidewater Ltd.", "Kestrel"]),
        ("a deal by Tidewater's board was signed", ["Tidewater"]),
        ("a deal by Tidewater chief executive Roe was signed", ["Tidewater", "Roe"]),
        ("a deal that Chairman Roe signed on Monday", ["Roe"]),
        ("a deal was signed, Reuters wrote", []),
        ("a deal was signed by the Dutch bank", []),
    ],
)
def test_names_end_where_another_begins(text: str, names: list[str]) -> None:
    assert named(text) == names


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("Tidewater (NYSE: TW) hired people", [("Tidewater", "ORG"), ("(NYSE: TW)", "TICKER")]),
        ("Tidewater ( TDWT.O ) hired people", [("Tidewater", "ORG"), ("( TDWT.O )", "TICKER")]),
        ("Tidewater Inc TDWT.O hired people", [("Tidewater Inc", "ORG")]),
        ("Tidewater (the shipper) hired people", [("Tidewater", "NAME")]),
    ],
)  # fmt: skip
def test_a_ticker_is_kept_and_tells_an_organisation(
    text: str, entities: list[tuple[str, str]]
) -> None:
    assert found(text) == entities


def test_two_names_that_a_recogniser_took_for_one_are_parted() -> None:
    doc = NLP.make_doc("a venture of Alder and Birch was formed; later Alder left, then Birch did")
    doc.ents = [Span(doc, 3, 6, label="ORG")]
    assert [s.text for s in FINDER.match(doc)] == ["Alder", "Birch", "Alder", "Birch"]


RECOGNISED = [
    # What the recogniser took for a name, and the names that it is.
    ("shares of [Alder and Birch Corp] rose; Birch had", ["Alder", "Birch Corp", "Birch"]),
    ("it met [Alder Tyre and Rubber Co] there; Alder left", ["Alder Tyre and Rubber Co", "Alder"]),
    ("a deal of [U.S.-based Alder Inc] was signed", ["Alder Inc"]),
    ("a deal of [Lyon-listed Alder Foods] was signed", ["Alder Foods"]),
    ("a deal of [On-Line Alder Foods] was signed", ["On-Line Alder Foods"]),
    ("a stake of [Roe's Alder Capital] was sold; Roe left", ["Alder Capital", "Roe"]),
    ("a stake of [Roe's Alder Capital] was sold", ["Roe's Alder Capital"]),
    ("there [Miner Alder Resources] was told", ["Alder Resources"]),
    ("there [Carrier Corp] was told", ["Carrier Corp"]),
    ("there [Wafermaker Alder Inc] was told", ["Alder Inc"]),
    ("there [Billionaire Ann Roe] was told", ["Ann Roe"]),
    ("a deal of [Alder Inc and Birch Corp] was signed", ["Alder Inc", "Birch Corp"]),
    (
        "it met [Alder Salt and Birch Co] there; Alder Salt left",
        ["Alder Salt and Birch Co"],
    ),
    ("[If Alder Foods] hired people", ["Alder Foods"]),
    ("[Iffley Foods] hired people", ["Iffley Foods"]),
    ("a deal of [Alder, Birch Valley] was signed", ["Alder", "Birch Valley"]),
    ("a deal of [Alder Foods, Inc.] was signed", ["Alder Foods, Inc."]),
    ("the [Alder-Birch] deal was told; Alder left and Birch did", ["Alder", "Birch"]),
    ("the [Alder-Birch] deal was told; Alder left", ["Alder-Birch"]),
    ("the [Alder-Birch] deal was told; Alder-Birch left", ["Alder-Birch"]),
    ("a deal of [Alder/Birch] was signed", ["Alder", "Birch"]),
    ("a deal of [Alder A/S] was signed", ["Alder A/S"]),
    ("a deal of [Alder ALDp.PA] was signed", ["Alder"]),
    ("a deal of [Alder ALD.N] was signed", ["Alder"]),
    ("a deal of [Alder ALD.BRALD.AS] was signed", ["Alder"]),
    ("a deal of [Alder.com] was signed", ["Alder.com"]),
    ("a deal of [Alder] (Hong Kong) Ltd was signed", ["Alder (Hong Kong) Ltd"]),
    ("a deal of [Alder] (Hong Kong) was signed", ["Alder"]),
    ("a deal of the [University of Southern Alder] was signed", ["University of Southern Alder"]),
    ("a deal of [Alder President Ann Roe] was signed", ["Alder", "Ann Roe"]),
    ("a deal of [Bank of Alder and the] rest was signed", ["Bank of Alder"]),
]


@pytest.mark.parametrize(("marked", "names"), RECOGNISED)
def test_what_a_recogniser_took_for_a_name_is_cut_to_it(marked: str, names: list[str]) -> None:
    before, inside, after = re.split(r"[\[\]]", marked)
    doc = NLP.make_doc(before + inside + after)
    ent = doc.char_span(len(before), len(before) + len(inside), label="ORG")
    assert ent is not None
    doc.ents = [ent]
    got = [s.text for s in FINDER.match(doc) if s.label_ in {"ORG", "NAME", "PERSON"}]
    assert set(names) <= set(got)
    assert inside in names or inside not in got


TAGGED = [
    # What the recogniser took for names, what the reader tags as one, and the names.
    ("a deal of [Alder] Universal was signed", "Alder Universal", ["Alder Universal"]),
    ("a deal of [Pick] n [Birch] was signed", "Pick n Birch", ["Pick n Birch"]),
    ("a deal of Snap-on [Inc] was signed", "Snap-on Inc", ["Snap-on Inc"]),
    ("a deal of the [Alder] Birch zinc was signed", "Alder Birch zinc", ["Alder Birch"]),
    ("a deal of [Alder] , [Birch] was signed", "Alder , Birch", ["Alder", "Birch"]),
    ("a deal of [Alder] and [Birch] was signed", "Alder and Birch", ["Alder", "Birch"]),
    ("a deal of [Alder Birch] Cedar was signed", "Birch Cedar", ["Alder Birch", "Cedar"]),
    ("a deal of [Alder Arm and Birch] was signed", "Alder Arm", ["Alder Arm and Birch"]),
]


@pytest.mark.parametrize(("marked", "tagged", "names"), TAGGED)
def test_what_the_reader_tags_as_one_name_is_one(
    marked: str, tagged: str, names: list[str]
) -> None:
    text = re.sub(r"[\[\]]", "", marked)
    doc = NLP.make_doc(text)
    ents, shift = [], 0
    for match in re.finditer(r"\[(.*?)\]", marked):
        start = match.start() - shift
        ent = doc.char_span(start, start + len(match[1]), label="ORG")
        assert ent is not None
        ents.append(ent)
        shift += 2
    doc.ents = ents
    span = doc.char_span(text.index(tagged), text.index(tagged) + len(tagged))
    assert span is not None
    role = {"role": "partners", "start": span.start, "end": span.end, "score": 0.9}
    doc._.bizextract_events = [{"source": "reader", "roles": [role], "pointed": []}]
    assert [s.text for s in FINDER.match(doc)] == names


def test_what_the_reader_takes_for_two_names_is_parted() -> None:
    doc = NLP.make_doc("a venture of Alder Arm and Birch Line was formed")
    doc.ents = [Span(doc, 3, 8, label="ORG")]
    assert [s.text for s in FINDER.match(doc)] == ["Alder Arm and Birch Line"]
    roles = [{"role": "partners", "start": a, "end": b, "score": 0.9} for a, b in ((3, 5), (6, 8))]
    doc._.bizextract_events = [{"source": "reader", "roles": roles}]
    assert [s.text for s in FINDER.match(doc)] == ["Alder Arm", "Birch Line"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a deal of Alder and Norwold (A&N) was signed", ["Alder and Norwold", "A&N"]),
        ("a deal of Alder and Norwold Banking Group was signed; ANBG grew and Alder too",
         ["Alder and Norwold Banking Group", "ANBG", "Alder"]),
        ("a deal of Alder and Norwold was signed; AXN grew", ["Alder", "Norwold", "AXN"]),
        ("a deal of A&N and Norwold was signed; A&N grew", ["A&N", "Norwold", "A&N"]),
    ],
)  # fmt: skip
def test_a_name_with_and_whose_initials_the_text_has_is_one(text: str, names: list[str]) -> None:
    assert [s.text for s in FINDER.match(NLP.make_doc(text))] == names


def test_the_short_form_of_an_organisation_is_no_place_unless_it_is_one() -> None:
    doc = NLP.make_doc("Norwold grew; Norwold Steel Ltd said. Lyon grew; Lyon Steel Ltd said.")
    doc.ents = [
        Span(doc, i, i + 1, label="GPE")
        for i, t in enumerate(doc)
        if t.text in {"Norwold", "Lyon"} and doc[i + 1].text == "grew"
    ]
    assert dict(entities_of(FINDER(doc))) == {
        "Norwold": "ORG", "Norwold Steel Ltd": "ORG", "Lyon": "PLACE", "Lyon Steel Ltd": "ORG",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("[Norwold|PERSON] grew; [Norwold Steel Ltd|ORG] said", {"Norwold": "ORG"}),
        ("[Norwold|PERSON] grew; [Ann Norwold|PERSON] of [Norwold Steel Ltd|ORG] said",
         {"Norwold": "PERSON"}),
        ("[Roe|ORG] left; [Ann Roe|PERSON] said", {"Roe": "PERSON"}),
        ("[Roe Ltd|ORG] grew; [Ann Roe|PERSON] said", {"Roe Ltd": "ORG"}),
        ("[Roe|ORG] grew; [Ann Roe|PERSON] of [Roe Steel Ltd|ORG] said", {"Roe": "ORG"}),
        ("the [Norwold Post|ORG] (NP) grew; [NP|GPE] hired", {"NP": "ORG"}),
    ],
)  # fmt: skip
def test_a_short_form_is_what_the_long_one_is(text: str, labels: dict[str, str]) -> None:
    doc = NLP.make_doc(re.sub(r"\[(.*?)\|\w+\]", r"\1", text))
    ents, shift = [], 0
    for match in re.finditer(r"\[(.*?)\|(\w+)\]", text):
        start = match.start() - shift
        ent = doc.char_span(start, start + len(match[1]), label=match[2])
        assert ent is not None
        ents.append(ent)
        shift += len(match[0]) - len(match[1])
    doc.ents = ents
    found_labels = dict(entities_of(FINDER(doc)))
    assert {name: found_labels[name] for name in labels} == labels


def test_what_the_reader_is_unsure_of_joins_nothing() -> None:
    doc = NLP.make_doc("a deal of Alder Universal was signed")
    doc.ents = [Span(doc, 3, 4, label="ORG")]
    role = {"role": "partners", "start": 3, "end": 5, "score": 0.3}
    doc._.bizextract_events = [{"source": "reader", "roles": [role]}]
    assert [s.text for s in FINDER.match(doc)] == ["Alder", "Universal"]


def test_a_bare_reuters_code_tells_an_organisation() -> None:
    doc = NLP.make_doc("owned by Tarn ALD.N and Norwold now")
    doc.ents = [Span(doc, 2, 4, label="LOC"), Span(doc, 5, 6, label="LOC")]
    assert entities_of(FINDER(doc)) == [("Tarn", "ORG"), ("Norwold", "PLACE")]


def test_one_name_with_and_stays_whole() -> None:
    doc = NLP.make_doc("a venture of Alder and Birch was formed by somebody there")
    doc.ents = [Span(doc, 3, 6, label="ORG")]
    assert [s.text for s in FINDER.match(doc)] == ["Alder and Birch"]


def test_an_organisation_once_is_one_everywhere() -> None:
    text = "Wren Ltd. grew quickly there. People like Wren a lot, and Wren likes people."
    assert found(text) == [("Wren Ltd.", "ORG"), ("Wren", "ORG"), ("Wren", "ORG")]


HEADLINE = "Tidewater Opens Regional Headquarters Near Harbour\n\n"
BODY = "Tidewater said that it had opened an office in Lyon."


def test_capitals_of_a_headline_make_no_names() -> None:
    assert found(HEADLINE + BODY) == [
        ("Headquarters", "FACILITY"),
        ("Tidewater", "NAME"),
        ("Lyon", "PLACE"),
    ]


def test_a_sentence_of_names_is_no_headline() -> None:
    assert named("Kestrel Auto was sold to Wren.") == ["Kestrel Auto", "Wren"]


@pytest.mark.parametrize(
    "line",
    ["Follow us on Facebook, Twitter and LinkedIn", "Sign up for our Tidewater newsletter"],
)
def test_furniture_is_ignored(line: str) -> None:
    assert found(f"{BODY}\n\n{line}\n") == found(BODY)


def test_furniture_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    def zones_of(text: str) -> list[Zone]:
        looked.append(text)
        return zones(text)

    monkeypatch.setattr("bizextract.components.entities.zones", zones_of)
    nlp = spacy.blank("en")
    for pipe in ("sentences", "entities", "assembly"):
        nlp.add_pipe(f"bizextract_{pipe}")
    text = f"{BODY}\n\nFollow us on Facebook, Twitter and LinkedIn\n"
    doc = nlp(text)
    assert looked == [text]
    again = Doc(nlp.vocab).from_bytes(doc.to_bytes())
    ((start, end),) = furniture_of(again)
    assert text[start:end].strip() == "Follow us on Facebook, Twitter and LinkedIn"
    assert looked == [text]
    nlp(doc_of_passages(nlp, text, [(0, len(BODY))], clean=True))
    assert looked == [text]


def test_patterns_of_ones_own() -> None:
    finder = EntityFinder(NLP)
    finder.add_patterns([PATTERN])
    assert found("it built a gigaplant in Lyon", finder) == [
        ("gigaplant", "FACILITY"),
        ("Lyon", "PLACE"),
    ]
    assert found("it built a gigaplant in Lyon") == [("Lyon", "PLACE")]


def saved_and_loaded(nlp: Language, path: Path, way: str) -> Language:
    if way == "disk":
        nlp.to_disk(path)
        return spacy.load(path)
    again = spacy.blank("en")
    again.add_pipe("bizextract_entities")
    return again.from_bytes(nlp.to_bytes())


@pytest.mark.parametrize("way", ["disk", "bytes"])
def test_patterns_survive_saving(way: str, tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    finder = nlp.add_pipe("bizextract_entities")
    assert isinstance(finder, EntityFinder)
    finder.add_patterns([PATTERN])
    again = saved_and_loaded(nlp, tmp_path / "saved", way)
    text = "Wren Ltd. built a gigaplant in Lyon for $12m"
    expected = entities_of(nlp(text))
    assert len(expected) == 4
    assert entities_of(again(text)) == expected


def test_loading_takes_the_place_of_the_shipped_patterns() -> None:
    few = EntityFinder(NLP)
    few._reset([PATTERN])
    again = EntityFinder(NLP).from_bytes(few.to_bytes())
    assert found("a gigaplant, a head office", again) == [("gigaplant", "FACILITY")]


def test_options_survive_saving(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("bizextract_entities", config={"spans_key": "sc", "overwrite_ents": True})
    nlp.to_disk(tmp_path)
    doc = spacy.load(tmp_path)("Wren Ltd. paid $12m for Kestrel")
    assert [s.text for s in doc.spans["sc"]] == ["Wren Ltd.", "$12m", "Kestrel"]
    assert ENTITIES_KEY not in doc.spans


@pytest.mark.parametrize(
    ("overwrite", "ents"),
    [(False, []), (True, [("Wren Ltd.", "ORG"), ("$12m", "MONEY")])],
)
def test_doc_ents_are_written_where_asked(overwrite: bool, ents: list[tuple[str, str]]) -> None:
    finder = EntityFinder(NLP, overwrite_ents=overwrite)
    doc = read("Wren Ltd. paid $12m for Kestrel", finder)
    assert [(e.text, e.label_) for e in doc.ents] == ents


PIECES = st.sampled_from(
    ["Wren", "Ltd.", "and", "&", "$12m", "Lyon", "de", "-", "(", ")", "NYSE: WR", "20 percent",
     "\n\n", ".", ",", "the", "May 2018", "Series B", "'s", "paid"]
)  # fmt: skip


@example("Wren de May 2018")
@example("Wren-May 2018")
@given(st.lists(PIECES, max_size=14).map(" ".join) | st.text(max_size=40))
def test_entities_are_in_order_and_do_not_overlap(text: str) -> None:
    doc = read(text)
    spans = list(doc.spans[ENTITIES_KEY])
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert all(s.text.strip() for s in spans)


EXAMPLES = [
    (entry["id"], entry["label"], example)
    for entry in _lexicon.read_jsonl("entities.jsonl")
    for example in entry["examples"]
]


@pytest.mark.parametrize(("id_", "label", "example"), EXAMPLES, ids=[e[0] for e in EXAMPLES])
def test_each_pattern_finds_its_examples(id_: str, label: str, example: str) -> None:
    alone = EntityFinder(NLP)
    alone._reset([e for e in _lexicon.read_jsonl("entities.jsonl") if e["id"] == id_])
    assert found(f"it named {example} too", alone) == [(example, label)]


def test_frames_accept_known_labels_only() -> None:
    labels = {"ORG", "PERSON", "PLACE", "NAME", "MONEY", "PERCENT", "DATE", "COUNT", "ROUND",
              "FACILITY", "TICKER"}  # fmt: skip
    for name in SHIPPED:
        for role, spec in shipped_frame(name).roles.items():
            assert set(spec.accepts) <= labels, f"{name}.{role}"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Tarn met a mobile virtual network operator (MVNO) . The MVNO left.", ["Tarn"]),
        ("Tarn signed a memorandum of agreement (MOA) . The MOA ends soon.", ["Tarn"]),
        ("Before the IPO of Tarn , the LBO failed.", ["Tarn"]),
        ("They met Moorland Valley Networks (MVN) . Then MVN left.",
         ["Moorland Valley Networks", "MVN", "MVN"]),
        ("Our team in the valley (MVN) left , and MVN won.", ["MVN", "MVN"]),
    ],
)  # fmt: skip
def test_the_abbreviation_of_a_term_is_no_name(text: str, names: list[str]) -> None:
    assert named(text) == names
