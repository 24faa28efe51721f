"""Triage: what of a raw text is read, and what is left out."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bizextract._frames import load_frames, parse_frame
from bizextract._triage import Screen, Triage, split_sentences
from bizextract.errors import ModelError

FRAMES = load_frames()
TRIAGE = Triage(FRAMES)
DULL = "It rained for days. Nobody came to see the hills."


def kept(text: str, triage: Triage = TRIAGE) -> list[str]:
    return [text[a:b] for a, b in triage.passages(text)]


@pytest.mark.parametrize(
    "sentence",
    [
        "Alder opened a head office in Lyon.",
        "Alder is relocating its corporate headquarters.",
        "Alder and Birch teamed up.",
        "Alder formed joint ventures with Birch.",
        "Alder signed a memorandum of\nunderstanding with Birch.",
        "Alder bought 20 percent of Birch.",
        "Alder raised $12 million from Birch.",
        "Alder is investing in Birch.",
        "Alder makes small cars with Birch.",
    ],
)
def test_a_sentence_with_a_trigger_is_hot(sentence: str) -> None:
    assert TRIAGE.is_hot(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Alder shares rose on Monday.",
        "Alder bought a painting.",  # no stake, no share
        "Alder raised its forecast.",  # no money
        "Alder makes small cars.",  # with nobody
        "The understanding of a memory is hard.",
    ],
)
def test_a_sentence_without_what_a_trigger_asks_for_is_not(sentence: str) -> None:
    assert not TRIAGE.is_hot(sentence)


def test_a_text_without_a_trigger_is_not_read() -> None:
    assert kept(DULL) == []


def test_the_headline_and_the_sentence_before_are_read_too() -> None:
    text = f"Hills\n\n{DULL} Alder teamed up with Birch. {DULL}"
    assert kept(text) == ["Hills", "Nobody came to see the hills. Alder teamed up with Birch."]


def test_a_later_piece_of_a_text_has_no_headline() -> None:
    text = f"{DULL} {DULL} Alder teamed up with Birch."
    assert [text[a:b] for a, b in TRIAGE.passages(text, headed=False)] == [
        "Nobody came to see the hills. Alder teamed up with Birch."
    ]


def test_what_introduces_a_name_is_read() -> None:
    text = f"Hills\n\nAlder Foods Inc. is large. {DULL} {DULL} Alder teamed up with Birch."
    assert kept(text)[0] == "Hills\n\nAlder Foods Inc. is large."


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Alder grew. Birch fell.", ["Alder grew.", "Birch fell."]),
        ("Alder Inc. grew. Birch Corp. fell.", ["Alder Inc. grew.", "Birch Corp. fell."]),
        ("Mr. Roe of the U.S. Treasury left.", ["Mr. Roe of the U.S. Treasury left."]),
        ("Hills\n\nAlder grew", ["Hills", "Alder grew"]),
        ('"Alder grew." Birch fell.', ['"Alder grew."', "Birch fell."]),
        ("", []),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    assert [text[a:b] for a, b in split_sentences(text)] == sentences


@given(st.text(alphabet=st.sampled_from("aAb. \n\"!'(Inc"), max_size=80))
def test_sentences_are_in_order_and_leave_out_space_alone(text: str) -> None:
    found = split_sentences(text)
    assert all(a < b for a, b in found)
    assert found == sorted(found)
    places = {i for a, b in found for i in range(a, b)}
    assert all(text[i].isspace() for i in range(len(text)) if i not in places)


def test_a_screen_rules_out_what_it_knows() -> None:
    no = Screen(types=tuple(f.type for f in FRAMES), bias=-5, weights={"w teamed": 9.0}, floor=0.5)
    triage = Triage(FRAMES, no)
    assert triage.is_hot("Alder and Birch teamed up.")
    assert not triage.is_hot("Alder bought 20 percent of Birch.")


def test_a_screen_leaves_other_types_alone() -> None:
    own = parse_frame(
        'type = "visit"\nanchors = ["who"]\n[roles.who]\naccepts = {ORG = 1.0}\n'
        '[[triggers]]\nid = "visit"\nwords = ["visit"]\nroles = {who = ["subject"]}\n',
        "visit.toml",
    )
    never = Screen(types=tuple(f.type for f in FRAMES), bias=-5, weights={}, floor=0.5)
    triage = Triage([*FRAMES, own], never)
    assert triage.is_hot("Alder visited Birch.")
    assert not triage.is_hot("Alder and Birch teamed up.")


@pytest.mark.parametrize("content", ["", "{}", '{"bias": "x"}', "[1"])
def test_a_damaged_screen_is_a_clear_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "screen.json"
    path.write_text(content)
    with pytest.raises(ModelError, match=r"screen\.json is missing or damaged"):
        Screen.read(path)


def test_a_missing_screen_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no\.json is missing or damaged"):
        Screen.read(tmp_path / "no.json")
