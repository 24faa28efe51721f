"""What holds for all tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import bizextract as bx

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


@pytest.fixture(scope="module", autouse=True)
def types_of_this_module() -> Iterator[None]:
    """Forget the record types that a module's tests define: the next knows the shipped ones.

    What defines them is forgotten too, so that it is imported anew where another test asks for it.
    """
    before = dict(bx.Record._types)
    yield
    bx.Record._types.clear()
    bx.Record._types.update(before)
    for name, module in list(sys.modules.items()):
        # Resolved, as some tests come to them through a link.
        if EXAMPLES in Path(getattr(module, "__file__", None) or "").resolve().parents:
            del sys.modules[name]
