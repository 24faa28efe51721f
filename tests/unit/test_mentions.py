"""Mentions in a blank English pipeline: who is who, and what joins nobody."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc

PIPES = ("sentencizer", "bizextract_entities", "bizextract_mentions")


def pipeline() -> Language:
    nlp = spacy.blank("en")
    for pipe in PIPES:
        nlp.add_pipe(pipe)
    return nlp


NLP = pipeline()
WAIT = " ".join(["We wait."] * 5)


def clusters_of(doc: Doc) -> dict[str, list[str]]:
    """By a cluster's name: its mentions, in order."""
    return {c["name"]: [doc[a:b].text for a, b in c["mentions"]] for c in doc._.bizextract_clusters}


def linked(text: str) -> dict[str, list[str]]:
    return clusters_of(NLP(text))


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("Alder Foods Ltd. grew. Alder hired.", ["Alder Foods Ltd.", "Alder"]),
        ("Alder grew, as did Alder Foods Ltd. then.", ["Alder", "Alder Foods Ltd."]),
        ("Northern Harbour Line Ltd. grew. NHL hired.", ["Northern Harbour Line Ltd.", "NHL"]),
        ("Alder's sales grew. ALDER hired.", ["Alder", "ALDER"]),
        ("Ann Roe hired people. Roe left.", ["Ann Roe", "Roe"]),
        ("Tarnovo Metals (Tarmet) grew. Tarmet hired.", ["Tarnovo Metals", "Tarmet", "Tarmet"]),
        ("Tarnovo Metals Ltd (Birmet) grew.", ["Tarnovo Metals Ltd", "Birmet"]),
    ],
    ids=[
        "first word",
        "short before long",
        "acronym",
        "capitals",
        "surname",
        "in brackets",
        "in brackets behind a suffix",
    ],
)
def test_names_of_one_are_one(text: str, mentions: list[str]) -> None:
    assert list(linked(text).values()) == [mentions]


def test_the_fullest_name_leads_and_the_others_are_aliases() -> None:
    (cluster,) = NLP("NHL grew. Northern Harbour Line Ltd. hired.")._.bizextract_clusters
    assert cluster == {
        "name": "Northern Harbour Line Ltd.",
        "aliases": ["NHL"],
        "label": "ORG",
        "mentions": [[0, 1], [3, 7]],
    }


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Tern SpA bought a part of Tern Auto there.", ["Tern SpA", "Tern Auto"]),
        ("Alder Foods Ltd. met Alder Cars Ltd. there.", ["Alder Foods Ltd.", "Alder Cars Ltd."]),
        ("Wren Ltd. met Ann Wren there. Then Ann Wren left.", ["Wren Ltd.", "Ann Wren"]),
        ("A bank in Lyon met Lyon Capital there.", ["Lyon", "Lyon Capital"]),
        ("So Tern grew. A part of Tern Wireless was sold.", ["Tern", "Tern Wireless"]),
        ("So Tern grew. A part of Tern Wren Networks was sold.", ["Tern", "Tern Wren Networks"]),
        ("So Tern grew. A part of Tern Motor Group was sold.", ["Tern Motor Group"]),
        ("So Tern Wireless grew. A part of Tern was sold.", ["Tern Wireless"]),
        ("Tarnovo Metals (Birmet) grew.", ["Tarnovo Metals", "Birmet"]),
        ("Tern gains\n\nHere Tern Wireless grew. A part of Tern was sold.", ["Tern Wireless"]),
    ],
    ids=["suffix", "two suffixes", "a person", "a place", "a unit", "a venture", "one in full",
         "shortened", "another in brackets", "shortened in the headline"],
)  # fmt: skip
def test_names_that_share_a_word_stay_apart(text: str, names: list[str]) -> None:
    assert list(linked(text)) == names


def test_a_short_name_of_two_means_the_latest() -> None:
    found = linked("Alder Foods Ltd. met Alder Motors Ltd. there. Alder hired.")
    assert found["Alder Motors Ltd."] == ["Alder Motors Ltd.", "Alder"]
    assert found["Alder Foods Ltd."] == ["Alder Foods Ltd."]


