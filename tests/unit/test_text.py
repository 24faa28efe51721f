"""Articles, and reading them from files."""

from __future__ import annotations

import io
import json
import pickle
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bizextract._text import Article, Problem, check_length, count_documents, read_articles
from bizextract.errors import InputError


@pytest.mark.parametrize("text", ["", " \n", "Acme grows.", "\x00", "株式会社", "🏢"])
def test_any_text_is_legal(text: str) -> None:
    assert Article(text).full_text == text


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"text": None}, "text must be a string, not NoneType: 'None'"),
        ({"text": b"Acme"}, "text must be a string, not bytes"),
        ({"text": "\ud83d"}, "half of a surrogate pair at character 0"),
        ({"text": "", "title": 3}, "title must be a string or None, not int: '3'"),
        ({"text": "", "title": "a\udc00"}, "title holds half of a surrogate pair at character 1"),
        ({"text": "", "id": ["a"]}, "id must be a string or None, not list"),
        ({"text": "", "url": 1.5}, "url must be a string or None, not float"),
        ({"text": "", "date": "yesterday"}, "'yesterday' is not a date"),
        ({"text": "", "date": "2017-02-30"}, "'2017-02-30' is not a date"),
        ({"text": "", "date": 20170820}, "'20170820' is not a date"),
    ],
)
def test_bad_fields_are_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        Article(**fields)
    assert message in str(caught.value)


def test_errors_quote_at_most_eighty_characters() -> None:
    with pytest.raises(InputError) as caught:
        Article(["Acme" * 1000])  # type: ignore[arg-type]
    assert len(str(caught.value)) < 140


@pytest.mark.parametrize(
    "given_date",
    ["2017-08-20", "2017-08-20T23:30:00+09:00", date(2017, 8, 20), datetime(2017, 8, 20, 9)],
)
def test_dates_are_kept_as_iso_days(given_date: Any) -> None:
    assert Article("", date=given_date).date == "2017-08-20"


@pytest.mark.parametrize("given_date", [None, "", " "])
def test_no_date(given_date: str | None) -> None:
    assert Article("", date=given_date).date is None


@pytest.mark.parametrize(
    ("title", "text", "full"),
    [
        (None, "Acme grows.", "Acme grows."),
        ("  ", "Acme grows.", "Acme grows."),
        ("Growth", "Acme grows.", "Growth\n\nAcme grows."),
        ("Acme", "\n Acme grows.", "\n Acme grows."),
        (" Acme ", "Acme grows.", "Acme grows."),
    ],
)
def test_title_stands_before_a_text_that_lacks_it(title: str | None, text: str, full: str) -> None:
    assert Article(text, title=title).full_text == full


def test_articles_are_values() -> None:
    article = Article("Acme grows.", date="2017-08-20", id="a")
    assert pickle.loads(pickle.dumps(article)) == article
    assert hash(article) == hash(Article("Acme grows.", date=date(2017, 8, 20), id="a"))
    assert article.with_(id="b").id == "b"
    with pytest.raises(AttributeError):
        article.text = "other"  # type: ignore[misc]
    with pytest.raises(InputError, match="id must be"):
        article.with_(id=1)


def test_length() -> None:
    article = Article("x" * 7, title="abc")
    check_length(article, limit=12)
    with pytest.raises(InputError, match="the text has 12 characters, the limit is 11"):
        check_length(article, limit=11)


def read(*inputs: Path | str, **options: Any) -> list[Article | Problem]:
    return list(read_articles([str(one) for one in inputs], **options))


def test_text_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfAcme\r\nmoves \xe2\x82\xac")
    assert read(path, date="2017-08-20") == [
        Article("Acme\r\nmoves €", date="2017-08-20", id=str(path))
    ]


