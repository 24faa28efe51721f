"""README, docs and examples do what they say.

Every code block of the README and of docs/ is run, a page from top to bottom as one session.

- ``python`` blocks share their names; what they print is what their ``# ->`` comments say.
- ``bash`` and ``console`` blocks are run as commands; a ``console`` block shows the output too.
- A block under ``<!-- file: NAME -->`` is a file: of the repository, whole, or one that the page
  wants to be there.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import runpy
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bizextract import cli
from bizextract._frames import STEPS

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted(path.name for path in (ROOT / "examples").glob("*.py"))
EXAMPLES = [name for name in EXAMPLES if "spark" not in name]  # test_spark.py runs that one
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
EXTRAS = re.findall(
    r"^(\w+) = \[", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
)
BLOCK = re.compile(
    r"^(?:<!-- file: (?P<file>\S+) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)(?:#[^)]*)?\)")

pytestmark = pytest.mark.skipif(
    not (ROOT / "docs").is_dir(), reason="needs the repository, not the package alone"
)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    language: str
    text: str
    file: str | None
    line: int


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(m["language"], m["text"], m["file"], text[: m.start()].count("\n") + 1)
        for m in BLOCK.finditer(text)
    ]


def run_command(line: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a command of ours in this process and give what it prints."""
    printed, complaints = io.StringIO(), io.StringIO()
    monkeypatch.setattr("sys.argv", shlex.split(line))
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(complaints):
        try:
            cli.main()
        except SystemExit as end:
            assert (end.code or 0, complaints.getvalue()) == (0, ""), line
    return printed.getvalue()


def run_shell(block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    for line in re.sub(r"(\\|&&)\n\s*", r"\1 ", block.text).replace("\\ ", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["bizextract"]:
            run_command(line, monkeypatch)
        elif words[:1] == ["pip"]:
            assert set(re.findall(r"bizextract\[(\w+)\]", line)) <= set(EXTRAS)
        else:
            # A new environment: .ci/run makes one in the same way; here its files are to be there.
            assert line.startswith("python3 -m venv "), line
            named = re.findall(r"(?:examples|scripts)/\S+", line)
            assert named and all((ROOT / name).exists() for name in named)


def run_python(block: Block, names: dict[str, Any], page: str) -> None:
    printed = io.StringIO()
    code = "\n" * block.line + block.text  # so that a traceback shows the page's line
    with contextlib.redirect_stdout(printed):
        exec(compile(code, page, "exec", dont_inherit=True), names)
    assert printed.getvalue().splitlines() == re.findall(r"# -> (.*)", block.text), block.line


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the examples and the inputs that pages name."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    news = {"text": "Brightwater SA moved its head office from Lille to Ghent in May."}
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "one.txt").write_text(news["text"], encoding="utf-8")
    (tmp_path / "wire.jsonl").write_text(json.dumps(news) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr("sys.path", [*sys.path])
    return tmp_path


@pytest.mark.model
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_does_what_it_says(page: Path, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names: dict[str, Any] = {"__name__": page.stem}
    for block in blocks(page):
        if block.file is not None:
            if (ROOT / block.file).is_file():
                assert block.text == (ROOT / block.file).read_text(encoding="utf-8")
            else:
                (desk / block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            run_python(block, names, page.name)
        elif block.language == "bash":
            run_shell(block, monkeypatch)
        elif block.language == "console":
            command, output = block.text.removeprefix("$ ").split("\n", 1)
            assert run_command(command, monkeypatch).split() == output.split()
        else:
            pytest.fail(f"{page.name}:{block.line}: a block of no known language")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    missing = [
        link
        for link in LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / link).exists()
    ]
    assert missing == []


def test_all_steps_of_a_path_are_documented() -> None:
    page = (ROOT / "docs" / "adding_types.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", page, re.MULTILINE))
    assert {name: rows.get(name) for name in STEPS} == STEPS


@pytest.mark.model
@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_run(
    name: str, desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", [name])
    runpy.run_path(str(ROOT / "examples" / name), run_name="__main__")
    assert "Northgate" in capsys.readouterr().out


def test_python_minus_m_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bizextract", "--version"], capture_output=True, text=True
    )
    assert re.fullmatch(r"bizextract \d+\.\d+\.\d+\n", done.stdout)


@pytest.mark.parametrize("path", [".ci/run", "scripts/check", "scripts/long"])
def test_scripts_can_be_run(path: str) -> None:
    assert os.access(ROOT / path, os.X_OK)
    subprocess.run(["bash", "-n", ROOT / path], check=True)
