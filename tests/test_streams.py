"""Streams with bad input: one document that fails never stops the others."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from spacy.language import Language
from spacy.tokens import Doc

import bizextract as bx
from bizextract._extractor import Extractor
from bizextract._text import Problem

pytestmark = pytest.mark.model

GOOD = "Harlow Foods Inc. will move its headquarters from Porto to Lyon next year."
BROKEN = "The word xyzzy breaks a component."


@Language.component("breaks_at_a_word")
def breaks_at_a_word(doc: Doc) -> Doc:
    """Stand for a component with a mistake, whose message quotes the whole text."""
    if "plugh" in doc.text:
        os.kill(os.getpid(), signal.SIGKILL)
    if "xyzzy" in doc.text:
        raise KeyError(f"no such word in\n{doc.text * 50}")
    return doc


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    extractor = Extractor(engine="reader", triage=False)  # all texts reach the component
    extractor.nlp.add_pipe("breaks_at_a_word")
    extractor.nlp.max_length = 200
    return extractor


STREAM: list[Any] = [
    bx.Article(GOOD, id="good"),
    bx.Article(BROKEN, id="broken", title="Xyzzy", date="2020-01-01", url="https://example.org"),
    7,
    bx.Article("Harlow grew. " * 20, id="long"),
    Problem("wire.jsonl:4", "not a JSON object on one line"),
    Problem("wire.jsonl:5", "no text", id="row \ud800"),
    None,
    {"text": GOOD},
    "half a pair: \ud83d",
    bx.Article("", id="empty"),
    GOOD,
]
REASONS = {
    1: "KeyError: 'no such word in",
    2: "text must be a string, not int: '7'",
    3: "the text has 260 characters, the limit is 200",
    4: "not a JSON object on one line",
    5: "no text",
    6: "text must be a string, not NoneType",
    7: "text must be a string, not dict",
    8: "text holds half of a surrogate pair at character 13",
}

each_number_of_processes = pytest.mark.parametrize("n_process", [1, 2])


@each_number_of_processes
@pytest.mark.parametrize("batch_size", [1, 4, 100])
def test_a_document_that_fails_is_recorded_at_its_place(
    extractor: Extractor, n_process: int, batch_size: int
) -> None:
    results = list(
        extractor.pipe(STREAM, n_process=n_process, batch_size=batch_size, on_error="record")
    )
    assert len(results) == len(STREAM)
    for place, result in enumerate(results):
        if place in REASONS:
            assert result.error is not None and result.error.startswith(REASONS[place])
            assert len(result.error) <= 300 and "\n" not in result.error
            assert result.records == ()
        else:
            assert result.error is None
        assert bx.Result.model_validate_json(result.model_dump_json()) == result
    names = ["good", "broken", None, "long", "wire.jsonl:4", "row ?", None, None, None, "empty"]
    assert [result.id for result in results] == [*names, None]
    assert (results[1].title, results[1].date) == ("Xyzzy", "2020-01-01")
    assert results[1].url == "https://example.org"
    assert [len(result.records) for result in results] == [1, *[0] * 9, 1]


@each_number_of_processes
def test_a_document_that_fails_is_left_out_with_a_warning(
    extractor: Extractor, n_process: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="bizextract"):
        results = list(extractor.pipe(STREAM, n_process=n_process, batch_size=4, on_error="skip"))
    assert [result.id for result in results] == ["good", "empty", None]
    assert not any(result.error for result in results)
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == len(REASONS)
    assert said[0].startswith("'broken' is left out: KeyError: ")
    assert said[1] == "document 3 is left out: text must be a string, not int: '7'"


@each_number_of_processes
def test_by_default_a_document_that_fails_ends_the_stream(
    extractor: Extractor, n_process: int
) -> None:
    results = extractor.pipe(STREAM[:2], n_process=n_process, batch_size=1)
    assert next(results).id == "good"
    with pytest.raises(KeyError, match="no such word") as caught:
        next(results)
    assert "'broken'" in caught.value.__notes__[0]
    with pytest.raises(bx.InputError, match="must be a string, not int"):
        list(extractor.pipe(STREAM[2:], n_process=n_process))


def test_a_batch_that_fails_as_a_whole_is_read_one_by_one(
    extractor: Extractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = extractor.nlp.pipe

    def fail(docs: Iterable[Doc], **options: Any) -> Iterator[Doc]:
        several = list(docs)
        if len(several) > 1:
            raise MemoryError("too many at once")
        return pipe(several, **options)

    want = [extractor.extract(GOOD)] * 3
    monkeypatch.setattr(extractor.nlp, "pipe", fail)
    assert list(extractor.pipe([GOOD] * 3)) == want


@pytest.mark.parametrize("on_error", ["ignore", "", None])
def test_another_word_is_refused(extractor: Extractor, on_error: Any) -> None:
    with pytest.raises(bx.InputError, match="choose one of: raise, skip, record"):
        list(extractor.pipe([GOOD], on_error=on_error))


def test_the_public_verb_takes_it_too() -> None:
    results = bx.extract_many([GOOD, 7], engine="reader", on_error="record")  # type: ignore[list-item]
    assert [result.error for result in results] == [None, "text must be a string, not int: '7'"]


@pytest.mark.parametrize(("n_process", "most"), [(1, 4), (2, 5 * 4)])
def test_results_come_before_the_input_is_read_to_its_end(
    extractor: Extractor, n_process: int, most: int
) -> None:
    read = 0

    def source() -> Iterator[str]:
        nonlocal read
        while True:  # whoever wants all of it never comes back
            read += 1
            yield GOOD

    results = extractor.pipe(source(), n_process=n_process, batch_size=4)
    assert read == 0
    assert len(next(results).records) == 1
    assert 0 < read <= most
    results.close()  # type: ignore[attr-defined]


def test_two_processes_give_the_same(extractor: Extractor) -> None:
    articles = [bx.Article(f"{GOOD} {i}", id=f"n{i}") for i in range(50)]
    alone = list(extractor.pipe(articles, batch_size=3))
    assert sum(len(result.records) for result in alone) == 50
    assert list(extractor.pipe(articles, n_process=2, batch_size=3)) == alone


def test_a_process_that_is_ended_from_outside_is_told(extractor: Extractor) -> None:
    with pytest.raises(bx.BizExtractError, match="ended from outside"):
        list(extractor.pipe(["The word plugh."], n_process=2, on_error="record"))


KILLED = """
import os
from bizextract._extractor import Extractor
from itertools import repeat
for result in Extractor(engine="reader").pipe(repeat("Harlow grew."), n_process=2, batch_size=4):
    print(os.getpid(), flush=True)
"""


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="looks for processes in /proc")
def test_a_killed_process_leaves_none_behind(wait_until: Callable[..., None]) -> None:
    process = subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    children = _children(process.pid)
    assert len(children) == 2
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    wait_until(lambda: not any(map(_is_running, children)))


@pytest.fixture
def wait_until() -> Callable[..., None]:
    def wait(condition: Callable[[], bool], seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end
            time.sleep(0.05)

    return wait


def _children(process: int) -> list[int]:
    with open(f"/proc/{process}/task/{process}/children", encoding="ascii") as file:
        return [int(number) for number in file.read().split()]


def _is_running(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False
