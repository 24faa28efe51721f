"""The reader's decoding, on made-up numbers: no weights are needed."""

from __future__ import annotations

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from bizextract._reader_model import FILES, MANIFEST, chosen_sentences, manifest, pack, unpack
from bizextract._reader_model import _checked as checked
from bizextract._reader_runtime import (
    SHAPES,
    TAG_COLUMNS,
    Heads,
    _cliques,
    _spans,
    best_tags,
    build_windows,
    relative_to,
    shape_of,
    word_states,
)
from bizextract._reader_schema import POINTERS, RELATIVE, TAGS
from bizextract.errors import ModelError

TOKENIZER = Tokenizer(WordLevel({"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "it": 3}, unk_token="[UNK]"))


def test_a_short_document_is_one_window() -> None:
    words = ["it"] * 10
    (window,) = build_windows(TOKENIZER, words, [(0, 4), (4, 10)])
    assert window.ids.tolist() == [1, *[3] * 10, 2]
    assert window.words.tolist() == list(range(10))
    assert window.sentences == [(0, 0, 4), (1, 4, 10)]


def test_windows_repeat_the_headline_and_hold_every_sentence() -> None:
    sentences = [(i * 10, i * 10 + 10) for i in range(30)]
    windows = build_windows(TOKENIZER, ["it"] * 300, sentences, limit=80)
    assert all(len(w.ids) <= 80 for w in windows)
    assert all(w.sentences[0][0] == 0 for w in windows)
    read = [
        s
        for w, keep in zip(windows, chosen_sentences(windows), strict=True)
        for (s, _, _), wanted in zip(w.sentences, keep, strict=True)
        if wanted
    ]
    assert sorted(read) == list(range(30))


def test_a_sentence_without_end_is_cut() -> None:
    (window,) = build_windows(TOKENIZER, ["it"] * 900, [(0, 900)])
    assert len(window.ids) == 242


def test_no_words_give_no_window() -> None:
    assert build_windows(TOKENIZER, [], []) == []


def test_relative_places() -> None:
    (window,) = build_windows(TOKENIZER, ["it"] * 5, [(i, i + 1) for i in range(5)])
    names = [RELATIVE[i] for i in relative_to(window, 2)]
    assert names == ["headline", "previous", "same", "next", "after"]


def test_word_states_are_means_of_pieces() -> None:
    states = np.array([[9.0], [1.0], [3.0], [5.0], [9.0]], dtype=np.float32)
    assert word_states(states, np.array([1, 3, 4])).tolist() == [[2.0], [5.0]]


@pytest.mark.parametrize(
    ("word", "shape"),
    [("the", "lower"), ("Acme", "title"), ("A", "title"), ("IBM", "upper"), ("eBay", "mixed"),
     ("2017", "digit"), ("5.2", "digit"), ("$", "other")],
)  # fmt: skip
def test_shapes(word: str, shape: str) -> None:
    assert SHAPES[shape_of(word)] == shape


def test_an_inside_tag_needs_a_beginning() -> None:
    scores = np.log(np.array([[0.2, 0.1, 0.7], [0.1, 0.1, 0.8]], dtype=np.float32))
    assert best_tags(scores) == [1, 2]


@pytest.mark.parametrize(
    ("role", "found"),
    [("fields", [("fields", 0, 2)]), ("partners", [("partners", 0, 1), ("partners", 1, 2)])],
)
def test_phrases_side_by_side_are_one(role: str, found: list[tuple[str, int, int]]) -> None:
    columns = TAG_COLUMNS["partnership"]
    scores = np.zeros((2, columns.stop - columns.start), dtype=np.float32)
    scores[:, 1 + 2 * TAGS["partnership"].index(role)] = 9.0  # a beginning, twice
    weights = {
        "pointer.key": np.zeros((len(POINTERS), 2)),
        "tag": np.zeros((columns.stop, 2)),
        "tag.bias": np.zeros(columns.stop),
    }
    weights["tag"][columns] = scores.T
    spans = _spans("partnership", Heads(weights), np.eye(2, dtype=np.float32))
    assert [(name, a, b) for name, a, b, _ in spans] == found


def test_cliques() -> None:
    linked = np.zeros((4, 4), dtype=bool)
    for a, b in ((0, 1), (0, 2), (1, 2), (2, 3)):
        linked[a, b] = linked[b, a] = True
    assert sorted(map(sorted, _cliques(linked))) == [[0, 1, 2], [2, 3]]


def _files() -> dict[str, bytes]:
    files = {name: name.encode() for name in FILES}
    return {MANIFEST: manifest(files, {}), **files}


def test_packed_files_come_back() -> None:
    assert unpack(pack(_files())) == _files()
    assert checked(_files()) == _files()


@pytest.mark.parametrize("cut", [0, 5, -1])
def test_cut_bytes_are_refused(cut: int) -> None:
    with pytest.raises(ModelError):
        unpack(pack(_files())[:cut])


@pytest.mark.parametrize("name", FILES)
def test_a_changed_or_missing_file_is_refused(name: str) -> None:
    with pytest.raises(ModelError, match=name):
        checked({**_files(), name: b"other"})
    with pytest.raises(ModelError, match=name):
        checked({k: v for k, v in _files().items() if k != name})


def test_another_version_is_refused() -> None:
    files = _files()
    files[MANIFEST] = files[MANIFEST].replace(b'"version": "', b'"version": "9')
    with pytest.raises(ModelError, match="version"):
        checked(files)
