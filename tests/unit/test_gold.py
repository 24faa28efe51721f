"""The format of gold annotations, and its reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bizextract.errors import GoldError
from bizextract.evaluation import locate, read_gold
from bizextract.records import Investment
from helpers import DOCUMENT, HEADQUARTERS, INVESTMENT, PARTNERSHIP, TEXT, without, write_lines


def test_gold_is_read_and_round_trips(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "gold.jsonl", DOCUMENT)
    (document,) = read_gold(path)
    assert document.records[0].values("partners") == ("Ferrum Works AG", "Blue Heron Ltd")
    assert document.records[1].values("stake") == ()
    assert document.records[1].record_class is Investment
    assert document.model_dump(mode="json") == DOCUMENT


def test_text_may_be_absent_and_empty_lines_are_passed_over(tmp_path: Path) -> None:
    document = without(DOCUMENT, "text")
    path = tmp_path / "gold.jsonl"
    path.write_bytes(b"\xef\xbb\xbf\n" + json.dumps(document).encode() + b"\r\n\n")
    assert read_gold(path)[0].text is None


def with_record(record: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**DOCUMENT, "records": [{**record, **changes}]}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (with_record(PARTNERSHIP, type="merger"), "unknown record type 'merger'; known: headq"),
        (with_record(PARTNERSHIP, type=["x"]), "unknown record type"),
        (without(DOCUMENT, "id"), "id: the key is missing"),
        (without(DOCUMENT, "orgs"), "orgs: the key is missing"),
        (without(DOCUMENT, "records"), "records: the key is missing"),
        ({**DOCUMENT, "records": [without(PARTNERSHIP, "kind")]}, "kind: the key is missing"),
        ({**DOCUMENT, "records": [without(PARTNERSHIP, "partners")]}, "partners: the key is mis"),
        ({**DOCUMENT, "records": [without(PARTNERSHIP, "evidence")]}, "evidence: the key is mis"),
        ({**DOCUMENT, "records": ["x"]}, "records[0]: write an object"),
        ({**DOCUMENT, "orgs": [[]]}, "orgs[0]: the list has too few values"),
        ({**DOCUMENT, "date": "March"}, "date: not an ISO 8601 date"),
        ({**DOCUMENT, "text": 5}, "text: "),
        (with_record(PARTNERSHIP, partners=["Ferrum"]), "at least 2 are needed"),
        (with_record(PARTNERSHIP, partners=["Ferrum", "Zinc"]), "'Zinc' stands in none of"),
        (with_record(PARTNERSHIP, partner=[]), "partner: there is no such key"),
        (with_record(PARTNERSHIP, status="done"), "status: Input should be 'completed'"),
        (with_record(PARTNERSHIP, kind="friendship"), "kind: Input should be 'joint_venture'"),
        (with_record(HEADQUARTERS, scope="planetary"), "scope: Input should be 'corporate'"),
        (with_record(PARTNERSHIP, date="2021-3"), "date: not a date; write 2017"),
        (with_record(PARTNERSHIP, date="2021-02-30"), "date: not a date"),
        (with_record(PARTNERSHIP, evidence="signed"), "evidence: write a list"),
        (with_record(PARTNERSHIP, evidence=["danced"]), "'danced' does not stand in the text"),
        (with_record(INVESTMENT, stake="20"), "stake"),
        (with_record(INVESTMENT, amount="40m"), "amount: write an object"),
        (with_record(INVESTMENT, amount={"value": "40m", "currency": "USD"}), "decimal string"),
        (with_record(INVESTMENT, amount={"value": "40", "currency": "$"}), "ISO 4217"),
        (with_record(INVESTMENT, amount={"value": "40"}), "currency: the key is missing"),
        (with_record(HEADQUARTERS, location={"name": "Porto", "country": "Portugal"}), "alpha-2"),
    ],
)
def test_gold_that_breaks_the_format_is_refused(
    tmp_path: Path, document: dict[str, Any], said: str
) -> None:
    path = write_lines(tmp_path / "bad.jsonl", {**DOCUMENT, "id": "first"}, document)
    with pytest.raises(GoldError) as caught:
        read_gold(path)
    message = str(caught.value)
    assert message.startswith(f"{path}, line 2: ")
    assert said in message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"id": "a", ', "line 2: not valid JSON"),
        (b"[1, 2]", "line 2: '[1, 2]' is not a JSON object"),
        (b'{"id": "caf\xe9"}', "line 2: not UTF-8 at byte 12"),
        (b'{"id": NaN}', "line 2: not valid JSON (NaN is no JSON number)"),
        (b"[" * 200_000, "line 2: not valid JSON"),
        (json.dumps(DOCUMENT).encode(), "line 2: the id 'a' stands in an earlier line already"),
    ],
)
def test_broken_lines_are_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(json.dumps(DOCUMENT).encode() + b"\n" + content + b"\n")
    with pytest.raises(GoldError) as caught:
        read_gold(path)
    assert said in str(caught.value)
    assert len(str(caught.value)) < len(str(path)) + 250


def test_missing_and_empty_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="cannot be read: No such file"):
        read_gold(tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(GoldError, match="holds no document"):
        read_gold(tmp_path / "empty.jsonl")


def test_passages_are_located_however_white_space_runs() -> None:
    span = locate("memorandum on  battery", TEXT)
    assert span is not None
    assert TEXT[span.start : span.end] == span.text == "memorandum\non battery"
    assert locate("memorandum of", TEXT) is None
    assert locate("  ", TEXT) is None