def test_jsonl(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lines = [
        {"id": "x", "text": "Acme\u2028grows.", "title": "Growth", "date": "2016-01-02T03:04:05"},
        {"id": 7, "text": "", "date": "", "url": "https://acme.example", "records": []},
        {"text": "No id."},
    ]
    text = "\n\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    path.write_text("\ufeff" + text, encoding="utf-8")
    assert read(path, date="2017-08-20") == [
        Article("Acme\u2028grows.", title="Growth", date="2016-01-02", id="x"),
        Article("", date="2017-08-20", url="https://acme.example", id="7"),
        Article("No id.", date="2017-08-20", id=f"{path}:5"),
    ]
    assert count_documents([str(path)]) == 5  # blank lines are counted; it is for a progress bar


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"text": "Acme', "not a JSON object on one line: Unterminated string"),
        (b"Acme moves", "not a JSON object on one line: Expecting value at character 1: 'Acme"),
        (b'["Acme"]', "a line holds a JSON object with 'text', not a list"),
        (b"null", "a line holds a JSON object with 'text', not a NoneType"),
        (b'{"id": "a", "body": "Acme"}', "the document has no key 'text'; its keys are 'id, body'"),
        (b"{}", "the document has no key 'text'; its keys are none"),
        (b'{"text": 5}', "text must be a string, not int: '5'"),
        (b'{"text": null}', "text must be a string, not NoneType"),
        (b'{"text": "\\ud83d"}', "half of a surrogate pair"),
        (b'{"text": "Acme", "date": "soon"}', "'soon' is not a date"),
        (b'{"text": "Acme", "id": [1]}', "id must be a string or None, not list"),
        (b'{"text": "Ac\xffme"}', "not UTF-8: byte 0xff at offset 12"),
        (b"[" * 100_000, "not a JSON object on one line: nested too deeply"),
        (b'{"text": "Acme moves to Lyon."}', "the text has 19 characters, the limit is 18"),
    ],
)
def test_broken_line_is_named_and_the_others_are_read(
    tmp_path: Path, line: bytes, reason: str
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "one"}\n' + line + b'\n{"text": "three"}\n')
    first, problem, third = read(path, limit=18)
    assert isinstance(first, Article)
    assert isinstance(third, Article)
    assert isinstance(problem, Problem)
    assert problem.lost
    assert problem.where == f"{path}:2"
    assert reason in problem.reason
    assert "\n" not in str(problem)
    assert len(problem.reason) < 200


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    latin = tmp_path / "latin.txt"
    latin.write_bytes("Zürich".encode("latin-1"))
    broken = tmp_path / "broken.txt"
    broken.symlink_to(tmp_path / "loop.txt")
    missing = tmp_path / "missing.txt"
    assert [str(problem) for problem in read(latin, broken, missing)] == [
        f"{latin}: not UTF-8: byte 0xfc at offset 1; convert it, as with iconv",
        f"{broken}: no such file or folder",
        f"{missing}: no such file or folder",
    ]


def test_errors_of_the_system_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.touch()

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert read(path) == [Problem(str(path), "Permission denied")]


def test_folder_is_read_to_the_bottom_in_order(tmp_path: Path) -> None:
    for name in ("b.txt", "a/c.md", "a/d/e.jsonl", "f.pdf", "out.jsonl"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"text": "e"}' if name == "a/d/e.jsonl" else name)
    found = read(tmp_path, skip=tmp_path / "out.jsonl")
    assert [one.id for one in found if isinstance(one, Article)] == [
        f"{tmp_path}/a/c.md",
        f"{tmp_path}/a/d/e.jsonl:1",
        f"{tmp_path}/b.txt",
    ]
    problems = [one for one in found if isinstance(one, Problem)]
    assert [problem.lost for problem in problems] == [False]
    assert problems[0].reason.endswith(".htm: 1")


def test_empty_inputs_are_told(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    lines = tmp_path / "lines.jsonl"
    lines.write_text("\n")
    assert [str(problem) for problem in read(folder, lines)] == [
        f"{folder}: the folder holds no files",
        f"{lines}: the file holds no documents",
    ]
    text = tmp_path / "text.txt"
    text.touch()
    problem, article = read(text)
    assert str(problem) == f"{text}: there is no text in it"
    assert article == Article("", id=str(text))
    table = tmp_path / "table.csv"
    table.write_text("id,text\n1,Acme grows.\n")
    problem, article = read(table)
    assert str(problem).startswith(f"{table}: the table is read as one text; write JSONL")
    assert isinstance(article, Article)


def test_an_id_used_twice_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "x", "text": "one"}\n{"id": "x", "text": "two"}\n')
    one, problem, two = read(path)
    assert problem == Problem(f"{path}:2", "an earlier document has the id 'x' too", lost=False)
    assert [one, two] == [Article("one", id="x"), Article("two", id="x")]


class _Input:
    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)


@pytest.fixture
def type_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    return lambda content: monkeypatch.setattr("sys.stdin", _Input(content))


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        (b"Acme moves.\nTo Lyon.", ["Acme moves.\nTo Lyon."]),
        (b"", [""]),
        (b'{"text": "one"}\n{"text": "two"}', ["one", "two"]),
        (b"[Update] Acme moves.", ["[Update] Acme moves."]),
    ],
)
def test_standard_input(type_in: Callable[[bytes], None], content: bytes, texts: list[str]) -> None:
    type_in(content)
    assert [one.text for one in read("-") if isinstance(one, Article)] == texts


def test_documents_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    (tmp_path / "b.jsonl").write_text("{}\n{}\n")
    assert count_documents([str(tmp_path), str(tmp_path / "missing.jsonl")]) == 4
    assert count_documents([str(tmp_path), "-"]) is None


@given(st.binary(max_size=200))
def test_any_bytes_give_articles_or_problems(content: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", _Input(content))
        assert all(isinstance(one, Article | Problem) for one in read("-"))


@given(st.text(), st.none() | st.text())
def test_any_text_is_an_article_that_ends_with_it(text: str, title: str | None) -> None:
    article = Article(text, title=title)
    assert article.full_text.endswith(text)
