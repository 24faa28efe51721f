"""The README and the examples do what they say."""

from __future__ import annotations

import os
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from bizextract import cli

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
EXAMPLES = sorted(path.name for path in (ROOT / "examples").glob("*.py"))

pytestmark = pytest.mark.skipif(
    not (ROOT / "examples").is_dir(), reason="needs the repository, not the package alone"
)


def blocks(language: str) -> list[str]:
    return [content for name, content in BLOCKS if name == language]


@pytest.mark.model
def test_output_is_what_the_command_prints(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = next(block for block in blocks("console") if block.startswith("$ bizextract extract"))
    command, output = shown.removeprefix("$ ").split("\n", 1)
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr("sys.argv", shlex.split(command))
    with pytest.raises(SystemExit) as caught:
        cli.main()
    printed = capsys.readouterr()
    assert (caught.value.code or 0, printed.err) == (0, "")
    assert printed.out.split() == output.split()


@pytest.mark.model
@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.split("\n", 1)[0])
def test_python_runs_and_prints_what_its_comments_say(
    block: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(block, "README.md", "exec"), {"__name__": "readme"})
    assert capsys.readouterr().out.splitlines() == re.findall(r"# -> (.*)", block)


@pytest.mark.parametrize("block", blocks("bash"))
def test_commands_name_what_is_there(block: str) -> None:
    named = re.findall(r"(?:examples|scripts)/\S+", block)
    assert all((ROOT / name).exists() for name in named)
    assert all(len(line) <= 120 for line in block.splitlines())


@pytest.mark.model
@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_run(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(ROOT / "examples" / name), run_name="__main__")
    assert "Northgate" in capsys.readouterr().out


def test_python_minus_m_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bizextract", "--version"], capture_output=True, text=True
    )
    assert re.fullmatch(r"bizextract \d+\.\d+\.\d+\n", done.stdout)


@pytest.mark.parametrize("path", [".ci/run", "scripts/check"])
def test_scripts_can_be_run(path: str) -> None:
    assert os.access(ROOT / path, os.X_OK)
    subprocess.run(["bash", "-n", ROOT / path], check=True)
