"""A run that is killed leaves whole lines, and ``--resume`` completes it, each document once."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

N_DOCUMENTS = 1000
MOVE = "Harlow Foods Inc. will move its headquarters to Lyon in {year}."


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small documents: with an id, with none, with one that others have, and broken ones."""
    path = tmp_path_factory.mktemp("input") / "news.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for i in range(N_DOCUMENTS):
            document = {"text": MOVE.format(year=1000 + i)} if i % 3 else {"text": f"It was {i}."}
            match i % 10:
                case 0:
                    document["id"] = f"shared {i % 20}"
                case 9:
                    document = {"id": f"broken {i}"}
                case 1 | 2 | 3 | 4 | 5:
                    document["id"] = f"n{i}"
            file.write(json.dumps(document) + "\n")
    return path


def start(news: Path, output: Path, n_process: int) -> subprocess.Popen[bytes]:
    options = f"--resume --engine reader --on-error record --processes {n_process}".split()
    return subprocess.Popen(
        [sys.executable, "-m", "bizextract", "extract", news.name, "-o", output, *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=news.parent,
    )


@pytest.fixture(scope="module")
def whole(news: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What a run writes that nobody ends."""
    output = tmp_path_factory.mktemp("whole") / "out.jsonl"
    assert start(news, output, 1).wait(timeout=300) == 2  # some documents are broken
    return output.read_bytes()


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@pytest.mark.model
@pytest.mark.parametrize("n_kills", [3, pytest.param(20, marks=pytest.mark.long)])
def test_kill_and_resume(news: Path, whole: bytes, tmp_path: Path, n_kills: int) -> None:
    assert whole.count(b"\n") == N_DOCUMENTS
    output = tmp_path / "out.jsonl"
    chance = random.Random(20240312)
    # Each run writes until the file has reached its moment, and a little longer. The last ones
    # lie well before the end, as two processes write what they are ahead, 160 documents, at once.
    moments = sorted(chance.uniform(0, 0.7) * len(whole) for _ in range(n_kills))
    n_cut = 0
    for number, moment in enumerate(moments):
        process = start(news, output, n_process=1 + number % 2)
        while size_of(output) < moment and process.poll() is None:
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.02))
        assert process.poll() is None, "it ended before it was killed"
        process.kill()
        process.wait()
        *lines, tail = (output.read_bytes() if output.exists() else b"").split(b"\n")
        assert [json.loads(line) for line in lines] == [
            json.loads(line) for line in whole.split(b"\n")[: len(lines)]
        ]
        n_cut += bool(tail)
    assert start(news, output, 1).wait(timeout=300) == 2
    assert output.read_bytes() == whole
    assert n_cut <= 1  # one write a line: a line that is cut is a rare accident
