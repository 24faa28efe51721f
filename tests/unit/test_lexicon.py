"""The reader of packaged data: what it gives, and what it says of a mistake."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bizextract import _lexicon
from bizextract.errors import LexiconError


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder that stands for the packaged data."""
    folder = tmp_path / "data" / _lexicon.LANGUAGE
    folder.mkdir(parents=True)
    readers = [f for f in vars(_lexicon).values() if hasattr(f, "cache_clear")]
    monkeypatch.setattr(_lexicon, "files", lambda _: tmp_path)
    for reader in readers:
        reader.cache_clear()
    yield folder
    for reader in readers:
        reader.cache_clear()


def test_lines_leave_out_comments(data: Path) -> None:
    (data / "x.txt").write_text("# all\none  # the first\n\n two\n", encoding="utf-8")
    assert _lexicon.read_lines("x.txt") == ("one", "two")


def test_rules_keep_their_order(data: Path) -> None:
    (data / "x.jsonl").write_text('{"id": "b"}\n\n{"id": "a"}\n', encoding="utf-8")
    assert [rule["id"] for rule in _lexicon.read_jsonl("x.jsonl")] == ["b", "a"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.txt", "one\ntwo\none\n", r"x\.txt, line 3: 'one' stands in line 1"),
        ("x.json", '{"a": 1,\n "b": }', r"x\.json, line 2: not valid JSON"),
        ("x.jsonl", '{"id": "a"}\n{"id": }\n', r"x\.jsonl, line 2: not valid JSON"),
        ("x.jsonl", '{"id": "a"}\n[1]\n', r"x\.jsonl, line 2: .* not a JSON object"),
        ("x.jsonl", '{"id": "a"}\n{"id": "a"}\n', r"x\.jsonl, line 2: the id 'a' stands in line 1"),
    ],
)
def test_a_mistake_names_file_and_line(data: Path, name: str, content: str, message: str) -> None:
    (data / name).write_text(content, encoding="utf-8")
    read = {"txt": _lexicon.read_lines, "json": _lexicon.read_json, "jsonl": _lexicon.read_jsonl}
    with pytest.raises(LexiconError, match=message):
        read[name.partition(".")[2]](name)


def test_a_missing_file_is_named(data: Path) -> None:
    with pytest.raises(LexiconError, match=r"'no\.json' does not exist"):
        _lexicon.read_json("no.json")
