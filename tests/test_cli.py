"""The command line: what it prints, and what it says of inputs that it cannot read."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest
from rich.console import Console

import bizextract
from bizextract import cli
from bizextract._text import Article, Problem
from bizextract.errors import ModelError
from bizextract.records import (
    Evidence,
    Investment,
    Money,
    Organization,
    PartialDate,
    Place,
    Result,
    Span,
)

RECORD = Investment(
    investors=(Organization(text="Acme", start=0, end=4, name="Acme [bold]Foods"),),
    location=Place(text="Lyon", start=16, end=20, name="Lyon", country="FR"),
    target=Place(text="Lyon", start=16, end=20, name="Lyon"),
    amount=Money(text="€2m", start=5, end=8, value=Decimal("2000000"), currency="EUR"),
    date=PartialDate(text="2017", start=0, end=4, value="2017"),
    confidence=0.875,
    evidence=(Evidence(text="Acme \x1b[31mspends\nmoney", start=0, end=9),),
    spans={"kind": Span(text="spends", start=0, end=6)},
)


class FakeExtractor:
    """Finds one record in each text that says so."""

    def __init__(
        self,
        model: object = None,
        *,
        engine: str,
        base: object = None,
        frames: object = (),
        **_: Any,
    ) -> None:
        if model is not None:
            raise ModelError("no saved pipeline there")
        self.nlp = SimpleNamespace(max_length=1000)

    def pipe(
        self, items: Iterable[Article | Problem], *, on_error: str, **_: Any
    ) -> Iterator[Result]:
        assert on_error == "record"
        for item in items:
            if isinstance(item, Problem):
                yield Result(id=item.name, error=item.reason)
                continue
            records = (RECORD,) if "invests" in item.text else ()
            yield Result(id=item.id, text=item.full_text, date=item.date, records=records)


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run the command line with a fake extractor; give its exit code and what it printed."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["bizextract", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        captured = capsys.readouterr()
        return int(caught.value.code or 0), captured.out, captured.err

    monkeypatch.setattr("bizextract._extractor.Extractor", FakeExtractor)
    monkeypatch.setenv("COLUMNS", "100")
    return call


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def news(tmp_path: Path) -> Path:
    path = tmp_path / "news.jsonl"
    path.write_text(
        '{"id": "one", "text": "Acme invests.", "date": "2017-08-20"}\n'
        '{"id": "two", "text": "Nothing."}\n'
    )
    return path


def test_jsonl_has_a_line_for_each_document(run: Run, news: Path) -> None:
    code, out, err = run("extract", news, "--format", "jsonl", "--date", "2016-01-02")
    assert (code, err) == (0, "")
    one, two = map(json.loads, out.splitlines())
    assert one["id"] == "one"
    assert one["date"] == "2017-08-20"
    assert one["records"][0]["amount"]["value"] == "2000000"
    assert "text" not in one
    assert (two["id"], two["date"], two["records"]) == ("two", "2016-01-02", [])


def test_texts_are_written_where_they_are_asked_for(run: Run, news: Path) -> None:
    for format in ("jsonl", "json"):
        code, out, _ = run("extract", news, "-f", format, "--with-text")
        assert code == 0
        assert out.count('"text": "Acme invests."') == 1
    code, _, err = run("extract", news, "--with-text")
    assert code == 2
    assert err == "bizextract: --with-text is for JSON; add -f jsonl, or -o FILE.jsonl\n"


def test_view_makes_a_page(run: Run, news: Path, tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    run("extract", news, "-o", results, "--with-text")
    code, out, err = run("view", results)
    assert (code, out, err) == (0, f"{tmp_path / 'results.html'}\n", "")
    page = (tmp_path / "results.html").read_text()
    assert "<title>results</title>" in page
    assert "Acme invests." in page
    run("view", results, "-o", tmp_path / "other.html", "--title", "The wire")
    assert "<title>The wire</title>" in (tmp_path / "other.html").read_text()


def test_view_of_what_was_not_read_yet_says_so(run: Run, news: Path, tmp_path: Path) -> None:
    code, _, err = run("view", news, "-o", tmp_path / "page.html")
    assert code == 0
    assert err == f"bizextract: warning: {news} holds no records; view shows what extract wrote\n"


def test_an_empty_text_is_told(run: Run, tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("\n")
    code, out, err = run("extract", empty, "-f", "jsonl")
    assert (code, json.loads(out)["records"]) == (0, [])
    assert err == f"bizextract: warning: {empty}: there is no text in it\n"


def test_view_says_what_it_cannot_do(run: Run, tmp_path: Path) -> None:
    code, _, err = run("view", tmp_path / "none.jsonl")
    assert code == 2
    assert err.endswith("none.jsonl: cannot be read: No such file or directory\n")
    results = tmp_path / "results.jsonl"
    results.write_text('{"id": "one", "records": []}\n')
    code, _, err = run("view", results, "-o", results)
    assert code == 2
    assert "results.jsonl is the input; write to another file with -o" in err
    assert results.read_text().startswith("{")


def test_json_is_one_list(run: Run, news: Path, tmp_path: Path) -> None:
    code, out, _ = run("extract", news, "-f", "json")
    assert code == 0
    assert [document["id"] for document in json.loads(out)] == ["one", "two"]
    (tmp_path / "none.jsonl").touch()
    code, out, err = run("extract", tmp_path / "none.jsonl", "-f", "json")
    assert (code, json.loads(out)) == (0, [])
    assert err.startswith("bizextract: warning: ")


def test_table_shows_roles_and_evidence(run: Run, news: Path) -> None:
    code, out, _ = run("extract", news)
    assert code == 0
    assert "Acme [bold]Foods" in out
    assert "Lyon (FR)" in out
    assert "EUR 2,000,000" in out
    assert "0.88" in out
    assert "no records" in out
    assert "\x1b" not in out  # neither colours, as this is no terminal, nor what the text holds
    assert max(map(len, out.splitlines())) <= 100


def test_table_has_colours_on_a_terminal_only() -> None:
    file = io.StringIO()
    file.isatty = lambda: True  # type: ignore[method-assign]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TERM", "xterm")
        patch.delenv("NO_COLOR", raising=False)
        cli._print_table([Result(id="x", records=(RECORD,))], file)
    assert "\x1b[" in file.getvalue()
    assert "\x1b[31m" not in file.getvalue()


@pytest.mark.parametrize(("name", "first"), [("o.json", "["), ("o.jsonl", "{"), ("o.txt", "one")])
def test_output_file(run: Run, news: Path, tmp_path: Path, name: str, first: str) -> None:
    code, out, err = run("extract", news, "-o", tmp_path / name)
    assert (code, out, err) == (0, "", "")
    assert (tmp_path / name).read_text().startswith(first)


@pytest.mark.parametrize("name", ["o.parquet", "o.csv"])
def test_output_of_an_unknown_ending_is_refused(
    run: Run, news: Path, tmp_path: Path, name: str
) -> None:
    code, _, err = run("extract", news, "-o", tmp_path / name)
    assert (code, err.count("\n")) == (2, 1)
    assert "for Parquet see bizextract.to_parquet" in err
    assert not (tmp_path / name).exists()
    code, _, err = run("extract", news, "-o", tmp_path / name, "-f", "jsonl")
    assert (code, err) == (0, "")


def test_output_in_an_input_folder_is_not_read(run: Run, news: Path) -> None:
    output = news.with_name("out.jsonl")
    for _ in range(2):
        code, _, err = run("extract", news.parent, "-o", output)
        assert (code, err) == (0, "")
    assert len(output.read_text().splitlines()) == 2


def test_output_over_an_input_is_refused(run: Run, news: Path) -> None:
    before = news.read_text()
    code, _, err = run("extract", news, "-o", news)
    assert (code, err.count("\n")) == (2, 1)
    assert f"{news} is an input too" in err
    assert news.read_text() == before


def test_output_that_cannot_be_written(run: Run, news: Path, tmp_path: Path) -> None:
    code, _, err = run("extract", news, "-o", tmp_path / "no" / "out.json")
    assert code == 2
    assert err.endswith("out.json: No such file or directory\n")


def test_failed_inputs_have_one_line_each_and_the_others_are_done(
    run: Run, news: Path, tmp_path: Path
) -> None:
    latin = tmp_path / "latin.txt"
    latin.write_bytes(b"Z\xfcrich")
    long = tmp_path / "long.txt"
    long.write_text("x" * 1001)
    with news.open("a") as file:
        file.write('{"id": "three"\n{"id": "four", "text": "Acme invests."}\n')
    code, out, err = run("extract", "missing.txt", latin, long, news, "-f", "jsonl")
    assert code == 2
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["one", "two", "four"]
    lines = err.splitlines()
    assert len(lines) == 4
    assert lines[0] == "bizextract: missing.txt: no such file or folder"
    assert "not UTF-8" in lines[1]
    assert "the limit is 1,000" in lines[2]
    assert f"{news}:3: not a JSON object" in lines[3]


def test_failed_inputs_are_recorded_at_their_place(run: Run, news: Path, tmp_path: Path) -> None:
    with news.open("a") as file:
        file.write(
            '{"id": "three"\n{"id": 4, "text": 4}\n{"id": "five", "text": "Acme invests."}\n'
        )
    code, out, err = run("extract", "no\udcff.txt", news, "-f", "jsonl", "--on-error", "record")
    assert (code, err.count("\n")) == (2, 3)
    results = [json.loads(line) for line in out.splitlines()]
    names = ["no?.txt", "one", "two", f"{news}:3", "4", "five"]
    assert [result["id"] for result in results] == names
    assert [bool(result["error"]) for result in results] == [True, False, False, True, True, False]
    assert results[0]["error"] == "no such file or folder"
    assert results[4]["error"] == "text must be a string, not int: '4'"
    code, out, _ = run("extract", news, "--on-error", "record")
    assert code == 2
    assert "not read: text must be a string, not int: '4'" in out


def test_a_failed_input_can_end_the_run(run: Run, news: Path) -> None:
    code, out, err = run("extract", news, "missing.txt", news, "-f", "jsonl", "--on-error", "raise")
    assert code == 2
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["one", "two"]
    assert err == "bizextract: missing.txt: no such file or folder\n"


# --- going on --------------------------------------------------------------------------------


@pytest.fixture
def wire(tmp_path: Path) -> Path:
    """Documents with an id, without one, and two with the same."""
    path = tmp_path / "wire.jsonl"
    rows: list[dict[str, Any]] = [
        {"id": "a", "text": "Acme invests."},
        {"text": "First."},
        {"id": "b", "text": "Acme invests."},
        {"id": "a", "text": "Another."},
        {"id": "c", "text": 7},
        {"text": "Last."},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize("on_error", ["skip", "record"])
def test_a_run_that_was_cut_anywhere_is_completed(
    run: Run, wire: Path, tmp_path: Path, on_error: str
) -> None:
    output = tmp_path / "out.jsonl"
    arguments = ("extract", wire, "-o", output, "--on-error", on_error)
    run(*arguments)
    whole = output.read_bytes()
    names = [json.loads(line)["id"] for line in whole.splitlines()]
    failed = ["c"] if on_error == "record" else []
    assert names == ["a", f"{wire}:2", "b", "a", *failed, f"{wire}:6"]
    for end in [*range(0, len(whole), 29), len(whole)]:
        output.write_bytes(whole[:end])
        _, out, _ = run(*arguments, "--resume")
        assert (out, output.read_bytes()) == ("", whole)


def test_going_on_with_no_file_begins_one(run: Run, news: Path, tmp_path: Path) -> None:
    for _ in range(2):
        code, _, err = run("extract", news, "-o", tmp_path / "out.jsonl", "--resume")
        assert (code, err) == (0, "")
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("Notes of mine", 1),
        ('{"id": "one", "records": []}\nNotes of mine\n', 2),
        ('{"id": "one", "records": []}\n{"text": 1}\n{"id": "tw', 2),
        ("[1]\n", 1),
    ],
)
def test_a_file_of_others_is_not_cut(
    run: Run, news: Path, tmp_path: Path, content: str, line: int
) -> None:
    output = tmp_path / "out.jsonl"
    output.write_text(content)
    code, _, err = run("extract", news, "-o", output, "--resume")
    assert (code, err.count("\n")) == (2, 1)
    assert f"{output}:{line}: no result of" in err
    assert output.read_text() == content


@pytest.mark.parametrize("arguments", [(), ("-f", "jsonl"), ("-o", "out.json"), ("-o", "o.txt")])
def test_going_on_needs_a_file_of_lines(
    run: Run,
    news: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = run("extract", news, "--resume", *arguments)
    assert (code, err.count("\n")) == (2, 1)
    assert "--resume goes on with a file of JSONL" in err


def test_a_file_that_cannot_be_read_is_named(run: Run, news: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    output.mkdir()
    code, _, err = run("extract", news, "-o", output, "--resume")
    assert code == 2
    assert err == f"bizextract: cannot go on with {output}: Is a directory\n"


def test_hostile_names_do_not_reach_the_terminal(run: Run) -> None:
    code, _, err = run("extract", "a\x1b[31m\nb")
    assert (code, err) == (2, "bizextract: a\ufffd[31m b: no such file or folder\n")


def test_invalid_date(run: Run, news: Path) -> None:
    code, out, err = run("extract", news, "--date", "soon")
    assert (code, out) == (2, "")
    assert err.startswith("bizextract: 'soon' is not a date")
    assert err.count("\n") == 1


def test_missing_model_is_one_line(run: Run, news: Path) -> None:
    code, _, err = run("extract", news, "--model", "nowhere")
    assert (code, err) == (1, "bizextract: no saved pipeline there\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("extract",),
        ("extract", "a", "-f", "xml"),
        ("extract", "a", "--min-confidence", "2"),
        ("x",),
    ],
)
def test_wrong_calls(run: Run, arguments: tuple[str, ...]) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert "Usage: bizextract" in err


def test_version(run: Run) -> None:
    assert run("--version") == (0, f"bizextract {bizextract.__version__}\n", "")


@pytest.mark.parametrize(("type", "title"), [("partnership", "Partnership"), (None, "Result")])
def test_schema(run: Run, type: str | None, title: str) -> None:
    code, out, _ = run("schema", *([type] if type else []))
    assert (code, json.loads(out)["title"]) == (0, title)


def test_schema_of_a_type_of_ones_own(run: Run, tmp_path: Path) -> None:
    (tmp_path / "own_fine.py").write_text(
        "from typing import Literal\nimport bizextract as bx\n\n"
        'class Fine(bx.Record):\n    type: Literal["fine"] = "fine"\n',
        encoding="utf-8",
    )
    code, out, _ = run("schema", "fine", "--code", tmp_path / "own_fine.py")
    del bizextract.Record._types["fine"]
    assert (code, json.loads(out)["title"]) == (0, "Fine")
    code, _, err = run("schema", "merger")
    assert code == 2
    assert "unknown record type 'merger'; known: headquarters_opening, investment" in err


def test_engines_are_those_of_the_pipeline() -> None:
    from bizextract._pipeline import Engine

    assert {engine.value for engine in cli.EngineName} == set(get_args(Engine))


def test_progress_is_shown_where_a_person_waits(
    news: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    results = [Result(id="one"), Result(id="two")]
    assert list(cli._watched(iter(results), [str(news)], None)) == results
    assert capsys.readouterr().err == ""
    terminal = Console(file=io.StringIO(), force_terminal=True, width=80)
    monkeypatch.setattr(cli, "Console", lambda **_: terminal)
    assert list(cli._watched(iter(results), [str(news)], None)) == results
    assert "2/2" in terminal.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.model
def test_for_real_in_a_process_of_its_own() -> None:
    text = "Acme Foods Inc. said on Monday it will move its headquarters from Leeds to Lyon."
    command = [sys.executable, "-m", "bizextract", "extract", "-", "missing.txt", "-f", "jsonl"]
    done = subprocess.run(
        [*command, "--engine", "rules", "--date", "2017-08-20"],
        input=text.encode(),
        capture_output=True,
        timeout=120,
    )
    assert done.stderr.decode() == "bizextract: missing.txt: no such file or folder\n"
    assert done.returncode == 2
    (line,) = done.stdout.decode().splitlines()
    (record,) = json.loads(line)["records"]
    assert record["company"]["name"] == "Acme Foods Inc."
    assert (record["location"]["name"], record["origin"]["name"]) == ("Lyon", "Leeds")
    evidence = record["evidence"][0]
    assert text[evidence["start"] : evidence["end"]] == evidence["text"]
