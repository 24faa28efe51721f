"""How relations between the companies of a sentence are counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bizextract.errors import InputError
from bizextract.evaluation import CorePair, core_report, read_core
from helpers import organization, without, write_lines


def core_pair(key: str, relation: str, e1: str, e2: str) -> CorePair:
    return CorePair(id=key, text=f"{e1} … {e2}", relation=relation, e1=e1, e2=e2)


def test_core_report_by_hand() -> None:
    ferrum, heron = organization("Ferrum Works", "Ferrum"), organization("Blue Heron")
    partnership: dict[str, Any] = {"type": "partnership", "partners": [ferrum, heron]}
    investment: dict[str, Any] = {"type": "investment", "investors": [heron], "target": ferrum}
    pairs = [
        core_pair("1", "collaboration", "Ferrum Works AG (FWA),", "Blue Heron's"),
        core_pair("2", "collaboration", "The company", "Blue Heron"),
        core_pair("3", "shareholder_of", "Ferrum", "Blue Heron"),
        core_pair("4", "shareholder_of", "Ferrum", "Blue Heron"),
        core_pair("5", "client_of", "Ferrum", "Blue Heron"),
        core_pair("6", "client_of", "Ferrum", "Ferrum Works"),
    ]
    predictions: dict[str, list[dict[str, Any]]] = {
        "1": [partnership],
        "2": [partnership],
        "3": [investment],
        "4": [partnership],
        "5": [partnership, investment],
        "6": [partnership, investment],
    }
    report = core_report(pairs, predictions)
    assert report.recall() == 2 / 4
    assert report.recall(named=True) == 2 / 3
    assert report.wrong == 1 / 2
    assert report.rows["shareholder_of"].partnership == 1
    assert report.named["collaboration"].pairs == 1
    json.dumps(report.to_dict())
    assert core_report([], {}).recall() == core_report([], {}).wrong == 0.0


def test_core_is_read_and_checked(tmp_path: Path) -> None:
    pair = {"id": "1", "text": "x", "relation": "client_of", "e1": "a", "e2": "b"}
    assert read_core(write_lines(tmp_path / "core.jsonl", pair))[0].relation == "client_of"
    with pytest.raises(InputError, match="line 1: e2: the key is missing"):
        read_core(write_lines(tmp_path / "core.jsonl", without(pair, "e2")))
