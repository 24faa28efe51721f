"""Frames: the checks on a frame file, and a type of one's own by a frame alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy
from spacy.tokens import Doc

from bizextract._frames import SHIPPED, STEPS, load_frames, parse_frame, shipped_frame, steps_of
from bizextract.components.relations import RelationFinder
from bizextract.components.syntax import STEP_FUNCTIONS
from bizextract.errors import LexiconError

ACQUISITION = """
type = "acquisition"
anchors = ["buyer", "target"]
least = 2
[roles.buyer]
accepts = {ORG = 1.0, NAME = 0.9}
[roles.target]
accepts = {ORG = 1.0, NAME = 0.9}
[[triggers]]
id = "acquire"
words = ["acquire", "take over"]
pos = ["VERB"]
roles = {buyer = ["subject", "agent"], target = ["object"]}
"""


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_frames_are_valid(name: str) -> None:
    assert shipped_frame(name).type == name


def test_every_step_has_a_function() -> None:
    assert set(STEPS) == {*STEP_FUNCTIONS, "beside"}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('anchors = ["buyer", "target"]', 'anchors = ["buyr"]', "unknown role 'buyr'"),
        ('pos = ["VERB"]', 'poss = ["VERB"]', "'acquire': unknown key 'poss'"),
        ('["subject", "agent"]', '["subjekt"]', "unknown step 'subjekt'"),
        ('["subject", "agent"]', '["prep"]', "needs words"),
        ('["subject", "agent"]', '["subject/beside"]', "can only come first"),
        ('words = ["acquire", "take over"]', 'words = ["@verbs"]', "no word list '@verbs'"),
        ("[[triggers]]", "[[triggers", "not valid TOML"),
        ("least = 2", 'least = 2\n[assembly]\nof = ["price"]', "unknown role 'price'"),
    ],
)
def test_an_error_names_file_rule_and_fault(old: str, new: str, says: str) -> None:
    assert old in ACQUISITION
    with pytest.raises(LexiconError, match=r"^mine\.toml: ") as caught:
        parse_frame(ACQUISITION.replace(old, new, 1), "mine.toml")
    assert says in str(caught.value)


def test_trigger_ids_are_unique() -> None:
    again = ACQUISITION[ACQUISITION.index("[[triggers]]") :]
    with pytest.raises(LexiconError, match="twice: acquire"):
        parse_frame(ACQUISITION + again, "mine.toml")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match="cannot be read"):
        load_frames([tmp_path / "none.toml"])


def test_steps_of_a_path() -> None:
    assert steps_of("object/prep:in|into") == [("object", ()), ("prep", ("in", "into"))]


def parsed(words: list[str], heads: list[int], deps: list[str], tags: list[str]) -> Doc:
    pos = {"NNP": "PROPN", "VBN": "VERB", "VBD": "VERB", "IN": "ADP", ".": "PUNCT"}
    return Doc(
        spacy.blank("en").vocab, words=words, heads=heads, deps=deps, tags=tags,
        pos=[pos.get(t, "AUX") for t in tags], lemmas=[w.lower() for w in words],
        sent_starts=[i == 0 for i, _ in enumerate(words)],
    )  # fmt: skip


ACTIVE = parsed(
    ["Acme", "acquired", "Brix", "."], [1, 1, 1, 1], ["nsubj", "ROOT", "dobj", "punct"],
    ["NNP", "VBD", "NNP", "."],
)  # fmt: skip
PASSIVE = parsed(
    ["Brix", "was", "acquired", "by", "Acme", "."], [2, 2, 2, 2, 3, 2],
    ["nsubjpass", "auxpass", "ROOT", "agent", "pobj", "punct"],
    ["NNP", "VBD", "VBN", "IN", "NNP", "."],
)  # fmt: skip


@pytest.mark.parametrize("doc", [ACTIVE, PASSIVE], ids=["active", "passive"])
def test_a_type_of_ones_own(doc: Doc, tmp_path: Path) -> None:
    path = tmp_path / "acquisition.toml"
    path.write_text(ACQUISITION, encoding="utf-8")
    finder = RelationFinder(spacy.blank("en"), frames=[path], shipped=False)
    (event,) = finder.propose(doc)
    assert event["type"] == "acquisition"
    assert event["rule"] == "acquire"
    found = {r["role"]: doc[r["start"] : r["end"]].text for r in event["roles"]}
    assert found == {"buyer": "Acme", "target": "Brix"}


def test_frames_survive_bytes_and_disk(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    path = tmp_path / "acquisition.toml"
    path.write_text(ACQUISITION, encoding="utf-8")
    finder = RelationFinder(nlp, frames=[path], shipped=False)
    finder.to_disk(tmp_path / "saved")
    for again in (
        RelationFinder(nlp).from_bytes(finder.to_bytes()),
        RelationFinder(nlp).from_disk(tmp_path / "saved"),
    ):
        assert again.frames == finder.frames
