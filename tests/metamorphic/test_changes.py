"""What must follow from a change of a sentence, does; the table in tests/README.md has the figures.

The weights are trained anew at times, so that a share is asked for and not each single pair.
"""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from bizextract._extractor import Extractor
from bizextract._pipeline import Engine

pytestmark = pytest.mark.model

LEAST: dict[Engine, float] = {"rules": 0.95, "both": 0.95}


@pytest.fixture(scope="module")
def changes() -> ModuleType:
    path = Path(__file__).with_name("changes.py")
    spec = importlib.util.spec_from_file_location("metamorphic_changes", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module  # where dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("engine", LEAST)
def test_enough_hold(changes: ModuleType, engine: Engine) -> None:
    read = cache(Extractor(engine=engine).extract)  # a text stands in several pairs
    verdicts = {f"{case.change}: {case.id}": changes.holds(case, read) for case in changes.cases()}
    failed = [name for name, held in verdicts.items() if not held]
    assert len(verdicts) >= 200
    assert 1 - len(failed) / len(verdicts) >= LEAST[engine], failed


def test_there_are_pairs_of_each_change(changes: ModuleType) -> None:
    number = Counter(case.change for case in changes.cases())
    assert len(number) == 9
    assert min(number.values()) >= 7
    assert all(case.text != case.changed for case in changes.cases())
