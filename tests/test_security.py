"""The promises of SECURITY.md that no other test holds."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

import bizextract as bx
from bizextract._pipeline import build
from bizextract._text import Article
from bizextract.records import Record

SOURCES = sorted(Path(str(files("bizextract"))).rglob("*.py"))
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "system", "popen", "spawn"}
FORBIDDEN_MODULES = {
    *("pickle", "marshal", "shelve", "dill", "joblib", "subprocess", "pty", "ctypes"),
    *("socket", "http", "ftplib", "smtplib", "requests", "httpx", "aiohttp", "urllib3"),
}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_source_runs_or_fetches_anything(path: Path) -> None:
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                found += [name.name for name in names]
            case ast.ImportFrom(module=str(module)):
                found.append(module)
            case ast.Call(func=ast.Name(id=name)) if name in FORBIDDEN_CALLS:
                found.append(f"{name}()")
            case ast.Call(func=ast.Attribute(value=ast.Name(id="os"), attr=name)):
                found += [f"{name}()"] if name in FORBIDDEN_CALLS else []
    bad = [name for name in found if name.endswith("()") or name.split(".")[0] in FORBIDDEN_MODULES]
    assert bad == []
    assert "urllib.request" not in found


def test_data_files_are_data() -> None:
    data = Path(str(files("bizextract"))) / "data"
    kinds = {path.suffix for path in data.rglob("*") if path.is_file()}
    assert kinds <= {".json", ".jsonl", ".toml", ".txt", ".onnx", ".safetensors"}


WATCH = """
import sys

def watch(event, details):
    # What runs a program, opens a connection or builds any object that a file names.
    if event in {"os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.Popen",
                 "pickle.find_class", "socket.connect", "socket.getaddrinfo", "socket.bind"}:
        if event == "pickle.find_class" and details[0].startswith("babel."):
            return  # Babel keeps the tables of its own package so
        seen.append((event, str(details)[:80]))

import spacy, bizextract._extractor  # what other libraries do when they are imported is theirs
seen = []
sys.addaudithook(watch)
import bizextract as bx
page = '''<html><head><script src="http://a.example/x.js"></script>
<link rel=stylesheet href="http://a.example/a.css"><base href="http://a.example/">
<meta http-equiv=refresh content="0;url=http://a.example/"></head>
<body onload="alert(1)"><iframe src="http://a.example/"></iframe><img src="http://a.example/i.png">
<p>Harlow Foods Inc. will move its headquarters to <a href="http://a.example/">Lyon</a>,
it said; __import__('os').system('touch /tmp/x') {{7*7}} $(id) `id` %s {0} ../../etc/passwd</p>
</body></html>'''
result = bx.extract(html=page, engine=sys.argv[1], url="http://a.example/")
assert result.headquarters, result
assert "__import__('os')" in result.text
print(seen)
"""


@pytest.mark.model
@pytest.mark.parametrize("engine", ["reader", "both"])
def test_reading_runs_and_fetches_nothing(engine: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WATCH, engine], capture_output=True, text=True, timeout=300
    )
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr


LONG = "x" * 5000
REFUSED: dict[str, Callable[[], object]] = {
    "text": lambda: Article([LONG]),  # type: ignore[arg-type]
    "title": lambda: Article("Acme", title={LONG: LONG}),  # type: ignore[arg-type]
    "url": lambda: Article("Acme", url=LONG.encode()),  # type: ignore[arg-type]
    "date": lambda: Article("Acme", date=LONG),
    "page": lambda: Article.from_html(f"<script>{LONG}</script>"),
    "no page": lambda: Article.from_html([LONG]),  # type: ignore[arg-type]
    "engine": lambda: build(LONG),  # type: ignore[arg-type]
    "model": lambda: bx.load(LONG),
    "frames": lambda: bx.load(frames=[f"{LONG[:200]}.toml"]),
}


@pytest.mark.model
@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
def test_errors_quote_at_most_eighty_characters(refused: Callable[[], object]) -> None:
    with pytest.raises(bx.BizExtractError) as caught:
        refused()
    message = str(caught.value)
    assert "\n" not in message
    assert not re.search("x{81}", message)
    assert len(message) < 400


def test_stored_records_are_checked_and_nothing_in_them_is_called() -> None:
    with pytest.raises(ValueError, match="unknown record type"):
        Record.model_validate({"type": "os.system", "status": "completed"})
    with pytest.raises(ValueError, match="extra"):
        Record.model_validate({"type": "partnership", "__class__": "os.system"})
