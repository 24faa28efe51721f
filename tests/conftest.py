"""What holds for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import bizextract as bx


@pytest.fixture(scope="module", autouse=True)
def types_of_this_module() -> Iterator[None]:
    """Forget the record types that a module's tests define: the next knows the shipped ones."""
    before = dict(bx.Record._types)
    yield
    bx.Record._types.clear()
    bx.Record._types.update(before)