@pytest.mark.parametrize(
    ("text", "mention", "names"),
    [
        ("Alder grew. The company hired people.", "The company", ["Alder"]),
        ("Alder grew. Its staff did too.", "Its", ["Alder"]),
        ("Alder grew. It hired people.", "It", ["Alder"]),
        ("Alder grew in Lyon. It hired people.", "It", ["Alder"]),
        ("Alder grew in Lyon. The company hired.", "The company", ["Alder"]),
        ("Alder grew in Lyon. The city is glad.", "The city", ["Lyon"]),
        ("Alder met the Dutch bank Tern NV. It grew. The Dutch bank hired.", "The Dutch bank",
         ["Tern NV"]),
        ("Tern, a French retailer, met Wren there. Wren grew. The retailer hired.", "The retailer",
         ["Tern"]),
        ("Alder met its own carmaker, Tern. The carmaker hired.", "The carmaker",
         ["Tern"]),
        ("Alder and Birch met. The duo hired.", "The duo", ["Alder", "Birch"]),
        ("Alder and Birch met. Both companies hired.", "Both companies", ["Alder", "Birch"]),
        ("Alder and Birch met. The two partners hired.", "The two partners", ["Alder", "Birch"]),
        ("Alder and Birch met. Birch grew. They hired.", "They", ["Alder", "Birch"]),
        ("Alder, Birch and Cedar met. The trio hired.", "The trio", ["Alder", "Birch", "Cedar"]),
        ("Alder, Birch and Cedar met. The three companies hired.", "The three companies",
         ["Alder", "Birch", "Cedar"]),
        (f"Alder began. {WAIT} The company hired.", "The company",
         ["Alder"]),
    ],
)  # fmt: skip
def test_a_mention_joins_what_it_stands_for(text: str, mention: str, names: list[str]) -> None:
    assert [name for name, all_ in linked(text).items() if mention in all_] == names


@pytest.mark.parametrize(
    ("text", "mention"),
    [
        ("The company hired. Later Alder grew.", "The company"),
        ("It rained. Later Alder grew.", "It"),
        ("Alder grew. The duo hired.", "The duo"),
        ("Alder grew. The city is glad.", "The city"),
        ("We like Lyon. The company hired.", "The company"),
        (f"We wait. Alder grew. {WAIT} The company hired.", "The company"),
        ("Alder and Birch met. The trio hired.", "The trio"),
        ("Alder grew. The weather changed.", "The weather"),
    ],
    ids=["before any name", "pronoun before any", "duo of one", "no city", "a place is no company",
         "too far back", "trio of two", "no nominal"],
)  # fmt: skip
def test_an_undecided_mention_joins_none(text: str, mention: str) -> None:
    found = linked(text)
    assert len(found) > 0
    assert all(mention not in mentions for mentions in found.values())


def test_without_names_there_are_no_clusters() -> None:
    assert linked("It grew. The company hired. The duo met.") == {}
    assert linked("") == {}


def test_another_span_group_can_be_read(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("bizextract_entities", config={"spans_key": "mine"})
    nlp.add_pipe("bizextract_mentions", config={"spans_key": "mine"})
    nlp.to_disk(tmp_path)
    again = spacy.load(tmp_path)
    assert clusters_of(again("Alder grew. It hired.")) == {"Alder": ["Alder", "It"]}


PIECES = st.sampled_from(
    ["Alder", "Birch Ltd.", "Lyon", "it", "the company", "the duo", "the city", "both", "Dutch",
     "bank", "a", ",", ".", "\n\n", "(", "their", "the"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=16).map(" ".join))
def test_clusters_hold_names_of_the_text(text: str) -> None:
    doc = NLP(text)
    for cluster in doc._.bizextract_clusters:
        mentions = [" ".join(doc[a:b].text.split()) for a, b in cluster["mentions"]]
        assert {cluster["name"], *cluster["aliases"]} <= set(mentions)
        assert cluster["mentions"] == sorted(cluster["mentions"])
